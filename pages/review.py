"""Review: decide on the lessons that wait, look at all of them, see who decided what, and go back."""

import streamlit as st

from app.components.review_all import draw_all
from app.components.review_detail import draw_lesson_page
from app.components.review_frame import draw_focus
from app.components.review_history import draw_history
from app.components.review_waiting import draw_waiting
from app.told_once import draw_told
from app.wiring import keep_in_address

TABS = {"waiting": "Waiting", "all": "All lessons", "history": "History"}

lesson_id = st.query_params.get("lesson")
asked = st.query_params.get("show")

draw_told()
if lesson_id:
    keep_in_address(lesson=lesson_id)
    draw_lesson_page(lesson_id)
    st.stop()

st.title("Review", anchor=False)
afresh = "review_tab" not in st.session_state  # the widget forgets when the page is left
tab = st.segmented_control(
    "What to show",
    list(TABS),
    default=asked if asked in TABS else "waiting",
    required=True,
    format_func=lambda name: TABS[name],
    key="review_tab",
    label_visibility="collapsed",
)
keep_in_address(show=tab if tab != "waiting" else None)
if tab == "all":
    draw_all()
elif tab == "history":
    draw_history()
else:
    draw_waiting(afresh=afresh)
    draw_focus()
