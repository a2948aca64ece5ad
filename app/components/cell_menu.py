"""What else can be done with a cell: edit, copy, duplicate, move, delete with undo."""

import streamlit as st

from app.components.cell_editor import start_editing
from app.wiring import errors_on_page, store
from purpose_agent.notebooks.model import Cell, CellOutput, Notebook

_EDIT, _COPY = "Edit", "Copy text"
_DUPLICATE, _UP, _DOWN, _DELETE = "Duplicate", "Move up", "Move down", "Delete"
_ICONS = {
    _EDIT: "edit",
    _COPY: "content_copy",
    _DUPLICATE: "library_add",
    _UP: "arrow_upward",
    _DOWN: "arrow_downward",
    _DELETE: "delete",
}
_UNDO = "notebook_undo"


def draw_menu(notebook: Notebook, cell: Cell, output: CellOutput | None) -> None:
    """The ⋯ at the right of a cell."""
    choice = st.menu_button(
        "More",
        list(_ICONS),
        key=f"notebook_menu_{cell.cell_id}",
        icon=":material/more_horiz:",
        type="tertiary",
        help="Edit, copy, move, delete",
        format_func=lambda option: f":material/{_ICONS[option]}: {option}",
    )
    if choice is None:
        return
    if choice == _COPY:
        _show_copy(cell, output)
        return
    with errors_on_page():
        _do(choice, notebook, cell)
    st.rerun()


def _do(choice: str, notebook: Notebook, cell: Cell) -> None:
    match choice:
        case "Edit":
            start_editing(cell)
        case "Duplicate":
            store().duplicate_cell(cell.cell_id)
        case "Move up":
            store().move_cell(cell.cell_id, -1)
        case "Move down":
            store().move_cell(cell.cell_id, +1)
        case "Delete":
            store().delete_cell(cell.cell_id)
            st.session_state[_UNDO] = ("cell", cell.cell_id, notebook.notebook_id)


@st.dialog("Copy", width="medium")
def _show_copy(cell: Cell, output: CellOutput | None) -> None:
    st.caption("Point at a text and use the copy button at its upper right.")
    st.code(cell.source, language=None, wrap_lines=True)
    if output is not None and output.answer:
        st.code(output.answer, language=None, wrap_lines=True)


def remember_deleted_notebook(notebook_id: str) -> None:
    st.session_state[_UNDO] = ("notebook", notebook_id, notebook_id)


def draw_undo(notebook_id: str = "") -> None:
    """After a deletion: one line with undo, until the next thing is deleted or the line is closed."""
    undo = st.session_state.get(_UNDO)
    if undo is None or (undo[0] == "cell" and undo[2] != notebook_id):
        return
    kind, deleted_id, home = undo
    with st.container(key="notebook_undo_line", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="pa-soft" role="status">The {kind} is deleted.</p>', width="content")
        if st.button("Undo", key="notebook_undo_do", icon=":material/undo:", type="tertiary"):
            with errors_on_page():
                store().restore_cell(deleted_id) if kind == "cell" else store().restore(deleted_id)
            del st.session_state[_UNDO]
            st.query_params["notebook"] = home
            st.rerun()
        if st.button("Close", key="notebook_undo_close", type="tertiary"):
            del st.session_state[_UNDO]
            st.rerun()
