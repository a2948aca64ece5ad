"""Start one run, tell its steps as they happen, and give its result."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.cli.console import Screen
from purpose_agent.errors import PurposeError
from purpose_agent.notebooks import words
from purpose_agent.notebooks.model import Cell, CellOutput, CellSettings, new_id
from purpose_agent.notebooks.outputs import output_of
from purpose_agent.notebooks.run_view import RunFold
from purpose_agent.runtime.event_bus import Gap, Subscription
from purpose_agent.runtime.events import (
    AgentError,
    AgentProgress,
    RunEvent,
    RunStarted,
    ScoreComputed,
    ToolError,
    ToolStarted,
)
from purpose_agent.runtime.run_manager import Job
from purpose_agent.types import RunResult

if TYPE_CHECKING:
    from purpose_agent.teams.requests import RunRequest
    from purpose_agent.teams.service import Engine

_POLL_S = 0.2
_STOP_WITHIN_S = 5.0


def follow(engine: "Engine", request: "RunRequest", screen: Screen, *, steps: bool = True) -> RunResult:
    """Run to the end. Ctrl-C stops the run, keeps what it did, and goes on to the caller.

    Raises PurposeError when the run could not begin (a model that is not there, a file that cannot be read).
    """
    subscription = engine.bus.subscribe(request.run_id, audience="internal")
    job = engine.submit(request)
    try:
        with screen.busy("Working … Ctrl-C stops it"):
            for event in _events(engine, subscription, job):
                line = told(event) if steps else ""
                if line:
                    screen.tell(line, style="dim")
            job = engine.jobs.wait(job.job_id, None)
    except KeyboardInterrupt:
        engine.jobs.cancel(job.job_id)
        engine.jobs.wait(job.job_id, _STOP_WITHIN_S)
        raise
    finally:
        subscription.close()
    result = engine.result(request.run_id)
    if result is None:
        raise PurposeError(job.what or "The run was stopped before it began.", job.fix or "Run it again.")
    return result


def _events(engine: "Engine", subscription: Subscription, job: Job) -> Iterator[RunEvent | Gap]:
    """Up to the last event, or until the job has ended without one."""
    while True:
        event = subscription.get(_POLL_S)
        if event is not None:
            yield event
            if not isinstance(event, Gap) and event.terminal:
                return
            continue
        known = engine.jobs.get(job.job_id)
        if known is None or known.status not in {"queued", "running"}:
            return


def told(event: RunEvent | Gap) -> str:
    """One line about an event; "" for those that say nothing to a person at a terminal."""
    match event:
        case RunStarted():
            used = sum(not lesson.withheld for lesson in event.lessons)
            lessons = f" · {words.count(used, 'lesson')} in use" if used else ""
            return f"{event.team} on {event.model}{lessons}. {event.why_model}".strip()
        case ScoreComputed() if event.score.phi is not None:
            score = event.score
            checked = words.checked_by(score.tier, score.passed, score.total)
            return f"step {event.step + 1} · Φ {words.phi(score.phi)} · {checked}"
        case AgentProgress():
            return f"step {event.step + 1} · {event.agent}: {event.text}"
        case ToolStarted():
            return f"step {event.step + 1} · uses {event.tool}"
        case AgentError() | ToolError():
            return f"step {event.step + 1} · {event.what} {event.fix}".strip()
        case Gap():
            return f"({words.count(event.missed, 'event')} not shown; the log has them)"
        case _:
            return ""


def cell_of(engine: "Engine", result: RunResult) -> Cell:
    """The run as a notebook cell with its output, so that page, file and terminal tell it in the same words."""
    cell = Cell(cell_id=new_id(), source=result.task, run_count=1, last_run_id=result.run_id)
    view = RunFold(result.run_id).feed(engine.events(result.run_id))
    output = output_of(cell, view, engine.job_of(result.run_id))
    return msgspec.structs.replace(cell, settings=CellSettings(output=output))


def summary(cell: Cell) -> str:
    """What stands under an answer: score with its evidence, cost, lessons, and where to find the run again."""
    output = cell.settings.output or CellOutput()
    lines = [
        f"{words.verdict(output)} · {words.effort(output)}",
        words.lessons(len(output.lessons_used), len(output.lessons_born)),
        f"run {output.run_id}",
    ]
    return "\n".join(line for line in lines if line)
