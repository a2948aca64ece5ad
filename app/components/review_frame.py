"""What stands around the cards of the Review page: the last decisions with undo, and where the keyboard goes next."""

from collections.abc import Mapping
from html import escape as safe

import streamlit as st

from app.components.focus import move_focus
from app.components.review_decisions import undo
from app.components.review_desk import Form, desk

_FIRST: Mapping[Form, str] = {
    "turn_down": ".st-key-review_reasons button",
    "edit": ".st-key-review_form textarea",
    "all_the_same": ".st-key-review_form input",
}


def draw_undos() -> None:
    """The last decisions, the latest first, each with its way back."""
    made = desk().made
    if not made:
        return
    with st.container(key="review_undos", gap=None):
        for number, one in enumerate(made):
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                role = ' role="status"' if number == 0 else ""
                st.html(f'<p class="pa-soft pa-clip"{role}><b>{one.what}</b> {safe(one.text)}</p>')
                st.button(
                    "Undo",
                    key=f"review_undo_{number}",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=undo,
                    args=(number,),
                    shortcut="U" if number == 0 else None,
                )


def draw_focus() -> None:
    """After a decision to the next card's sentence, after opening a form to its first field or button."""
    at = desk()
    if at.moves != at.focused:
        at.focused = at.moves
        place = _FIRST.get(at.form, ".st-key-review_focus .pa-lesson, .pa-calm h2")
        if at.settling:
            place = ".st-key-review_settle_form :is(input, textarea)"
        move_focus(place, at.moves)
