"""A test that may be looked at after every task, for a study whose number of tasks was agreed before.

If the arms do not differ, exchanging them in a task changes nothing, so given how large each gain is, its sign is the
toss of a fair coin. The chance of every path of the sum of gains is therefore known exactly, whatever the difficulty of
the tasks, the repeats and the shape of the outcomes. Each look may spend a part of the risk of error: after task k the
bound is the lowest sum for which the chance of having passed a bound up to now stays within what is spent by then
(Lan & DeMets 1983, spending by t³ as in Kim & DeMets 1987; exchanges of arms in place of Brownian motion).
Nine tenths are spent by the agreed size, at hardly any loss against a single test there; the rest is spent ever more
slowly, so that going on past the agreed size is no sin and needs no correction.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom, ndtr, stdtrit

from purpose_agent.evaluation.statistics.coin_walks import bounds
from purpose_agent.evaluation.statistics.outcomes import Gains

ALPHA = 0.05
BY_AGREED_SIZE = 0.9
POWER_OF_SPENDING = 3.0
STEPS_FOR_BROWNIAN = 2_000
MOST_LOOKS_FOR_BROWNIAN = 1_000
FINE_ENOUGH = 64  # points of the grid of `coin_walks` to a standard deviation, for many levels at once
OVERSHOOT = 0.5826  # by which a sum passes a bound on average, in its steps: -zeta(1/2) / sqrt(2 pi), Siegmund 1985


class Look(NamedTuple):
    """After one more task: the sum of gains over the root of the sum of their squares, and how large it must be."""

    statistic: float
    critical: float  # infinite while no outcome whatever could be told from chance

    @property
    def decision(self) -> int:
        """1 better, -1 worse, 0 undecided."""
        return 0 if abs(self.statistic) < self.critical else int(math.copysign(1, self.statistic))


def spent(tasks: float, agreed: float, alpha: float = ALPHA) -> float:
    """The risk of saying "better" that may be spent up to a number of tasks; as much again goes to "worse"."""
    share = tasks / agreed
    by_now = BY_AGREED_SIZE * share**POWER_OF_SPENDING if share <= 1 else 1 - (1 - BY_AGREED_SIZE) / share
    return alpha / 2 * by_now


def looks(gains: Gains, agreed: int, unit: float, alpha: float = ALPHA) -> list[Look]:
    """One look after each task. With no difference, any is ever decided with probability at most alpha.

    gains    (n_tasks,), in the order in which the tasks were done.
    agreed   the number of tasks agreed before the first look; n_tasks may be smaller, or larger.
    unit     gains are rounded to multiples of this, beyond 1,000 tasks to coarser ones: see `coin_walks`.
    """
    _check(agreed)
    steps = np.rint(gains / unit).astype(np.int64)
    may_spend = np.array([spent(k, agreed, alpha) for k in range(1, len(steps) + 1)])
    sizes, lowest = bounds(np.abs(steps), may_spend[:, None])
    totals, roots = np.cumsum(np.sign(steps) * sizes), np.sqrt(np.cumsum(sizes**2, dtype=np.float64))
    return [
        Look(total / root if root else 0.0, bound / root if root else math.inf)
        for total, root, bound in zip(totals.tolist(), roots.tolist(), lowest[:, 0].tolist(), strict=True)
    ]


def decided_last(gains: Gains, agreed: int, unit: float, alphas: Sequence[float], direction: int) -> list[bool]:
    """For each level whether the last look decides, 1 for better or -1 for worse.

    The same test as `looks` with a coarser grid: many levels at once would take too long else.
    """
    _check(agreed)
    steps = np.rint(gains / unit).astype(np.int64)
    risks = np.array([spent(k, agreed, 1.0) for k in range(1, len(steps) + 1)])
    sizes, lowest = bounds(np.abs(steps), np.multiply.outer(risks, alphas), exact_up_to=0, fine=FINE_ENOUGH)
    found: list[bool] = (direction * int(np.sum(np.sign(steps) * sizes)) >= lowest[-1]).tolist()
    return found


def usual_critical(tasks: int, agreed: int, alpha: float = ALPHA) -> float:
    """How many standard errors a mean gain must be from a supposed one to rule it out at this look.

    For intervals: it does not depend on what was seen. The bound for Brownian motion, carried over to Student's
    distribution at the same level, because the error is estimated from the same tasks (Jennison & Turnbull 1989).
    """
    if tasks < 2:
        return math.inf
    looked = min(tasks, MOST_LOOKS_FOR_BROWNIAN)
    more_looks = OVERSHOOT * (1 / math.sqrt(looked) - 1 / math.sqrt(tasks))
    bound = _brownian_bound(looked, agreed * looked / tasks, alpha) + more_looks
    return -float(stdtrit(tasks - 1, ndtr(-bound)))


@lru_cache(maxsize=4096)
def _brownian_bound(tasks: int, agreed: float, alpha: float) -> float:
    """The bound at this look, in standard deviations, if each gain is the sum of many small steps."""
    per_task = min(500, math.ceil(STEPS_FOR_BROWNIAN / tasks))  # beyond 1,000 the powers of 2 overflow
    steps = binom(per_task, np.arange(per_task + 1)) / 2.0**per_task
    chance, bound = np.ones(1), 0.0  # chance[i]: i steps of all went up, and no bound was passed
    for k in range(1, tasks + 1):
        chance = np.convolve(chance, steps)
        allowance = spent(k, agreed, alpha) - (1 - float(chance.sum()))
        taken, mass = _affordable(chance, allowance)
        lowest = len(chance) - taken
        chance[lowest:] = 0.0
        share = (allowance - mass) / chance[lowest - 1]  # of the next sum, which stands for all between its neighbours
        chance[lowest - 1] *= 1 - share
        bound = 2 * lowest - k * per_task - 1 - 2 * share
    return float(bound) / math.sqrt(tasks * per_task)


def _check(agreed: int) -> None:
    if agreed < 1:
        raise ValueError(f"{agreed=}")


def _affordable(chance: NDArray[np.float64], allowance: float) -> tuple[int, float]:
    """How many of the highest sums together are no likelier than the allowance, and how likely they are."""
    tails = np.cumsum(chance[::-1])
    taken = int(np.searchsorted(tails, allowance, side="right"))
    return taken, float(tails[taken - 1]) if taken else 0.0
