"""After a suite was deleted: one line with the way back, until the next one is deleted or the line is closed."""

from html import escape as safe

import streamlit as st

from app.suites_page import suites_desk
from app.told_once import tell, told_later
from app.wiring import engine


def draw_undo() -> None:
    gone = suites_desk().deleted
    if not gone:
        return
    with st.container(key="suites_undo_line", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="pa-soft" role="status">{safe(gone[0].kept.title)} is deleted.</p>', width="content")
        st.button("Undo", key="suites_undo", icon=":material/undo:", type="tertiary", on_click=_restore)
        st.button("Close", key="suites_undo_close", type="tertiary", on_click=_close)


def _restore() -> None:
    at = suites_desk()
    with told_later():
        engine().suites.restore(at.deleted)
        tell(f"{at.deleted[0].kept.title} is back, with all its versions.")
        at.deleted = ()


def _close() -> None:
    suites_desk().deleted = ()
