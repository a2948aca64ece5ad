"""Tests at a fixed size give the p-values of the literature."""

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.intervals import Table
from purpose_agent.evaluation.statistics.outcomes import TaskPair
from purpose_agent.evaluation.statistics.paired_tests import mcnemar, table


def test_mcnemar_is_exact() -> None:
    assert mcnemar(121, 59) == pytest.approx(4.434444926e-06, rel=1e-6)  # the example of statsmodels' documentation
    assert mcnemar(0, 0) == 1.0


@given(st.integers(0, 80), st.integers(0, 80))
def test_mcnemar_agrees_with_scipy_and_knows_no_first_arm(a: int, b: int) -> None:
    assert mcnemar(a, b) == mcnemar(b, a)
    if a + b:
        assert mcnemar(a, b) == pytest.approx(scipy.stats.binomtest(a, a + b).pvalue)


def test_six_alike_gains_pass_and_five_do_not() -> None:
    assert mcnemar(5, 0) > 0.05 > mcnemar(0, 6)


def test_tasks_done_once_in_each_arm_make_a_table_with_the_candidate_first() -> None:
    outcomes = [(1, 1), (0, 1), (0, 1), (1, 0), (0, 0), (0, 1)]
    pairs = [TaskPair(str(i), [baseline], [candidate]) for i, (baseline, candidate) in enumerate(outcomes)]
    assert table(pairs) == Table(both=1, only_first=3, only_second=1, neither=1)


@pytest.mark.parametrize("pair", [TaskPair("a", [1, 1], [1, 0]), TaskPair("a", [0.5], [1]), TaskPair("a", [], [])])
def test_repeats_scores_and_gaps_make_none(pair: TaskPair) -> None:
    assert table([TaskPair("b", [1], [0]), pair]) is None
    assert table([]) is None
