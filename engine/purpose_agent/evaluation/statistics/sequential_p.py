"""How unlikely what was seen would be if the arms did not differ, as a p that stays valid however often one looked."""

from purpose_agent.evaluation.statistics.agreed import ALPHA, looks
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale

_LEAST = 1e-6
_HALVINGS = 14


def sequential_p(found: Gains, scale: Scale, agreed: int) -> float:
    """The smallest level at which the test of `agreed.looks` decides at this look; 1.0 where it does not at 5 %.

    found: gains (n_tasks,), in the order in which the tasks were done; agreed as there. Two-sided. With no difference,
    at any moment that one chooses to look, it is at most α with probability at most α, for every α up to 5 %. Found by
    halving on the scale of its logarithm, and given a little too large rather than too small; never below a millionth.
    """

    def decides(level: float) -> bool:
        return bool(len(found)) and looks(found, agreed, scale.unit, level)[-1].decision != 0

    if not decides(ALPHA):
        return 1.0
    if decides(_LEAST):
        return _LEAST
    high, low = ALPHA, _LEAST
    for _ in range(_HALVINGS):
        middle = (high * low) ** 0.5
        high, low = (middle, low) if decides(middle) else (high, middle)
    return high
