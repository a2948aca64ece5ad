"""Outcomes of the same tasks in two arms, and the gain of each task: the one number that all tests here work on.

A gain is positive where the candidate arm did better. It is the difference of the means over a task's repeats; for
effort, of the means of the logarithms, so that half the effort and twice the effort weigh alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Gains = NDArray[np.float64]  # (n_tasks,), in the order in which the tasks were done

ScaleName = Literal["solved", "phi", "effort"]
_MOST_EFFORT = 10.0  # eleven times the work


@dataclass(frozen=True, slots=True)
class Scale:
    """What is measured, and what counts as much or little of it; all in units of the gain.

    margin   a gain smaller than this makes no difference in practice.
    clear    a gain as large as this is a clear one: only a study that would have found it in four of five cases may say
             "no clear change" of what it did not find.
    jolt     a large gain on a single task, as may be met though none was seen yet; keeps an interval from collapsing
             when all tasks so far came out alike.
    unit     the exact tests round gains to multiples of this (symmetrically, so they stay exact).
    reach    the largest gain possible on one task, plus or minus; infinite for effort.
    named    the margin is the smallest difference that the person said matters.
    """

    name: ScaleName
    margin: float
    clear: float
    jolt: float
    unit: float
    reach: float
    named: bool = False


SOLVED = Scale("solved", margin=0.05, clear=0.20, jolt=1.0, unit=1 / 60, reach=1.0)
"""1 solved, 0 not; the gain is a difference of shares (0.2 = 20 points). Exact for 1 to 6 repeats."""
PHI = Scale("phi", margin=0.5, clear=2.0, jolt=2.0, unit=0.05, reach=10.0)
"""Φ, 0 to 10."""
EFFORT = Scale("effort", margin=math.log(1.1), clear=-math.log(0.7), jolt=math.log(2.0), unit=0.02, reach=math.inf)
"""Attempts, tokens, seconds, money: above zero, lower is better; the gain is log(baseline / candidate)."""


SCALES: Mapping[ScaleName, Scale] = {"solved": SOLVED, "phi": PHI, "effort": EFFORT}


def with_smallest_effect(scale: Scale, effect: float | None) -> Scale:
    """The scale by which a person judges: what is smaller than `effect` makes no difference to them. None = as it is.

    effect  solved: a difference of shares (0.1 = 10 points). phi: of Φ. effort: a share (0.1 = 10 % more or less).
    The effect is both the margin and what counts as clear: a study that might well have missed a difference that
    matters does not say "no clear change". Raises ValueError unless it is above zero and within the scale.
    """
    if effect is None:
        return scale
    if not (math.isfinite(effect) and 0.0 < effect < min(scale.reach, _MOST_EFFORT)):
        raise ValueError(f"outside the scale: {effect=}")
    gain = math.log1p(effect) if scale.name == "effort" else effect
    return replace(scale, margin=gain, clear=gain, named=True)


class TaskPair(NamedTuple):
    """One task in both arms, one value for each repeat. Where one arm has more repeats, its last ones are left out."""

    task: str
    baseline: Sequence[float]
    candidate: Sequence[float]


def gains(pairs: Sequence[TaskPair], scale: Scale) -> Gains:
    """The gain of each task, (n_tasks,), in the order given; tasks with no repeat in one arm are left out.

    Raises ValueError for a task named twice and for values outside the scale.
    """
    names = [pair.task for pair in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a task stands twice: its repeats belong in one TaskPair")
    return np.array([_gain(pair, scale) for pair in pairs if _repeats(pair)], dtype=np.float64)


def runs(pairs: Sequence[TaskPair]) -> int:
    """How many runs the gains rest on."""
    return sum(2 * _repeats(pair) for pair in pairs)


def transformed(values: Sequence[float], scale: Scale) -> list[float]:
    """Values so that more is better and differences are gains. Raises ValueError outside the scale."""
    if scale.name == "effort":
        if not all(0.0 < value < math.inf for value in values):
            raise ValueError(f"effort must be above zero: {values}")
        return [-math.log(value) for value in values]
    if not all(0.0 <= value <= scale.reach for value in values):
        raise ValueError(f"outside 0 to {scale.reach:g}: {values}")
    return [float(value) for value in values]


def transformed_column(values: Gains, scale: Scale) -> Gains:
    """The same for very many values at once, (n,)."""
    if scale.name == "effort":
        if not np.all((values > 0.0) & (values < math.inf)):
            raise ValueError("effort must be above zero")
        return -np.log(values)
    if not np.all((values >= 0.0) & (values <= scale.reach)):
        raise ValueError(f"outside 0 to {scale.reach:g}")
    return values


def _repeats(pair: TaskPair) -> int:
    return min(len(pair.baseline), len(pair.candidate))


def _gain(pair: TaskPair, scale: Scale) -> float:
    n = _repeats(pair)
    baseline, candidate = (transformed(arm[:n], scale) for arm in (pair.baseline, pair.candidate))
    return (math.fsum(candidate) - math.fsum(baseline)) / n
