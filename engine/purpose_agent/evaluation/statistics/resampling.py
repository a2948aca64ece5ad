"""Bootstrap intervals with the task as the cluster: whole tasks are drawn again, with all their runs in both arms.

The percentile interval, widened for small n (Hesterberg, arXiv 1411.5279, "expanded percentile"): simple enough for an
exported script to carry, and not too narrow. Sums are exact (`math.fsum`), and the draws are numpy's PCG64 from the
seed, so whoever recomputes it meets the same last digit.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtr, stdtrit

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains

DRAWS = 2_000


def mean_gain(gains: Gains, *, seed: int, level: float = 0.95, draws: int = DRAWS) -> Interval:
    """The mean over tasks of `gains`, (n_tasks,), and where it lies. One task alone has no interval: ±infinite."""
    return bootstrap([(float(gain),) for gain in gains], _mean, seed=seed, level=level, draws=draws)


def ratio_of_totals(
    baseline: Sequence[float], candidate: Sequence[float], *, seed: int, level: float = 0.95, draws: int = DRAWS
) -> Interval:
    """The candidate's total as a share of the baseline's: attempts or tokens over all tasks, one total a task and arm.

    Unlike the gain of effort, where each task weighs alike, a task that costs much weighs much. The interval reaches at
    least as far as one further task of usual size that takes the candidate twice or half its share would move it, so
    that a few tasks that came out alike do not claim certainty. Raises ValueError unless both have one value above zero
    for each task.
    """
    if len(baseline) != len(candidate) or not all(value > 0.0 for value in (*baseline, *candidate)):
        raise ValueError("needs one total above zero for each task in both arms")
    rows = list(zip(baseline, candidate, strict=True))
    share, low, high = bootstrap(rows, _ratio, seed=seed, level=level, draws=draws)
    n = len(rows)
    return Interval(share, min(low, share * (n + 0.5) / (n + 1)), max(high, share * (n + 2) / (n + 1)))


def bootstrap(
    rows: Sequence[tuple[float, ...]],
    statistic: Callable[[Sequence[tuple[float, ...]]], float],
    *,
    seed: int,
    level: float = 0.95,
    draws: int = DRAWS,
) -> Interval:
    """A statistic of rows, one row a task, and where it lies. Raises ValueError where there is no row."""
    n = len(rows)
    if n == 0:
        raise ValueError("no tasks")
    estimate = statistic(rows)
    if n == 1:
        return Interval(estimate, -math.inf, math.inf)
    drawn = np.random.default_rng(seed).integers(0, n, size=(draws, n)).tolist()
    found = np.sort([statistic([rows[i] for i in indices]) for indices in drawn])
    tail = float(ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, (1 - level) / 2)))
    low, high = np.quantile(found, [tail, 1 - tail], method="linear")
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def _mean(rows: Sequence[tuple[float, ...]]) -> float:
    return math.fsum(row[0] for row in rows) / len(rows)


def _ratio(rows: Sequence[tuple[float, ...]]) -> float:
    return math.fsum(row[1] for row in rows) / math.fsum(row[0] for row in rows)
