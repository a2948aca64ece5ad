"""Which stored tasks to run again, with which waiting lessons, and what the outcomes say: the maths of Memory CI.

A new lesson is in quarantine: it appears in replays only. One replay runs a stored task with a random subset of lessons
and informs on all of them at once, where a paired comparison of one lesson spends dozens of pairs (a fractional
factorial experiment). The subset is a Thompson draw, so places go to lessons that may well help and leave those that
disappoint. Outcomes go into the same CreditModel that live runs inform.

A verdict is always about one task kind, and follows the belief both ways, so a lesson that stops helping goes back:
released  believed to help by more than `release_z` standard deviations, and since then by more than half of that;
retired   not even a hopeful reading makes it useful: it gets no more replays there;
waiting   neither, yet.

A share of the replays looks again at finalists, the released lessons that are not yet beyond doubt: each is in or out
by a coin, so that they are told apart from each other.
No I/O here: Memory CI and the simulation in which the policy is measured both use this module.
"""

import heapq
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from purpose_agent.memory.choice import HOLD, PROVEN_MEAN, helps
from purpose_agent.memory.credit_model import Credited, CreditModel, Estimate

Verdict = Literal["waiting", "released", "retired"]
Purpose = Literal["screen", "recheck"]

TaskKey = TypeVar("TaskKey")

MIDDLING_SIMILARITY = 0.4
"""Where similarity neither favours a lesson nor counts against it; also used where it is not known."""
ATTEMPTS = 4  # stored tasks looked at before a round is given up as having nothing to test


class ReplayRules(NamedTuple):
    """How replays are spent.

    size        lessons in one replay, at most.
    release_z   standard deviations above zero that release a lesson; the `z` of `choice.Rules`.
    retire_sd   a lesson is retired when its mean plus this many standard deviations is still of no use.
    recheck     share of the replays that look again at finalists.
    settled_z   from here on a released lesson is beyond doubt and is no finalist any more.
    similarity  how far similarity to the stored task moves a draw: it suggests what to try and proves nothing.
    """

    size: int = 8
    release_z: float = 0.5
    retire_sd: float = 1.28
    recheck: float = 0.1
    settled_z: float = 2.0
    similarity: float = 0.2


DEFAULT_RULES = ReplayRules()


class StoredTask(NamedTuple, Generic[TaskKey]):
    """A task that ran before. `similarity` in [0, 1] by lesson key, where it is known."""

    key: TaskKey
    kind: str
    similarity: Mapping[str, float] = {}


class Experiment(NamedTuple, Generic[TaskKey]):
    """One replay to be made: this task with exactly these lessons in the prompt."""

    task: StoredTask[TaskKey]
    lessons: tuple[Credited, ...]
    purpose: Purpose


class _Standing(NamedTuple):
    lesson: Credited
    effect: Estimate


class ReplayDesign:
    """Lessons under test and the replays left to spend. The same rng state and calls give the same experiments."""

    def __init__(self, model: CreditModel, rng: random.Random, rules: ReplayRules = DEFAULT_RULES) -> None:
        self._model = model
        self._rng = rng
        self._rules = rules
        self._lessons: dict[str, Credited] = {}
        self._released: dict[str, set[str]] = {}  # task kind → keys
        self.budget = 0

    def add(self, lesson: Credited, released_in: Iterable[str] = ()) -> None:
        """Put a lesson into quarantine; `released_in` names task kinds in which an earlier test released it."""
        self._lessons[lesson.key] = lesson
        for kind in released_in:
            self._released.setdefault(kind, set()).add(lesson.key)

    def lesson(self, key: str) -> Credited:
        """A lesson under test. Raises KeyError for any other."""
        return self._lessons[key]

    def remove(self, key: str) -> None:
        """Take a lesson out of the test: the person rejected or archived it."""
        self._lessons.pop(key, None)
        for released in self._released.values():
            released.discard(key)

    def grant(self, replays: int) -> None:
        """Allow so many replays more. Nothing is spent that was not granted."""
        if replays < 0:
            raise ValueError(f"a budget cannot be granted in the negative: {replays=}")
        self.budget += replays

    def propose(self, stored: Sequence[StoredTask[TaskKey]]) -> Experiment[TaskKey] | None:
        """The next replay, paid from the budget. None: it is spent, or there is nothing to test on these tasks."""
        if self.budget < 1 or not stored or not self._lessons:
            return None
        for _ in range(ATTEMPTS):
            task = stored[self._rng.randrange(len(stored))]
            experiment = self._experiment(task)
            if experiment is not None:
                self.budget -= 1
                return experiment
        return None

    def learn(self, experiment: Experiment[TaskKey], *, success: bool) -> None:
        """Credit the outcome to the lessons that were in the prompt, and to nothing else."""
        self._model.apply(self._model.predict(experiment.task.kind, experiment.lessons, success=success))

    def verdict(self, key: str, kind: str) -> Verdict:
        """Where a lesson stands in one task kind."""
        effect = self._model.effect(self._lessons[key], kind)
        if self._is_released(key, kind, effect):
            return "released"
        return "retired" if self._retires(effect) else "waiting"

    def outcome(self, key: str, kinds: Collection[str]) -> Verdict:
        """Where a lesson stands over all these kinds: released in any, retired only where none leaves hope."""
        verdicts = {self.verdict(key, kind) for kind in kinds}
        if "released" in verdicts:
            return "released"
        return "retired" if verdicts == {"retired"} else "waiting"

    def harmed(self, key: str, kinds: Iterable[str]) -> list[str]:
        """Those of the kinds in which the lesson is believed to lower success: the no-harm check before a release."""
        effects = [(kind, self._model.effect(self._lessons[key], kind)) for kind in kinds]
        return [kind for kind, effect in effects if helps(-effect.mean, effect.sd, self._rules.release_z)]

    def released(self, kind: str) -> list[Credited]:
        """The lessons that may be shown in live prompts of this kind."""
        return [lesson for lesson, effect in self._standings(kind) if self._is_released(lesson.key, kind, effect)]

    def _experiment(self, task: StoredTask[TaskKey]) -> Experiment[TaskKey] | None:
        standings = self._standings(task.kind)
        if self._rng.random() < self._rules.recheck and (finalists := self._some_finalists(standings, task.kind)):
            return Experiment(task, tuple(finalists), "recheck")
        lessons = self._draw(standings, task.similarity)
        return Experiment(task, tuple(lessons), "screen") if lessons else None

    def _draw(self, standings: Sequence[_Standing], similarity: Mapping[str, float]) -> list[Credited]:
        """The `size` lessons with the best draw from their beliefs, as far as that draw is of any use."""
        lean, gauss = self._rules.similarity, self._rng.gauss
        draws = [
            (
                effect.mean
                + effect.sd * gauss(0.0, 1.0)
                + lean * (similarity.get(lesson.key, MIDDLING_SIMILARITY) - MIDDLING_SIMILARITY),
                lesson,
            )
            for lesson, effect in standings
            if not self._retires(effect)
        ]
        best = heapq.nlargest(self._rules.size, draws)
        return [lesson for draw, lesson in best if draw > PROVEN_MEAN]

    def _some_finalists(self, standings: Sequence[_Standing], kind: str) -> list[Credited]:
        """Each finalist by the toss of a coin, at most `size`; nothing where there are not two to tell apart."""
        finalists = [
            lesson
            for lesson, effect in standings
            if self._is_released(lesson.key, kind, effect) and not helps(effect.mean, effect.sd, self._rules.settled_z)
        ]
        if len(finalists) < 2:
            return []
        shown = [lesson for lesson in finalists if self._rng.random() < 0.5]
        return self._rng.sample(shown, min(len(shown), self._rules.size))

    def _standings(self, kind: str) -> list[_Standing]:
        lessons = list(self._lessons.values())
        return [_Standing(*pair) for pair in zip(lessons, self._model.effects(lessons, kind), strict=True)]

    def _is_released(self, key: str, kind: str, effect: Estimate) -> bool:
        """Also notes a change: a lesson once released stays so while it clears half of the bar."""
        released = self._released.setdefault(kind, set())
        bar = self._rules.release_z * (HOLD if key in released else 1.0)
        if helps(effect.mean, effect.sd, bar):
            released.add(key)
            return True
        released.discard(key)
        return False

    def _retires(self, effect: Estimate) -> bool:
        return effect.mean + self._rules.retire_sd * effect.sd < PROVEN_MEAN
