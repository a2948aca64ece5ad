"""What the gains of the tasks allow to be said: one of four words, and the interval and figures behind it.

better / worse    the exact test rules out that the arms are alike. Looked at after every task, however often and for
                  however long, both together are said with probability at most 5 % if they are alike.
no clear change   something is known: either any difference is too small to matter (the whole interval lies inside the
                  scale's margin), or the agreed number of tasks is done, it would have found a clear difference (20
                  points, 2 Φ, 30 % less effort) in four of five cases, and found none.
not enough data   nothing is known yet: the agreed number is not reached; or it was, but was too small to find even a
                  clear difference; or there is no agreed number and the interval is still wide.

With an agreed number of tasks the test is that of `agreed`, else that of `evidence`, which pays for having no end with
about three quarters more tasks. The interval holds at every look, so it is wider than one for a single look, and it
always agrees with the word: it stops short of zero exactly where the word is "better" or "worse". Its one side next to
zero is the exact test's, the rest is the repeated confidence interval of Jennison & Turnbull 1989 (agreed) or a
confidence sequence (without end). A word is that of the tasks so far: later tasks may take it back.

What it does not promise:

- A study that stops at the first "better" overstates the gain, as every early stop does: it stops when luck adds to
  the truth. Of a true gain of 10 points, 56 tasks done three times stop early in 49 % of studies and then show 16 on
  average; of 20 points, 56 tasks done once stop early in 58 % and then show 29. The interval holds the truth as
  often as it says over all studies, early and late ones together.
- If the arms are alike, exchanging them in a task changes nothing, so gains lie symmetrically about zero; that is what
  "better" and "worse" rule out. They do not rule out every mean of zero: where a rare great win outweighs many small
  losses exactly (1 task in 10 gains nine times what each of the others loses), few tasks mostly show the losses alone,
  and the word is "worse" in 43 % of studies of 8 tasks, 12 % of 20 and 7 % of 56.
"""

import math
from typing import Literal, NamedTuple

import numpy as np

from purpose_agent.evaluation.statistics.agreed import looks, usual_critical
from purpose_agent.evaluation.statistics.confidence_sequences import bounded, symmetric
from purpose_agent.evaluation.statistics.evidence import paired_evidence
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale
from purpose_agent.evaluation.statistics.power import (
    BEYOND_AGREED_SIZE,
    FEWEST_TASKS,
    WITHOUT_END,
    further_tasks,
    seen_detectable,
    standard_error,
)
from purpose_agent.memory.paired_gate import CONFIRMED_AT

Word = Literal["better", "no clear change", "worse", "not enough data"]

BOUNDLESS = math.log(1_000)  # that effort may change a thousandfold bounds nothing


class Finding(NamedTuple):
    """What is found, in units of the gain.

    more      about how many more tasks it would take to decide; 0 once decided, None if not known.
    visible   too few: the smallest gain that so many could have shown, None if none.
    """

    word: Word
    gain: Interval
    more: int | None
    because: Literal["told apart", "inside margin", "agreed size", "too few", "too early", "wide"]
    visible: float | None = None


def decisions(found: Gains, scale: Scale, agreed: int | None) -> list[int]:
    """After each task: 1 where the word is "better", -1 where it is "worse", else 0.

    One great loss after many small gains may leave evidence for "better" with a mean that is worse: then it is 0.
    """
    if agreed is None:
        goal = 2 * CONFIRMED_AT  # two directions share the risk
        tested = [int(better >= goal) - int(worse >= goal) for better, worse in paired_evidence(found).tolist()]
    else:
        tested = [look.decision for look in looks(found, agreed, scale.unit)]
    return [d if d * total > 0 else 0 for d, total in zip(tested, np.cumsum(found).tolist(), strict=True)]


def find(found: Gains, scale: Scale, agreed: int | None) -> Finding:
    """What can be said after these tasks: gains (n_tasks,), in the order in which the tasks were done.

    `agreed` is the number of tasks fixed before the first look, or None. Raises ValueError where there is no task.
    """
    n = len(found)
    if n == 0:
        raise ValueError("no tasks")
    decision = decisions(found, scale, agreed)[-1]
    interval = agreeing(_interval(found, scale, agreed), decision)
    if decision:
        return Finding("better" if decision > 0 else "worse", interval, 0, "told apart")
    if n >= FEWEST_TASKS and -scale.margin < interval.low and interval.high < scale.margin:
        return Finding("no clear change", interval, 0, "inside margin")
    if agreed is not None and n < agreed:
        return Finding("not enough data", interval, agreed - n, "too early")
    critical = WITHOUT_END if agreed is None else BEYOND_AGREED_SIZE
    more = further_tasks(found, scale, critical, (interval.high - interval.low) / 2)
    if agreed is None:
        return Finding("not enough data", interval, more, "wide")
    could_see = seen_detectable(found, scale)
    if could_see is None or could_see > scale.clear:
        return Finding("not enough data", interval, more, "too few", could_see)
    return Finding("no clear change", interval, more, "agreed size")


def agreeing(interval: Interval, decision: int) -> Interval:
    """The interval on the side of zero that the exact test has decided, and holding zero where it has not."""
    mean, low, high = interval
    if decision > 0:
        return Interval(mean, max(low, 0.0), high)
    if decision < 0:
        return Interval(mean, low, min(high, 0.0))
    return Interval(mean, min(low, 0.0), max(high, 0.0))


def _interval(found: Gains, scale: Scale, agreed: int | None) -> Interval:
    mean = math.fsum(found) / len(found)
    if agreed is None and math.isfinite(scale.reach):
        low, high = bounded(found, -scale.reach, scale.reach)[1:]
    else:
        critical = WITHOUT_END if agreed is None else usual_critical(len(found), agreed)
        half = critical * standard_error(found, scale)
        low, high = mean - half, mean + half
    if agreed is None and math.isinf(scale.reach):  # for gains that were all alike, the error above is the wider one
        centre = symmetric(found)
        low, high = min(low, centre.low), max(high, centre.high)
    limit = scale.reach if math.isfinite(scale.reach) else BOUNDLESS
    low, high = (bound if abs(bound) < limit else math.copysign(scale.reach, bound) for bound in (low, high))
    return Interval(mean, min(low, mean), max(high, mean))
