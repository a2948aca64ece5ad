"""What was refused or done on the Learning page, told once."""

import streamlit as st

from app.learning_page import desk
from app.wiring import show_error


def draw_said() -> None:
    now = desk()
    if any(now.said):
        show_error(*now.said)
        now.said = ("", "", "")
    if now.told:
        st.success(now.told, icon=":material/check:")
        now.told = ""
