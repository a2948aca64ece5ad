"""Before a study, what it can see; after some tasks, how many more it would take."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.findings import decisions
from purpose_agent.evaluation.statistics.outcomes import EFFORT, PHI, SOLVED
from purpose_agent.evaluation.statistics.power import (
    BEYOND_AGREED_SIZE,
    MOST_TASKS,
    REPEATS,
    WITHOUT_END,
    Spread,
    further_tasks,
    smallest_effect,
    standard_error,
    supposed_spread,
    tasks_for,
)

spreads = st.builds(Spread, st.floats(0.05, 0.5), st.floats(0.0, 0.4))


def test_a_study_finds_the_smallest_effect_it_named_in_four_of_five() -> None:
    rng, spread, found = np.random.default_rng(1), Spread(2.0, 1.5), 0
    effect = smallest_effect(56, 3, spread)
    assert effect is not None
    for _ in range(300):
        true = rng.normal(effect, spread.between, 56)
        arms = [rng.normal(m, spread.within, (3, 56)).mean(axis=0) for m in (0.0, true)]
        found += 1 in decisions(np.round(arms[1] - arms[0], 2), PHI, 56)
    assert found / 300 == pytest.approx(0.8, abs=0.06)


def test_coins_once_each_cannot_show_twenty_points_with_56_tasks_and_three_times_each_can() -> None:
    coins = Spread(0.48, 0.0)
    once, thrice = smallest_effect(56, 1, coins), smallest_effect(56, REPEATS, coins)
    assert once is not None
    assert thrice is not None
    assert thrice < 0.2 < once


@given(spreads, st.integers(6, 200), st.integers(1, 5))
def test_more_tasks_and_more_repeats_never_see_less(spread: Spread, tasks: int, repeats: int) -> None:
    here = smallest_effect(tasks, repeats, spread) or math.inf
    assert (smallest_effect(tasks + 1, repeats, spread) or math.inf) <= here
    assert (smallest_effect(tasks, repeats + 1, spread) or math.inf) <= here


@given(spreads, st.floats(0.05, 0.5), st.integers(1, 5))
def test_the_tasks_it_asks_for_see_the_effect_and_one_fewer_does_not(spread: Spread, effect: float, r: int) -> None:
    n = tasks_for(effect, r, spread)
    assert (smallest_effect(n, r, spread) or math.inf) <= effect + 1e-9
    if n > 6:
        assert (smallest_effect(n - 1, r, spread) or math.inf) > effect - 1e-9


def test_five_tasks_can_find_nothing() -> None:
    assert smallest_effect(5, 3, Spread(0.1, 0.0)) is None
    assert smallest_effect(56, 0, Spread(0.1, 0.0)) is None


def test_no_effect_takes_for_ever() -> None:
    assert tasks_for(0.0, 3, supposed_spread(SOLVED)) == MOST_TASKS


@pytest.mark.parametrize("scale", [SOLVED, PHI, EFFORT])
def test_something_is_supposed_for_each_scale(scale: object) -> None:
    assert min(supposed_spread(scale)) > 0  # type: ignore[arg-type]


def test_going_on_without_end_for_as_long_as_told_decides_in_about_four_of_five() -> None:
    """The gains seen so far stand for the truth; then as many more are drawn as were told."""
    rng = np.random.default_rng(3)
    seen = rng.normal(0.0, 2.0, 40)
    seen += 0.8 - seen.mean()
    more = further_tasks(seen, PHI, WITHOUT_END, 3.0)
    assert more is not None
    decided = sum(1 in decisions(rng.normal(0.8, seen.std(), 40 + more), PHI, None) for _ in range(200))
    assert 0.7 <= decided / 200 <= 0.95


def test_going_on_past_the_agreed_size_for_as_long_as_told_decides_in_about_four_of_five() -> None:
    rng = np.random.default_rng(4)
    seen = rng.normal(0.0, 2.0, 40)
    seen += 0.6 - seen.mean()
    more = further_tasks(seen, PHI, BEYOND_AGREED_SIZE, 1.0)
    assert more is not None
    decided: list[bool] = []
    while len(decided) < 150:
        gains = rng.normal(0.6, seen.std(), 40 + more)
        path = decisions(gains, PHI, 40)
        if path[39] == 0:  # undecided at the agreed size, as the person who asks how many more
            decided.append(1 in path[40:])
    assert 0.65 <= np.mean(decided) <= 0.95


def test_too_few_tasks_to_project_from_and_gains_of_nothing() -> None:
    assert further_tasks(np.ones(5), PHI, WITHOUT_END, 1.0) is None
    exactly_nothing = np.tile([1.0, -1.0], 20)
    assert further_tasks(exactly_nothing, SOLVED, WITHOUT_END, 0.5) == 40 * 10**2 - 40


def test_gains_that_are_all_alike_still_have_an_error() -> None:
    assert standard_error(np.zeros(56), SOLVED) == pytest.approx(1 / math.sqrt(56 * 55))
    assert standard_error(np.zeros(1), SOLVED) == math.inf
