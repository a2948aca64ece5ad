"""The result of a run, worked out from its events alone, so that any process tells the same story."""

from collections.abc import Iterable

from purpose_agent.runtime.events import MemoryCandidate, RunError, RunEvent, RunFinished, RunStarted, ScoreComputed
from purpose_agent.types import LessonUse, RunResult, RunStatus, Score, Usage


def fold_result(events: Iterable[RunEvent], *, unfinished: RunStatus = "running") -> RunResult | None:
    """The result so far; None when the run never started.

    unfinished  the status of a run without an end: `running`, or `interrupted` when its process is known to be gone.
    """
    started: RunStarted | None = None
    ended: RunFinished | RunError | None = None
    score, born = Score(), []
    for event in events:
        match event:
            case RunStarted():
                started = event
            case RunFinished() | RunError():
                ended = event
            case ScoreComputed() if event.score.phi is not None:
                score = event.score
            case MemoryCandidate():
                born.append(event.card_id)
            case _:
                pass
    if started is None:
        return None
    return _result(started, ended, score, tuple(born), unfinished)


def _result(
    started: RunStarted,
    ended: RunFinished | RunError | None,
    score: Score,
    born: tuple[str, ...],
    unfinished: RunStatus,
) -> RunResult:
    lessons: tuple[LessonUse, ...] = started.lessons
    match ended:
        case RunFinished():
            return RunResult(
                run_id=started.run_id,
                task=started.task.text,
                answer=ended.answer,
                status=ended.status,
                score=ended.score,
                lessons=lessons,
                born=born,
                steps=ended.steps,
                usage=ended.usage,
                what=ended.reason,
            )
        case RunError():
            return RunResult(
                run_id=started.run_id,
                task=started.task.text,
                answer="",
                status=ended.status,
                score=score,
                lessons=lessons,
                born=born,
                steps=ended.steps,
                usage=ended.usage,
                what=ended.what,
                fix=ended.fix,
            )
        case None:
            return RunResult(
                run_id=started.run_id,
                task=started.task.text,
                answer="",
                status=unfinished,
                score=score,
                lessons=lessons,
                born=born,
                usage=Usage(),
            )
