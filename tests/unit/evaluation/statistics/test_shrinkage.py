"""Of many small measurements the largest is drawn in most, as far as chance explains them."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.shrinkage import Shrunk, shrink, spread_beyond_chance

# Batting averages after 45 at bats, 1970 (Efron & Morris, Scientific American 236 (1977) 119), Clemente first.
BATTING = [
    0.400, 0.378, 0.356, 0.333, 0.311, 0.311, 0.289, 0.267, 0.244, 0.244, 0.222, 0.222, 0.222, 0.222, 0.222, 0.200,
    0.178, 0.156,
]  # fmt: skip

# Trials of the BCG vaccine (Colditz et al. 1994): cases and others among vaccinated, then among controls.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
]  # fmt: skip

effects = st.lists(st.floats(-3, 3), min_size=4, max_size=12)


def test_baseball_players_are_drawn_in_as_by_efron_and_morris() -> None:
    mean = sum(BATTING) / 18
    found = shrink(BATTING, [math.sqrt(mean * (1 - mean) / 45)] * 18)
    assert found[0].mean == pytest.approx(0.294, abs=0.001)
    assert (found[0].mean - mean) / (0.400 - mean) == pytest.approx(0.212, abs=0.004)


def test_the_spread_of_the_vaccine_trials_is_that_of_paule_and_mandel() -> None:
    effects = [math.log((a / (a + b)) / (c / (c + d))) for a, b, c, d in BCG]
    errors = [math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in BCG]
    assert spread_beyond_chance(effects, errors) == pytest.approx(0.318, abs=0.0005)  # R: metafor, method "PM"


def test_with_equal_errors_it_is_the_estimator_of_james_and_stein() -> None:
    y = np.random.default_rng(1).normal(0.2, 0.5, 9)
    pulled = 6 * 0.3**2 / np.sum((y - y.mean()) ** 2)
    assert [s.mean for s in shrink(y.tolist(), [0.3] * 9)] == pytest.approx((y - pulled * (y - y.mean())).tolist())


def test_many_lessons_without_effect_shrink_to_nearly_nothing_and_lie_nearer_the_truth() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(0.0, 0.05, 40)
    errors = rng.uniform(0.1, 0.4, 40)
    seen = rng.normal(truth, errors)
    found = np.array([s.mean for s in shrink(seen.tolist(), errors.tolist())])
    assert np.mean((found - truth) ** 2) < 0.2 * np.mean((seen - truth) ** 2)


def test_the_told_sd_holds() -> None:
    rng, held, total = np.random.default_rng(3), 0, 0
    for _ in range(200):
        truth, errors = rng.normal(0.1, 0.2, 10), rng.uniform(0.1, 0.3, 10)
        for t, s in zip(truth, shrink(rng.normal(truth, errors).tolist(), errors.tolist()), strict=True):
            held, total = held + (abs(s.mean - t) <= 1.96 * s.sd), total + 1
    assert 0.92 <= held / total <= 0.98


@given(effects, st.floats(-5, 5))
def test_a_shift_of_all_shifts_all(y: list[float], by: float) -> None:
    assume(max(y) - min(y) > 1e-3)
    there = [s.mean + by for s in shrink(y, [0.5] * len(y))]
    assert [s.mean for s in shrink([v + by for v in y], [0.5] * len(y))] == pytest.approx(there, abs=1e-6)


@given(effects)
def test_no_effect_is_pushed_outwards_and_the_order_stays(y: list[float]) -> None:
    found = [s.mean for s in shrink(y, [0.5] * len(y))]
    assert all(min(y) - 1e-9 <= m <= max(y) + 1e-9 for m in found)
    assert np.all(np.diff(np.array(found)[np.argsort(y)]) >= -1e-9)


def test_three_lessons_are_too_few_to_learn_from_one_another() -> None:
    assert shrink([0.1, 0.9, 0.4], [0.2, 0.2, 0.1]) == [Shrunk(0.1, 0.2), Shrunk(0.9, 0.2), Shrunk(0.4, 0.1)]
    assert shrink([], []) == []


def test_an_effect_without_an_error_is_refused() -> None:
    with pytest.raises(ValueError, match="standard error"):
        shrink([0.1], [0.0])
