"""What the workspace found and mended while it was opened: told once, at the top of whatever page is open."""

import streamlit as st

from app.wiring import engine, escape

_READ = "notices_read"


def draw_notices() -> None:
    """Nothing when all was well, or when the person has closed it."""
    notices = engine().workspace.notices
    read: int = st.session_state.get(_READ, 0)
    if len(notices) <= read:
        return
    for notice in notices[read:]:
        st.warning(escape(notice), icon=":material/healing:")
    if st.button("I have read it", key="notices_close", type="tertiary"):
        st.session_state[_READ] = len(notices)
        st.rerun()
