"""The product's selection and credit behind the interface of the lesson simulation.

    python lessonbench.py --plug tests.bench.adapters_memory:LessonPolicy

The rule (`choice.choose`) and the arithmetic (`credit_model.CreditModel`) are the very ones that a run uses; only the
search for candidates is left out, because the simulation hands over similarities instead of words.
"""

import random
from collections.abc import Sequence
from typing import Any, Protocol

from purpose_agent.memory.choice import Option, Rules, choose
from purpose_agent.memory.credit_model import Credited, CreditModel


class Lesson(Protocol):
    id: int
    kind: int


class SimulatedTask(Protocol):
    kind: int
    sims: Sequence[float]


class LessonPolicy:
    """Live credit only: every lesson counts as approved from the start, nothing is replayed."""

    name = "purpose agent, live"
    explore = 3

    def reset(self, K: int, n_kinds: int, rng: Any, env: object) -> None:  # noqa: N803
        self._rules = Rules(k=K, explore=self.explore)
        self._kinds = [f"kind {number}" for number in range(n_kinds)]
        self._rng = random.Random(int(rng.integers(2**32)))
        self._model = CreditModel()
        self._lessons: list[tuple[int, Credited]] = []

    def add(self, lesson: Lesson) -> None:
        self._lessons.append((lesson.id, Credited(str(lesson.id), self._kinds[lesson.kind])))

    def select(self, task: SimulatedTask, explore: bool = True) -> list[int]:
        kind = self._kinds[task.kind]
        rules = self._rules if explore else self._rules._replace(explore=0, holdout=0.0)
        options = []
        for number, lesson in self._lessons:
            effect = self._model.effect(lesson, kind)
            similarity = min(max(float(task.sims[number]), 0.0), 1.0)
            options.append(Option(lesson.key, effect.mean, effect.sd, effect.uses, similarity))
        return [int(key) for key in choose(options, rules, self._rng).keys]

    def update(self, task: SimulatedTask, ids: Sequence[int], phi: float, success: bool) -> None:
        shown = set(ids)
        lessons = [lesson for number, lesson in self._lessons if number in shown]
        self._model.apply(self._model.predict(self._kinds[task.kind], lessons, success=success))

    def rejected(self) -> set[int]:
        """Lessons that are all but certain not to help in any kind."""
        return {number for number, lesson in self._lessons if all(self._is_useless(lesson, k) for k in self._kinds)}

    def _is_useless(self, lesson: Credited, kind: str) -> bool:
        effect = self._model.effect(lesson, kind)
        return effect.mean + 1.28 * effect.sd < 0.05
