"""What the last run of a cell left, as the page and the exports show it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.notebooks.answers import Source, cited_sources
from purpose_agent.notebooks.model import Cell, CellOutput, Document
from purpose_agent.notebooks.run_view import RunView

if TYPE_CHECKING:
    from purpose_agent.runtime.run_manager import Job

GONE = "The program ended while this was running. What it did is kept."
STOPPED = "What it did is kept."
GO_ON = "Resume it, or run the cell again."


def output_of(cell: Cell, view: RunView | None, job: "Job | None") -> CellOutput | None:
    """The state of a cell's last run; None when it was never run and no output came with it.

    A run is live only while its job is: events without an end and without a live job mean that the process is gone.
    """
    if not cell.last_run_id or cell.kind == "teach":
        return cell.settings.output
    job_lives = job is not None and job.status in ("queued", "running")
    if view is None or view.started is None:
        return _before_the_first_event(cell, job, job_lives)
    output = _of_view(cell, view)
    if job_lives and view.can_go_on:  # taken up again, and nothing new told yet
        return msgspec.structs.replace(output, status="running")
    if view.is_live and not job_lives:
        stopped = job is not None and job.status == "cancelled"
        return msgspec.structs.replace(
            output,
            status="cancelled" if stopped else "interrupted",
            what=STOPPED if stopped else GONE,
            fix=GO_ON,
        )
    return output


def sources_of(view: RunView) -> list[Source]:
    """The passages that the run's answer cites."""
    passages = view.started.task.context if view.started is not None else ()
    return cited_sources(view.answer or view.draft, passages)


def with_outputs(document: Document, outputs: Mapping[str, CellOutput]) -> Document:
    """The document with the outputs of its cells inside, ready to be exported."""
    cells = []
    for cell in document.cells:
        output = outputs.get(cell.cell_id)
        settings = msgspec.structs.replace(cell.settings, output=output or cell.settings.output)
        cells.append(msgspec.structs.replace(cell, settings=settings))
    return msgspec.structs.replace(document, cells=tuple(cells))


def _of_view(cell: Cell, view: RunView) -> CellOutput:
    started, score, usage = view.started, view.score, view.usage
    seconds = usage.seconds
    if started is not None and view.ended_at is not None:
        seconds = (view.ended_at - started.at).total_seconds()
    return CellOutput(
        run_id=view.run_id,
        n=cell.run_count,
        status=view.status,
        answer=view.answer or view.draft,
        phi=score.phi,
        tier=score.tier,
        passed=score.passed,
        total=score.total,
        seconds=seconds,
        tokens=usage.prompt_tokens + usage.completion_tokens,
        cost_usd=usage.cost_usd,
        attempts=usage.attempts,
        model=started.model if started is not None else "",
        lessons_used=tuple(use.text for use in view.lessons if not use.withheld),
        lessons_born=tuple(view.born),  # their words stay here until somebody approves them
        sources=tuple(f"[{source.number}] {source.place}" for source in sources_of(view)),
        what=STOPPED if view.status == "cancelled" else view.what,
        fix=GO_ON if view.status == "cancelled" else view.fix,
        at=view.ended_at,
    )


def _before_the_first_event(cell: Cell, job: "Job | None", job_lives: bool) -> CellOutput | None:
    output = CellOutput(run_id=cell.last_run_id, n=cell.run_count)
    if job is None:
        return cell.settings.output or msgspec.structs.replace(
            output, status="interrupted", what="This run is not in this workspace.", fix="Run the cell again."
        )
    if job_lives:
        return msgspec.structs.replace(output, status="queued")
    if job.status == "cancelled":
        return msgspec.structs.replace(output, status="cancelled", what="It had not begun.", fix=GO_ON)
    if job.status == "interrupted":
        return msgspec.structs.replace(output, status="interrupted", what=GONE, fix=GO_ON)
    return msgspec.structs.replace(
        output, status="failed", what=job.what or "It ended before it began.", fix=job.fix or "Run the cell again."
    )
