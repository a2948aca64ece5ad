"""How far one run is: everything that must survive the end of its process, and its form in a checkpoint.

A checkpoint holds all that moves, so a run is taken up without reading its history. What never changes during a run
(the spec, the lessons) is stored once at its start, as the run's own intent. No state of a random generator is kept:
chance is used only when lessons are chosen, and the choice itself is stored.
"""

from collections import deque
from dataclasses import dataclass, field

import msgspec

from purpose_agent.core.prompt_compiler import LAST_STEPS
from purpose_agent.core.spec import RunSpec
from purpose_agent.core.turns import Turn
from purpose_agent.storage.journal import Checkpoint
from purpose_agent.types import LessonUse, Record, Score, State, Step, Usage

BRIEF_CHARS = 60


class Draft(Record, frozen=True, kw_only=True):
    """A draft with its score; of several the one with the highest Φ is kept as the best."""

    answer: str
    score: Score = Score()


class Fixed(Record, frozen=True, kw_only=True):
    """What does not change during a run."""

    spec: RunSpec
    task_kind: str = ""
    uses: tuple[LessonUse, ...] = ()
    model: str = ""


class Saved(Record, frozen=True, kw_only=True):
    """The body of a checkpoint."""

    step: int
    turn: Turn
    state: State
    standing: Score = Score()
    best: Draft | None = None
    last: tuple[str, ...] = ()
    used: Usage = Usage()
    seconds: float = 0.0
    told: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Progress:
    """The part of a run that moves. `steps` is what this process saw of it, for the distiller."""

    fixed: Fixed
    turn: Turn
    state: State
    step: int = 0
    best: Draft | None = None
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_STEPS))
    steps: list[Step] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    reason: str = ""

    @property
    def spec(self) -> RunSpec:
        return self.fixed.spec

    @property
    def draft(self) -> str | None:
        answer = self.state.facts.get("answer")
        return answer if isinstance(answer, str) else None

    def keep_best(self, score: Score) -> None:
        """Remember the draft if its verdict is higher than that of any draft before."""
        draft = self.draft
        if draft is None or score.phi is None:
            return
        best = self.best.score.phi if self.best is not None else None
        if best is None or score.phi > best:
            self.best = Draft(answer=draft, score=score)

    def remember(self, step: Step) -> None:
        self.steps.append(step)
        self.last.append(brief(step))

    def checkpoint(self, *, standing: Score, used: Usage, seconds: float) -> Checkpoint:
        saved = Saved(
            step=self.step,
            turn=self.turn,
            state=self.state,
            standing=standing,
            best=self.best,
            last=tuple(self.last),
            used=used,
            seconds=seconds,
            told=tuple(self.told),
            reason=self.reason,
        )
        return Checkpoint(run_id=self.spec.run_id, step=self.step, body=msgspec.structs.asdict(saved))


def restore(fixed: Fixed, checkpoint: Checkpoint) -> tuple[Progress, Saved]:
    """Raises msgspec.ValidationError when the body is not one that `checkpoint` wrote."""
    saved = msgspec.convert(checkpoint.body, Saved)
    progress = Progress(
        fixed=fixed,
        turn=saved.turn,
        state=saved.state,
        step=saved.step,
        best=saved.best,
        last=deque(saved.last, maxlen=LAST_STEPS),
        told=set(saved.told),
        reason=saved.reason,
    )
    return progress, saved


def brief(step: Step) -> str:
    """One short line for the next prompt. The newest result stands in the state, so it is not told twice."""
    action = step.action
    if action.tool:
        args = msgspec.json.encode(action.args).decode()
        did = f"{action.tool} {args[:BRIEF_CHARS]}"
    elif action.answer is not None:
        did = "draft"
    else:
        did = "done"
    said = step.observation.text[:BRIEF_CHARS].partition("\n")[0]
    return f"{step.index} {step.agent}: {did} → {'' if step.observation.ok else 'failed: '}{said}"
