"""The lessons that wait: one open card, the next ones in line, batches of what is harmless, and undo."""

import math
from collections.abc import Sequence

import streamlit as st

from app.components import review_decisions as decisions
from app.components import review_desk as desk
from app.components.lesson_parts import findings_html, item_tags, lesson_html
from app.components.review_card import draw_card
from app.components.review_desk import PAGE
from app.components.review_frame import draw_undos
from app.components.review_proposals import draw_proposals
from app.components.review_replay import draw_policies, draw_replay_offer
from app.components.review_rested import draw_rested
from app.components.review_scanned import draw_scanned
from purpose_agent.memory.inbox import InboxItem
from purpose_agent.memory.risk import TIERS
from purpose_agent.notebooks import words

PAGE_SIZE = 10
_PICKABLE = 2  # cards from which on a batch is worth its buttons


def draw_waiting(*, afresh: bool) -> None:
    """`afresh`: the page was just opened."""
    items = desk.queue(afresh=afresh)
    shown = _of_page(items)
    _draw_head(len(items), shown)
    draw_undos()
    if not items:
        _draw_empty()
    elif desk.is_done_for_today():
        _draw_done(len(items))
    else:
        _draw_page(shown, len(items))
    draw_proposals()
    draw_rested()
    draw_scanned()


def _of_page(items: Sequence[InboxItem]) -> list[InboxItem]:
    page = min(int(st.session_state.get(PAGE) or 1), max(1, _pages(len(items))))
    return list(items[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])


def _pages(waiting: int) -> int:
    return math.ceil(waiting / PAGE_SIZE)


def _draw_head(waiting: int, shown: Sequence[InboxItem]) -> None:
    today, limit = desk.decided_today(), desk.daily_limit()
    told = f"{words.count(waiting, 'lesson')} {'waits' if waiting == 1 else 'wait'} for you, the most useful first."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="review_head"):
        if waiting:
            st.html(f'<p class="pa-soft">{told} None is used before you say so.</p>')
        label = f"{today} of {limit} today"
        with st.popover(label, type="tertiary", icon=":material/tune:", key="review_limit", width="content"):
            chosen = st.number_input(
                "How many to decide in a day",
                1,
                500,
                value=limit,
                key="review_limit_number",
                help="A tired eye approves too easily. When you get there, the page says so; you can always go on.",
            )
            desk.set_daily_limit(int(chosen))
            draw_policies()
        if waiting:
            draw_replay_offer([item.card_id for item in shown], waiting)


def _draw_page(shown: Sequence[InboxItem], waiting: int) -> None:
    front = next((item for item in shown if item.card_id == desk.desk().front), shown[0])
    draw_card(front)
    rest = [item for item in shown if item is not front]
    if rest:
        st.html('<h2 class="pa-small-head">Next in line</h2>')
        _draw_batch(rest)
        for item in rest:
            _draw_row(item)
    if _pages(waiting) > 1:
        st.pagination(_pages(waiting), key=PAGE)


def _draw_row(item: InboxItem) -> None:
    """A lesson in line: its sentence and what matters in a word; a closer look opens it above."""
    view = item.view
    with st.container(key=f"review_row_{item.card_id}", horizontal=True, wrap=False, gap="small"):
        if item.risk.fits_a_batch:
            st.checkbox(
                f"Choose: {words.one_line(view.text, 80)}",
                key=_pick_key(item),
                label_visibility="collapsed",
                width="content",
            )
        sentence = f'<p class="pa-sentence">{lesson_html(view)}</p>'
        st.html(f"{sentence}{findings_html(view.findings)}{item_tags(item)}")
        st.button(
            "Look closer",
            key=f"review_look_{item.card_id}",
            type="tertiary",
            on_click=desk.look_at,
            args=(item.card_id,),
            help=f"Open: {words.one_line(view.text, 80)}",
            wrap=False,
        )


def _draw_batch(rest: Sequence[InboxItem]) -> None:
    """What is of low or medium risk may be decided together; each group says its number and its risk."""
    low = [item for item in rest if item.risk.tier == "low"]
    chosen = [item for item in rest if item.risk.fits_a_batch and st.session_state.get(_pick_key(item))]
    if sum(item.risk.fits_a_batch for item in rest) < _PICKABLE:
        return
    with st.container(key="review_batch", horizontal=True, vertical_alignment="center", gap="small"):
        if low and not all(item in chosen for item in low):
            told = f"Choose the {len(low)} of low risk" if len(low) > 1 else "Choose the one of low risk"
            st.button(told, key="review_choose_low", type="tertiary", on_click=_choose, args=(low,))
        for tier in TIERS:
            group = [item.view for item in chosen if item.risk.tier == tier]
            if group:
                st.button(
                    f"Approve {words.count(len(group), f'{tier}-risk lesson')}",
                    key=f"review_approve_{tier}",
                    icon=":material/done_all:",
                    on_click=decisions.decide_batch,
                    args=(group,),
                    kwargs={"approved": True},
                )
        if chosen:
            st.button(
                f"Turn down {len(chosen)}",
                key="review_reject_chosen",
                type="tertiary",
                on_click=decisions.decide_batch,
                args=([item.view for item in chosen],),
                kwargs={"approved": False},
            )
        elif not low:
            st.html('<p class="pa-soft">Tick several to decide on them together.</p>')


def _choose(items: Sequence[InboxItem]) -> None:
    for item in items:
        st.session_state[_pick_key(item)] = True


def _pick_key(item: InboxItem) -> str:
    return f"review_pick_{item.card_id}"


def _draw_done(waiting: int) -> None:
    limit = desk.daily_limit()
    more = f"{words.count(waiting, 'lesson')} can wait until tomorrow: none of them is used before you say so."
    st.html(
        f'<div class="pa-calm"><h2 tabindex="-1">That was the {limit} for today.</h2>'
        f'<p class="pa-soft">{more}</p></div>'
    )
    st.button("Show more", key="review_more", icon=":material/expand_more:", on_click=desk.show_more)


def _draw_empty() -> None:
    if desk.desk().made:
        st.html('<div class="pa-calm"><h2 tabindex="-1">Nothing waits for you.</h2></div>')
    else:
        st.html(
            '<div class="pa-calm"><h2 tabindex="-1">Nothing waits for you.</h2>'
            '<p class="pa-soft">When a run teaches something, the lesson '
            "waits here until you decide. You see where it comes from, what the scanners say and what it did "
            "on past tasks. Until you approve it, no run uses it. For example:</p>"
            '<blockquote class="pa-quote">When the list may be empty: Return 0 before you look for the largest '
            "number.</blockquote></div>"
        )
    st.page_link("../pages/notebook.py", label="Run a task in a notebook", icon=":material/edit_note:")
