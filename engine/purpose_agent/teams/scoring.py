"""A person's word on a score: it takes the place of the machine's, which is kept beside it and can come back.

The word is one more event of the run, also of one that ended long ago, so every page, table and export that folds the
run's events tells the same. A word on the whole run settles what the run counts for: credit of its lessons is folded
again with it. A word on one step is for reading, and for teaching the critic.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from purpose_agent.core.critics import shown_in
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import one_line
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.events import (
    WHOLE_RUN,
    AgentStarted,
    Event,
    ModelRequest,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    StateDelta,
    now,
)
from purpose_agent.runtime.outside_verdict import outside_verdict
from purpose_agent.storage.errors import RunMovedOn, RunWrittenElsewhere
from purpose_agent.storage.workspace import Workspace
from purpose_agent.types import MAX_PHI, OVERRIDE, TAKEN_BACK, Score

MAX_REASON = 300
_TRIES = 3  # two people may override at once; the second finds the run moved on by one event


class ScoreRefused(PurposeError):
    """A score that cannot be set, or not taken back."""


@dataclass(slots=True)
class Standing:
    """How the scores of one run stand. `machine` and `person` are by step, WHOLE_RUN for the run itself.

    shown      what the critic was shown of a step, where one judged it.
    judged_at  the step whose score became the run's; -1 while there is none.
    """

    started: RunStarted | None = None
    ended: RunFinished | RunError | None = None
    machine: dict[int, Score] = field(default_factory=dict)
    person: dict[int, Score] = field(default_factory=dict)
    steps: set[int] = field(default_factory=set)
    shown: dict[int, str] = field(default_factory=dict)
    judged_at: int = -1
    last_seq: int = -1

    def take(self, event: RunEvent) -> None:
        self.last_seq = event.seq
        match event:
            case RunStarted():
                self.started = event
            case AgentStarted():
                self.ended = None  # it was taken up again
            case RunFinished():
                self.ended = event
                self.machine[WHOLE_RUN] = event.score
                self.person.pop(WHOLE_RUN, None)
            case RunError():
                self.ended = event
                self.person.pop(WHOLE_RUN, None)
            case StateDelta():
                self.steps.add(event.step)
            case ScoreComputed() if event.is_override:
                if OVERRIDE in event.score.flags:
                    self.person[event.step] = event.score
                else:
                    self.person.pop(event.step, None)
            case ScoreComputed():
                self.machine[event.step] = event.score
                if event.score.phi is not None:
                    self.machine[WHOLE_RUN], self.judged_at = event.score, event.step
            case ModelRequest(purpose="critic"):
                self.shown[event.step] = shown_in(event.prompt)
            case _:
                pass


class Scoring:
    """`store` keeps and tells events."""

    def __init__(self, workspace: Workspace, memory: Memory, *, store: Callable[[Sequence[Event]], None]) -> None:
        self._workspace = workspace
        self._memory = memory
        self._store = store

    def override(self, run_id: str, phi: float, reason: str, *, step: int | None, by: str) -> Score:
        """Give a run, or one of its steps, another Φ. Raises ScoreRefused with what to do."""
        if (
            isinstance(phi, bool)
            or not isinstance(phi, int | float)
            or not (math.isfinite(phi) and 0 <= phi <= MAX_PHI)
        ):
            raise ScoreRefused(f"A score is a number from 0 to 10, not {phi!r}.", "Give a number from 0 to 10.")
        told = one_line(reason)[:MAX_REASON]
        if not told:
            raise ScoreRefused("The score has no reason.", "Write in a few words what the score did not see.")
        score = Score(phi=float(phi), tier="user", evidence=told, confidence=1.0, flags=(OVERRIDE,))
        standing = self._append(run_id, step, by, lambda _: score)
        if step is None:
            self._settle_credit(run_id, standing, score)
        return score

    def take_back(self, run_id: str, *, step: int | None, by: str) -> Score:
        """Let the machine's score stand again. Raises ScoreRefused when nobody set another."""

        def machines(standing: Standing) -> Score:
            if _place(step) not in standing.person:
                raise ScoreRefused("Nobody gave this another score.", "There is nothing to take back.")
            score = standing.machine.get(_place(step), Score())
            return msgspec.structs.replace(score, flags=(*score.flags, TAKEN_BACK))

        standing = self._append(run_id, step, by, machines)
        score = standing.machine.get(_place(step), Score())
        if step is None:
            self._settle_credit(run_id, standing, score)
        return score

    def standing(self, run_id: str) -> Standing:
        """From the run's events, wherever they are. Raises WorkspaceOwned when another process has them."""
        standing = Standing()
        for event in self._events(run_id):
            standing.take(event)
        return standing

    def _append(self, run_id: str, step: int | None, by: str, make: Callable[[Standing], Score]) -> Standing:
        """Add a person's score to the run. Returns how the scores stood before."""
        who = one_line(by)
        if not who:
            raise ValueError("a score names who gave it")
        for tried in range(_TRIES):
            standing = self.standing(run_id)
            _refuse_unsuitable(standing, step)
            event = ScoreComputed(
                run_id=run_id, seq=standing.last_seq + 1, at=now(), step=_place(step), score=make(standing), by=who
            )
            try:
                self._store([event])
            except RunWrittenElsewhere:
                if tried == _TRIES - 1:
                    raise
                continue
            return standing
        raise AssertionError("unreachable: the last try returns or raises")

    def _events(self, run_id: str) -> list[RunEvent]:
        try:
            return self._workspace.events(run_id)
        except RunMovedOn:
            self._workspace.trajectories()  # nobody has them: this process takes them
            return self._workspace.events(run_id)

    def _settle_credit(self, run_id: str, standing: Standing, score: Score) -> None:
        """Count the run by this score; not at all when nobody but the model stands behind it."""
        started, ended = standing.started, standing.ended
        if started is None or started.mode != "train":
            return
        verdict = outside_verdict(score, started.task)
        success = None if verdict is None else verdict.is_success
        if self._memory.effects.correct(run_id, success, score.phi) or success is None:
            return
        if isinstance(ended, RunFinished) and ended.status == "done":  # as at its end: a broken run counts for nothing
            self._memory.effects.record(run_id, started.task_kind, started.lessons, success, score.phi)


def _place(step: int | None) -> int:
    return WHOLE_RUN if step is None else step


def _refuse_unsuitable(standing: Standing, step: int | None) -> None:
    if standing.started is None:
        raise ScoreRefused("There is no such run in this workspace.", "Take its id from the list of runs.")
    if standing.ended is None:
        raise ScoreRefused("This run has not ended yet.", "Wait until it is done, or stop it; then score it.")
    if step is not None and step not in standing.steps:
        raise ScoreRefused(
            f"This run has no step {step + 1}.", f"It has {len(standing.steps)}; the first is step 0 here."
        )
