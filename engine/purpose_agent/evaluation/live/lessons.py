"""What each lesson does in daily work, by the runs from which the toss of a coin left it out."""

import math
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from purpose_agent.evaluation.live.records import LessonEffect
from purpose_agent.evaluation.live.toss_table import Mask, TossTable
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.live import LiveRuns, lesson_finding, lesson_verdict
from purpose_agent.evaluation.statistics.multiplicity import confirmed
from purpose_agent.evaluation.statistics.outcomes import SOLVED, Gains
from purpose_agent.evaluation.statistics.shrinkage import FEWEST, shrink
from purpose_agent.evaluation.statistics.verdicts import Verdict

MOST_LESSONS = 24
_FEWEST_OF_EACH = 5  # times shown and left out, before an estimate may be drawn to the others
_Z = 1.959964
_NONE_LEFT_OUT = (
    "No lesson has been left out by chance yet, so nothing can be said of what the memory adds. It begins once "
    "lessons in use have been tried once: now and then one is left out on purpose. A study tells sooner."
)

Key = tuple[str, int]
"""Id and version: an edited lesson begins anew, since credit belongs to the words that were in the prompt."""


def overall(table: TossTable, mask: Mask) -> Verdict:
    """What the lessons add on average: runs with one left out by chance against runs with none left out."""
    runs = table.by_run(mask)
    if not len(runs.values):
        return msgspec.structs.replace(lesson_verdict([], SOLVED), sentence=_NONE_LEFT_OUT)
    return lesson_finding(runs, SOLVED).verdict


def lesson_effects(
    table: TossTable, mask: Mask, told_of: Callable[[str, int], tuple[str, bool] | None]
) -> list[LessonEffect]:
    """Of the lessons with the most tosses, those that are sure first.

    told_of  the words of a lesson and whether it is in use; None for one that is not told of.
    """
    runs: dict[Key, LiveRuns] = {}
    told: dict[Key, tuple[str, bool]] = {}
    for key, own in table.by_lesson(mask):
        known = told_of(*key)
        if known is not None:
            runs[key], told[key] = own, known
        if len(runs) == MOST_LESSONS:
            break
    found = {key: lesson_finding(own, SOLVED) for key, own in runs.items()}
    sure = confirmed({_name(key): one.told_apart for key, one in found.items()})
    drawn = _drawn(runs)
    made = [
        LessonEffect(
            card_id=key[0],
            text=told[key][0],
            in_use=told[key][1],
            verdict=one.verdict,
            effect=_points(one.effect),
            drawn=drawn.get(key),
            shown=int(runs[key].shown.sum()),
            left_out=int((~runs[key].shown).sum()),
            confirmed=_name(key) in sure,
        )
        for key, one in found.items()
    ]
    return sorted(made, key=lambda one: not one.confirmed)


def _name(key: Key) -> str:
    return f"{key[0]}@{key[1]}"


def _points(interval: Interval) -> Interval:
    return Interval(*(100 * bound for bound in interval))


def _drawn(runs: Mapping[Key, LiveRuns]) -> dict[Key, Interval]:
    """Plain differences of shares, each drawn to their mean as far as chance explains how they differ."""
    estimates = {}
    for key, own in runs.items():
        with_it, without = own.values[own.shown], own.values[~own.shown]
        if min(len(with_it), len(without)) < _FEWEST_OF_EACH:
            continue
        variance = _variance(with_it) / len(with_it) + _variance(without) / len(without)
        estimates[key] = float(with_it.mean() - without.mean()), math.sqrt(variance)
    if len(estimates) < FEWEST:
        return {}
    shrunk = shrink([mean for mean, _ in estimates.values()], [sd for _, sd in estimates.values()])
    return {
        key: _points(Interval(one.mean, one.mean - _Z * one.sd, one.mean + _Z * one.sd))
        for key, one in zip(estimates, shrunk, strict=True)
    }


def _variance(values: Gains) -> float:
    """Of a share, with one success and one failure added, so that it is never nought (Agresti & Coull 1998)."""
    share = (float(np.sum(values)) + 1) / (len(values) + 2)
    return share * (1 - share)
