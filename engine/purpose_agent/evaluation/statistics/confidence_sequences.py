"""Intervals that hold at every moment at once, for data without an agreed end.

The chance that the interval ever misses the true mean, at any number of tasks, is at most 1 - level.
"""

import math
from collections.abc import Callable

import numpy as np

from purpose_agent.evaluation.statistics.evidence import paired_evidence
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains

BOLDNESS = 0.75  # the share of the stake that one bet may lose
HALVINGS = 40
HALVINGS_OF_A_RANGE = 24  # to a ten-millionth of it, and there are many thousands of values


def bounded(values: Gains, low: float, high: float, level: float = 0.95) -> Interval:
    """The mean of values that cannot leave [low, high], (n,) in the order of their coming.

    Assumes nothing but a common mean, given what came before. One gambler bets that the mean lies above m and one that
    it lies below, with predictable stakes that follow the variance seen so far; the interval holds every m at which
    neither has made 2 / (1 - level) out of 1. Source: the hedged capital process with predictable plug-in stakes of
    Waudby-Smith & Ramdas, arXiv 2010.09686.
    Raises ValueError for values outside.
    """
    if len(values) == 0:
        raise ValueError("no values")
    if values.min() < low or values.max() > high:
        raise ValueError(f"values outside {low} to {high}")
    x = (values - low) / (high - low)
    goal = math.log(2 / (1 - level))
    stakes = _stakes(x, 1 - level)
    mean = float(x.mean())

    def rises(m: float) -> bool:
        return bool(np.sum(np.log1p(np.minimum(stakes, BOLDNESS / m) * (x - m))) >= goal)

    def falls(m: float) -> bool:
        return bool(np.sum(np.log1p(-np.minimum(stakes, BOLDNESS / (1 - m)) * (x - m))) >= goal)

    lowest = _edge(rises, 1e-9, mean, HALVINGS_OF_A_RANGE)
    highest = _edge(falls, 1 - 1e-9, mean, HALVINGS_OF_A_RANGE)
    scale = high - low
    estimate = math.fsum(values) / len(values)
    return Interval(estimate, min(low + scale * lowest, estimate), max(low + scale * highest, estimate))


def symmetric(gains: Gains, level: float = 0.95) -> Interval:
    """The centre of gains that lie symmetrically about it, however far they reach; (n_tasks,). May be infinite.

    Every centre against which `paired_evidence` has not reached 2 / (1 - level) in either direction. Gains that are all
    alike leave no room for others.
    """
    if len(gains) == 0:
        raise ValueError("no gains")
    goal = 2 / (1 - level)
    mean = math.fsum(gains) / len(gains)
    width = float(np.max(np.abs(gains - mean))) + abs(mean) + 1e-9
    far = 1e3 * width

    def ruled_out(centre: float, side: int) -> bool:
        return bool(paired_evidence(gains - centre)[-1, side] >= goal)

    low = _edge(lambda c: ruled_out(c, 0), mean - far, mean) if ruled_out(mean - far, 0) else -math.inf
    high = _edge(lambda c: ruled_out(c, 1), mean + far, mean) if ruled_out(mean + far, 1) else math.inf
    return Interval(mean, low, high)


def _stakes(x: Gains, alpha: float) -> Gains:
    """Stakes known before each value: sqrt(2 log(2/α) / (variance so far · t · log(t + 1)))."""
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    stakes: Gains = np.sqrt(2 * math.log(2 / alpha) / (before * t * np.log(t + 1)))
    return stakes


def _edge(ruled_out: Callable[[float], bool], outer: float, inner: float, halvings: int = HALVINGS) -> float:
    """Where ruling out ends on the way from `outer`, which is (or is an end of the range), to `inner`, which is not."""
    if not ruled_out(outer):
        return outer
    for _ in range(halvings):
        middle = (outer + inner) / 2
        outer, inner = (middle, inner) if ruled_out(middle) else (outer, middle)
    return outer
