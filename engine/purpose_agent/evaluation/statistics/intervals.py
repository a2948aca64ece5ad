"""Intervals for shares: of one arm, of two independent arms, and of the same tasks in two arms.

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


def newcombe(successes: int, n: int, other_successes: int, other_n: int, level: float = 0.95) -> Interval:
    """First share less the other, of independent runs, in [-1, 1].

    Source: Newcombe, Statistics in Medicine 17 (1998) 873, method 10.
    """
    return _squared_and_added(wilson(successes, n, level), wilson(other_successes, other_n, level), 0.0)


def newcombe_paired(table: Table, level: float = 0.95) -> Interval:
    """First arm's share less the second's, of the same tasks, in [-1, 1].

    Source: Newcombe, Statistics in Medicine 17 (1998) 2635, method 10 (score intervals, φ corrected for continuity).
    """
    n = sum(table)
    first, second = table.both + table.only_first, table.both + table.only_second
    margins = first * (n - first) * second * (n - second)
    cross = table.both * table.neither - table.only_first * table.only_second
    phi = (cross if cross < 0 else max(cross - n / 2, 0.0)) / math.sqrt(margins) if margins else 0.0
    return _squared_and_added(wilson(first, n, level), wilson(second, n, level), phi)


def _squared_and_added(first: Interval, second: Interval, correlation: float) -> Interval:
    def distance(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2 * correlation * a * b + b * b, 0.0))

    estimate = first.estimate - second.estimate
    below = distance(first.estimate - first.low, second.high - second.estimate)
    above = distance(first.high - first.estimate, second.estimate - second.low)
    return Interval(estimate, max(-1.0, estimate - below), min(1.0, estimate + above))
