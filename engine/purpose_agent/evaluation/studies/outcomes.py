"""What came of each run of a study: numbers and ids, no words of any task."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from purpose_agent.evaluation.studies.plan import Part
from purpose_agent.types import EvidenceTier, Record, RunStatus

EffortUnit = Literal["programs tried", "tokens"]

MOST_TRIES = 5
"""So often a run is begun or taken up before it is left as it is: some faults come again each time."""


class Outcome(Record, frozen=True, kw_only=True):
    """One run. All that a study says is worked out from rows like this one.

    right     by the suite's own check, which no prompt ever holds; where it has none, by Φ if somebody other than the
              model stands behind it; None when nobody can say.
    lessons   ids of those in the prompt; born: of those that were put in use after this run.
    model     that did the work and, where nothing else did, judged it: a change begins a new axis.
    judge     the other model that decided by a rubric, where one did: a change begins a new axis too.
    broke_off a fault outside of the task ended it (the model was not there), so it says nothing of its arm.
    tries     how often it was begun or, where it had broken off, taken up again.
    prompt_sha256   of what it was sent first.
    without_sha256  in the first phase of a proof: of what it would have been sent without the lessons.
    """

    run_id: str
    arm: str
    repeat: int
    position: int
    part: Part
    task_id: str
    turn: int = 0
    family: str = ""
    status: RunStatus = "done"
    right: bool | None = None
    phi: float | None = None
    tier: EvidenceTier = "none"
    attempts: int = 0
    tokens: int = 0
    seconds: float = 0.0
    steps: int = 0
    cost_usd: float = 0.0
    lessons: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    model: str = ""
    judge: str = ""
    broke_off: bool = False
    tries: int = 1
    prompt_sha256: str = ""
    without_sha256: str = ""

    @property
    def counted_phi(self) -> float | None:
        """The score, if somebody other than the model stands behind it."""
        return None if self.tier in ("self", "none") else self.phi

    def effort(self, unit: EffortUnit) -> int:
        return self.attempts if unit == "programs tried" else self.tokens

    @property
    def is_open(self) -> bool:
        """Whether it broke off and is taken up again when the study goes on."""
        return self.broke_off and self.tries < MOST_TRIES


def effort_unit(outcomes: Iterable[Outcome]) -> EffortUnit:
    """What effort counts, the same in all runs that are compared: tokens, once a run took some and tried no program."""
    tried = False
    for outcome in outcomes:
        if outcome.tokens and not outcome.attempts:
            return "tokens"
        tried = tried or outcome.attempts > 0
    return "programs tried" if tried else "tokens"


class Spent(NamedTuple):
    """What a study or one of its arms took so far, and what came of it. solved: of the `judged` runs."""

    runs: int = 0
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    steps: int = 0
    attempts: int = 0
    judged: int = 0
    solved: int = 0

    def effort(self, unit: EffortUnit) -> int:
        return self.attempts if unit == "programs tried" else self.tokens

    def and_also(self, outcome: Outcome) -> "Spent":
        return self._moved(outcome, 1)

    def without(self, outcome: Outcome) -> "Spent":
        """Before that run: it was taken up again, and its new outcome tells all that it took."""
        return self._moved(outcome, -1)

    def _moved(self, outcome: Outcome, times: int) -> "Spent":
        return Spent(
            runs=self.runs + times,
            seconds=self.seconds + times * outcome.seconds,
            tokens=self.tokens + times * outcome.tokens,
            cost_usd=self.cost_usd + times * outcome.cost_usd,
            steps=self.steps + times * outcome.steps,
            attempts=self.attempts + times * outcome.attempts,
            judged=self.judged + times * (outcome.right is not None),
            solved=self.solved + times * bool(outcome.right),
        )
