"""One may look after every task of a study of agreed size: the risk of error is what was promised, exactly."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from purpose_agent.evaluation.statistics.agreed import _brownian_bounds, looks, spent, usual_critical

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
    criticals = list(_brownian_bounds(3, 3, 500, 0.05))
    correlation = np.array([[math.sqrt(min(i, j) / max(i, j)) for j in (1, 2, 3)] for i in (1, 2, 3)])
    for k in (1, 2, 3):
        inside = multivariate_normal(cov=correlation[:k, :k]).cdf(criticals[:k])
        assert 1 - inside == pytest.approx(spent(k, 3), rel=0.01)


def test_an_agreed_size_is_needed() -> None:
    with pytest.raises(ValueError, match="agreed"):
        looks(np.ones(3), 0, 1.0)


def test_an_interval_counts_more_errors_the_fewer_tasks_there_are() -> None:
    criticals = [usual_critical(k, 56) for k in range(1, 57)]
    assert criticals[0] == math.inf
    assert criticals == sorted(criticals, reverse=True)
    assert criticals[-1] == pytest.approx(2.29, abs=0.01)
    assert usual_critical(57, 56) > criticals[-1]


def test_a_large_study_is_looked_at_some_five_hundred_times_and_what_was_said_stands_between() -> None:
    gains = np.random.default_rng(3).choice([-1.0, 0.0, 1.0], size=1_203, p=[0.2, 0.5, 0.3])
    found = looks(gains, 1_203, 1.0)
    assert len(found) == 1_203
    changes = [k for k in range(1, len(found)) if found[k] != found[k - 1]]
    assert all((k + 1) % 3 == 0 for k in changes)  # places count from nought
    assert found[-1].decision == 1


def test_the_bounds_of_large_studies_hang_on_what_was_agreed_alone() -> None:
    """What a look says does not change when more tasks are done after it."""
    gains = np.random.default_rng(4).choice([-1.0, 0.0, 1.0], size=2_600)
    whole = looks(gains, 2_600, 1.0)
    assert [look.critical for look in looks(gains[:1_300], 2_600, 1.0)] == [look.critical for look in whole[:1_300]]


@pytest.mark.parametrize("agreed", [1_200, 3_000])
def test_of_large_studies_in_which_nothing_differs_few_are_ever_decided(agreed: int) -> None:
    rng = np.random.default_rng(agreed)
    tries = 120
    erred = sum(
        any(look.decision for look in looks(rng.choice([-1.0, 0.0, 1.0], size=agreed), agreed, 1.0))
        for _ in range(tries)
    )
    assert erred <= 12  # 6 are expected at most; 13 or more would be met less than once in a hundred tries
