"""Alarms come when work turned for the worse, name what changed then, and are rare where nothing changed."""

from datetime import UTC, datetime, timedelta

import numpy as np

from purpose_agent.evaluation.live.alarming import Scored, alarms
from purpose_agent.evaluation.live.records import Mark, MarkKind

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def runs(before: float, after: float, *, at: int = 150, count: int = 300, seed: int = 1) -> list[Scored]:
    draw = np.random.default_rng(seed)
    return [
        Scored(
            n, BEGAN + timedelta(hours=n), float(np.clip(draw.normal(before if n <= at else after, 1.5), 0, 10)), "code"
        )
        for n in range(1, count + 1)
    ]


def mark(kind: MarkKind, after: int = 150) -> Mark:
    return Mark(after, BEGAN + timedelta(hours=after), kind, "the lesson “Be brief.” was put in use", "card-1")


def test_a_lesson_after_which_scores_fall_is_named_with_what_to_do() -> None:
    (alarm,) = alarms(runs(7, 5), [mark("in use")])
    assert alarm.worse
    assert alarm.sentence.startswith("Since the lesson “Be brief.” was put in use the mean score fell from Φ ")
    assert "Put it away again under Review" in alarm.fix
    assert (alarm.run, alarm.card_id) == (150, "card-1")


def test_a_change_nobody_knew_of_is_found_near_where_it_was() -> None:
    (alarm,) = alarms(runs(7.5, 4.5), [])
    assert alarm.worse
    assert abs(alarm.run - 151) < 40
    assert "From about run" in alarm.sentence


def test_what_became_better_is_told_calmly() -> None:
    (alarm,) = alarms(runs(4, 7), [mark("model")])
    assert not alarm.worse
    assert alarm.fix == ""
    assert "rose" in alarm.sentence


def test_scores_of_two_judges_are_not_held_against_each_other() -> None:
    assert not any(alarm.card_id for alarm in alarms(runs(7, 5), [mark("judge")]))
    apart = [one._replace(kind="code judge" if one.n > 150 else "code tests") for one in runs(7, 4)]
    assert alarms(apart, []) == []


def test_where_nothing_changes_alarms_are_rare() -> None:
    false = sum(bool(alarms(runs(6, 6, seed=seed), [mark("in use"), mark("put away", 200)])) for seed in range(100))
    assert false <= 9  # 5 % for known moments and 5 % for unknown ones, at most


def test_few_runs_raise_none() -> None:
    assert alarms([], []) == []
    assert alarms(runs(9, 1, at=3, count=6), [mark("in use", 3)]) == []
