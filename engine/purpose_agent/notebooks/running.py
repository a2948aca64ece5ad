"""From a cell to its run: what a cell asks the engine for, one at a time or all in order.

Nothing here waits: a run is a job of the engine, and the cell remembers which run is its own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.core.hardening import MAX_TASK_CHARS
from purpose_agent.errors import PurposeError
from purpose_agent.notebooks.checks import asserts
from purpose_agent.notebooks.files import path_of
from purpose_agent.notebooks.model import Cell, Document, Notebook
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.requests import RunRequest, new_run_id
from purpose_agent.types import Task

if TYPE_CHECKING:
    from purpose_agent.evaluation.suite_records import SuiteTask
    from purpose_agent.runtime.run_manager import Job
    from purpose_agent.teams.service import Engine


class CellIncomplete(PurposeError):
    """The cell cannot be run as it stands."""


class CellRunner:
    """Runs the cells of notebooks on one engine and notes their runs in the store."""

    def __init__(self, engine: "Engine", store: NotebookStore) -> None:
        self._engine = engine
        self._store = store

    def run(self, notebook: Notebook, cell: Cell) -> str:
        """Start the cell; its run id. A teach cell is done at once: the lesson is in use from the next run on."""
        if cell.kind == "teach":
            return self._teach(cell)
        request = self.request(notebook, cell)
        self._engine.submit(request)  # first: a cell must not point at a run that was refused
        self._store.record_runs({cell.cell_id: request.run_id})
        return request.run_id

    def run_all(self, document: Document) -> "Job | None":
        """Teach what is not yet taught, then run tasks and questions in order, in one job. None when there are none."""
        for cell in document.cells:
            if cell.kind == "teach" and not cell.run_count and cell.source.strip():
                self._teach(cell)
        cells = [cell for cell in document.cells if cell.kind in ("task", "ask") and cell.source.strip()]
        if not cells:
            return None
        requests = [self.request(document.notebook, cell) for cell in cells]
        job = self._engine.submit_batch(requests, document.notebook.title)
        self._store.record_runs({request.cell_id: request.run_id for request in requests})
        return job

    def request(self, notebook: Notebook, cell: Cell) -> RunRequest:
        """What the engine is asked for. Raises CellIncomplete with what is missing."""
        text = cell.source.strip()
        if not text:
            raise CellIncomplete("This cell is empty.", "Write what the team should do, then run it.")
        if len(text) > MAX_TASK_CHARS:
            raise CellIncomplete(
                f"This cell has {len(text):,} characters; {MAX_TASK_CHARS:,} is the most that a prompt can carry.",
                "Say what to do in a few sentences, and add the long material as a knowledge file.",
            )
        hidden = self._suite_task(notebook.settings.suite, cell.settings.suite_task)
        task = Task(text=text, tests=asserts(cell.settings.checks))
        if hidden is not None:
            task = msgspec.structs.replace(hidden.task, text=task.text, tests=task.tests)
        return RunRequest(
            run_id=new_run_id(),
            purpose=notebook.team.purpose,
            task=task,
            ask=cell.kind == "ask",
            model=notebook.team.model,
            knowledge=self._knowledge(notebook),
            vaults=tuple(dict.fromkeys((*notebook.settings.vaults, *(hidden.vaults if hidden else ())))),
            use_lessons=notebook.settings.use_lessons,
            trust_tested_lessons=notebook.settings.trust_tested_lessons,
            notebook_id=notebook.notebook_id,
            cell_id=cell.cell_id,
            check=hidden.check if hidden is not None else None,
        )

    def _knowledge(self, notebook: Notebook) -> tuple[str, ...]:
        paths = []
        for kept in notebook.settings.knowledge:
            path = path_of(self._engine.workspace.files, kept)
            if not path.is_file():
                raise CellIncomplete(
                    f"The knowledge file {kept.name} is not in this workspace.",
                    "Add it again, or take it off the list.",
                )
            paths.append(str(path))
        return tuple(paths)

    def _suite_task(self, suite: str, task_id: str) -> "SuiteTask | None":
        """The suite's task that a cell stands for; its check stays with the suite and is never in a notebook."""
        if not suite or not task_id:
            return None
        tasks: Sequence[SuiteTask] = self._engine.suites.load(suite).tasks
        return next((item for item in tasks if item.task.task_id == task_id), None)

    def _teach(self, cell: Cell) -> str:
        text = " ".join(cell.source.split())
        if not text:
            raise CellIncomplete("This lesson is empty.", "Write the rule in a sentence.")
        card = self._engine.lessons.teach(text)
        run_id = f"memory:{card.card_id}"
        self._store.record_runs({cell.cell_id: run_id})
        return run_id
