"""What each lesson is believed to do, held in memory and free of any database.

Per lesson one global effect and one per task kind; one base rate per kind. The same class serves the stored effect
ledger and the simulation in which the policy is measured.
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from purpose_agent.memory.probit import Gaussian, observe

HOME_SD = 0.45
"""Prior spread where the lesson comes from: it may matter much there."""
AWAY_SD = 0.15
"""Prior spread elsewhere: little is expected, and much evidence needed."""
BASE_SD = 1.0
EVERYWHERE = ""
"""The task kind under which a lesson's global effect stands."""


class Estimate(NamedTuple):
    """A Gaussian belief in probit units, the number of runs behind it, and how many of those were replays."""

    mean: float
    variance: float
    uses: int = 0
    replays: int = 0

    @property
    def sd(self) -> float:
        return math.sqrt(self.variance)


class Credited(NamedTuple):
    """A lesson as credit sees it: the key its effects stand under, and the task kind it is at home in."""

    key: str
    home: str = EVERYWHERE


class Change(NamedTuple):
    """What one run changed: the new base rate, and the new estimate of each (key, kind) that took part."""

    kind: str
    base: Estimate
    terms: Mapping[tuple[str, str], Estimate]


def at_home(home: str, kind: str) -> bool:
    """Whether a home ("code", or "code: text → number") covers the kind. The home EVERYWHERE covers only the global."""
    return home == kind or (home != EVERYWHERE and kind.startswith(f"{home}:"))


@lru_cache(maxsize=4096)
def prior(home: str, kind: str) -> Estimate:
    """The belief about a lesson before its first use in a kind."""
    sd = HOME_SD if at_home(home, kind) else AWAY_SD
    return Estimate(0.0, sd * sd)


class CreditModel:
    """Beliefs about lessons and base rates. Not thread-safe: its owner locks."""

    def __init__(self) -> None:
        self.bases: dict[str, Estimate] = {}
        self.by_kind: dict[str, dict[str, Estimate]] = {}  # task kind → key → estimate

    def copy(self) -> "CreditModel":
        twin = CreditModel()
        twin.bases = dict(self.bases)
        twin.by_kind = {kind: dict(terms) for kind, terms in self.by_kind.items()}
        return twin

    def base(self, kind: str) -> Estimate:
        return self.bases.get(kind) or Estimate(0.0, BASE_SD * BASE_SD)

    def term(self, lesson: Credited, kind: str) -> Estimate:
        return self.by_kind.get(kind, {}).get(lesson.key) or prior(lesson.home, kind)

    def effect(self, lesson: Credited, kind: str) -> Estimate:
        """Global and kind effect together; `uses` counts runs of this kind (of all kinds for EVERYWHERE)."""
        everywhere = self.term(lesson, EVERYWHERE)
        if kind == EVERYWHERE:
            return everywhere
        here = self.term(lesson, kind)
        return Estimate(everywhere.mean + here.mean, everywhere.variance + here.variance, here.uses, here.replays)

    def effects(self, lessons: Sequence[Credited], kind: str) -> list[Estimate]:
        """`effect` of many lessons at once, several times faster: a draw of lessons weighs all that wait."""
        if kind == EVERYWHERE:
            return [self.term(lesson, EVERYWHERE) for lesson in lessons]
        everywhere, here = self.by_kind.get(EVERYWHERE, {}), self.by_kind.get(kind, {})
        found = []
        for lesson in lessons:
            whole = everywhere.get(lesson.key) or prior(lesson.home, EVERYWHERE)
            part = here.get(lesson.key) or prior(lesson.home, kind)
            found.append(Estimate(whole.mean + part.mean, whole.variance + part.variance, part.uses, part.replays))
        return found

    def predict(self, kind: str, lessons: Sequence[Credited], *, success: bool, replay: bool = False) -> Change:
        """What an outcome of a run with these lessons in its prompt would change; nothing is changed yet."""
        spots = [(lesson.key, part) for lesson in lessons for part in _parts(kind)]
        before = [self.base(kind), *(self.term(lesson, part) for lesson in lessons for part in _parts(kind))]
        after = observe([Gaussian(term.mean, term.variance) for term in before], success=success)
        moved = [
            Estimate(new.mean, new.variance, old.uses + 1, old.replays + replay)
            for old, new in zip(before, after, strict=True)
        ]
        return Change(kind, moved[0], dict(zip(spots, moved[1:], strict=True)))

    def apply(self, change: Change) -> None:
        self.bases[change.kind] = change.base
        for (key, kind), estimate in change.terms.items():
            self.put(key, kind, estimate)

    def best(self, kind: str, limit: int) -> list[str]:
        """Keys with the highest effect among those used in the kind, best first; among equals the order of the keys."""
        everywhere, here = self.by_kind.get(EVERYWHERE, {}), self.by_kind.get(kind, {})
        if kind == EVERYWHERE:
            return heapq.nlargest(limit, here, key=lambda key: (here[key].mean, key))
        return heapq.nlargest(limit, here, key=lambda key: (here[key].mean + everywhere[key].mean, key))

    def put(self, key: str, kind: str, estimate: Estimate) -> None:
        self.by_kind.setdefault(kind, {})[key] = estimate


def _parts(kind: str) -> tuple[str, ...]:
    return (EVERYWHERE,) if kind == EVERYWHERE else (EVERYWHERE, kind)
