"""What opens under a card before a decision that needs words: a reason, other words, or both."""

import streamlit as st

from app.components import review_decisions as decisions
from app.components import review_desk as desk
from purpose_agent.memory.cards import MAX_TEXT
from purpose_agent.memory.fold import CardView

READY_REASONS = ("It is wrong", "It is too broad", "It is of no use", "I know it already", "It is not safe")
_FIELDS = (
    ("when", "When", "the list may be empty"),
    ("do", "Do", "Return 0 before you look for the largest number"),
    ("why", "Why", "an empty list has no largest number"),
    ("unless", "Unless", "the task says otherwise"),
)


def draw_form(view: CardView, form: desk.Form) -> None:
    with st.container(key="review_form", gap="small"):
        if form == "turn_down":
            _draw_turn_down(view)
        elif form == "edit":
            _draw_edit(view)
        else:
            _draw_all_the_same(view)


def _draw_turn_down(view: CardView) -> None:
    """A ready reason is one press; own words are one line. Either is kept, and teaches whoever looks back."""
    st.html('<p class="pa-soft"><b>Turn it down, because …</b></p>')
    with st.container(horizontal=True, gap="small", key="review_reasons"):
        for number, reason in enumerate(READY_REASONS, 1):
            st.button(
                reason,
                key=f"review_reason_{number}_{view.card_id}",
                on_click=decisions.turn_down,
                args=(view, reason),
                shortcut=str(number),
            )
    key = f"review_why_{view.card_id}"
    with st.form(f"review_why_form_{view.card_id}", border=False):
        st.text_input("Or in your own words", key=key, max_chars=300)
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button("Turn down", on_click=decisions.turn_down, args=(view,), kwargs={"key": key})
    _draw_cancel(view)


def _draw_edit(view: CardView) -> None:
    card = view.card
    keys = {name: f"review_edit_{name}_{view.card_id}_{card.version}" for name, _, _ in _FIELDS}
    keys |= {
        f"scope_{name}": f"review_edit_scope_{name}_{view.card_id}_{card.version}"
        for name in ("task_kind", "tool", "agent", "user")
    }
    with st.form(f"review_edit_form_{view.card_id}", border=False):
        for name, label, example in _FIELDS:
            st.text_area(
                label, getattr(card, name), key=keys[name], placeholder=example, height="content", max_chars=MAX_TEXT
            )
        st.text_input(
            "For which tasks",
            card.scope.task_kind,
            key=keys["scope_task_kind"],
            placeholder="all tasks",
            help="A kind of task such as “code: text → number”, or a family of them such as “code”. Empty: every task.",
        )
        with st.expander("Only with a certain tool, agent or person", type="compact"):
            for name, label in (("tool", "Tool"), ("agent", "Agent"), ("user", "Person")):
                st.text_input(label, getattr(card.scope, name), key=keys[f"scope_{name}"], placeholder="any")
        st.form_submit_button(
            "Approve with these words",
            type="primary",
            icon=":material/check:",
            on_click=decisions.edit_and_approve,
            args=(view, keys),
        )
    st.html('<p class="pa-soft">The scanners read the new words before they are used. The old ones are kept.</p>')
    _draw_cancel(view)


def _draw_all_the_same(view: CardView) -> None:
    key = f"review_all_the_same_{view.card_id}"
    st.html(
        '<p class="pa-soft"><b>A scanner found something critical in it.</b> To use it all the same, write why.</p>'
    )
    with st.form(f"review_all_the_same_form_{view.card_id}", border=False):
        st.text_input("Why it may be used", key=key, max_chars=300)
        st.form_submit_button("Approve all the same", on_click=decisions.approve_all_the_same, args=(view, key))
    _draw_cancel(view)


def _draw_cancel(view: CardView) -> None:
    st.button(
        "Cancel",
        key=f"review_cancel_{view.card_id}",
        type="tertiary",
        on_click=desk.open_form,
        args=("",),
        shortcut="Esc",
    )
