"""Tests at a fixed size give the p-values of the literature."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.paired_tests import mcnemar, sign_flip, sign_test

# Darwin's maize, crossed less self-fertilised, in eighths of an inch (Fisher, The Design of Experiments, 1935, § 21).
DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)


def test_fishers_exchange_of_darwins_pairs() -> None:
    assert sign_flip(DARWIN) == pytest.approx(2 * 863 / 2**15)


def test_the_drawn_exchanges_come_near_all_of_them() -> None:
    gains = np.random.default_rng(1).normal(0.4, 1.0, 24)
    whole = scipy.stats.permutation_test(
        (gains,), np.mean, permutation_type="samples", n_resamples=100_000, rng=np.random.default_rng(0)
    )
    assert sign_flip(gains) == pytest.approx(whole.pvalue, abs=0.01)


def test_mcnemar_is_exact() -> None:
    assert mcnemar(121, 59) == pytest.approx(4.434444926e-06, rel=1e-6)  # the example of statsmodels' documentation
    assert mcnemar(0, 0) == 1.0


@given(st.integers(0, 80), st.integers(0, 80))
def test_mcnemar_agrees_with_scipy_and_knows_no_first_arm(a: int, b: int) -> None:
    assert mcnemar(a, b) == mcnemar(b, a)
    if a + b:
        assert mcnemar(a, b) == pytest.approx(scipy.stats.binomtest(a, a + b).pvalue)


def test_the_sign_test_counts_tasks_and_leaves_out_those_without_a_difference() -> None:
    assert sign_test(np.array([0.1, 5.0, 2.0, 0.0, -1.0])) == mcnemar(3, 1)


@given(st.lists(st.integers(-20, 20).map(float), max_size=12))
@settings(max_examples=50)
def test_exchanging_the_arms_changes_no_p_value(gains: list[float]) -> None:
    assert sign_flip(np.array(gains)) == sign_flip(-np.array(gains))
    assert 0 < sign_flip(np.array(gains)) <= 1


def test_six_alike_gains_pass_and_five_do_not() -> None:
    assert sign_flip(np.ones(5)) > 0.05 > sign_flip(np.ones(6))
