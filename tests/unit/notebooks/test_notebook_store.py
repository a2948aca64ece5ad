"""Notebooks and cells are kept in the workspace; what was deleted comes back with undo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.notebooks.errors import NotebookMissing
from purpose_agent.notebooks.model import CellSettings, Document, NotebookSettings, TeamChoice
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.storage.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def store(workspace: Workspace) -> NotebookStore:
    return NotebookStore(workspace.trajectories())


def sources(store: NotebookStore, notebook_id: str) -> list[str]:
    return [cell.source for cell in store.cells(notebook_id)]


def test_a_notebook_is_there_again_after_the_workspace_was_closed(tmp_path: Path) -> None:
    first = Workspace.open(tmp_path)
    store = NotebookStore(first.trajectories())
    made = store.create("Help me write Python code")
    store.add_cell(made.notebook_id, "task", "Double a number", settings=CellSettings(checks=("double(2) -> 4",)))
    written = store.document(made.notebook_id)
    first.close()
    second = Workspace.open(tmp_path)
    assert NotebookStore(second.trajectories()).document(made.notebook_id) == written
    second.close()


def test_the_title_is_the_first_line_of_the_purpose(store: NotebookStore) -> None:
    assert store.create("Answer questions\nabout our product").title == "Answer questions"


def test_changing_one_thing_keeps_the_rest(store: NotebookStore) -> None:
    made = store.create("Help me write Python code")
    store.change(made.notebook_id, title="My code", settings=NotebookSettings(use_lessons=False))
    store.change(made.notebook_id, team=TeamChoice(purpose="Help me test", model="builtin:search"))
    read = store.notebook(made.notebook_id)
    assert read is not None
    assert (read.title, read.settings.use_lessons, read.team.model) == ("My code", False, "builtin:search")


def test_a_cell_can_be_put_after_another_and_moved(store: NotebookStore) -> None:
    home = store.create("x").notebook_id
    first = store.add_cell(home, "note", "a")
    store.add_cell(home, "note", "c")
    store.add_cell(home, "note", "b", after=first.cell_id)
    assert sources(store, home) == ["a", "b", "c"]
    store.move_cell(first.cell_id, +1)
    assert sources(store, home) == ["b", "a", "c"]
    store.move_cell(first.cell_id, -1)
    store.move_cell(first.cell_id, -1)
    assert sources(store, home) == ["a", "b", "c"]


def test_cells_keep_their_order_however_often_one_is_put_between(store: NotebookStore) -> None:
    home = store.create("x").notebook_id
    first = store.add_cell(home, "note", "first")
    store.add_cell(home, "note", "last")
    for n in range(80):
        store.add_cell(home, "note", str(n), after=first.cell_id)
    assert sources(store, home) == ["first", *(str(n) for n in reversed(range(80))), "last"]


def test_a_deleted_cell_comes_back_at_its_place(store: NotebookStore) -> None:
    home = store.create("x").notebook_id
    cells = [store.add_cell(home, "note", text) for text in "abc"]
    store.delete_cell(cells[1].cell_id)
    assert sources(store, home) == ["a", "c"]
    store.restore_cell(cells[1].cell_id)
    assert sources(store, home) == ["a", "b", "c"]


def test_a_deleted_notebook_comes_back_whole(store: NotebookStore) -> None:
    made = store.create("x")
    store.add_cell(made.notebook_id, "note", "kept")
    store.delete(made.notebook_id)
    assert store.notebook(made.notebook_id) is None
    assert store.notebooks() == []
    store.restore(made.notebook_id)
    assert sources(store, made.notebook_id) == ["kept"]


def test_a_copy_of_a_notebook_has_the_cells_but_none_of_the_runs(store: NotebookStore) -> None:
    made = store.create("x")
    cell = store.add_cell(made.notebook_id, "task", "do it")
    store.record_runs({cell.cell_id: "run-1"})
    copy = store.duplicate(made.notebook_id)
    (copied,) = store.cells(copy.notebook_id)
    assert (copied.source, copied.run_count, copied.last_run_id) == ("do it", 0, "")
    assert copied.cell_id != cell.cell_id


def test_runs_of_a_cell_are_counted(store: NotebookStore) -> None:
    home = store.create("x").notebook_id
    cell = store.add_cell(home, "task", "do it")
    store.record_runs({cell.cell_id: "run-1"})
    store.record_runs({cell.cell_id: "run-2"})
    read = store.cell(cell.cell_id)
    assert (read.run_count, read.last_run_id) == (2, "run-2")
    assert [run.run_id for run in store.runs_of([cell.cell_id])[cell.cell_id]] == ["run-1", "run-2"]


def test_a_document_that_is_added_twice_overwrites_nothing(store: NotebookStore) -> None:
    made = store.create("x")
    store.add_cell(made.notebook_id, "note", "mine")
    document = store.document(made.notebook_id)
    second = store.add(document)
    assert second.notebook.notebook_id != made.notebook_id
    assert len(store.notebooks()) == 2
    assert sources(store, made.notebook_id) == sources(store, second.notebook.notebook_id) == ["mine"]


def test_notebooks_are_listed_in_the_persons_order(store: NotebookStore) -> None:
    first, second = store.create("one"), store.create("two")
    store.move(second.notebook_id, -1)
    assert [notebook.title for notebook in store.notebooks()] == ["two", "one"]
    assert first.title == "one"


def test_what_is_gone_is_told_in_words(store: NotebookStore) -> None:
    for change in (
        lambda: store.document("none"),
        lambda: store.cell("none"),
        lambda: store.change("none", title="x"),
        lambda: store.move_cell("none", 1),
        lambda: store.add_cell("none", "note", "x"),
    ):
        with pytest.raises(NotebookMissing) as told:
            change()
        assert told.value.what
        assert told.value.fix


def test_an_empty_document_is_kept_too(store: NotebookStore) -> None:
    made = store.create("x")
    assert store.document(made.notebook_id) == Document(notebook=made)
