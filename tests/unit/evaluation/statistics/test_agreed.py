"""One may look after every task of a study of agreed size: the risk of error is what was promised, exactly."""

import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from purpose_agent.evaluation.statistics.agreed import _brownian_bound, looks, spent, usual_critical
from purpose_agent.evaluation.statistics.coin_walks import bounds

sizes = st.lists(st.integers(0, 6), min_size=1, max_size=9)


def decided_share(magnitudes: list[int], agreed: int, alpha: float) -> tuple[Fraction, list[Fraction]]:
    """Over all exchanges of arms: the share in which "better" was ever said, and by each look."""
    first = []
    for signs in itertools.product((1, -1), repeat=len(magnitudes)):
        gains = np.array(signs, dtype=float) * magnitudes
        path = [look.decision for look in looks(gains, agreed, 1.0, alpha)]
        first.append(path.index(1) if 1 in path else len(magnitudes))
    by_look = [Fraction(sum(f <= k for f in first), len(first)) for k in range(len(magnitudes))]
    return by_look[-1], by_look


@given(sizes, st.integers(1, 12), st.sampled_from([0.05, 0.3]))
@settings(max_examples=40, deadline=None)
def test_over_all_exchanges_of_arms_better_is_said_no_more_often_than_was_spent(
    magnitudes: list[int], agreed: int, alpha: float
) -> None:
    _, by_look = decided_share(magnitudes, agreed, alpha)
    for k, share in enumerate(by_look, 1):
        assert share <= spent(k, agreed, alpha) + 1e-12


def test_the_bounds_are_the_lowest_that_keep_the_promise() -> None:
    """By brute force, in whole fractions: lower any bound by one step and more is spent than may be."""
    magnitudes, agreed, alpha = [3, 1, 2, 2, 1, 3, 2, 1], 8, 0.4
    gains = np.array(magnitudes, dtype=float)
    roots = np.sqrt(np.cumsum(gains**2))
    bounds = [look.critical * root for look, root in zip(looks(gains, agreed, 1.0, alpha), roots, strict=True)]
    paths = np.cumsum(np.array(list(itertools.product((1, -1), repeat=8))) * magnitudes, axis=1)
    passed = np.zeros(len(paths), dtype=bool)
    for k, bound in enumerate(bounds):
        allowed = spent(k + 1, agreed, alpha)
        lower = [s for s in sorted(set(paths[~passed, k].tolist())) if s < bound]
        if lower:
            assert np.mean(passed | (paths[:, k] >= lower[-1])) > allowed
        passed |= paths[:, k] >= bound - 1e-9
        assert np.mean(passed) <= allowed


def test_half_the_risk_goes_to_each_direction_and_a_tenth_is_kept_for_going_on() -> None:
    assert spent(56, 56) == pytest.approx(0.0225)
    assert spent(112, 56) == pytest.approx(0.02375)
    assert spent(10**9, 56) == pytest.approx(0.025)
    assert all(spent(k, 56) < spent(k + 1, 56) for k in range(1, 300))


@given(st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=30), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_exchanging_the_arms_turns_every_decision_round(gains: list[float], agreed: int) -> None:
    there, back = (looks(np.array(g), agreed, 1.0) for g in (gains, [-g for g in gains]))
    assert [look.decision for look in there] == [-look.decision for look in back]
    assert [look.critical for look in there] == [look.critical for look in back]


@given(st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=30), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_a_look_knows_nothing_of_later_tasks(gains: list[float], agreed: int) -> None:
    assert looks(np.array(gains), agreed, 1.0)[: len(gains) - 1] == looks(np.array(gains[:-1]), agreed, 1.0)


def test_fewer_than_six_tasks_never_decide_and_six_alike_do() -> None:
    assert all(look.decision == 0 for look in looks(np.ones(5), 5, 1.0))
    assert [look.decision for look in looks(np.ones(6), 6, 1.0)] == [0, 0, 0, 0, 0, 1]
    assert [look.decision for look in looks(-np.ones(6), 6, 1.0)][-1] == -1


def test_tasks_without_a_difference_are_no_evidence() -> None:
    assert all(look.decision == 0 and look.critical == math.inf for look in looks(np.zeros(80), 56, 1.0))


def test_the_bounds_for_free_gains_are_those_of_the_normal_distribution() -> None:
    """Three looks at a third, two thirds and all: the chance to have passed by each, by scipy's multivariate normal."""
    criticals = [_brownian_bound(k, 3, 0.05) for k in (1, 2, 3)]
    correlation = np.array([[math.sqrt(min(i, j) / max(i, j)) for j in (1, 2, 3)] for i in (1, 2, 3)])
    for k in (1, 2, 3):
        inside = multivariate_normal(cov=correlation[:k, :k]).cdf(criticals[:k])
        assert 1 - inside == pytest.approx(spent(k, 3), rel=0.01)


def test_beyond_a_thousand_looks_an_interval_widens_as_if_each_had_been_reckoned() -> None:
    for tasks, agreed in ((3_000, 3_000), (3_000, 6_000), (3_000, 1_000)):
        whole = _brownian_bound(tasks, agreed, 0.05)
        assert usual_critical(tasks, agreed) == pytest.approx(whole, rel=0.005)
    assert usual_critical(1_000, 1_000) == pytest.approx(usual_critical(1_001, 1_001), rel=1e-4)


@pytest.mark.parametrize("spread", [1.0, 40.0])
def test_a_grid_moves_no_bound_by_more_than_a_hundredth_or_two(spread: float) -> None:
    """Against the same walk with every sum and size as it is. Rounded sizes are another test, now and then a sooner."""
    sizes = np.abs(np.rint(np.random.default_rng(1).normal(0, spread, 1_500))).astype(np.int64)
    may_spend = np.array([[spent(k, 1_500)] for k in range(1, 1_501)])
    exact, rough = (bounds(sizes, may_spend, exact_up_to=n, fine=64) for n in (10**9, 100))
    assert np.array_equal(exact.sizes, sizes)
    root, rough_root = (np.sqrt(np.cumsum(found.sizes**2)) for found in (exact, rough))
    critical, rough_critical = exact.lowest[100:, 0] / root[100:], rough.lowest[100:, 0] / rough_root[100:]
    assert np.all(rough_critical > 0.99 * critical)
    assert np.all(rough_critical < 1.02 * critical)
    assert rough_critical[-1] == pytest.approx(critical[-1], rel=0.01)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_on_a_grid_as_coarse_as_can_be_no_more_is_spent_than_may_be(magnitudes: list[int], agreed: int) -> None:
    """Over all exchanges of arms, with sums that are lifted and sizes that are rounded from the second task on."""
    sizes, alpha = np.array(magnitudes), 0.3
    may_spend = np.array([[spent(k, agreed, alpha)] for k in range(1, len(sizes) + 1)])
    found = bounds(sizes, may_spend, exact_up_to=1, fine=1)
    paths = np.cumsum(np.array(list(itertools.product((1, -1), repeat=len(sizes)))) * found.sizes, axis=1)
    passed = np.cumsum(paths >= found.lowest[:, 0], axis=1) > 0
    assert np.all(passed.mean(axis=0) <= may_spend[:, 0] + 1e-12)


def test_beyond_a_thousand_tasks_a_look_knows_nothing_of_later_ones_either() -> None:
    gains = np.random.default_rng(2).normal(0, 3, 1_300)
    gains[1_200:] *= 7.3
    assert looks(gains, 1_300, 0.05)[:1_200] == looks(gains[:1_200], 1_300, 0.05)


def test_small_steady_gains_after_large_ones_and_many_tasks_are_still_found() -> None:
    rng = np.random.default_rng(3)
    path = looks(rng.normal(0.3, 2.0, 4_000), 4_000, 0.05)
    assert path[-1].decision == 1
    assert looks(np.full(3_000, 0.05), 3_000, 0.05)[-1].decision == 1


def test_ten_thousand_tasks_take_no_time_to_speak_of() -> None:
    gains = np.random.default_rng(4).uniform(-10, 10, 10_000)
    start = time.process_time()
    looks(gains, 10_000, 0.05)
    usual_critical(10_000, 10_000)
    assert time.process_time() - start < 5.0  # 0.5 s on a free machine; 40 s if each sum were reckoned


def test_an_agreed_size_is_needed() -> None:
    with pytest.raises(ValueError, match="agreed"):
        looks(np.ones(3), 0, 1.0)


def test_an_interval_counts_more_errors_the_fewer_tasks_there_are() -> None:
    criticals = [usual_critical(k, 56) for k in range(1, 57)]
    assert criticals[0] == math.inf
    assert criticals == sorted(criticals, reverse=True)
    assert criticals[-1] == pytest.approx(2.29, abs=0.01)
    assert usual_critical(57, 56) > criticals[-1]
