"""The sum of gains if the sign of each were the toss of a fair coin: how high must it be to lie beyond chance?

The chance of every sum is known exactly from the sizes of the gains alone. To keep many tasks affordable, some sums are
reckoned as a little higher than they are, which makes a bound higher, never lower: of those far below zero, and, beyond
`EXACT_UP_TO` tasks, of those between the points of a grid that widens as the sums spread. Gains are then rounded to
that grid too, by a rule that knows their sizes so far and no sign, so the test stays as exact as it was.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 1_000
FINE = 256  # points of the grid to a standard deviation of the sum, or more

_FAR = 9.0  # standard deviations; a sum beyond has a chance below 1e-18
_SPARE = 64

Counts = NDArray[np.int64]
Chances = NDArray[np.float64]


class Bounds(NamedTuple):
    """In units of the sizes. `sizes`: (n_tasks,), as they were reckoned; `lowest`: the lowest sum that decides.

    lowest  (n_tasks, n_levels), infinite where no sum decides.
    """

    sizes: Counts
    lowest: Chances


def bounds(sizes: Counts, may_spend: Chances, *, exact_up_to: int = EXACT_UP_TO, fine: int = FINE) -> Bounds:
    """For each task and level the lowest sum for which no more is spent than may be.

    sizes      (n_tasks,), none below zero.
    may_spend  (n_tasks, n_levels), the chance of ever passing a bound up to that task, growing from task to task.

    The two directions are counted apart: a path that passed one bound may still pass the other, which errs on the safe
    side. A bound knows nothing of later tasks.
    """
    if not len(sizes):
        return Bounds(sizes, np.empty(may_spend.shape))
    walk = _Walk(int(np.gcd.reduce(sizes)) or 1, may_spend.shape[1], exact_up_to, fine)
    used, lowest = [], []
    for size, allowed in zip(sizes.tolist(), may_spend, strict=True):
        used.append(walk.toss(size))
        lowest.append(walk.spend(allowed))
        walk.widen()
    return Bounds(np.array(used, dtype=np.int64), np.array(lowest))


class _Walk:
    """`chance[level, i]`: the sum stands at `(start + i) * unit` and has passed no bound of the level before."""

    def __init__(self, unit: int, levels: int, exact_up_to: int, fine: int) -> None:
        self.chance = np.ones((levels, 1))
        self.unit = unit
        self.start = 0
        self.is_rounding = False
        self.most = 0  # points above zero that could be reached if no bound were there
        self.highest = np.zeros(levels, dtype=np.int64)  # below the bound of each level
        self.passed = np.zeros(levels)
        self.tasks = self.divisor = 0
        self.squares = 0.0  # of sizes, in points
        self.exact_up_to, self.fine = exact_up_to, fine

    def toss(self, size: int) -> int:
        """One more task. Returns its size as reckoned."""
        self.tasks += 1
        self.divisor = math.gcd(self.divisor, size)
        points = round(size / self.unit) if self.is_rounding else size // self.unit
        if points:
            width = self.chance.shape[1]
            self.chance *= 0.5
            after = np.empty((len(self.chance), width + 2 * points))
            after[:, :width] = self.chance
            after[:, width:] = 0.0
            after[:, 2 * points :] += self.chance
            self.chance = after
            self.start -= points
            self.most += points
            self.highest += points
            self.squares += points * points
            self._lift_what_is_far_below()
        return points * self.unit

    def spend(self, allowed: Chances) -> Chances:
        """The lowest sums that decide now; paths that pass them are taken out."""
        top = self.start + self.chance.shape[1] - 1
        allowance = np.maximum(allowed - self.passed, 0.0)[:, None]
        reach = top - int(self.highest.min()) + _SPARE
        while True:
            looked_at = min(reach, top + 1, self.chance.shape[1])
            end = self.chance[:, self.chance.shape[1] - looked_at :]
            tails = np.cumsum(end[:, ::-1], axis=1)
            taken = np.sum(tails <= allowance, axis=1)
            if looked_at < reach or int(taken.max()) < looked_at:
                break
            reach *= 2
        self.passed += np.where(taken > 0, tails[np.arange(len(tails)), taken - 1], 0.0)
        if len(taken) > 1:
            end[np.arange(looked_at) >= looked_at - taken[:, None]] = 0.0
        if fewest := int(taken.min()):
            self.chance = self.chance[:, :-fewest]
        self.highest = top - taken
        grid = self.unit if self.is_rounding else max(1, self.divisor)  # the sums so far are multiples of it
        lowest = np.ceil((self.highest + 1.0) * self.unit / grid) * grid
        return np.where(self.highest < self.most, lowest, math.inf)

    def widen(self) -> None:
        """Let the grid keep pace with the spread of the sums: at most so wide as a usual gain, or 1 / fine of it."""
        if self.tasks < self.exact_up_to:
            return
        wanted = math.sqrt(self.squares) * self.unit / max(self.fine, math.sqrt(self.tasks))
        unit = 1 << max(0, math.floor(math.log2(max(1.0, wanted))))
        if unit <= (self.unit if self.is_rounding else self.divisor):
            return
        points = np.arange(self.start, self.start + self.chance.shape[1], dtype=np.int64)
        places = -(-points * self.unit // unit)  # upwards
        self.chance = np.add.reduceat(self.chance, np.flatnonzero(np.diff(places, prepend=places[0] - 1)), axis=1)
        self.start = int(places[0])
        self.highest = -(-self.highest * self.unit // unit)
        self.most = -(-self.most * self.unit // unit)
        self.squares *= (self.unit / unit) ** 2
        self.unit, self.is_rounding = unit, True

    def _lift_what_is_far_below(self) -> None:
        far = -math.ceil(_FAR * math.sqrt(self.squares))
        if self.start < far - _SPARE:
            below = far - self.start
            self.chance[:, below] += self.chance[:, :below].sum(axis=1)
            self.chance = self.chance[:, below:]
            self.start = far
