"""Whole tasks are drawn again; whoever recomputes an interval from the seed meets the same last digit."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics import resampling
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.resampling import ratio_of_totals

totals = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=6, max_size=12)


def ratio(baseline: list[float], candidate: list[float], seed: int = 0, draws: int = 2_000) -> Interval:
    found = ratio_of_totals(baseline, candidate, seed=seed, draws=draws)
    assert found is not None
    return found


def lognormal(seed: int, n: int, change: float, sd: float = 0.3) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    baseline = np.rint(1_000 * rng.lognormal(0, 0.7, n))
    return baseline.tolist(), np.rint(baseline * change * rng.lognormal(0, sd, n)).tolist()


def test_whoever_has_the_seed_recomputes_it_to_the_last_digit() -> None:
    baseline, candidate = lognormal(3, 40, 0.8)
    drawn = np.random.default_rng(7).integers(0, 40, size=(2_000, 40)).tolist()
    ratios = [math.fsum(candidate[i] for i in row) / math.fsum(baseline[i] for i in row) for row in drawn]
    errors = scipy.stats.t.ppf(0.975, 39)
    tail = scipy.stats.norm.cdf(-math.sqrt(40 / 39) * errors)
    low, high = np.quantile(sorted(ratios), [tail, 1 - tail])
    jolt = errors * math.log(2) * math.sqrt(sum(b * b for b in baseline) / sum(baseline) ** 2 / 39)
    estimate = sum(candidate) / sum(baseline)
    found = ratio(baseline, candidate, seed=7)
    assert found.low == pytest.approx(estimate / math.exp(math.hypot(math.log(estimate / low), jolt)), rel=1e-12)
    assert found.high == pytest.approx(estimate * math.exp(math.hypot(math.log(high / estimate), jolt)), rel=1e-12)
    assert found == ratio(baseline, candidate, seed=7) != ratio(baseline, candidate, seed=8)


def test_drawing_in_parts_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    baseline, candidate = lognormal(4, 31, 1.2)
    whole = ratio(baseline, candidate)
    monkeypatch.setattr(resampling, "_DRAWN_AT_ONCE", 7 * 31)
    assert ratio(baseline, candidate) == whole


@pytest.mark.parametrize("tasks", [0, 1, 2, 5])
def test_fewer_than_six_tasks_leave_all_open(tasks: int) -> None:
    assert ratio_of_totals([100.0] * tasks, [50.0] * tasks, seed=1) is None


def test_tasks_that_are_all_alike_do_not_make_the_rest_certain() -> None:
    six, many = (ratio([100.0] * n, [50.0] * n) for n in (6, 600))
    assert six.estimate == many.estimate == 0.5
    assert six.low < 0.4 < 0.6 < six.high
    assert 0.49 < many.low < 0.5 < many.high < 0.51


def test_one_task_that_outweighs_all_others_leaves_more_open_than_equal_ones() -> None:
    equal, lopsided = ratio([100.0] * 8, [50.0] * 8), ratio([10_000.0] + [100.0] * 7, [5_000.0] + [50.0] * 7)
    assert lopsided.low < equal.low < equal.high < lopsided.high


@pytest.mark.parametrize("tasks", [8, 40])
def test_it_holds_the_truth_about_as_often_as_it_says(tasks: int) -> None:
    truth = 0.8 * math.exp(0.3**2 / 2)
    found = [ratio(*lognormal(i, tasks, 0.8), seed=i, draws=500) for i in range(400)]
    assert sum(interval.low <= truth <= interval.high for interval in found) / 400 >= 0.93


@given(totals)
@settings(max_examples=30)
def test_the_interval_holds_its_estimate(tasks: list[tuple[int, int]]) -> None:
    found = ratio([float(b) for b, _ in tasks], [float(c) for _, c in tasks], draws=100)
    assert 0 < found.low < found.estimate < found.high < math.inf


def test_a_ratio_of_totals_lets_dear_tasks_weigh_more() -> None:
    assert ratio([100.0] + [4.0] * 5, [50.0] + [8.0] * 5).estimate == pytest.approx(90 / 120)


def test_the_inverse_ratio_has_the_inverse_interval_up_to_chance() -> None:
    baseline, candidate = lognormal(2, 60, 0.8)
    there, back = ratio(baseline, candidate, seed=4), ratio(candidate, baseline, seed=4)
    assert (1 / back.high, 1 / back.low) == pytest.approx((there.low, there.high), rel=0.01)


def test_what_is_no_effort_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        ratio_of_totals([1.0, 0.0], [1.0, 1.0], seed=0)
    with pytest.raises(ValueError, match="each task"):
        ratio_of_totals([1.0], [1.0, 1.0], seed=0)
