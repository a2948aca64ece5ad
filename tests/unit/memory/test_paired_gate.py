"""Pairs confirm a lesson only as far as they differ, whenever one looks; several lessons share one risk of error."""

import random

import pytest

from purpose_agent.memory.paired_gate import (
    CONFIRMED_AT,
    Votes,
    confirmed,
    e_value,
    effort_difference,
    effort_ratio,
    highest,
    votes,
)


@pytest.mark.parametrize(
    ("wins", "losses", "expected"), [(0, 0, 1.0), (1, 0, 1.5), (0, 1, 0.5), (6, 0, 127 / 7), (7, 0, 255 / 8)]
)
def test_the_evidence_is_that_of_all_coins_in_its_favour_against_a_fair_one(
    wins: int, losses: int, expected: float
) -> None:
    assert e_value(Votes(wins, losses)) == pytest.approx(expected)


def test_seven_wins_in_a_row_confirm_and_six_do_not() -> None:
    assert e_value(Votes(6, 0)) < CONFIRMED_AT <= e_value(Votes(7, 0))


def test_looking_after_every_pair_does_not_let_luck_pass_more_often_than_promised() -> None:
    chance = random.Random(1)
    passed = sum(highest(chance.random() < 0.5 for _ in range(100)) >= CONFIRMED_AT for _ in range(1_000))
    assert passed <= 50


def test_each_task_has_one_vote_however_often_it_was_tried() -> None:
    assert votes([("a", 1), ("a", 1), ("a", -1), ("b", -1), ("c", 0), ("d", 1), ("d", -1)]) == Votes(1, 1)


def test_several_lessons_share_the_risk_of_error() -> None:
    assert confirmed({"only": 25.0}) == {"only"}
    assert confirmed({"one": 25.0, "two": 1.0, "three": 1.0}) == set()
    assert confirmed({"one": 45.0, "two": 45.0, "three": 45.0}) == {"one", "two", "three"}
    assert confirmed({}) == set()


@pytest.mark.parametrize(
    ("with_it", "without", "expected"), [(10, 100, 1), (100, 10, -1), (90, 100, 0), (0, 100, 0), (100, 0, 0)]
)
def test_a_few_per_cent_of_effort_are_noise(with_it: int, without: int, expected: int) -> None:
    assert effort_difference(with_it, without) == expected


def test_effort_is_told_by_its_median_and_an_interval_that_holds_it() -> None:
    found = effort_ratio([(10, 100), (20, 100), (30, 100), (0, 100)])
    assert found is not None
    assert (found.low, found.middle, found.high) == (0.1, 0.2, 0.3)
    many = effort_ratio([(n, 100) for n in range(1, 22)])
    assert many is not None
    assert 0.01 < many.low < many.middle < many.high < 0.21
    assert effort_ratio([(0, 0)]) is None
