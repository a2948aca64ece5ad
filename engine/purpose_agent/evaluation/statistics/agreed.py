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
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom, ndtr, stdtrit

from purpose_agent.evaluation.statistics.outcomes import Gains

ALPHA = 0.05
BY_AGREED_SIZE = 0.9
POWER_OF_SPENDING = 3.0
STEPS_FOR_BROWNIAN = 2_000


class Look(NamedTuple):
    """After one more task: the sum of gains over the root of the sum of their squares, and how large it must be."""

    statistic: float
    critical: float  # infinite while no outcome whatever could be told from chance

    @property
    def decision(self) -> int:
        """1 better, -1 worse, 0 undecided."""
        return 0 if abs(self.statistic) < self.critical else int(math.copysign(1, self.statistic))


def spent(tasks: int, agreed: int, alpha: float = ALPHA) -> float:
    """The risk of saying "better" that may be spent up to a number of tasks; as much again goes to "worse"."""
    share = tasks / agreed
    by_now = BY_AGREED_SIZE * share**POWER_OF_SPENDING if share <= 1 else 1 - (1 - BY_AGREED_SIZE) / share
    return alpha / 2 * by_now


def looks(gains: Gains, agreed: int, unit: float, alpha: float = ALPHA) -> list[Look]:
    """One look after each task. With no difference, any is ever decided with probability at most alpha.

    gains    (n_tasks,), in the order in which the tasks were done.
    agreed   the number of tasks agreed before the first look; n_tasks may be smaller, or larger.
    unit     gains are rounded to multiples of this.
    """
    if agreed < 1:
        raise ValueError(f"{agreed=}")
    steps = np.rint(gains / unit).astype(np.int64)
    found: list[Look] = []
    bounds = _bounds(np.abs(steps), agreed, alpha)
    total = squares = 0
    for step, bound in zip(steps.tolist(), bounds, strict=True):
        total, squares = total + step, squares + step * step
        root = math.sqrt(squares)
        found.append(Look(total / root if root else 0.0, bound / root if root else math.inf))
    return found


def usual_critical(tasks: int, agreed: int, alpha: float = ALPHA) -> float:
    """How many standard errors a mean gain must be from a supposed one to rule it out at this look.

    For intervals: it does not depend on what was seen. The bound for Brownian motion, carried over to Student's
    distribution at the same level, because the error is estimated from the same tasks (Jennison & Turnbull 1989).
    """
    if tasks < 2:
        return math.inf
    return -float(stdtrit(tasks - 1, ndtr(-_brownian_bound(tasks, agreed, alpha))))


@lru_cache(maxsize=4096)
def _brownian_bound(tasks: int, agreed: int, alpha: float) -> float:
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


def _bounds(sizes: NDArray[np.int64], agreed: int, alpha: float) -> list[float]:
    """For each look the lowest sum of steps that decides.

    `chance[i]` is the probability that the sum stands at i - reach and has passed no bound before. The two directions
    are counted apart: a path that passed one bound may still pass the other, which errs on the safe side.
    """
    reach = int(sizes.sum())
    chance = np.zeros(2 * reach + 1)
    chance[reach] = 1.0
    passed, top, bounds = 0.0, 0, []
    for k, size in enumerate(sizes.tolist(), 1):
        if size:
            old = chance[reach - top : reach + top + 1] / 2
            top += size
            window = chance[reach - top : reach + top + 1]
            window[:] = 0.0
            window[: len(old)] += old
            window[2 * size :] += old
        upper = chance[reach : reach + top + 1]
        taken, mass = _affordable(upper, spent(k, agreed, alpha) - passed)
        passed += mass
        upper[top + 1 - taken :] = 0.0
        bounds.append(float(top + 1 - taken) if taken else math.inf)
    return bounds


def _affordable(chance: NDArray[np.float64], allowance: float) -> tuple[int, float]:
    """How many of the highest sums together are no likelier than the allowance, and how likely they are."""
    tails = np.cumsum(chance[::-1])
    taken = int(np.searchsorted(tails, allowance, side="right"))
    return taken, float(tails[taken - 1]) if taken else 0.0
