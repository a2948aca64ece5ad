"""The intervals for shares are those of the papers they come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from purpose_agent.evaluation.statistics.intervals import Interval, Table, newcombe_paired, wilson

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.builds(Table, *[st.integers(0, 60)] * 4).filter(lambda table: sum(table) > 0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_figures_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx(Interval(successes / n, low, high), abs=5e-5)


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(count: tuple[int, int], level: float) -> None:
    other = binomtest(*count).proportion_ci(level, method="wilson")
    assert wilson(*count, level)[1:] == pytest.approx((other.low, other.high), abs=1e-12)


@given(counts, st.integers(2, 5))
def test_more_of_the_same_narrows_wilson(count: tuple[int, int], times: int) -> None:
    few, many = wilson(*count), wilson(count[0] * times, count[1] * times)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(successes, n)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        (Table(36, 12, 2, 0), 0.0569, 0.3404),
        (Table(18, 12, 2, 18), 0.0562, 0.3290),
        (Table(53, 0, 0, 1), -0.0729, 0.0729),
    ],
)
def test_paired_shares_give_the_figures_of_newcombe_1998(table: Table, low: float, high: float) -> None:
    assert newcombe_paired(table)[1:] == pytest.approx((low, high), abs=1e-4)


@given(tables)
def test_exchanging_the_arms_mirrors_the_paired_interval(table: Table) -> None:
    there = newcombe_paired(table)
    back = newcombe_paired(table._replace(only_first=table.only_second, only_second=table.only_first))
    assert (-there.high, -there.low) == pytest.approx((back.low, back.high), abs=1e-12)


@given(tables)
def test_the_paired_interval_holds_its_estimate_and_stays_in_range(table: Table) -> None:
    found = newcombe_paired(table)
    assert -1 <= found.low <= found.estimate <= found.high <= 1
