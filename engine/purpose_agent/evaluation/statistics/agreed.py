"""A test that may be looked at after every task, for a study whose number of tasks was agreed before.

If the arms do not differ, exchanging them in a task changes nothing, so given how large each gain is, its sign is the
toss of a fair coin. The chance of every path of the sum of gains is therefore known exactly, whatever the difficulty of
the tasks, the repeats and the shape of the outcomes. Each look may spend a part of the risk of error: after task k the
bound is the lowest sum for which the chance of having passed a bound up to now stays within what is spent by then
(Lan & DeMets 1983, spending by t³ as in Kim & DeMets 1987; exchanges of arms in place of Brownian motion).
Nine tenths are spent by the agreed size, at hardly any loss against a single test there; the rest is spent ever more
slowly, so that going on past the agreed size is no sin and needs no correction.

A study of more than 500 tasks is looked at some 500 times, evenly, the last time at the agreed size: between two looks
what the earlier one said stands. Beyond 2,000 tasks the bounds are those of Brownian motion, which the sums of so many
gains come close to; below, they are exact.
"""

import math
from collections.abc import Sequence
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
MOST_LOOKS, STEPS_A_LOOK = 500, 16
EXACT_UP_TO = 2_000


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
    """How it stands after each task. With no difference, any is ever decided with probability at most alpha.

    gains    (n_tasks,), in the order in which the tasks were done.
    agreed   the number of tasks agreed before the first look; n_tasks may be smaller, or larger.
    unit     gains are rounded to multiples of this.
    """
    if agreed < 1:
        raise ValueError(f"{agreed=}")
    steps = np.rint(gains / unit).astype(np.int64)
    places = [k for k in range(1, len(steps) + 1) if _is_look(k, agreed)]
    roots = np.sqrt(np.cumsum(steps * steps)).tolist()
    if agreed <= EXACT_UP_TO:
        bounds = _bounds(np.abs(steps), places, agreed, alpha)
        critical = {k: b / roots[k - 1] if roots[k - 1] else math.inf for k, b in zip(places, bounds, strict=True)}
    else:
        walked = _brownian_bounds(len(places), _looks_by(agreed, agreed), STEPS_A_LOOK, alpha)
        critical = dict(zip(places, walked, strict=True))
    found: list[Look] = []
    now = Look(0.0, math.inf)
    for k, (total, root) in enumerate(zip(np.cumsum(steps).tolist(), roots, strict=True), 1):
        if k in critical:
            now = Look(total / root if root else 0.0, critical[k])
        found.append(now)
    return found


def _is_look(tasks: int, agreed: int) -> bool:
    """It hangs on what was agreed alone, never on what was seen."""
    return tasks == agreed or tasks % _every(agreed) == 0


def _every(agreed: int) -> int:
    return math.ceil(agreed / MOST_LOOKS)


def _looks_by(tasks: int, agreed: int) -> int:
    return max(1, tasks // _every(agreed) + (tasks >= agreed and agreed % _every(agreed) > 0))


def usual_critical(tasks: int, agreed: int, alpha: float = ALPHA) -> float:
    """How many standard errors a mean gain must be from a supposed one to rule it out at this look.

    For intervals: it does not depend on what was seen. The bound for Brownian motion, carried over to Student's
    distribution at the same level, because the error is estimated from the same tasks (Jennison & Turnbull 1989).
    """
    if tasks < 2:
        return math.inf
    now, in_all = _looks_by(tasks, agreed), _looks_by(agreed, agreed)
    per_look = min(500, max(STEPS_A_LOOK, math.ceil(STEPS_FOR_BROWNIAN / now)))  # beyond 1,000 the powers of 2 overflow
    return -float(stdtrit(tasks - 1, ndtr(-_brownian_bounds(now, in_all, per_look, alpha)[-1])))


@lru_cache(maxsize=4096)
def _brownian_bounds(number: int, agreed: int, per_task: int, alpha: float) -> tuple[float, ...]:
    """The bound at each of so many looks, in standard deviations, if each gain is the sum of small steps."""
    steps = binom(per_task, np.arange(per_task + 1)) / 2.0**per_task
    chance = np.ones(1)  # chance[i]: i steps of all went up, and no bound was passed
    bounds = []
    for k in range(1, number + 1):
        chance = np.convolve(chance, steps)
        allowance = spent(k, agreed, alpha) - (1 - float(chance.sum()))
        taken, mass = _affordable(chance, allowance)
        lowest = len(chance) - taken
        chance[lowest:] = 0.0
        share = (allowance - mass) / chance[lowest - 1]  # of the next sum, which stands for all between its neighbours
        chance[lowest - 1] *= 1 - share
        bounds.append((2 * lowest - k * per_task - 1 - 2 * share) / math.sqrt(k * per_task))
    return tuple(map(float, bounds))


def _bounds(sizes: NDArray[np.int64], places: Sequence[int], agreed: int, alpha: float) -> list[float]:
    """For the look after each of these numbers of tasks the lowest sum of steps that decides.

    `chance[i]` is the probability that the sum stands at i - reach and has passed no bound before. The two directions
    are counted apart: a path that passed one bound may still pass the other, which errs on the safe side.
    """
    whole = max(1, int(np.gcd.reduce(sizes)))  # where all gains are of whole tasks, far fewer sums can be reached
    sizes = sizes // whole
    reach = int(sizes.sum())
    chance = np.zeros(2 * reach + 1)
    chance[reach] = 1.0
    looked_at = frozenset(places)
    passed, top, bounds = 0.0, 0, []
    for k, size in enumerate(sizes.tolist(), 1):
        if size:
            old = chance[reach - top : reach + top + 1] / 2
            top += size
            window = chance[reach - top : reach + top + 1]
            window[:] = 0.0
            window[: len(old)] += old
            window[2 * size :] += old
        if k not in looked_at:
            continue
        upper = chance[reach : reach + top + 1]
        taken, mass = _affordable(upper, spent(k, agreed, alpha) - passed)
        passed += mass
        upper[top + 1 - taken :] = 0.0
        bounds.append(float(whole * (top + 1 - taken)) if taken else math.inf)
    return bounds


def _affordable(chance: NDArray[np.float64], allowance: float) -> tuple[int, float]:
    """How many of the highest sums together are no likelier than the allowance, and how likely they are."""
    tails = np.cumsum(chance[::-1])
    taken = int(np.searchsorted(tails, allowance, side="right"))
    return taken, float(tails[taken - 1]) if taken else 0.0
