"""A run's events folded into what is shown of it: one row for the run, one per step, one per score.

The fold is the only place that knows what an event means for these rows. The writer applies it to events as they
arrive, and a rebuild applies it to all of them, so the two cannot differ.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from purpose_agent.runtime.events import (
    WHOLE_RUN,
    AgentStarted,
    MemoryCandidate,
    ModelRequest,
    ModelResponse,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    SkillSelected,
    StateDelta,
    StateSnapshot,
    ToolError,
    ToolResult,
)
from purpose_agent.runtime.outside_verdict import outside_verdict
from purpose_agent.types import JSON, Action, EvidenceTier, LessonUse, Record, RunMode, RunStatus, Score, Task, Usage


class RunRow(Record, frozen=True, kw_only=True):
    """A run in one line.

    lessons, born   how many lessons stood in its prompt, and how many came of it.
    passed, total   of the tests its score rests on; hidden_passed, hidden_total: of the suite's, None = not graded.
    seconds         from start to end by the clock.
    """

    run_id: str
    notebook_id: str = ""
    cell_id: str = ""
    parent_run: str = ""
    team: str = ""
    task: str = ""
    model: str = ""
    status: RunStatus = "running"
    phi: float | None = None
    tier: EvidenceTier = "none"
    passed: int = 0
    total: int = 0
    steps: int = 0
    started_at: datetime
    finished_at: datetime | None = None
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    attempts: int = 0
    lessons: int = 0
    born: int = 0
    mode: RunMode = "train"
    task_kind: str = ""
    suite: str = ""
    task_id: str = ""
    answer: str = ""
    what: str = ""
    hidden_passed: int | None = None
    hidden_total: int | None = None


class StepRow(Record, frozen=True, kw_only=True):
    """One turn of the loop: what was known before, what was done, what is known after, and what it was worth."""

    run_id: str
    step: int
    agent: str = ""
    action: Action = Action()
    observation: str = ""
    ok: bool = True
    before: dict[str, JSON] = msgspec.field(default_factory=dict)
    after: dict[str, JSON] = msgspec.field(default_factory=dict)
    changed: dict[str, JSON] = msgspec.field(default_factory=dict)
    removed: tuple[str, ...] = ()
    delta: str = ""
    score: Score | None = None
    judged_by: str = ""
    prompt_sha256: str = ""
    prompt_lessons: tuple[str, ...] = ()
    usage: Usage = Usage()


class RunFold:
    """Takes a run's events in order; `row`, `steps` and `scores` tell how it stands."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.row: RunRow | None = None
        self.steps: dict[int, StepRow] = {}
        self.scores: list[ScoreComputed] = []
        self.touched: set[int] = set()  # steps that changed since the writer last looked
        self.last_seq = -1
        self._state: dict[str, JSON] = {}
        self._usage = Usage()
        self._task: Task | None = None
        self._score = Score()

    def apply(self, event: RunEvent) -> None:
        """Kinds that tell nothing about the run's row, its steps or its scores change nothing."""
        self.last_seq = event.seq
        if isinstance(event, RunStarted):
            self._start(event)
        elif self.row is not None:
            self._apply_to_run(event)
            self._apply_to_step(event)

    def _start(self, event: RunStarted) -> None:
        self._task = event.task
        self.row = RunRow(
            run_id=event.run_id,
            notebook_id=event.notebook_id,
            cell_id=event.cell_id,
            parent_run=event.parent_run,
            team=event.team,
            task=event.task.text,
            model=event.model,
            started_at=self.row.started_at if self.row else event.at,
            lessons=_in_prompt(event.lessons),
            mode=event.mode,
            task_kind=event.task_kind or event.task.kind,
            suite=event.task.suite,
            task_id=event.task.task_id,
        )

    def _apply_to_run(self, event: RunEvent) -> None:
        match event:
            case AgentStarted():
                if self.row is not None and self.row.finished_at is not None:
                    self._change(status="running", finished_at=None, what="")  # it was taken up again
            case ScoreComputed():
                self.scores.append(event)
                if event.settles_run:
                    self._settle(event.score)
            case ModelResponse():
                self._usage += event.usage
                self._change(**_cost(self._usage))
            case SkillSelected():
                self._change(lessons=_in_prompt(event.lessons))
            case MemoryCandidate():
                self._change(born=(self.row.born if self.row else 0) + 1)
            case RunFinished():
                self._end(event, event.status, answer=event.answer, what="")
                self._settle(event.score, has_outcome=event.status == "done")
            case RunError():
                self._end(event, event.status, what=event.what)
                self._settle(self._score, has_outcome=event.declined)
            case _:
                pass

    def _settle(self, score: Score, *, has_outcome: bool = False) -> None:
        """What the run counts for: once it has an outcome, no tested draft means that its tests have failed."""
        if has_outcome and self._task is not None:
            score = outside_verdict(score, self._task) or score
        self._score = score
        self._change(phi=score.phi, tier=score.tier, passed=score.passed, total=score.total)

    def _end(self, event: RunFinished | RunError, status: RunStatus, **fields: object) -> None:
        if self.row is not None:
            seconds = (event.at - self.row.started_at).total_seconds()
            cost = _cost(event.usage if event.usage != Usage() else self._usage)
            self._change(
                status=status,
                finished_at=event.at,
                seconds=seconds,
                steps=event.steps or len(self.steps),
                **cost,
                **fields,
            )

    def _apply_to_step(self, event: RunEvent) -> None:
        match event:
            case ModelRequest(purpose="actor"):
                self._step(event.step, prompt_sha256=event.prompt_sha256, prompt_lessons=event.lessons)
            case ModelResponse():
                known = self.steps.get(event.step)
                self._step(event.step, usage=event.usage + (known.usage if known else Usage()))
            case ToolResult():
                self._step(event.step, observation=event.text)
            case ToolError():
                self._step(event.step, observation=event.what, ok=False)
            case StateDelta():
                self._delta(event)
            case StateSnapshot():
                self._state = event.state.facts
                if event.step in self.steps:
                    self._step(event.step, after=self._state)
            case ScoreComputed() if event.step != WHOLE_RUN:
                self._step(event.step, score=event.score, judged_by=event.by)
            case _:
                pass

    def _delta(self, event: StateDelta) -> None:
        if event.step not in self.steps or not self.steps[event.step].agent:
            self._change(steps=(self.row.steps if self.row else 0) + 1)
        before = self._state
        self._state = {name: value for name, value in before.items() if name not in event.removed} | event.changed
        self._step(
            event.step,
            agent=event.agent,
            action=event.action,
            before=before,
            after=self._state,
            changed=event.changed,
            removed=event.removed,
            delta=event.text,
        )

    def _step(self, step: int, **fields: object) -> None:
        known = self.steps.get(step)
        if known is None:
            known = StepRow(run_id=self.run_id, step=step, before=self._state, after=self._state)
        self.steps[step] = msgspec.structs.replace(known, **fields)
        self.touched.add(step)

    def _change(self, **fields: object) -> None:
        if self.row is not None:
            self.row = msgspec.structs.replace(self.row, **fields)


def fold_run(events: Iterable[RunEvent]) -> RunFold | None:
    """The fold of one run's events; None when there are none."""
    fold: RunFold | None = None
    for event in events:
        fold = fold or RunFold(event.run_id)
        fold.apply(event)
    return fold


def _in_prompt(lessons: Iterable[LessonUse]) -> int:
    return sum(1 for lesson in lessons if not lesson.withheld)


def _cost(usage: Usage) -> dict[str, object]:
    tokens = usage.prompt_tokens + usage.completion_tokens
    return {"tokens": tokens, "cost_usd": usage.cost_usd, "attempts": usage.attempts}
