"""The tosses of the coin as columns: hundreds of thousands of them are filtered and grouped in an instant."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from purpose_agent.evaluation.statistics.live import LiveRuns
from purpose_agent.evaluation.statistics.outcomes import Gains
from purpose_agent.memory.tosses import Toss

Mask = NDArray[np.bool_]


class TossTable:
    """Never changed once it is made, so any thread may look at it while another goes on with more tosses.

    last  place of the newest toss. Every question takes a mask of the tosses that count, (n_tosses,).
    """

    def __init__(self) -> None:
        self.last = 0
        self._runs: dict[str, int] = {}
        self._lessons: dict[tuple[str, int], int] = {}
        self._kinds: dict[str, int] = {}
        self._run = self._lesson = self._kind = np.empty(0, dtype=np.intp)
        self._shown: Mask = np.empty(0, dtype=bool)
        self._success: Gains = np.empty(0)
        self._chance: Gains = np.empty(0)

    def __len__(self) -> int:
        return len(self._run)

    def with_more(self, tosses: Sequence[Toss]) -> "TossTable":
        """A table with these behind its own."""
        if not tosses:
            return self
        more = TossTable()
        more.last = tosses[-1].place
        runs, lessons, kinds = self._runs.copy(), self._lessons.copy(), self._kinds.copy()
        more._runs, more._lessons, more._kinds = runs, lessons, kinds
        more._run = _joined(self._run, [runs.setdefault(toss.run_id, len(runs)) for toss in tosses])
        keys = [(toss.card_id, toss.version) for toss in tosses]
        more._lesson = _joined(self._lesson, [lessons.setdefault(key, len(lessons)) for key in keys])
        more._kind = _joined(self._kind, [kinds.setdefault(toss.kind, len(kinds)) for toss in tosses])
        more._shown = np.concatenate([self._shown, [toss.shown for toss in tosses]])
        more._success = np.concatenate([self._success, [float(toss.success) for toss in tosses]])
        more._chance = np.concatenate([self._chance, [toss.chance for toss in tosses]])
        return more

    # ---- which count

    def all(self) -> Mask:
        return np.ones(len(self), dtype=bool)

    def of_kind(self, kind: str) -> Mask:
        return np.asarray(self._kind == self._kinds.get(kind, -1))

    def of_runs(self, run_ids: Collection[str]) -> Mask:
        wanted = np.zeros(len(self._runs) + 1, dtype=bool)
        wanted[[self._runs.get(run_id, len(self._runs)) for run_id in run_ids]] = True
        wanted[-1] = False
        return np.asarray(wanted[self._run])

    # ---- what they show

    def by_lesson(self, mask: Mask) -> Iterator[tuple[tuple[str, int], LiveRuns]]:
        """The lessons with their runs in order, those with the most first."""
        places = np.flatnonzero(mask)
        counts = np.bincount(self._lesson[places], minlength=len(self._lessons))
        ordered = places[np.argsort(self._lesson[places], kind="stable")]
        ends = np.cumsum(counts)
        names = list(self._lessons)
        for lesson in sorted(range(len(names)), key=lambda lesson: (-counts[lesson], names[lesson])):
            if counts[lesson]:
                own = ordered[ends[lesson] - counts[lesson] : ends[lesson]]
                yield (
                    names[lesson],
                    LiveRuns(self._success[own], self._shown[own], 1.0 - self._chance[own], self._kind[own]),
                )

    def by_run(self, mask: Mask) -> LiveRuns:
        """Each run once: shown = none of its lessons was left out, which is one toss of one coin."""
        places = np.flatnonzero(mask)
        runs, first, back = np.unique(self._run[places], return_index=True, return_inverse=True)
        left_out = np.bincount(back, weights=~self._shown[places], minlength=len(runs)) > 0
        chance: Gains = np.bincount(back, weights=self._chance[places], minlength=len(runs)).astype(float)
        one = places[first]
        usable = (chance > 0) & (chance < 1)
        order = np.argsort(one[usable], kind="stable")
        return LiveRuns(
            self._success[one][usable][order],
            ~left_out[usable][order],
            1 - chance[usable][order],
            self._kind[one][usable][order],
        )


def _joined(before: NDArray[np.intp], codes: Sequence[int]) -> NDArray[np.intp]:
    return np.concatenate([before, np.array(codes, dtype=np.intp)])
