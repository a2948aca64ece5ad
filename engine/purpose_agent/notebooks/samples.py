"""Notebooks to start with: those that ship as files, and those made from a task suite."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.notebooks.files import keep
from purpose_agent.notebooks.import_ import read_ipynb
from purpose_agent.notebooks.model import (
    Cell,
    CellSettings,
    Document,
    Notebook,
    NotebookSettings,
    TeamChoice,
    new_id,
)
from purpose_agent.resources import resource_root

if TYPE_CHECKING:
    from purpose_agent.evaluation.suite_records import Suite


@dataclass(frozen=True, slots=True)
class Sample:
    """One way to begin. `name` is stable and names its files."""

    name: str
    title: str
    about: str
    icon: str
    suite: str = ""
    documents: str = ""


SAMPLES: tuple[Sample, ...] = (
    Sample(
        name="first_steps",
        title="Three small programs",
        about="Fibonacci, FizzBuzz and factorial: written, checked by tests, scored, in a few seconds.",
        icon="code",
    ),
    Sample(
        name="related_stream",
        title="Related tasks: watch it learn",
        about="A stream of tasks from a few families. With lessons in use, later ones take fewer tries.",
        icon="trending_up",
        suite="related_stream",
    ),
    Sample(
        name="garden_handbook",
        title="Ask three documents",
        about="Questions about the handbook of a made-up garden club; every sentence names its source.",
        icon="menu_book",
        documents="garden_handbook",
    ),
)


def open_sample(sample: Sample, files: Path) -> Document:
    """The sample as a fresh document. `files` is `Workspace.files`, where its documents are kept."""
    if sample.suite:
        from purpose_agent.evaluation.suites import load_suite

        return from_suite(load_suite(sample.suite), name=sample.suite)
    folder = resource_root() / "data" / "samples"
    document = read_ipynb((folder / f"{sample.name}.ipynb").read_bytes(), name=sample.title)
    document = _fresh(document)
    if not sample.documents:
        return document
    papers = sorted(path for path in (folder / sample.documents).iterdir() if path.is_file())
    kept = tuple(keep(files, path.name, path.read_bytes()) for path in papers)
    settings = msgspec.structs.replace(document.notebook.settings, knowledge=kept)
    notebook = msgspec.structs.replace(document.notebook, settings=settings)
    return msgspec.structs.replace(document, notebook=notebook)


def from_suite(suite: "Suite", *, name: str = "") -> Document:
    """A cell for each task. Their checks are not in it: the grader takes them from the suite."""
    at = datetime.now(UTC)
    notebook = Notebook(
        notebook_id=new_id(),
        title=suite.title,
        team=TeamChoice(purpose="Help me write Python code"),
        settings=NotebookSettings(
            suite=name or suite.name,
            about="Each answer is also graded by a hidden check, which no agent and no lesson ever sees.",
        ),
        created_at=at,
        updated_at=at,
    )
    cells = tuple(
        Cell(
            cell_id=new_id(),
            kind="ask" if item.is_question else "task",
            source=item.task.text,
            settings=CellSettings(checks=item.task.tests, suite_task=item.task.task_id),
        )
        for item in suite.tasks
    )
    return Document(notebook=notebook, cells=cells)


def _fresh(document: Document) -> Document:
    at = datetime.now(UTC)
    notebook = msgspec.structs.replace(document.notebook, notebook_id=new_id(), created_at=at, updated_at=at)
    cells = tuple(msgspec.structs.replace(cell, cell_id=new_id()) for cell in document.cells)
    return Document(notebook=notebook, cells=cells)
