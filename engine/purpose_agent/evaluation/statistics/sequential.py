"""How sure a comparison is, as one number: the level at which its test would still decide.

The p-value of tests that are looked at after every task, for `multiplicity.holm`: of many comparisons that stand side
by side, which hold together? It belongs to the word as it stands after the last task, "better" or "worse" exactly where
it is at most 5 %, and later tasks may raise it again as they may take back the word. If the arms do not differ, it is
ever at most α with probability at most α, after however many tasks and looks one stops.
"""

from collections.abc import Sequence

import numpy as np

from purpose_agent.evaluation.statistics.agreed import ALPHA, decided_last
from purpose_agent.evaluation.statistics.evidence import paired_evidence
from purpose_agent.evaluation.statistics.findings import decisions
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale

LEVELS_BELOW = tuple(ALPHA * 10 ** (-step / 10) for step in range(1, 41))
"""Down to 5 in a million, in tenths of a power of ten; lower ones are told as the last of these."""
LEVELS_ABOVE = tuple(ALPHA * 10 ** (step / 10) for step in range(13))
AT_ONCE = 8
MOST_TASKS = 2_000
"""Beyond, many levels take too long, and the evidence of `evidence` gives the level: as valid, and a larger one."""


def sequential_p(found: Gains, scale: Scale, agreed: int | None) -> float:
    """The smallest level of a two-sided test at which the arms are told apart after these tasks; 1 = at none.

    found  gains (n_tasks,), in the order in which the tasks were done; agreed: their number fixed before, or None.

    A test at a higher level is not bound to decide wherever one at a lower level does (what it spent early is missing
    later), so p is the lowest of the levels of which all up to 5 % decide. Where 5 % does not decide, 5 % is added to
    the level that does: that errs on the safe side, and no such comparison is called different anyway.
    """
    total = float(np.sum(found))
    if total == 0.0:
        return 1.0
    direction = 1 if total > 0 else -1
    if agreed is None:
        return min(1.0, _level_of_evidence(found, direction))
    is_decided = decisions(found, scale, agreed)[-1] != 0
    if len(found) > MOST_TASKS:
        level = _level_of_evidence(found, direction)
        return min(ALPHA, level) if is_decided else min(1.0, ALPHA + level)
    if is_decided:
        return _lowest_in_a_row(LEVELS_BELOW, found, scale, agreed, direction) or ALPHA
    level = _lowest_in_a_row(LEVELS_ABOVE[::-1], found, scale, agreed, direction) or 1.0
    return min(1.0, ALPHA + level)


def _level_of_evidence(found: Gains, direction: int) -> float:
    """Two directions share the risk, so evidence of 40 is needed at 5 %."""
    return max(LEVELS_BELOW[-1], 2.0 / float(paired_evidence(found)[-1, 0 if direction > 0 else 1]))


def _lowest_in_a_row(levels: Sequence[float], found: Gains, scale: Scale, agreed: int, direction: int) -> float | None:
    """The last of the levels, highest first, before the first that does not decide; None where the first does not."""
    lowest = None
    for start in range(0, len(levels), AT_ONCE):
        few = levels[start : start + AT_ONCE]
        for level, is_decided in zip(few, decided_last(found, agreed, scale.unit, few, direction), strict=True):
            if not is_decided:
                return lowest
            lowest = level
    return lowest
