"""The Notebook page: cells are written, run, decided on, changed, moved and deleted with undo."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from purpose_agent.notebooks.model import Cell, CellSettings, Notebook
from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.service import Engine
from tests.app.conftest import OpenApp
from tests.app.words import text_of

DOUBLE = CellSettings(checks=("double(4) -> 8", "double(0) -> 0", "double(-3) -> -6"))


@pytest.fixture
def notebook(store: NotebookStore) -> Notebook:
    return store.create("Help me write Python code")


@pytest.fixture
def cell(store: NotebookStore, notebook: Notebook) -> Cell:
    return store.add_cell(notebook.notebook_id, "task", "Write a function double(n).", settings=DOUBLE)


@pytest.fixture
def solved(open_app: OpenApp, store: NotebookStore, cell: Cell, wait: Callable[[], None]) -> AppTest:
    app = open_app()
    app.button(key=f"notebook_run_{cell.cell_id}").click().run()
    wait()
    app.run()
    assert not app.exception
    return app


def test_a_task_that_is_written_is_run_and_its_answer_shown_with_its_evidence(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, wait: Callable[[], None]
) -> None:
    app = open_app()
    app.text_area(key=f"notebook_composer_text_{notebook.notebook_id}").set_value("Write a function double(n).")
    app.text_area(key=f"notebook_composer_checks_{notebook.notebook_id}").set_value(
        "double(4) -> 8\ndouble(0) -> 0\ndouble(-3) -> -6"
    )
    app.button(key="notebook_composer_add").click().run()
    wait()
    app.run()
    assert "def double" in text_of(app)
    assert "checked by your tests · 3 of 3" in text_of(app)
    assert app.text_area(key=f"notebook_composer_text_{notebook.notebook_id}").value == ""
    assert [made.run_count for made in store.cells(notebook.notebook_id)] == [1]


def test_a_line_that_is_no_check_is_named_and_what_was_written_stays(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook
) -> None:
    app = open_app()
    app.text_area(key=f"notebook_composer_text_{notebook.notebook_id}").set_value("Write a function double(n).")
    app.text_area(key=f"notebook_composer_checks_{notebook.notebook_id}").set_value("it should double")
    app.button(key="notebook_composer_add").click().run()
    assert "is not a check" in text_of(app)
    assert app.text_area(key=f"notebook_composer_text_{notebook.notebook_id}").value == "Write a function double(n)."
    assert store.cells(notebook.notebook_id) == []


def test_a_new_lesson_waits_on_the_cell_and_is_in_use_once_approved(solved: AppTest, engine: Engine) -> None:
    (approve,) = [button for button in solved.button if button.label == "Approve"]
    assert "waiting for you" in text_of(solved)
    approve.click().run()
    assert engine.memory.in_use == 1
    assert not [button for button in solved.button if button.label == "Approve"]


def test_a_lesson_that_is_turned_down_is_never_used(solved: AppTest, engine: Engine) -> None:
    next(button for button in solved.button if button.label == "Turn down").click().run()
    assert (engine.memory.in_use, engine.memory.waiting) == (0, 0)


def test_after_approval_the_next_run_uses_the_lesson_and_says_so(
    solved: AppTest, engine: Engine, cell: Cell, wait: Callable[[], None]
) -> None:
    next(button for button in solved.button if button.label == "Approve").click().run()
    for _ in range(4):  # now and then a lesson is left out on purpose, and the page says that instead
        solved.button(key=f"notebook_run_{cell.cell_id}").click().run()
        wait()
        solved.run()
        if any("used 1 lesson" in box.label for box in solved.expander):
            break
    assert any("used 1 lesson" in box.label for box in solved.expander)
    assert "Score of the last" in text_of(solved)


def test_a_lesson_that_still_waits_stays_on_the_cell_after_another_run(
    solved: AppTest, cell: Cell, wait: Callable[[], None]
) -> None:
    solved.button(key=f"notebook_run_{cell.cell_id}").click().run()
    wait()
    solved.run()
    assert [button.label for button in solved.button].count("Approve") == 1


def test_a_taught_rule_is_in_use_at_once(open_app: OpenApp, notebook: Notebook, engine: Engine) -> None:
    app = open_app()
    app.segmented_control(key=f"notebook_composer_kind_{notebook.notebook_id}").set_value("teach").run()
    app.text_area(key=f"notebook_composer_text_{notebook.notebook_id}").set_value("Always handle empty input.")
    app.button(key="notebook_composer_add").click().run()
    assert not app.exception
    assert engine.memory.in_use == 1
    assert "Lesson, in use" in text_of(app)


def test_run_all_runs_the_cells_in_order_and_the_switch_approves_what_tests_confirmed(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, cell: Cell, engine: Engine, wait: Callable[[], None]
) -> None:
    settings = CellSettings(checks=("triple(4) -> 12", "triple(0) -> 0", "triple(-3) -> -9"))
    store.add_cell(notebook.notebook_id, "task", "Write a function triple(n).", settings=settings)
    app = open_app()
    app.toggle(key=f"notebook_trust_{notebook.notebook_id}").set_value(True).run()
    app.button(key="notebook_run_all").click().run()
    wait()
    app.run()
    assert [made.run_count for made in store.cells(notebook.notebook_id)] == [1, 1]
    assert engine.memory.in_use >= 1
    assert engine.memory.waiting == 0


def test_lessons_are_never_approved_unasked_unless_the_person_switched_it_on(
    solved: AppTest, engine: Engine, notebook: Notebook
) -> None:
    assert not notebook.settings.trust_tested_lessons
    assert (engine.memory.in_use, engine.memory.waiting) == (0, 1)


def test_a_deleted_cell_comes_back_with_undo(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, cell: Cell
) -> None:
    app = open_app()
    app.session_state["notebook_undo"] = ("cell", cell.cell_id, notebook.notebook_id)
    store.delete_cell(cell.cell_id)
    app.run()
    assert "The cell is deleted." in text_of(app)
    app.button(key="notebook_undo_do").click().run()
    assert [kept.cell_id for kept in store.cells(notebook.notebook_id)] == [cell.cell_id]
    assert "The cell is deleted." not in text_of(app)


def test_a_cell_is_edited_in_place(open_app: OpenApp, store: NotebookStore, cell: Cell) -> None:
    app = open_app()
    app.session_state["notebook_editing"] = cell.cell_id
    app.run()
    app.text_area(key=f"notebook_source_{cell.cell_id}").set_value("Write a function twice(n).")
    app.text_area(key=f"notebook_checks_{cell.cell_id}").set_value("twice(2) -> 4")
    app.button(key=f"notebook_save_{cell.cell_id}").click().run()
    changed = store.cell(cell.cell_id)
    assert (changed.source, changed.settings.checks) == ("Write a function twice(n).", ("twice(2) -> 4",))
    assert "Write a function twice(n)." in text_of(app)


def test_a_run_whose_model_is_not_there_tells_what_to_do(
    open_app: OpenApp, store: NotebookStore, runner: CellRunner, wait: Callable[[], None]
) -> None:
    made = store.create("Help me write Python code", model="nowhere:nothing")
    cell = store.add_cell(made.notebook_id, "task", "Write a function double(n).", settings=DOUBLE)
    runner.run(made, cell)
    wait()
    app = open_app(notebook=made.notebook_id)
    assert "Failed." in text_of(app)
    assert "Traceback" not in text_of(app)


def test_code_in_a_text_is_never_taken_for_a_directive_or_a_picture(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook
) -> None:
    store.add_cell(notebook.notebook_id, "note", "![x](http://example.com/a.png) costs $5 or $6 :red[no] <script>")
    told = text_of(open_app())
    assert "\\![x]" in told
    assert "\\$5" in told
    assert "\\:red" in told


def test_the_page_of_a_notebook_that_is_gone_shows_another_one(open_app: OpenApp, notebook: Notebook) -> None:
    assert open_app(notebook="gone").title[0].value == "Help me write Python code"


def test_two_pages_show_the_same_run(solved: AppTest, open_app: OpenApp) -> None:
    assert "def double" in text_of(open_app())


def test_the_sidebar_tells_model_lessons_and_workspace(solved: AppTest) -> None:
    told = "\n".join(str(element.proto.body) for element in solved.sidebar.get("html"))
    assert "Built-in search" in told
    assert "0 in use" in told
    assert [link.proto.label for link in solved.sidebar.get("page_link")] == ["1 waits for you"]
    assert "Workspace" in told


def test_what_the_workspace_mended_is_told_once(open_app: OpenApp, engine: Engine, notebook: Notebook) -> None:
    engine.workspace.notices.append("The file could not be read; it is kept aside.")
    app = open_app()
    assert "it is kept aside" in app.warning[0].value.replace("\\", "")
    app.button(key="notices_close").click().run()
    assert not app.warning


def test_a_broken_notebook_that_is_imported_gets_a_sentence_and_the_page_stays(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, cell: Cell
) -> None:
    app = open_app()
    app.file_uploader(key="notebook_import_0").upload("broken.ipynb", b'{"cells": [').run()
    told = text_of(app).replace("\\", "")
    assert "broken.ipynb is not a notebook, or it was cut off." in told
    assert "Write a function double(n)." in told
    assert len(store.notebooks()) == 1


def test_an_exported_notebook_is_imported_as_another_one(
    solved: AppTest, store: NotebookStore, notebook: Notebook
) -> None:
    from purpose_agent.notebooks.export import to_ipynb

    exported = to_ipynb(store.document(notebook.notebook_id))
    solved.file_uploader(key="notebook_import_0").upload("mine.ipynb", exported.encode()).run()
    assert not solved.exception
    assert len(store.notebooks()) == 2


def test_knowledge_files_are_kept_under_clean_names_and_listed(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, engine: Engine
) -> None:
    app = open_app()
    box = f"notebook_files_{notebook.notebook_id}_0"
    app.file_uploader(key=box).upload("../fees.md", b"The fee is 60 euros.").run()
    read = store.notebook(notebook.notebook_id)
    assert read is not None
    assert [kept.name for kept in read.settings.knowledge] == ["fees.md"]
    assert [path.name for path in engine.workspace.files.rglob("*.md")] == ["fees.md"]
    assert "cannot be read" not in text_of(app)


def test_one_file_that_cannot_be_kept_leaves_the_others_alone(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook
) -> None:
    app = open_app()
    box = app.file_uploader(key=f"notebook_files_{notebook.notebook_id}_0")
    assert not box.proto.type, "any file may be tried; its state says whether it could be read"
    box.upload("empty.csv", b"").upload("fees.md", b"The fee is 60 euros.").run()
    assert "empty\\.csv is empty" in app.error[0].value
    read = store.notebook(notebook.notebook_id)
    assert read is not None
    assert [kept.name for kept in read.settings.knowledge] == ["fees.md"]
    assert not app.run().error, "it is told once"


def test_a_knowledge_file_that_nobody_can_read_says_so(
    open_app: OpenApp, notebook: Notebook, wait: Callable[[], None]
) -> None:
    app = open_app()
    box = f"notebook_files_{notebook.notebook_id}_0"
    app.file_uploader(key=box).upload("fees.pdf", b"%PDF-1.4 and then nothing that a PDF has").run()
    wait()
    app.run()
    assert "cannot be read" in text_of(app)


def test_a_notebook_reads_the_vaults_that_it_is_given(
    open_app: OpenApp, store: NotebookStore, notebook: Notebook, engine: Engine, wait: Callable[[], None]
) -> None:
    vault = engine.vaults.create("Club papers")
    vault.add_bytes("fees.md", b"# Fees\n\nThe yearly fee for a plot is 60 euros.")
    vault.start_work()
    wait()
    cell = store.add_cell(notebook.notebook_id, "ask", "What is the yearly fee for a plot?")
    app = open_app()
    app.multiselect(key=f"notebook_vaults_{notebook.notebook_id}").set_value([vault.vault_id]).run()
    app.button(key=f"notebook_run_{cell.cell_id}").click().run()
    wait()
    app.run()
    shown = text_of(app)
    assert "60 euros" in shown
    assert "Checked: the sentence stands in your documents." in shown
    assert f"vault={vault.vault_id}" in shown
