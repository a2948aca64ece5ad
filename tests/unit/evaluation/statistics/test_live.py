"""What a lesson is worth in ordinary runs is told by the coin that withheld it, and by nothing else."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.live import LiveRun, columns, lesson_evidence, lesson_finding, lesson_verdict
from purpose_agent.evaluation.statistics.outcomes import EFFORT, PHI, SOLVED, Scale


def live(seed: int, n: int, without: float, with_it: float, chance: float = 0.8) -> list[LiveRun]:
    """Solved or not, on easy and hard kinds that differ by 30 points."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(n):
        shown, hard = bool(rng.random() < chance), bool(rng.random() < 0.5)
        rate = (with_it if shown else without) + (-0.15 if hard else 0.15)
        found.append(LiveRun(float(rng.random() < rate), shown, chance, "hard" if hard else "easy"))
    return found


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.sampled_from([0.5, 0.8, 0.9]), st.sampled_from("ab")), min_size=1, max_size=7
    ),
    st.sampled_from([PHI, EFFORT]),
)
@settings(max_examples=30, deadline=None)
def test_over_all_tosses_of_the_coin_the_evidence_is_one_on_average(
    runs: list[tuple[float, float, str]], scale: Scale
) -> None:
    mean = np.zeros(2)
    for shown in itertools.product((True, False), repeat=len(runs)):
        tossed = [
            LiveRun(value + (1.0 if scale is EFFORT else 0.0), s, chance, kind)
            for s, (value, chance, kind) in zip(shown, runs, strict=True)
        ]
        mean += (
            math.prod(r.chance_shown if r.shown else 1 - r.chance_shown for r in tossed)
            * lesson_evidence(columns(tossed), scale)[-1]
        )
    assert mean == pytest.approx([1.0, 1.0])


def test_over_all_tosses_of_the_coin_the_effect_is_right_on_average() -> None:
    """Each run has one value if shown and one if not; the mean difference is what is estimated."""
    values = [(3.0, 5.0), (2.0, 2.0), (8.0, 9.0), (1.0, 0.0)]
    mean = 0.0
    for shown in itertools.product((True, False), repeat=4):
        runs = [LiveRun(v[s], s, 0.75, "a") for s, v in zip(shown, values, strict=True)]
        scores = math.prod(0.75 if s else 0.25 for s in shown)
        mean += scores * _unclipped(runs)
    assert mean == pytest.approx(np.mean([b - a for a, b in values]))


def _unclipped(runs: list[LiveRun]) -> float:
    earlier: list[float] = []
    total = 0.0
    for run in runs:
        surprise = run.value - (sum(earlier) / len(earlier) if earlier else 5.0)
        total += surprise / run.chance_shown if run.shown else -surprise / (1 - run.chance_shown)
        earlier.append(run.value)
    clipped = min(10.0, max(-10.0, total / len(runs)))
    assert lesson_finding(columns(runs), PHI).effect.estimate == pytest.approx(clipped)
    return total / len(runs)


def test_a_lesson_that_helps_is_found_and_one_that_harms_too() -> None:
    helps, harms = lesson_verdict(live(1, 600, 0.4, 0.7), SOLVED), lesson_verdict(live(2, 600, 0.7, 0.4), SOLVED)
    assert (helps.word, harms.word) == ("better", "worse")
    assert helps.estimate is not None
    assert helps.low is not None
    assert helps.high is not None
    assert 0 <= helps.low <= 0.3 <= helps.high
    assert helps.sentence.endswith("over 600 runs.")


def test_a_lesson_without_effect_is_called_better_or_worse_in_at_most_five_of_a_hundred_whenever_one_looks() -> None:
    said = 0
    for seed in range(200):
        said += bool(np.any(lesson_evidence(columns(live(seed, 300, 0.6, 0.6)), SOLVED) >= 40))
    assert said <= 0.05 * 200


def test_a_lesson_that_is_shown_on_easy_tasks_only_gets_no_credit_for_them() -> None:
    """Which runs it is shown in follows the kind; the chance is recorded, and the comparison stays fair."""
    rng, runs = np.random.default_rng(3), []
    for _ in range(400):
        easy = bool(rng.random() < 0.5)
        chance = 0.9 if easy else 0.2
        runs.append(LiveRun(float(rng.random() < (0.9 if easy else 0.2)), bool(rng.random() < chance), chance))
    shown, withheld = ([r.value for r in runs if r.shown is s] for s in (True, False))
    assert np.mean(shown) - np.mean(withheld) > 0.3
    found = lesson_finding(columns(runs), SOLVED).effect
    assert found.low < 0 < found.high
    assert abs(found.estimate) < 0.15


def test_a_few_runs_are_not_enough_data_and_say_how_many_more() -> None:
    found = lesson_verdict(live(4, 40, 0.5, 0.6), SOLVED)
    assert found.word == "not enough data"
    assert found.more
    assert "more runs would" in found.sentence
    assert lesson_verdict([], PHI).word == "not enough data"


def test_effort_has_evidence_but_no_bounded_effect() -> None:
    rng = np.random.default_rng(5)
    runs = []
    for _ in range(300):
        shown = bool(rng.random() < 0.8)
        runs.append(LiveRun(float(rng.lognormal(4.0 if shown else 5.0, 0.5)), shown, 0.8))
    assert lesson_evidence(columns(runs), EFFORT)[-1, 0] > 40
    with pytest.raises(ValueError, match="effort"):
        lesson_finding(columns(runs), EFFORT)


def test_runs_that_left_nothing_to_chance_are_refused() -> None:
    for chance in (0.0, 1.0):
        with pytest.raises(ValueError, match="chance"):
            lesson_evidence(columns([LiveRun(1.0, True, chance)]), SOLVED)
    assert lesson_evidence(columns([]), SOLVED).shape == (0, 2)
