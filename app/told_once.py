"""What the last press on a page led to, told once when the page is drawn: what was refused, and what was done.

A callback must draw nothing, least of all that of a dialog, and what ends in a rerun would draw in vain.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.wiring import escape, show_error
from purpose_agent.errors import PurposeError

_REFUSED, _DONE = "told_refused", "told_done"


@contextmanager
def told_later() -> Iterator[None]:
    """What is refused in here is told when the page is drawn."""
    try:
        yield
    except PurposeError as error:
        refuse(error.what, error.fix, error.details)


def refuse(what: str, fix: str, details: str = "") -> None:
    st.session_state[_REFUSED] = (what, fix, details)


def tell(done: str) -> None:
    """`done` is plain text."""
    st.session_state[_DONE] = done


def draw_told() -> None:
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(*refused)
    if done := st.session_state.pop(_DONE, ""):
        st.toast(escape(done), duration="long")
