"""What the Notebook page reads before it draws: which notebook, and each cell with its last run and its history."""

from collections.abc import Sequence

import streamlit as st

from app.components.cell import CellOnPage
from app.wiring import engine, jobs, run_view, trajectories
from purpose_agent.notebooks.model import Cell, Document, Notebook
from purpose_agent.notebooks.outputs import output_of
from purpose_agent.runtime.run_manager import Job
from purpose_agent.storage.trajectories import RunRow
from purpose_agent.teams.run_jobs import run_ids_of

_HISTORY_ROWS = 1_000


def choose(notebooks: Sequence[Notebook], asked: str | None) -> Notebook | None:
    """The one asked for, else the one this browser had open, else the latest; None shows the start screen."""
    if asked == "new" or not notebooks:
        return None
    known = {notebook.notebook_id: notebook for notebook in notebooks}
    for notebook_id in (asked, st.session_state.get("notebook_last")):
        if notebook_id in known:
            return known[notebook_id]
    return max(notebooks, key=lambda notebook: notebook.updated_at)


def cells_on_page(document: Document) -> list[CellOnPage]:
    """Every cell with its output. One query reads the scores of all earlier runs; ended runs are folded only once."""
    rows = trajectories().runs(notebook_id=document.notebook.notebook_id, limit=_HISTORY_ROWS)
    by_run: dict[str, Job] = {run_id: job for job in reversed(jobs()) for run_id in run_ids_of(job)}
    history = _history(rows)
    shown = []
    follows = True
    for cell in document.cells:
        runs = cell.last_run_id and cell.kind in ("task", "ask")
        view = run_view(cell.last_run_id) if runs else None
        job = by_run.get(cell.last_run_id)
        if job is None and view is not None and view.started is None:
            job = engine().job_of(cell.last_run_id)  # an old job that ended before its run began: only it knows why
        output = output_of(cell, view, job)
        live = output is not None and output.status in ("queued", "running")
        started = view is not None and view.started is not None
        grade = None
        if cell.settings.suite_task and output is not None and not live:
            grade = engine().grade(output.run_id)
        shown.append(
            CellOnPage(
                notebook=document.notebook,
                cell=cell,
                output=output,
                phis=_with_latest(history.get(cell.cell_id, {}), output.run_id, output.phi) if output else (),
                follows=live and (started or follows),
                grade=grade,
                earlier_born=_earlier_born(rows, cell),
                control=_control(rows, cell),
            )
        )
        follows = follows and not live  # of the cells that wait, only the first one polls
    return shown


def _control(rows: Sequence[RunRow], cell: Cell) -> RunRow | None:
    """The cell's last ended run that had no lesson: what a run with lessons is held against."""
    mine = (row for row in rows if row.cell_id == cell.cell_id and row.run_id != cell.last_run_id)
    return next((row for row in mine if row.status in ("done", "failed") and not row.lessons), None)


def _earlier_born(rows: Sequence[RunRow], cell: Cell) -> tuple[tuple[str, str], ...]:
    """Lessons (id, text) that earlier runs of the cell brought."""
    born: dict[str, str] = {}
    for row in rows:
        if row.cell_id == cell.cell_id and row.born and row.run_id != cell.last_run_id:
            born |= run_view(row.run_id).born
    return tuple(born.items())


def _history(rows: Sequence[RunRow]) -> dict[str, dict[str, float | None]]:
    """Φ of the runs of each cell by run id, oldest first."""
    found: dict[str, dict[str, float | None]] = {}
    for row in reversed(rows):
        if row.status not in ("queued", "running"):
            found.setdefault(row.cell_id, {})[row.run_id] = row.phi
    return found


def _with_latest(phis: dict[str, float | None], run_id: str, phi: float | None) -> tuple[float | None, ...]:
    """The history; a run that ended this instant may not be in the store yet, so the page adds what it sees."""
    return tuple((phis | {run_id: phi}).values())
