"""What a study can see, before it starts; and how many more tasks would decide, once something is seen.

Normal approximations of the tests in `agreed` and `evidence`; the exam in tests/bench measures how near they come.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from purpose_agent.evaluation.statistics.agreed import ALPHA, BY_AGREED_SIZE
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale

POWER = 0.8
FEWEST_TASKS = 6  # five gains in a row are still luck at 5 % in two directions
MOST_TASKS = 10_000
REPEATS = 3
"""How often a study does each task in each arm unless told otherwise. With 56 tasks, 20 points more are then found in
93 % of studies even if every task is a coin; with 2 repeats in 82 %, with 1 in 50 %, where no valid test of the mean
reaches more than 60 % (tests/bench/verdict_exam.py)."""

# How many standard errors it takes to tell a gain from nothing.
AT_AGREED_SIZE = float(ndtri(1 - BY_AGREED_SIZE * ALPHA / 2)) + 0.05  # all looks together; + what they cost
BEYOND_AGREED_SIZE = 3.2  # little of the risk is left: `agreed.usual_critical` at twice the size
WITHOUT_END = 3.0  # `paired_evidence` at some dozens to some hundreds of tasks


class Spread(NamedTuple):
    """Standard deviations, in units of the gain.

    within    of one run about the mean of its task and arm.
    between   of the true gain from task to task.
    """

    within: float
    between: float


def supposed_spread(scale: Scale) -> Spread:
    """Before anything was measured: a coin for solved, some noise for Φ and effort, and gains that differ by task."""
    match scale.name:
        case "solved":
            return Spread(0.45, 0.2)
        case "phi":
            return Spread(2.0, 1.5)
        case "effort":
            return Spread(0.6, 0.3)


def smallest_effect(tasks: int, repeats: int, spread: Spread, power: float = POWER) -> float | None:
    """The smallest mean gain that so many tasks find with that probability; None where they can find none."""
    if tasks < FEWEST_TASKS or repeats < 1:
        return None
    sd = math.sqrt(2 * spread.within**2 / repeats + spread.between**2)
    return _detectable(tasks, sd, AT_AGREED_SIZE, power)


def tasks_for(effect: float, repeats: int, spread: Spread, power: float = POWER) -> int:
    """How many tasks a study needs to find a mean gain with that probability; at most 10,000."""
    sd = math.sqrt(2 * spread.within**2 / repeats + spread.between**2)
    return min(MOST_TASKS, _tasks_to_tell(abs(effect), sd, AT_AGREED_SIZE, power))


def further_tasks(gains: Gains, scale: Scale, critical: float, half_width: float, power: float = POWER) -> int | None:
    """About how many more tasks like these it would take to decide, if what was seen so far is the truth.

    To decide is to tell the gain from nothing, or to show that it lies within the scale's margin, whichever comes
    first. At least 1; 10,000 stands for "that many or more". None where there is too little to project from: fewer than
    6 tasks, or no gain and no interval yet.

    critical     how many standard errors it takes: BEYOND_AGREED_SIZE to go on with these tasks, WITHOUT_END if no
                 number was agreed. (A new study with new tasks needs `tasks_for`, which may be fewer.)
    half_width   of the interval so far, in units of the gain; it narrows as the root of the number of tasks.
    """
    n = len(gains)
    if n < FEWEST_TASKS:
        return None
    mean, sd = abs(float(gains.mean())), standard_error(gains, scale) * math.sqrt(n)
    to_tell = _tasks_to_tell(mean, sd, critical, power)
    room = scale.margin - mean
    to_rule_out = math.ceil(n * (half_width / room) ** 2) if room * 100 > half_width else MOST_TASKS
    total = min(to_tell, to_rule_out)
    if total >= MOST_TASKS:
        return MOST_TASKS if math.isfinite(half_width) else None
    return max(1, total - n)


def seen_detectable(gains: Gains, scale: Scale, power: float = POWER) -> float | None:
    """The smallest mean gain that so many tasks with such gains could have shown; None where none could."""
    n = len(gains)
    if n < FEWEST_TASKS:
        return None
    return _detectable(n, standard_error(gains, scale) * math.sqrt(n), AT_AGREED_SIZE, power)


def standard_error(gains: Gains, scale: Scale) -> float:
    """Of the mean gain, with two jolts at half weight put in (Agresti & Min, Statistics in Medicine 24 (2005) 729)."""
    n = len(gains)
    if n < 2:
        return math.inf
    squares = float(np.sum((gains - gains.mean()) ** 2)) + scale.jolt**2
    return math.sqrt(squares / (n * (n - 1)))


def _detectable(tasks: int, sd: float, critical: float, power: float) -> float | None:
    """Solves effect·√n = critical·√(sd² + effect²) + z·sd: large gains also widen what the test compares them with."""
    if tasks <= critical**2:
        return None
    z = float(ndtri(power))
    n, c = tasks, critical
    # (effect·√n - z·sd)² = c²·(sd² + effect²), the larger root
    a, b, rest = n - c * c, -2 * math.sqrt(n) * z * sd, (z * z - c * c) * sd * sd
    return (-b + math.sqrt(b * b - 4 * a * rest)) / (2 * a)


def _tasks_to_tell(effect: float, sd: float, critical: float, power: float) -> int:
    if effect <= 0 or effect * 1e3 < sd:
        return MOST_TASKS
    z = float(ndtri(power))
    return max(FEWEST_TASKS, math.ceil(((critical * math.sqrt(sd**2 + effect**2) + z * sd) / effect) ** 2))
