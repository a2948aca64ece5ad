"""Lessons are told apart by the runs that left them out by chance: those that help, those that harm, and luck."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from purpose_agent.evaluation.live import lessons
from purpose_agent.evaluation.live.lessons import lesson_effects, overall
from purpose_agent.evaluation.live.toss_table import TossTable
from purpose_agent.evaluation.statistics.findings import Word
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.live import LessonFinding, LiveRun, columns, lesson_finding, lesson_verdict
from purpose_agent.evaluation.statistics.outcomes import SOLVED
from purpose_agent.evaluation.statistics.verdicts import Verdict
from purpose_agent.memory.tosses import Toss

CHANCE = 0.3


def world(runs: int, effects: dict[str, float], *, seed: int = 1, base: float = 0.5) -> list[Toss]:
    """Every run has all lessons, of which chance leaves out one now and then; each adds its effect where shown."""
    draw = np.random.default_rng(seed)
    made, names = [], list(effects)
    for n in range(runs):
        left_out = names[int(draw.integers(len(names)))] if draw.random() < CHANCE else ""
        rate = base + sum(effect for name, effect in effects.items() if name != left_out)
        success = bool(draw.random() < rate)
        for name in names:
            made.append(
                Toss(
                    len(made) + 1,
                    f"r{n}",
                    name,
                    1,
                    f"kind {n % 3}",
                    name != left_out,
                    CHANCE / len(names),
                    success,
                    None,
                )
            )
    return made


def told(card_id: str, version: int) -> tuple[str, bool] | None:
    return (f"lesson {card_id}", True)


def table(tosses: list[Toss]) -> TossTable:
    return TossTable().with_more(tosses)


def test_what_helps_and_what_harms_is_found_among_others() -> None:
    found = table(world(6_000, {"good": 0.35, "none": 0.0, "bad": -0.35}))
    words = {one.card_id: (one.verdict.word, one.confirmed) for one in lesson_effects(found, found.all(), told)}
    assert words["good"] == ("better", True)
    assert words["bad"] == ("worse", True)
    assert words["none"][0] not in ("better", "worse")


def test_where_nothing_does_anything_hardly_a_lesson_is_confirmed() -> None:
    confirmed = 0
    for seed in range(40):
        found = table(world(300, dict.fromkeys("abcd", 0.0), seed=seed))
        confirmed += sum(one.confirmed for one in lesson_effects(found, found.all(), told))
    assert confirmed <= 2


@pytest.mark.parametrize("stake", [400.0, 800.0])
def test_where_no_lesson_does_anything_one_is_confirmed_in_at_most_five_of_a_hundred(
    stake: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hardest evidence that may be: 1 on average in each direction, all of it laid on one wager."""
    tosses = [Toss(i + 1, f"r{i}", f"l{i}", 1, "k", True, 0.1, True, None) for i in range(20)]
    found, rng, histories, wrong = table(tosses), np.random.default_rng(8), 2_000, 0
    for _ in range(histories):
        won = rng.random((2, 20)) < 1 / stake
        made = iter([one_of(stake * helps, stake * harms) for helps, harms in won.T.tolist()])
        monkeypatch.setattr(lessons, "lesson_finding", lambda *_, made=made: next(made))
        wrong += any(one.confirmed for one in lesson_effects(found, found.all(), told))
    assert wrong / histories <= 0.06  # 5 % and what 2,000 histories leave to chance


@pytest.mark.parametrize(("helps", "harms"), [(90.0, 0.0), (0.0, 90.0)])
def test_half_the_evidence_in_either_direction_counts_among_all_lessons(
    helps: float, harms: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = table([Toss(i + 1, f"r{i}", f"l{i}", 1, "k", True, 0.1, True, None) for i in range(4)])
    made = iter([one_of(helps, harms), one_of(helps, harms), one_of(1.0, 1.0), one_of(1.0, 1.0)])
    monkeypatch.setattr(lessons, "lesson_finding", lambda *_: next(made))
    assert sum(one.confirmed for one in lesson_effects(found, found.all(), told)) == 2


def one_of(helps: float, harms: float) -> LessonFinding:
    word: Word = "better" if helps >= 40 else "worse" if harms >= 40 else "not enough data"
    verdict = Verdict(word=word, sentence="", scale="solved", estimate=0.0, low=0.0, high=0.0, tasks=9, runs=9)
    return LessonFinding(verdict, Interval(0.0, 0.0, 0.0), helps, harms)


def test_each_lesson_is_told_of_as_by_its_runs_alone() -> None:
    tosses = world(800, {"a": 0.2, "b": 0.0})
    found = table(tosses)
    own = [LiveRun(float(t.success), t.shown, 1 - t.chance, t.kind) for t in tosses if t.card_id == "a"]
    one = next(one for one in lesson_effects(found, found.all(), told) if one.card_id == "a")
    assert one.verdict == lesson_verdict(own, SOLVED)
    assert one.effect == pytest.approx([100 * bound for bound in lesson_finding(columns(own), SOLVED).effect])
    assert (one.shown, one.left_out) == (sum(run.shown for run in own), sum(not run.shown for run in own))


def test_a_run_is_one_toss_of_one_coin() -> None:
    found = table(world(1_000, {"a": 0.25, "b": 0.25}, base=0.25))
    verdict = overall(found, found.all())
    assert verdict.runs == 1_000
    assert verdict.word == "better"


def test_filters_are_masks() -> None:
    tosses = world(90, {"a": 0.0, "b": 0.0})
    found = table(tosses)
    assert found.of_kind("kind 1").sum() == 60
    assert found.of_kind("unknown").sum() == 0
    assert found.of_runs({"r3", "r4", "unknown"}).sum() == 4
    nothing = overall(found, found.of_runs(set()))
    assert (nothing.word, nothing.runs) == ("not enough data", 0)
    assert nothing.sentence.startswith("No lesson has been left out by chance yet")


def test_growing_piece_by_piece_is_the_same_as_at_once() -> None:
    tosses = world(120, {"a": 0.3, "b": -0.1, "c": 0.0})
    grown = TossTable()
    for start in range(0, len(tosses), 50):
        grown = grown.with_more(tosses[start : start + 50])
    whole = table(tosses)
    assert grown.last == whole.last
    assert lesson_effects(grown, grown.all(), told) == lesson_effects(whole, whole.all(), told)


def test_what_is_looked_at_stays_as_it_is_while_another_thread_goes_on() -> None:
    tosses = world(60, {"a": 0.3, "b": 0.0, "c": 0.0})
    found = table(tosses[:90])
    before = lesson_effects(found, found.all(), told)

    def run_ids() -> Iterator[str]:
        """Names runs, and in the middle of it another thread brings more of them."""
        yield "r3"
        thread = threading.Thread(target=found.with_more, args=(tosses[90:],))
        thread.start()
        thread.join()
        yield from ("r4", "r59")

    class Meanwhile(set[str]):
        def __iter__(self) -> Iterator[str]:
            return run_ids()

    assert found.of_runs(Meanwhile()).sum() == 6
    assert len(found) == 90
    assert lesson_effects(found, found.all(), told) == before


def test_an_effect_is_drawn_to_the_others_once_there_are_enough() -> None:
    found = table(world(3_000, dict.fromkeys("abcdef", 0.05), base=0.2))
    drawn = [one.drawn for one in lesson_effects(found, found.all(), told)]
    assert all(one is not None for one in drawn)
    few = table(world(3_000, {"a": 0.0}))
    assert [one.drawn for one in lesson_effects(few, few.all(), told)] == [None]


def test_a_lesson_that_is_not_known_any_more_is_left_out() -> None:
    found = table(world(60, {"a": 0.0, "gone": 0.0}))
    known = lesson_effects(found, found.all(), lambda card_id, _: None if card_id == "gone" else ("a", False))
    assert [(one.card_id, one.in_use) for one in known] == [("a", False)]
