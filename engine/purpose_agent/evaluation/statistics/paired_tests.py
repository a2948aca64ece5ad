"""Tests of "no difference" for the same tasks in two arms, for a size fixed before anyone looked.

Two-sided p-values. Whoever looks after every task needs `agreed` or `evidence` instead.
"""

from collections import Counter
from collections.abc import Sequence

from scipy.special import bdtr

from purpose_agent.evaluation.statistics.intervals import Table
from purpose_agent.evaluation.statistics.outcomes import TaskPair


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact: the tasks that only one arm solved are tosses of a fair coin. 1 where there are none.

    The same is the sign test, of tasks in which one arm did better by however much.
    """
    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def table(pairs: Sequence[TaskPair]) -> Table | None:
    """Of tasks that were done once in each arm, solved (1) or not (0), the candidate first; None for any others.

    For `mcnemar` and `intervals.newcombe_paired`.
    """
    seen: Counter[tuple[float, ...]] = Counter((*pair.candidate, *pair.baseline) for pair in pairs)
    kinds = ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0))
    if not pairs or any(len(pair.candidate) != 1 for pair in pairs) or not seen.keys() <= set(kinds):
        return None
    return Table(*(seen[kind] for kind in kinds))
