"""The arithmetic of credit: what one outcome says about everything that had a hand in it.

Success is thought of as Φ(x + noise) > 0 with x the sum of independent Gaussian terms: the base rate of the task kind
and the effects of the lessons in the prompt. After an outcome each term keeps its Gaussian form, matched in mean and
variance to the exact posterior (assumed-density filtering, as in TrueSkill and AdPredictor). No term that took no part
moves. Units are those of the probit line: 0.25 is about ten points of probability near one half.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

NOISE_VARIANCE = 1.0
_LEAST_SHRINK = (
    0.02  # a single outcome never takes more than 98 % of a variance: guards the approximation, not the maths
)


class Gaussian(NamedTuple):
    mean: float
    variance: float

    @property
    def sd(self) -> float:
        return math.sqrt(self.variance)


def observe(terms: Sequence[Gaussian], *, success: bool) -> list[Gaussian]:
    """The terms after one outcome, in the same order."""
    sign = 1.0 if success else -1.0
    total = NOISE_VARIANCE + sum(term.variance for term in terms)
    sd = math.sqrt(total)
    margin = sign * sum(term.mean for term in terms) / sd
    pull = hazard(margin)
    shrink = pull * (pull + margin)
    return [
        Gaussian(
            term.mean + sign * pull * term.variance / sd,
            term.variance * max(1.0 - shrink * term.variance / total, _LEAST_SHRINK),
        )
        for term in terms
    ]


def success_probability(terms: Sequence[Gaussian]) -> float:
    total = NOISE_VARIANCE + sum(term.variance for term in terms)
    return normal_cdf(sum(term.mean for term in terms) / math.sqrt(total))


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def hazard(x: float) -> float:
    """Normal density over distribution at x: how surprising a success at margin x was. Large x gives about 0."""
    if x < -25.0:
        return -x - 1.0 / x  # erfc underflows out there; the asymptote is exact to six digits
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) / normal_cdf(x)
