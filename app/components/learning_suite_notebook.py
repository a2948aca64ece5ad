"""A suite from a notebook: the cells with tests, and those for which the person says what is right."""

from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.components.learning_suite_preview import draw_preview
from app.suites_page import VIEW, Draft
from app.wiring import engine, keep_in_address, show_error, store
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.records import Check
from purpose_agent.notebooks import words
from purpose_agent.notebooks.model import Cell, Document
from purpose_agent.notebooks.suite_making import Way, askable, check_of, suite_of_notebook

_WAY = "notebook"
_ASKS: dict[Way, tuple[str, str, str]] = {
    "words": ("exact words", "What is the right answer? Several are parted by  | ", "Paris | the city of Paris"),
    "number": ("a number", "Which number is right?", "12.5 km"),
    "rubric": (
        "another model, by a rubric",
        "What must the answer do?",
        "It names the three causes, and none that is not in the text.",
    ),
    "person": ("me", "What will you look for? (may stay empty)", "Is it kind?"),
}
"""By what an answer is checked, in words; what the person is asked then, and an example of what they may say."""
_LINE_CHARS = 140


def draw_from_notebook() -> None:
    notebooks = store().notebooks()
    if not notebooks:
        st.html('<p class="pa-lead">You have no notebook yet. Write tasks in one, and they can become a suite.</p>')
        st.page_link("../pages/notebook.py", label="To the notebooks", icon=":material/edit_note:")
        return
    titles = {notebook.notebook_id: notebook.title for notebook in notebooks}
    asked = st.query_params.get("notebook")
    chosen = st.selectbox(
        "Notebook",
        list(titles),
        index=list(titles).index(asked) if asked in titles else 0,
        format_func=lambda notebook_id: titles[notebook_id],
        key="suite_notebook",
    )
    keep_in_address(view=VIEW, make=_WAY, notebook=chosen)
    document = store().document(chosen)
    cells = askable(document)
    if not cells:
        st.html('<p class="pa-soft">This notebook has no task and no question yet.</p>')
        return
    st.html(
        '<p class="pa-soft">Cells with checks are checked by them. For any other cell, say what decides whether its '
        "answer is right; what nothing decides is left out.</p>"
    )
    expected: dict[str, Check] = {}
    without: list[str] = []
    for cell in cells:
        with st.container(key=f"suite_cell_{cell.cell_id}", gap="xsmall"):
            _draw_cell(cell, expected, without)
    tested = [cell for cell in cells if len(cell.settings.checks) > 1 and not cell.settings.suite_task]
    hide = not tested or st.toggle(
        "Hold back a third of the tests",
        value=True,
        key="suite_hide",
        help="So that nobody answers to the tests alone: those are run after the answer and shown to nobody.",
    )
    _draw_made(document, expected, without, hide=hide)


def _draw_cell(cell: Cell, expected: dict[str, Check], without: list[str]) -> None:
    st.html(f'<p class="pa-sentence">{safe(words.one_line(cell.source, _LINE_CHARS))}</p>')
    if cell.settings.checks or cell.settings.suite_task:
        told = words.count(len(cell.settings.checks), "check") if cell.settings.checks else "its task's own check"
        if not st.checkbox(f"Take it, with {told}", value=True, key=f"suite_take_{cell.cell_id}"):
            without.append(cell.cell_id)
        return
    left, right = st.columns([1, 2], gap="small")
    way = left.selectbox(
        "Checked by", (None, *_ASKS), key=f"suite_how_{cell.cell_id}", label_visibility="collapsed",
        format_func=lambda way: f"Checked by {_ASKS[way][0]}" if way else "Left out",
    )  # fmt: skip
    if way is None:
        return
    _, label, example = _ASKS[way]
    said = right.text_input(
        label, key=f"suite_right_{way}_{cell.cell_id}", placeholder=f"{label} Such as: {example}",
        label_visibility="collapsed",
    ).strip()  # fmt: skip
    check = check_of(way, said)
    if check is None:
        what = "is no number" if said else "is still to be said"
        right.html(f'<p class="pa-soft">Left out until this is filled in: what is right {what}.</p>')
        return
    expected[cell.cell_id] = check


def _draw_made(document: Document, expected: dict[str, Check], without: Sequence[str], *, hide: bool) -> None:
    try:
        made = suite_of_notebook(
            document, hide=hide, load=engine().suites.load, expected=expected, without=frozenset(without)
        )
    except PurposeError as problem:
        show_error(problem.what, problem.fix, problem.details)
        return
    way = f"{_WAY}_{document.notebook.notebook_id}"
    draw_preview(Draft(suite=made.suite, notices=made.notices), way=way)
