"""`export`: a run or a notebook as a file that other programs open."""

import json
from pathlib import Path

import nbformat
import pytest

from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.runtime.events import ModelResponse
from purpose_agent.teams.requests import RunRequest, new_run_id
from purpose_agent.teams.service import engine_for
from purpose_agent.types import Task
from tests.unit.cli.conftest import FIBONACCI, Command
from tests.unit.cli.test_lessons import sum_evens

FORMS = ("ipynb", "md", "html", "json")


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


@pytest.mark.parametrize("form", FORMS)
def test_the_words_of_a_lesson_that_waits_leave_in_no_file(command: Command, form: str) -> None:
    done = command(*sum_evens(), "--json")
    [waiting, *_] = command("review", "--json").data
    assert waiting["card_id"] in done.data["born"]
    exported = command("export", done.data["run_id"], "--format", form)
    assert exported.code == 0, exported.err
    for words in (waiting["when"], waiting["do"]):
        assert words not in exported.out
        assert words not in done.out
        assert json.dumps(words)[1:-1] not in exported.out
    told = "new lesson" if form != "json" else waiting["card_id"]
    assert told in exported.out


def test_what_a_model_proposed_as_a_lesson_is_not_in_the_events_of_a_file(command: Command, run_id: str) -> None:
    engine = engine_for()
    last = engine.events(run_id)[-1]
    said = ModelResponse(
        run_id=run_id, seq=last.seq + 1, at=last.at, step=1, purpose="distiller", text="Always add one."
    )
    engine.workspace.journal.append([said])
    engine.close()
    exported = command("export", run_id, "--format", "json").out
    assert json.loads(exported)["events"][-1]["purpose"] == "distiller"
    assert "Always add one." not in exported


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_tried_a_lesson_is_not_exported(command: Command, form: str) -> None:
    done = command(*sum_evens(), "--json")
    [waiting, *_] = command("review", "--json").data
    engine = engine_for()
    task = "Add up the even numbers in a list. Call the function `evens`."
    tried = engine.run(
        RunRequest(
            run_id=new_run_id(),
            purpose="Write Python code",
            task=Task(text=task, tests=("assert evens([1, 2, 4]) == 6",)),
            mode="validation",
            trial=(waiting["card_id"],),
            parent_run=done.data["run_id"],
        )
    )
    engine.close()
    assert [use.card_id for use in tried.lessons] == [waiting["card_id"]]
    refused = command("export", tried.run_id, "--format", form)
    assert refused.code == 3
    assert "not exported" in refused.err
    assert waiting["do"] not in refused.out + refused.err
    assert command("export", done.data["run_id"], "--format", form).code == 0
