"""Effects of many lessons or kinds, each from few tasks: drawn to their common mean as far as chance explains them.

Of many small measurements the largest is mostly luck. Parametric empirical Bayes: the true effects are thought of as
normal about a common mean, with a variance estimated from how much more the effects differ than their errors explain.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.optimize import brentq

FEWEST = 4  # with three or fewer, how much they differ cannot be told from chance


class Shrunk(NamedTuple):
    mean: float
    sd: float


def spread_beyond_chance(effects: Sequence[float], errors: Sequence[float]) -> float:
    """The variance of the true effects, given estimates and their standard errors; 0 where chance explains it all.

    Paule & Mandel 1982: the variance at which the weighted squares add up to their number less one.
    """
    _check(effects, errors)
    expected = len(effects) - 1

    def excess(variance: float) -> float:
        weights = [1 / (error**2 + variance) for error in errors]
        centre = _weighted_mean(effects, weights)
        return math.fsum(w * (y - centre) ** 2 for w, y in zip(weights, effects, strict=True)) - expected

    if expected < 1 or excess(0.0) <= 0:
        return 0.0
    top = (max(effects) - min(effects)) ** 2 + max(errors) ** 2
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 0.0, top, xtol=1e-12 * top))


def shrink(effects: Sequence[float], errors: Sequence[float]) -> list[Shrunk]:
    """Each effect after a look at all others, in the order given; fewer than 4 are given back as they are.

    Errors are standard errors, above zero. Source: Morris, Journal of the American Statistical Association 78 (1983)
    47, with Paule & Mandel's variance; for equal errors this is the estimator of James and Stein. The sd counts that
    the common mean and variance are themselves estimates.
    """
    _check(effects, errors)
    k = len(effects)
    if k < FEWEST:
        return [Shrunk(y, error) for y, error in zip(effects, errors, strict=True)]
    variance = spread_beyond_chance(effects, errors)
    weights = [1 / (error**2 + variance) for error in errors]
    centre, total = _weighted_mean(effects, weights), math.fsum(weights)
    found = []
    for y, error, weight in zip(effects, errors, weights, strict=True):
        pulled = (k - 3) / (k - 1) * error**2 * weight
        leverage = weight / total
        squared = error**2 * (1 - (1 - leverage) * pulled) + 2 / (k - 3) * (pulled * (y - centre)) ** 2
        found.append(Shrunk(y + pulled * (centre - y), math.sqrt(squared)))
    return found


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(w * y for w, y in zip(weights, values, strict=True)) / math.fsum(weights)


def _check(effects: Sequence[float], errors: Sequence[float]) -> None:
    if len(effects) != len(errors) or not all(error > 0 for error in errors):
        raise ValueError("needs one standard error above zero for each effect")
