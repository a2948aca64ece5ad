"""Making a suite of a file, a notebook's cells or the documents of a vault. It is looked at before it is kept."""

import streamlit as st

from app.components.learning_suite_file import draw_from_file
from app.components.learning_suite_notebook import draw_from_notebook
from app.components.learning_suite_vault import draw_from_vault
from app.suites_page import draw_back
from app.told_once import draw_told

WAYS = {
    "file": ("From a file", "upload_file", draw_from_file),
    "notebook": ("From a notebook", "edit_note", draw_from_notebook),
    "vault": ("From documents", "inventory_2", draw_from_vault),
}


def draw_making(way: str) -> None:
    draw_back()
    draw_told()
    label, _, draw = WAYS.get(way, WAYS["file"])
    st.title(f"A suite {label[0].lower()}{label[1:]}", anchor=False)
    draw()
