"""Intervals for shares: of one arm, and of the same tasks in two arms.

For one run a task. With repeats the runs of a task hang together: use `resampling`.
"""

import math
from typing import NamedTuple

from scipy.special import ndtri


class Interval(NamedTuple):
    estimate: float
    low: float
    high: float


class Table(NamedTuple):
    """Tasks by their outcome in two arms, first arm first."""

    both: int
    only_first: int
    only_second: int
    neither: int


def wilson(successes: float, n: int, level: float = 0.95) -> Interval:
    """A share and its score interval, both in [0, 1]. Raises ValueError unless 0 ≤ successes ≤ n and n ≥ 1.

    `successes` may be a sum of shares, where n tasks were each done several times.
    Source: Wilson 1927; Newcombe, Statistics in Medicine 17 (1998) 857, method 3.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"no share: {successes=} {n=}")
    z = float(ndtri(0.5 + level / 2))
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def newcombe_paired(table: Table, level: float = 0.95) -> Interval:
    """First arm's share less the second's, of the same tasks, in [-1, 1].

    Source: Newcombe, Statistics in Medicine 17 (1998) 2635, method 10 (score intervals, φ corrected for continuity).
    """
    n = sum(table)
    first, second = table.both + table.only_first, table.both + table.only_second
    margins = first * (n - first) * second * (n - second)
    cross = table.both * table.neither - table.only_first * table.only_second
    phi = (cross if cross < 0 else max(cross - n / 2, 0.0)) / math.sqrt(margins) if margins else 0.0
    one, other = wilson(first, n, level), wilson(second, n, level)
    below = _joint(one.estimate - one.low, other.high - other.estimate, phi)
    above = _joint(one.high - one.estimate, other.estimate - other.low, phi)
    estimate = one.estimate - other.estimate
    return Interval(estimate, max(-1.0, estimate - below), min(1.0, estimate + above))


def _joint(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(a * a - 2 * correlation * a * b + b * b, 0.0))
