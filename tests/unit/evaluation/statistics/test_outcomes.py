"""Each task counts once, in the order in which it was done, whatever its number of repeats."""

import math

import numpy as np
import pytest

from purpose_agent.evaluation.statistics.outcomes import EFFORT, PHI, SOLVED, TaskPair, gains, runs


def test_a_gain_is_the_difference_of_the_means_over_repeats() -> None:
    assert gains([TaskPair("a", [0, 1, 0], [1, 1, 1]), TaskPair("b", [1], [0])], SOLVED) == pytest.approx([2 / 3, -1])
    assert gains([TaskPair("a", [4.0, 6.0], [7.5, 8.5])], PHI) == pytest.approx([3.0])


def test_less_effort_is_a_gain_and_half_weighs_as_much_as_twice() -> None:
    halved, doubled = gains([TaskPair("a", [200], [100]), TaskPair("b", [100], [200])], EFFORT)
    assert halved == pytest.approx(math.log(2))
    assert doubled == pytest.approx(-math.log(2))


def test_the_unit_of_effort_does_not_matter() -> None:
    pairs = [TaskPair("a", [3.0, 4.0], [2.0, 9.0]), TaskPair("b", [1.5], [1.25])]
    thousands = [TaskPair(p.task, [1000 * v for v in p.baseline], [1000 * v for v in p.candidate]) for p in pairs]
    assert gains(pairs, EFFORT) == pytest.approx(gains(thousands, EFFORT))


def test_repeats_that_one_arm_has_more_are_left_out_so_that_both_arms_are_alike() -> None:
    pairs = [TaskPair("a", [0, 1], [1]), TaskPair("b", [], [1])]
    assert gains(pairs, SOLVED).tolist() == [1.0]
    assert runs(pairs) == 2


def test_no_tasks_give_no_gains() -> None:
    assert gains([], PHI).shape == (0,)
    assert gains([], PHI).dtype == np.float64


def test_repeats_of_a_task_cannot_pass_for_tasks() -> None:
    with pytest.raises(ValueError, match="twice"):
        gains([TaskPair("a", [0], [1]), TaskPair("a", [0], [1])], SOLVED)


@pytest.mark.parametrize(
    ("value", "scale"), [(1.5, SOLVED), (-0.1, PHI), (10.5, PHI), (math.nan, PHI), (0.0, EFFORT), (math.inf, EFFORT)]
)
def test_values_outside_the_scale_are_refused(value: float, scale: object) -> None:
    with pytest.raises(ValueError, match=r"outside|above zero"):
        gains([TaskPair("a", [1.0], [value])], scale)  # type: ignore[arg-type]
