"""Changing a cell in place: its text, its checks, and for what kind of work it stands."""

import msgspec
import streamlit as st

from app.wiring import errors_on_page, runner, store
from purpose_agent.notebooks.checks import split_checks
from purpose_agent.notebooks.model import Cell, CellKind, Notebook

_EDITING = "notebook_editing"
CHECKS_HELP = (
    "One check a line: an example such as `double(4) -> 8`, or an assert. The answer is run against them, and they "
    "are the evidence for its score."
)


def is_editing(cell_id: str) -> bool:
    return bool(st.session_state.get(_EDITING) == cell_id)


def start_editing(cell: Cell) -> None:
    st.session_state[_EDITING] = cell.cell_id


def draw_editor(notebook: Notebook, cell: Cell) -> None:
    """The cell as a form; nothing is stored before Save."""
    source = st.text_area(
        "Text of the cell", cell.source, key=f"notebook_source_{cell.cell_id}", height="content", max_chars=100_000
    )
    checks = "\n".join(cell.settings.checks)
    if cell.kind == "task":
        checks = st.text_area(
            "Checks", checks, key=f"notebook_checks_{cell.cell_id}", help=CHECKS_HELP, placeholder="double(4) -> 8"
        )
    with st.container(horizontal=True, gap="small"):
        keep = st.button("Save", key=f"notebook_save_{cell.cell_id}", icon=":material/check:")
        run = cell.kind != "note" and st.button(
            "Save and run", key=f"notebook_saverun_{cell.cell_id}", icon=":material/play_arrow:"
        )
        if st.button("Cancel", key=f"notebook_cancel_{cell.cell_id}", type="tertiary"):
            _stop_editing()
    if not (keep or run):
        return
    with errors_on_page():
        changed = _save(cell, source, checks)
        if run:
            runner().run(notebook, changed)
    _stop_editing()


def _save(cell: Cell, source: str, checks: str) -> Cell:
    lines = split_checks(checks) if cell.kind == "task" else cell.settings.checks
    same_task = source == cell.source
    settings = msgspec.structs.replace(
        cell.settings,
        checks=lines,
        suite_task=cell.settings.suite_task if same_task else "",  # hidden tests hold for the suite's own words only
    )
    kind: CellKind = cell.kind
    store().change_cell(cell.cell_id, kind=kind, source=source, settings=settings)
    return msgspec.structs.replace(cell, source=source, settings=settings)


def _stop_editing() -> None:
    st.session_state.pop(_EDITING, None)
    st.rerun()
