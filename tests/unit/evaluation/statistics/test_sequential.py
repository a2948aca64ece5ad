"""The p-value of a comparison that was looked at after every task: as sure as it says, and as the word."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics import sequential
from purpose_agent.evaluation.statistics.evidence import paired_evidence
from purpose_agent.evaluation.statistics.findings import decisions, find
from purpose_agent.evaluation.statistics.multiplicity import holm
from purpose_agent.evaluation.statistics.outcomes import EFFORT, PHI, SOLVED, Gains, Scale
from purpose_agent.evaluation.statistics.sequential import sequential_p

scales = st.sampled_from([SOLVED, PHI, EFFORT])
agreements = st.one_of(st.none(), st.integers(1, 60))


@st.composite
def gains(draw: st.DrawFn) -> Gains:
    """Leaning to one side now and then, so that both kinds of word are met."""
    sizes = np.array(draw(st.lists(st.integers(0, 12), min_size=1, max_size=40))) / 12
    ups = draw(st.lists(st.integers(0, 9), min_size=len(sizes), max_size=len(sizes)))
    lean = draw(st.sampled_from([0, 4, 8, 9]))
    found: Gains = sizes * np.where(np.array(ups) <= lean, 1.0, -1.0)
    return found


@given(gains(), scales, agreements)
@settings(max_examples=150, deadline=None)
def test_it_is_at_most_five_of_a_hundred_exactly_where_the_word_is_better_or_worse(
    found: Gains, scale: Scale, agreed: int | None
) -> None:
    p = sequential_p(found, scale, agreed)
    assert 0 < p <= 1
    assert (p <= 0.05) == (find(found, scale, agreed).word in ("better", "worse"))


@given(gains(), scales, agreements)
@settings(max_examples=40, deadline=None)
def test_exchanging_the_arms_leaves_it_as_it_is(found: Gains, scale: Scale, agreed: int | None) -> None:
    assert sequential_p(found, scale, agreed) == pytest.approx(sequential_p(-found, scale, agreed))


@pytest.mark.parametrize("sizes", [[1, 1, 1, 1, 1, 1, 1], [3, 1, 2, 2, 1, 3, 2], [0.2, 0.2, 0.2, 9, 0.2, 0.2, 5]])
@pytest.mark.parametrize("agreed", [3, 7, None])
def test_over_all_exchanges_of_arms_it_is_ever_at_most_alpha_in_no_more_than_alpha(
    sizes: list[float], agreed: int | None
) -> None:
    lowest = []
    for signs in itertools.product((1, -1), repeat=7):
        found = np.array(signs) * np.array(sizes)
        lowest.append(min(sequential_p(found[:n], PHI, agreed) for n in range(1, 8)))
    for alpha in sorted({0.01, 0.05, 0.2, *lowest}):
        assert np.mean(np.array(lowest) <= alpha) <= alpha


@pytest.mark.parametrize("scale", [SOLVED, PHI])
@pytest.mark.parametrize("agreed", [24, None])
def test_where_nothing_differs_it_is_at_most_alpha_in_no_more_than_alpha_whoever_stops_when_it_is_lowest(
    scale: Scale, agreed: int | None
) -> None:
    rng, lowest = np.random.default_rng(1), []
    for _ in range(400):
        found = rng.integers(-3, 4, 30) / 3 if scale is SOLVED else np.round(rng.normal(0, 3, 30), 1)
        lowest.append(min(sequential_p(found[:n], scale, agreed) for n in (12, 18, 24, 30)))
    for alpha in (0.01, 0.05, 0.2):
        assert np.mean(np.array(lowest) <= alpha) <= alpha + 2 * (alpha * (1 - alpha) / 400) ** 0.5


def test_stronger_gains_are_surer_down_to_five_in_a_million() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 1, 60)
    found = [sequential_p(noise - noise.mean() + shift, EFFORT, 60) for shift in (0.0, 0.3, 0.4, 0.5, 0.7, 3.0)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1.0
    assert found[-1] == pytest.approx(5e-6)


def test_one_look_at_the_end_is_hardly_less_sure_than_a_test_for_one_look() -> None:
    """3.5 standard errors: 5 in 10,000 by a single look; all looks together may cost little."""
    noise = np.random.default_rng(3).normal(0, 1, 60)
    found = (noise - noise.mean()) / noise.std()
    shift = 3.5 / np.sqrt(60 - 3.5**2)
    assert 0.0003 < sequential_p(found + shift, EFFORT, 60) < 0.0012


def test_without_an_agreed_end_it_is_two_over_the_evidence() -> None:
    found = np.random.default_rng(4).normal(0.8, 1.0, 20)
    assert sequential_p(found, PHI, None) == pytest.approx(2 / paired_evidence(found)[-1, 0])


def test_nothing_known_is_one() -> None:
    assert sequential_p(np.array([]), SOLVED, 20) == 1.0
    assert sequential_p(np.zeros(30), SOLVED, 30) == 1.0
    assert sequential_p(np.zeros(30), EFFORT, None) == 1.0
    assert sequential_p(np.ones(5), SOLVED, 5) > 0.05
    assert sequential_p(np.ones(20), SOLVED, 10**6) > 0.05


@pytest.mark.parametrize(("agreed", "word"), [(60, True), (10**6, False)])
def test_of_very_many_tasks_the_evidence_tells_and_agrees_too(
    agreed: int, word: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequential, "MOST_TASKS", 50)
    found = np.random.default_rng(5).normal(0.9, 1.0, 60)
    assert (sequential_p(found, PHI, agreed) <= 0.05) is word


def test_of_forty_four_comparisons_in_which_nothing_differs_holm_finds_one_in_at_most_five_of_a_hundred() -> None:
    rng, said, found = np.random.default_rng(6), 0, 0
    for _ in range(60):
        lines = {str(i): rng.integers(-1, 2, 24).astype(float) for i in range(44)}
        said += any(decisions(line, SOLVED, 24)[-1] for line in lines.values())
        p = {name: sequential_p(line, SOLVED, 24) for name, line in lines.items()}
        found += min(holm(p).values()) <= 0.05
    assert said > 20  # one by one, some line says "better" or "worse" in most of these studies
    assert found <= 6


def test_sixty_tasks_take_some_milliseconds() -> None:
    found = np.random.default_rng(7).normal(2.0, 3.0, 60)
    sequential_p(found, PHI, 60)
    start = time.process_time()
    for _ in range(10):
        sequential_p(found, PHI, 60)
    assert (time.process_time() - start) / 10 < 0.2  # 0.02 s on a free machine
