"""One of four words, the same however often one looks, with the interval that agrees with it and a plain sentence."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.findings import Finding, decisions, find
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import (
    EFFORT,
    PHI,
    SOLVED,
    Gains,
    Scale,
    TaskPair,
    with_smallest_effect,
)
from purpose_agent.evaluation.statistics.sentences import Setting, sentence
from purpose_agent.evaluation.statistics.verdicts import Verdict, verdict

OPPOSITE = {"better": "worse", "worse": "better"}
scales = st.sampled_from([SOLVED, PHI, EFFORT])
agreements = st.one_of(st.none(), st.integers(1, 60))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[TaskPair], Scale, int | None]:
    scale, repeats = draw(scales), draw(st.integers(1, 3))
    match scale.name:
        case "solved":
            value = st.integers(0, 1).map(float)
        case "phi":
            value = st.floats(0, 10).map(lambda x: round(x, 1))
        case "effort":
            value = st.integers(1, 10_000).map(float)
    arm = st.lists(value, min_size=repeats, max_size=repeats)
    tasks = draw(st.lists(st.tuples(arm, arm), min_size=1, max_size=40))
    return [TaskPair(str(i), b, c) for i, (b, c) in enumerate(tasks)], scale, draw(agreements)


def pairs_of(gains: Gains, scale: Scale) -> list[TaskPair]:
    middle = scale.reach / 2 if scale is not EFFORT else 0.0
    arms = [(middle - gain / 2, middle + gain / 2) for gain in gains.tolist()]
    if scale is EFFORT:
        arms = [(float(np.exp(-b)), float(np.exp(-c))) for b, c in arms]
    return [TaskPair(str(i), [b], [c]) for i, (b, c) in enumerate(arms)]


@given(histories())
@settings(max_examples=60, deadline=None)
def test_exchanging_the_arms_turns_the_word_and_mirrors_the_interval(
    history: tuple[list[TaskPair], Scale, int | None],
) -> None:
    pairs, scale, agreed = history
    there = verdict(pairs, scale, agreed=agreed)
    back = verdict([TaskPair(p.task, p.candidate, p.baseline) for p in pairs], scale, agreed=agreed)
    assert back.word == OPPOSITE.get(there.word, there.word)
    for one, other in ((there.estimate, back.estimate), (there.low, back.high), (there.high, back.low)):
        if one is None or other is None:
            assert one is other is None
        elif scale is EFFORT:
            assert other == pytest.approx(1 / one, rel=1e-4)
        else:
            assert other == pytest.approx(-one, abs=1e-4)


@given(histories())
@settings(max_examples=60, deadline=None)
def test_the_interval_holds_the_estimate_and_agrees_with_the_word(
    history: tuple[list[TaskPair], Scale, int | None],
) -> None:
    pairs, scale, agreed = history
    found = verdict(pairs, scale, agreed=agreed)
    same = 1.0 if scale is EFFORT else 0.0
    low = -np.inf if found.low is None else found.low
    high = np.inf if found.high is None else found.high
    assert found.estimate is not None
    assert low - 1e-9 <= found.estimate <= high + 1e-9
    if found.word in OPPOSITE:
        assert (found.word == "better") == (found.estimate < same if scale is EFFORT else found.estimate > same)
        assert high <= same + 1e-9 if found.estimate < same else low >= same - 1e-9
        assert found.more == 0
    else:
        assert low <= same + 1e-9
        assert high >= same - 1e-9
    assert found.sentence.lower().startswith(found.word)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_looking_after_every_task_gives_the_words_of_each_prefix(
    history: tuple[list[TaskPair], Scale, int | None],
) -> None:
    pairs, scale, agreed = history
    gains = np.array([np.mean(p.candidate) - np.mean(p.baseline) for p in pairs]) if scale is not EFFORT else None
    if gains is None:
        return
    words = [find(gains[: n + 1], scale, agreed).word for n in range(len(gains))]
    said = {"better": 1, "worse": -1}
    assert [said.get(word, 0) for word in words] == decisions(gains, scale, agreed)


def test_a_clear_gain_is_better_and_stated_in_points() -> None:
    pairs = [TaskPair(str(i), [0, 0, i % 2], [1, 1, 1]) for i in range(30)]
    found = verdict(pairs, SOLVED, agreed=30)
    assert found.word == "better"
    assert found.estimate == pytest.approx(5 / 6)
    assert (found.tasks, found.runs, found.agreed, found.more) == (30, 180, 30, 0)
    assert found.sentence == (
        "Better: share of tasks solved 83 points higher (between +73 and +94 points), over 30 tasks."
    )


def test_less_effort_is_better_and_told_as_a_share() -> None:
    rng = np.random.default_rng(1)
    pairs = [TaskPair(str(i), [float(rng.integers(80, 120))], [float(rng.integers(40, 60))]) for i in range(20)]
    found = verdict(pairs, EFFORT, agreed=20, what="tokens")
    assert found.word == "better"
    assert found.estimate == pytest.approx(0.5, abs=0.05)
    assert found.sentence.startswith("Better: tokens 5")
    assert verdict(pairs, EFFORT, what="tokens").word == "better"


def test_a_loss_is_worse_also_without_an_agreed_end() -> None:
    found = verdict(pairs_of(np.random.default_rng(2).normal(-2.0, 1.5, 40), PHI), PHI)
    assert found.word == "worse"
    assert "Φ 2." in found.sentence
    assert "lower" in found.sentence


@pytest.mark.parametrize("agreed", [None, 30])
def test_one_great_loss_after_many_small_gains_is_not_called_better(agreed: int | None) -> None:
    assert verdict(pairs_of(np.array([0.2] * 40), PHI), PHI, agreed=agreed).word == "better"
    assert verdict(pairs_of(np.array([0.2] * 40 + [-9.0]), PHI), PHI, agreed=agreed).word != "better"


def test_before_the_agreed_size_nothing_is_known_but_how_many_are_to_go() -> None:
    found = verdict([TaskPair("a", [1], [0]), TaskPair("b", [0], [0])], SOLVED, agreed=56)
    assert (found.word, found.more) == ("not enough data", 54)
    assert found.sentence.startswith("Not enough data: 2 of 56 tasks done.")
    assert found.sentence.endswith("54 tasks to go.")


def test_at_the_agreed_size_no_difference_is_no_clear_change_with_what_it_would_take() -> None:
    gains = np.tile([2 / 3, -2 / 3, 0, 0, 1 / 3, 0, 0, 0], 7)
    found = verdict(pairs_of(gains, SOLVED), SOLVED, agreed=56)
    assert found.word == "no clear change"
    assert "the 56 tasks agreed are done, and no difference can be told from chance" in found.sentence
    assert found.more
    assert found.sentence.endswith("would be needed to tell.") or found.sentence.endswith("would tell.")


@given(histories())
@settings(max_examples=60, deadline=None)
def test_a_sentence_that_tells_arms_apart_shows_an_interval_beside_zero(
    history: tuple[list[TaskPair], Scale, int | None],
) -> None:
    pairs, scale, agreed = history
    found = verdict(pairs, scale, agreed=agreed)
    if found.word in OPPOSITE:
        assert not re.search(r"between [+−]?0(\.0+)? and|and [+−]?0(\.0+)?( |\))", found.sentence)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.0, 1.13, "between just above 0 and +1.1"),
        (0.004, 1.13, "between +0.004 and +1.1"),
        (-1.13, 0.0, "between −1.1 and just below 0"),
        (-1.13, -0.04, "between −1.1 and −0.04"),
    ],
)
def test_an_interval_that_ends_close_to_zero_says_on_which_side_it_lies(low: float, high: float, told: str) -> None:
    finding = Finding("better" if low >= 0 else "worse", Interval((low + high) / 2, low, high), 0, "told apart")
    assert f"({told})" in sentence(finding, PHI, n=43, agreed=54)


def test_a_study_that_ended_early_says_that_its_gain_is_likely_smaller_and_waits_for_nothing() -> None:
    early = Setting(ended_early=True)
    told = verdict(pairs_of(np.ones(12), SOLVED), SOLVED, agreed=40, setting=early).sentence
    assert told.endswith("over 12 tasks. It ended early, so the true difference is likely smaller.")
    assert "early" not in verdict(pairs_of(np.ones(12), SOLVED), SOLVED, agreed=12, setting=early).sentence
    undecided = verdict(pairs_of(np.zeros(3), SOLVED), SOLVED, agreed=40, setting=early).sentence
    assert undecided.startswith("Not enough data: 3 of 40 tasks done when it ended early:")
    assert "to go" not in undecided


def test_of_runs_done_elsewhere_nothing_is_called_agreed() -> None:
    for gains in (np.zeros(40), np.array([1.0, -1.0] * 20), np.zeros(3), np.array([1.0])):
        told = verdict(pairs_of(gains, SOLVED), SOLVED, agreed=len(gains), setting=Setting(is_agreed=False)).sentence
        assert "agreed" not in told, told


def test_what_was_done_and_cannot_be_compared_is_not_said_to_be_missing() -> None:
    told = [verdict([TaskPair("a", [], [])], SOLVED, setting=Setting(unjudged=count)).sentence for count in (30, 1)]
    assert told == [
        "Not enough data: 30 tasks were done in both arms, but nobody judged them.",
        "Not enough data: 1 task was done in both arms, but nobody judged it.",
    ]


def test_past_the_agreed_size_the_sentence_says_so() -> None:
    gains = np.random.default_rng(5).choice([-2 / 3, 0.0, 0.0, 0.0, 2 / 3], 60)
    found = find(gains, SOLVED, 50)
    assert found.because == "agreed size"
    assert "the 50 tasks agreed and 10 more are done" in verdict(pairs_of(gains, SOLVED), SOLVED, agreed=50).sentence


def test_a_single_task_agreed_is_done() -> None:
    found = verdict([TaskPair("a", [1], [1])], SOLVED, agreed=1)
    assert found.sentence.startswith("Not enough data: the 1 task agreed is done, but so few show no difference.")


def test_an_agreed_size_that_could_not_have_found_a_clear_difference_is_not_enough() -> None:
    gains = np.array([1.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0])
    found = verdict(pairs_of(gains, SOLVED), SOLVED, agreed=8)
    assert found.word == "not enough data"
    assert "but so few show no difference below" in found.sentence


def test_tasks_that_all_come_out_alike_show_in_time_that_nothing_changes() -> None:
    few, many = (verdict([TaskPair(str(i), [1], [1]) for i in range(n)], SOLVED, agreed=n) for n in (8, 60))
    assert (few.word, many.word) == ("not enough data", "no clear change")
    assert many.more == 0
    assert "too small to matter" in many.sentence
    assert verdict([TaskPair(str(i), [1], [1]) for i in range(8)], SOLVED).word == "not enough data"
    assert verdict([TaskPair(str(i), [1], [1]) for i in range(150)], SOLVED).word == "no clear change"


def test_without_an_agreed_end_a_wide_interval_is_not_enough_data() -> None:
    found = verdict(pairs_of(np.random.default_rng(6).normal(0.3, 2.0, 30), PHI), PHI)
    assert (found.word, found.agreed) == ("not enough data", None)
    assert found.more is not None
    assert found.more > 30
    assert "more tasks would tell" in found.sentence


def test_without_any_task_there_is_a_sentence_too() -> None:
    assert verdict([], PHI, agreed=20) == Verdict(
        word="not enough data", sentence="Not enough data: no task has been done in both arms yet.", scale="phi",
        estimate=None, low=None, high=None, tasks=0, runs=0, agreed=20, more=20,
    )  # fmt: skip


@pytest.mark.parametrize("agreed", [None, 8, 80])
def test_a_few_tasks_of_the_same_effort_do_not_show_that_it_never_changes(agreed: int | None) -> None:
    few, many = ([TaskPair(str(i), [7.0], [7.0]) for i in range(n)] for n in (8, 80))
    assert verdict(few, EFFORT, agreed=agreed).word == "not enough data"
    if agreed != 8:
        assert verdict(many, EFFORT, agreed=agreed).word == "no clear change"


def test_a_few_tasks_leave_effort_open() -> None:
    found = verdict([TaskPair("a", [100], [50]), TaskPair("b", [100], [90])], EFFORT)
    assert (found.low, found.high) == (None, None)
    assert "anything is possible yet" in found.sentence


@pytest.mark.parametrize("agreed", [56, None])
@pytest.mark.parametrize("scale", [SOLVED, PHI, EFFORT])
def test_the_interval_misses_the_truth_at_any_look_in_at_most_five_of_a_hundred(
    scale: Scale, agreed: int | None
) -> None:
    rng, missed = np.random.default_rng(7), 0
    unit = {"solved": 1.0, "phi": 3.0, "effort": 0.8}[scale.name]
    histories = 100 if scale is EFFORT and agreed is None else 250  # slow
    for _ in range(histories):
        if scale is SOLVED:
            gains = rng.choice([-1.0, 0.0, 1.0], 56, p=[0.1, 0.6, 0.3])
        else:
            gains = np.clip(unit * rng.normal(0.2, 1.0, 56), -9, 9)
        intervals = [find(gains[:n], scale, agreed).gain for n in range(8, 57, 8)]
        missed += any(not i.low <= 0.2 * unit <= i.high for i in intervals)
    assert missed <= 0.07 * histories


@pytest.mark.parametrize(
    ("scale", "effect", "gain", "told"),
    [
        (SOLVED, 0.15, 0.0, "No clear change: any difference is smaller than the 15 points that you said matter"),
        (PHI, 1.5, 0.1, "No clear change: any difference is smaller than the 1.5 Φ that you said matter"),
        (EFFORT, 0.25, 0.02, "No clear change: any difference is smaller than the 25 % that you said matter"),
    ],
)
def test_what_is_smaller_than_the_person_said_matters_is_no_change_in_their_words(
    scale: Scale, effect: float, gain: float, told: str
) -> None:
    pairs = pairs_of(np.array([gain, -gain] * 30), scale)
    assert verdict(pairs, with_smallest_effect(scale, effect), agreed=60).sentence.startswith(told)


def test_a_study_that_may_have_missed_what_matters_to_the_person_does_not_say_no_clear_change() -> None:
    gains = np.array([1.0, -1.0, 0.0, 0.0, 0.0] * 8)
    pairs = pairs_of(gains, SOLVED)
    mine = verdict(pairs, with_smallest_effect(SOLVED, 0.10), agreed=40)
    easy = verdict(pairs, with_smallest_effect(SOLVED, 0.45), agreed=40)
    assert (mine.word, easy.word) == ("not enough data", "no clear change")
    assert "so few show no difference below" in mine.sentence


@given(histories(), st.floats(0.01, 0.9))
def test_what_matters_to_the_person_never_changes_what_can_be_told_apart(
    history: tuple[list[TaskPair], Scale, int | None], effect: float
) -> None:
    pairs, scale, agreed = history
    usual, mine = (verdict(pairs, s, agreed=agreed) for s in (scale, with_smallest_effect(scale, effect)))
    assert (usual.estimate, usual.low, usual.high) == (mine.estimate, mine.low, mine.high)
    if usual.word in ("better", "worse") or mine.word in ("better", "worse"):
        assert usual.word == mine.word
        assert mine.sentence.startswith(usual.sentence)


def test_a_gain_that_is_sure_and_less_than_what_matters_is_called_so() -> None:
    found = verdict(pairs_of(np.full(60, 0.1), PHI), with_smallest_effect(PHI, 1.5), agreed=60)
    assert found.word == "better"
    assert found.sentence.endswith("over 60 tasks. That is less than the 1.5 Φ that you said matter.")


@pytest.mark.parametrize("effect", [0.0, -0.1, float("nan"), float("inf"), 1.0])
def test_no_difference_and_more_than_the_whole_scale_cannot_matter(effect: float) -> None:
    with pytest.raises(ValueError, match="outside the scale"):
        with_smallest_effect(SOLVED, effect)
    assert with_smallest_effect(SOLVED, None) is SOLVED
