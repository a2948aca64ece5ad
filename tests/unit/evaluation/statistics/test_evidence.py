"""Without an effect the expected evidence is 1, whatever the sizes of the gains; so much of it is rare at any time."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.evidence import TILTS, paired_evidence

magnitudes = st.lists(st.floats(0, 10, allow_subnormal=False), min_size=1, max_size=8)
gain = st.floats(-10, 10).map(lambda value: round(value, 9))  # nothing is measured so finely that squares vanish
gain_lists = st.lists(gain, min_size=1, max_size=30)


@given(magnitudes)
@settings(max_examples=30, deadline=None)
def test_over_all_exchanges_of_arms_the_evidence_is_one_on_average(sizes: list[float]) -> None:
    all_signs = itertools.product((1.0, -1.0), repeat=len(sizes))
    last = [paired_evidence(np.array(signs) * sizes)[-1] for signs in all_signs]
    assert np.mean(last, axis=0) == pytest.approx([1.0, 1.0])


def test_it_is_the_plain_product_of_tilted_coins() -> None:
    gains = np.array([0.5, -1.0, 2.0, 0.0, 1.5])
    for n in range(1, 6):
        total = 0.0
        for tilt in TILTS:
            product = 1.0
            for i in range(n):
                theta = tilt / math.sqrt(sum(g * g for g in gains[: i + 1]) / (i + 1))
                product *= math.exp(theta * gains[i]) / math.cosh(theta * gains[i])
            total += product / len(TILTS)
        assert paired_evidence(gains)[n - 1, 0] == pytest.approx(total)


@given(gain_lists)
def test_exchanging_the_arms_exchanges_better_and_worse(gains: list[float]) -> None:
    there, back = paired_evidence(np.array(gains)), paired_evidence(-np.array(gains))
    assert there == pytest.approx(back[:, ::-1], rel=1e-9)


@given(gain_lists, st.sampled_from([0.001, 3.0, 1000.0]))
def test_the_unit_does_not_matter(gains: list[float], unit: float) -> None:
    assert paired_evidence(np.array(gains)) == pytest.approx(paired_evidence(np.array(gains) * unit), rel=1e-6)


def test_long_strong_evidence_is_finite_and_no_task_is_none() -> None:
    assert np.isfinite(paired_evidence(np.ones(5_000))).all()
    assert paired_evidence(np.array([])).shape == (0, 2)
    assert paired_evidence(np.zeros(9)) == pytest.approx(np.ones((9, 2)))
