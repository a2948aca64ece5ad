"""The result of a run, worked out from its events alone, so that any process tells the same story."""

from collections.abc import Iterable

from msgspec.structs import replace

from purpose_agent.runtime.events import (
    MemoryCandidate,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    TextDone,
)
from purpose_agent.types import RunResult, RunStatus, Score


def fold_result(events: Iterable[RunEvent], *, unfinished: RunStatus = "running") -> RunResult | None:
    """The result so far; None when the run never started. Without an answer it holds the best draft.

    unfinished  the status of a run without an end: `running`, or `interrupted` when its process is known to be gone.
    """
    started: RunStarted | None = None
    ended: RunFinished | RunError | None = None
    settled: Score | None = None  # by a person, after the end
    score, draft, best, born = Score(), "", "", []
    for event in events:
        match event:
            case RunStarted():
                started = event
            case RunFinished() | RunError():
                ended, settled = event, None
            case ScoreComputed() if event.is_override:
                settled = event.score if event.settles_run else settled
            case TextDone():
                draft = event.text
                best = best or draft
            case ScoreComputed() if event.score.phi is not None:
                if event.score.phi >= (score.phi or 0.0):
                    best = draft
                score = event.score
            case MemoryCandidate():
                born.append(event.card_id)
            case _:
                pass
    if started is None:
        return None
    so_far = RunResult(
        run_id=started.run_id,
        task=started.task.text,
        answer=best,
        status=unfinished,
        score=score,
        lessons=started.lessons,
        born=tuple(born),
    )
    if ended is None:
        return so_far
    result = _with_end(so_far, ended)
    return result if settled is None else replace(result, score=settled)


def _with_end(so_far: RunResult, ended: RunFinished | RunError) -> RunResult:
    common = replace(so_far, status=ended.status, steps=ended.steps, usage=ended.usage)
    match ended:
        case RunFinished():
            return replace(common, answer=ended.answer, score=ended.score, what=ended.reason)
        case RunError():
            return replace(common, what=ended.what, fix=ended.fix, declined=ended.declined)
