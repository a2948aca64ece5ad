"""Bringing runs of other programs into a workspace: a study to look at, and its steps among the runs.

Nothing is executed, learned or credited: such runs belong to a team of their own and are evaluations only.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.importing import as_study, study_id_of
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.evaluation.trajectory_formats.reading import read_log
from purpose_agent.evaluation.trajectory_formats.records import LogError, LoggedRun
from purpose_agent.runtime.events import (
    Event,
    RunFinished,
    RunStarted,
    ScoreComputed,
    StateDelta,
    ToolResult,
    ToolStarted,
    now,
)
from purpose_agent.storage.workspace import Workspace
from purpose_agent.types import Action, Record, Score, Task, Usage, whole_characters

TEAM = "Brought from elsewhere"
MOST_LOGGED = 5_000
"""Runs whose steps are kept: each is brought to the disk by itself, which takes a moment."""

_MOST_STEPS = 2_000  # of one run; a log may be endless


class Brought(Record, frozen=True, kw_only=True):
    """What was brought in. `was_there`: the same file was brought before; nothing was added."""

    plan: StudyPlan
    form: str
    runs: int
    steps: int
    judged: int
    notices: tuple[str, ...] = ()
    was_there: bool = False

    def __str__(self) -> str:
        again = "This file was brought before. " if self.was_there else ""
        log = f" with {self.steps:,} steps" if self.steps else ""
        control = "" if self.plan.pairs else " There is no control, so nothing can be said about learning."
        return (
            f"{again}{self.form.capitalize()}: {self.runs:,} runs{log} on {len(self.plan.tasks):,} tasks, "
            f"{self.judged:,} of them judged.{control}"
        )


class Imports:
    """Of one workspace."""

    def __init__(self, workspace: Workspace, store: Callable[[Sequence[Event]], None]) -> None:
        self._workspace = workspace
        self._store = store

    def take_in_file(self, path: "Path | str", *, title: str = "") -> Brought:
        """Raises LogError."""
        path = Path(path).expanduser()
        try:
            raw = path.read_bytes()
        except OSError as problem:
            raise LogError(
                f"{path} could not be read.", "Check the path and its permissions.", details=str(problem)
            ) from problem
        return self.take_in(raw, path.name, title=title)

    def take_in(self, raw: bytes, file: str, *, title: str = "") -> Brought:
        """The bytes of an upload; `file` is its name. Raises LogError; then nothing was taken."""
        log = read_log(raw, file)
        study_id = study_id_of(raw)
        plan, outcomes = as_study(log, study_id, whole_characters(title.strip() or Path(file).stem))
        folder = StudyFolder(self._workspace.home, study_id)
        before = _readable(folder)
        left_out: tuple[str, ...] = ()
        if before is None:
            left_out = self._keep_steps(plan, outcomes, log.runs)
            _keep(folder, plan, outcomes)
        return Brought(
            plan=before or plan,
            form=log.form,
            runs=len(log.runs),
            steps=sum(len(run.log) for run in log.runs),
            judged=sum(run.right is not None or run.phi is not None for run in log.runs),
            notices=(*log.notices, *left_out),
            was_there=before is not None,
        )

    def _keep_steps(self, plan: StudyPlan, outcomes: Sequence[Outcome], runs: Sequence[LoggedRun]) -> tuple[str, ...]:
        """Among the runs, so that each can be opened and asked about; what was left out, in sentences."""
        logged = [(outcome, run) for outcome, run in zip(outcomes, runs, strict=True) if run.log]
        for outcome, run in logged[:MOST_LOGGED]:
            if self._workspace.journal.last_seq(outcome.run_id) < 0:
                self._store(_events(plan, outcome, run))
        cut = sum(len(run.log) > _MOST_STEPS for _, run in logged[:MOST_LOGGED])
        return (*_left_out(max(0, len(logged) - MOST_LOGGED)), *_cut(cut))


def _readable(folder: StudyFolder) -> StudyPlan | None:
    """The plan of a study that was brought before; None for one that cannot be read, so it is brought anew."""
    try:
        return folder.sound_plan()
    except StudyError:
        return None


def _keep(folder: StudyFolder, plan: StudyPlan, outcomes: Sequence[Outcome]) -> None:
    """Whole, or not at all; what a person decided on a study that could not be read any more stays."""
    was_there = folder.path.exists()
    try:
        folder.add_all(outcomes)
        folder.begin(plan)  # last: what a killed process left half done is not there, and is brought again
    except BaseException:
        if not was_there:
            folder.remove()
        raise


def _events(plan: StudyPlan, outcome: Outcome, run: LoggedRun) -> list[Event]:
    """A run as it is told by its log. When it happened is not known, so it ends now."""
    ended = now()
    at = ended - timedelta(seconds=run.seconds)
    run_id, seq = outcome.run_id, _Counter()
    score = Score(phi=run.phi if run.phi is not None else _phi(run.right), tier="judge", evidence="as its log says")
    told: list[Event] = [
        RunStarted(
            run_id=run_id,
            seq=seq.next(),
            at=at,
            team=TEAM,
            task=Task(text=run.text or run.task_id, task_id=run.task_id),
            model=run.model,
            mode="eval",
            parent_run=f"study-{plan.study_id}",
        )
    ]
    for step, logged in enumerate(run.log[:_MOST_STEPS]):
        told += _step_events(run_id, seq, at, step, logged.action, logged.tool, logged.observation)
        known = logged.phi if logged.phi is not None else _phi(logged.right)
        if known is not None:
            told.append(
                ScoreComputed(
                    run_id=run_id, seq=seq.next(), at=at, step=step, score=Score(phi=known, tier="judge"), by="its log"
                )
            )
    told.append(
        RunFinished(
            run_id=run_id,
            seq=seq.next(),
            at=ended,
            status="done",
            answer=run.log[-1].action,
            score=score,
            steps=run.steps or len(run.log),
            usage=Usage(completion_tokens=run.tokens, cost_usd=run.cost_usd),
        )
    )
    return told


def _step_events(
    run_id: str, seq: "_Counter", at: datetime, step: int, action: str, tool: str, observation: str
) -> list[Event]:
    call_id = f"{step}"
    told: list[Event] = []
    if observation:
        told = [
            ToolStarted(run_id=run_id, seq=seq.next(), at=at, step=step, call_id=call_id, tool=tool or "environment"),
            ToolResult(
                run_id=run_id,
                seq=seq.next(),
                at=at,
                step=step,
                call_id=call_id,
                tool=tool or "environment",
                text=observation,
            ),
        ]
    delta = StateDelta(
        run_id=run_id, seq=seq.next(), at=at, step=step, agent=TEAM, action=Action(tool=tool, answer=action)
    )
    return [*told, delta]


def _left_out(runs: int) -> tuple[str, ...]:
    return (f"The steps of {runs:,} runs were not kept, only what came of them.",) if runs else ()


def _cut(runs: int) -> tuple[str, ...]:
    return (f"Only the first {_MOST_STEPS:,} steps of {runs:,} runs were kept.",) if runs else ()


def _phi(right: bool | None) -> float | None:
    return None if right is None else 10.0 * right


class _Counter:
    def __init__(self) -> None:
        self._last = -1

    def next(self) -> int:
        self._last += 1
        return self._last
