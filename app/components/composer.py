"""Where the next cell is written: what kind it is, its text, and the one button that does it."""

from collections.abc import Sequence

import streamlit as st

from app.components.cell_editor import CHECKS_HELP
from app.wiring import errors_on_page, escape, runner, store
from purpose_agent.errors import PurposeError
from purpose_agent.notebooks.checks import split_checks
from purpose_agent.notebooks.model import CELL_KINDS, Cell, CellKind, CellSettings, Notebook

_LABELS: dict[CellKind, tuple[str, str, str, str]] = {
    "task": ("Task", "What should the team do?", "Write a function fizzbuzz(n) …", "Run"),
    "ask": ("Question", "What do you want to know from your files?", "What is the refund policy?", "Ask"),
    "teach": ("Lesson", "Which rule should the team keep?", "Always handle empty input.", "Teach"),
    "note": ("Note", "Your note (Markdown)", "What I want to find out …", "Add note"),
}
_ERROR = "notebook_composer_error"


def _keys(notebook: Notebook) -> tuple[str, str, str]:
    """Each notebook has a draft of its own."""
    kind, text, checks = (f"notebook_composer_{part}_{notebook.notebook_id}" for part in ("kind", "text", "checks"))
    return kind, text, checks


def draw_composer(notebook: Notebook, cells: Sequence[Cell]) -> None:
    """A new cell goes to the end; a task, question or lesson is run at once. It begins as the kind used last."""
    kind_key, text_key, checks_key = _keys(notebook)
    last = next((cell.kind for cell in reversed(cells) if cell.kind in ("task", "ask")), "task")
    with st.container(key="notebook_composer", gap="small"):
        st.segmented_control(
            "Kind of cell",
            CELL_KINDS,
            default=last,
            required=True,
            format_func=lambda kind: _LABELS[kind][0],
            key=kind_key,
            label_visibility="collapsed",
            persist_state="session",
        )
        kind: CellKind = st.session_state.get(kind_key) or "task"
        _, label, placeholder, action = _LABELS[kind]
        st.text_area(
            label, key=text_key, placeholder=placeholder, height=96, max_chars=100_000, persist_state="session"
        )
        if kind == "task":
            more = st.expander("Checks (optional)", type="compact", key="notebook_composer_more")
            with more, st.container(key="notebook_composer_checks"):
                st.text_area(
                    "Checks",
                    key=checks_key,
                    help=CHECKS_HELP,
                    placeholder="fizzbuzz(3) -> 'Fizz'",
                    height=96,
                    label_visibility="collapsed",
                    persist_state="session",
                )
        icon = {"note": "add", "teach": "school"}.get(kind, "play_arrow")
        st.button(
            action,
            key="notebook_composer_add",
            icon=f":material/{icon}:",
            type="primary",
            on_click=_add,
            args=(notebook,),
            shortcut="Ctrl+Enter",
        )
        error = st.session_state.pop(_ERROR, None)
        if error is not None:
            st.error(f"**{escape(error[0])}** {escape(error[1])}", icon=":material/error:")


def _add(notebook: Notebook) -> None:
    """Callback, so that the boxes can be emptied before they are drawn; an error keeps what was written."""
    kind_key, text_key, checks_key = _keys(notebook)
    kind: CellKind = st.session_state.get(kind_key) or "task"
    text, checks = (str(st.session_state.get(key) or "") for key in (text_key, checks_key))
    try:
        _add_cell(notebook, kind, text, checks)
    except PurposeError as error:
        st.session_state[_ERROR] = (error.what, error.fix)
        return
    st.session_state[text_key] = ""
    st.session_state[checks_key] = ""


def _add_cell(notebook: Notebook, kind: CellKind, text: str, checks: str) -> None:
    if not text.strip():
        raise PurposeError("There is nothing to add yet.", "Write something in the box first.")
    settings = CellSettings(checks=split_checks(checks) if kind == "task" else ())
    with errors_on_page():
        cell = store().add_cell(notebook.notebook_id, kind, text.strip(), settings=settings)
        if kind != "note":
            runner().run(notebook, cell)
