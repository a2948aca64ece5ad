"""Bootstrap intervals with the task as the cluster: whole tasks are drawn again, with all their runs in both arms.

The percentile interval, widened for small n (Hesterberg, arXiv 1411.5279, "expanded percentile"). The draws are numpy's
PCG64 from the seed, and sums of whole numbers are exact, so whoever recomputes it meets the same last digit.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import EFFORT
from purpose_agent.evaluation.statistics.power import FEWEST_TASKS

DRAWS = 2_000
_DRAWN_AT_ONCE = 2_000_000  # tasks, to spare memory


def ratio_of_totals(
    baseline: Sequence[float], candidate: Sequence[float], *, seed: int, level: float = 0.95, draws: int = DRAWS
) -> Interval | None:
    """The candidate's total as a share of the baseline's: attempts or tokens over all tasks, one total a task and arm.

    None for fewer than 6 tasks, which leave all open. Unlike the gain of effort, where each task weighs alike, a task
    that costs much weighs much. Ratios that are all alike would leave nothing to draw from, so the interval reckons
    with a jolt on one more task, as may be met though none was seen yet (`power.standard_error` does the same).
    Raises ValueError unless both have one value above zero for each task.
    """
    if len(baseline) != len(candidate) or not all(value > 0.0 for value in (*baseline, *candidate)):
        raise ValueError("needs one total above zero for each task in both arms")
    n = len(baseline)
    if n < FEWEST_TASKS:
        return None
    before, after = np.array(baseline, dtype=np.float64), np.array(candidate, dtype=np.float64)
    estimate = math.fsum(candidate) / math.fsum(baseline)
    errors = float(stdtrit(n - 1, (1 + level) / 2))
    tail = float(ndtr(-math.sqrt(n / (n - 1)) * errors))
    low, high = np.quantile(_drawn(before, after, seed, draws), [tail, 1 - tail], method="linear").tolist()
    weights = before / before.sum()
    jolt = errors * EFFORT.jolt * math.sqrt(float(np.sum(weights**2)) / (n - 1))
    below, above = (math.hypot(max(0.0, side), jolt) for side in (math.log(estimate / low), math.log(high / estimate)))
    return Interval(estimate, estimate * math.exp(-below), estimate * math.exp(above))


def _drawn(before: NDArray[np.float64], after: NDArray[np.float64], seed: int, draws: int) -> NDArray[np.float64]:
    """The ratio of totals in each draw, (draws,)."""
    n, rng, ratios = len(before), np.random.default_rng(seed), []
    at_once = max(1, _DRAWN_AT_ONCE // n)
    for start in range(0, draws, at_once):
        chosen = rng.integers(0, n, size=(min(at_once, draws - start), n))
        ratios.append(after[chosen].sum(axis=1) / before[chosen].sum(axis=1))
    return np.concatenate(ratios)
