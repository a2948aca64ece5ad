"""Intervals that may be looked at at any time: the same as a plain reading of the paper, and they hold the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.confidence_sequences import bounded, symmetric
from purpose_agent.evaluation.statistics.evidence import paired_evidence


def plain_hedged_capital(x: list[float], m: float, alpha: float) -> bool:
    """Whether m is still held (Waudby-Smith & Ramdas, arXiv 2010.09686, the hedged capital process), line by line."""
    up = down = 1.0
    total, squares = 0.5, 0.25
    for t, value in enumerate(x, 1):
        variance = squares / t
        stake = math.sqrt(2 * math.log(2 / alpha) / (variance * t * math.log(1 + t)))
        up *= 1 + min(stake, 0.75 / m) * (value - m)
        down *= 1 - min(stake, 0.75 / (1 - m)) * (value - m)
        total += value
        squares += (value - total / (t + 1)) ** 2
    return max(up / 2, down / 2) < 1 / alpha


def test_it_holds_just_the_means_that_the_paper_holds() -> None:
    x = np.random.default_rng(0).beta(2, 3, 60)
    found = bounded(x, 0.0, 1.0)
    held = [m for m in np.linspace(0.0005, 0.9995, 1_000) if plain_hedged_capital(x.tolist(), float(m), 0.05)]
    assert (found.low, found.high) == pytest.approx((held[0], held[-1]), abs=0.001)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_it_holds_its_estimate_stays_in_range_and_mirrors(values: list[float]) -> None:
    x = np.array(values)
    found, mirrored = bounded(x, 0.0, 1.0), bounded(1 - x, 0.0, 1.0)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high), abs=1e-6)


def test_looked_at_after_every_value_it_misses_the_mean_in_at_most_five_of_a_hundred() -> None:
    rng, missed = np.random.default_rng(1), 0
    for _ in range(150):
        x = (rng.random(120) < 0.3).astype(float)
        missed += any(not b.low <= 0.3 <= b.high for b in (bounded(x[:n], 0.0, 1.0) for n in range(5, 121, 5)))
    assert missed <= 0.05 * 150


def test_values_that_are_all_alike_leave_room_for_others() -> None:
    few, many = bounded(np.zeros(20), -1.0, 1.0), bounded(np.zeros(200), -1.0, 1.0)
    assert few.low < many.low < -0.01 < 0.01 < many.high < few.high


def test_a_symmetric_centre_is_held_until_the_evidence_is_against_it() -> None:
    gains = np.random.default_rng(2).laplace(0.7, 1.0, 60)
    found = symmetric(gains)
    assert found.low < found.estimate < found.high
    assert paired_evidence(gains - (found.low - 0.01))[-1, 0] > 40 > paired_evidence(gains - (found.low + 0.01))[-1, 0]
    assert paired_evidence(gains - (found.high + 0.01))[-1, 1] > 40
    assert symmetric(-gains)[1:] == pytest.approx((-found.high, -found.low), abs=1e-6)


def test_a_few_gains_without_a_known_range_rule_nothing_out() -> None:
    assert symmetric(np.array([0.1, 0.2, 0.3]))[1:] == (-math.inf, math.inf)


def test_nothing_and_values_outside_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        bounded(np.array([]), 0.0, 1.0)
    with pytest.raises(ValueError, match="no gains"):
        symmetric(np.array([]))
    with pytest.raises(ValueError, match="outside"):
        bounded(np.array([2.0]), 0.0, 1.0)
