"""`export`: a run or a notebook as a file that other programs open."""

import json
from pathlib import Path

import nbformat
import pytest

from tests.unit.cli.conftest import FIBONACCI, Command


@pytest.fixture
def run_id(command: Command) -> str:
    return str(command(*FIBONACCI, "--json").data["run_id"])


def test_a_run_is_written_for_jupyter(command: Command, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "run.ipynb"
    assert command("export", run_id, "--format", "ipynb", "--output", str(path)).code == 0
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert any("def fibonacci" in cell.source for cell in notebook.cells)


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_run_is_written_for_readers(command: Command, run_id: str, form: str) -> None:
    done = command("export", run_id, "--format", form)
    assert done.code == 0
    assert "fibonacci" in done.out
    assert "checked by your tests" in done.out


def test_a_run_as_json_holds_its_events_and_its_result(command: Command, run_id: str) -> None:
    document = json.loads(command("export", run_id, "--format", "json").out)
    kinds = [event["kind"] for event in document["events"]]
    assert kinds[0] == "run.started"
    assert "run.finished" in kinds
    assert document["result"]["run_id"] == run_id


def test_a_notebook_is_found_by_its_title(command: Command) -> None:
    from purpose_agent.notebooks.store import NotebookStore
    from purpose_agent.teams.service import engine_for

    engine = engine_for()
    NotebookStore(engine.workspace.trajectories()).create("Count things", title="Counting")
    engine.close()
    done = command("export", "counting", "--format", "md")
    assert done.code == 0, done.err
    assert "Count things" in done.out


def test_what_is_not_there_is_named(command: Command) -> None:
    done = command("export", "no-such-run")
    assert done.code == 3
    assert "no-such-run" in done.err


def test_a_file_that_cannot_be_written_is_named(command: Command, run_id: str) -> None:
    done = command("export", run_id, "--output", "/nowhere/at/all.md")
    assert done.code == 3
    assert "/nowhere/at/all.md" in done.err
