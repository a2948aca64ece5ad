"""Whole tasks are drawn again; whoever recomputes an interval from the seed meets the same last digit."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.resampling import mean_gain, ratio_of_totals

GAINS = np.random.default_rng(3).normal(0.3, 1.0, 40)
values = st.lists(st.floats(-10, 10), min_size=2, max_size=12)


def test_an_exported_script_recomputes_it_to_the_last_digit() -> None:
    drawn = np.random.default_rng(7).integers(0, 40, size=(2_000, 40))
    means = sorted(math.fsum(GAINS[row].tolist()) / 40 for row in drawn)
    tail = scipy.stats.norm.cdf(math.sqrt(40 / 39) * scipy.stats.t.ppf(0.025, 39))
    found = mean_gain(GAINS, seed=7)
    assert found.low == np.quantile(means, tail)
    assert found.high == np.quantile(means, 1 - tail)
    assert found == mean_gain(GAINS, seed=7) != mean_gain(GAINS, seed=8)


def test_it_agrees_with_scipy_up_to_the_widening_for_few_tasks() -> None:
    other = scipy.stats.bootstrap((GAINS,), np.mean, method="percentile", n_resamples=20_000, rng=1).confidence_interval
    found = mean_gain(GAINS, seed=1, draws=20_000)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=0.02)
    assert found.low < other.low < other.high < found.high


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    found = [mean_gain(rng.normal(1.0, 1.0, 12), seed=i, draws=500) for i in range(400)]
    held = sum(interval.low <= 1.0 <= interval.high for interval in found) / 400
    assert 0.92 <= held <= 0.98


@given(values)
@settings(max_examples=30)
def test_the_interval_holds_its_estimate(gains: list[float]) -> None:
    found = mean_gain(np.array(gains), seed=0, draws=100)
    assert found.low <= found.estimate <= found.high


def test_four_times_the_tasks_halve_the_interval() -> None:
    few, many = mean_gain(GAINS, seed=0), mean_gain(np.tile(GAINS, 4), seed=0)
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.04)


def test_a_few_tasks_that_came_out_alike_do_not_claim_certainty() -> None:
    share, low, high = ratio_of_totals([100.0] * 6, [50.0] * 6, seed=0)
    assert (share, low, high) == pytest.approx((0.5, 0.5 * 6.5 / 7, 0.5 * 8 / 7))


def test_a_ratio_of_totals_lets_dear_tasks_weigh_more() -> None:
    found = ratio_of_totals([100.0, 10.0, 10.0], [50.0, 20.0, 20.0], seed=0)
    assert found.estimate == pytest.approx(90 / 120)
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(2.0)


def test_the_inverse_ratio_has_the_inverse_interval_up_to_chance() -> None:
    rng = np.random.default_rng(2)
    baseline, candidate = rng.lognormal(5, 1, 60).tolist(), rng.lognormal(4.8, 1, 60).tolist()
    there, back = ratio_of_totals(baseline, candidate, seed=4), ratio_of_totals(candidate, baseline, seed=4)
    assert (1 / back.high, 1 / back.low) == pytest.approx((there.low, there.high), rel=0.01)


def test_one_task_says_nothing_of_others() -> None:
    assert mean_gain(np.array([0.4]), seed=0) == (0.4, -math.inf, math.inf)


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no tasks"):
        mean_gain(np.array([]), seed=0)
    with pytest.raises(ValueError, match="above zero"):
        ratio_of_totals([1.0, 0.0], [1.0, 1.0], seed=0)
    with pytest.raises(ValueError, match="each task"):
        ratio_of_totals([1.0], [1.0, 1.0], seed=0)
