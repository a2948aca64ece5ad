"""Credit finds out what a lesson does to success, and counts every run once."""

import random

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.credit_model import AWAY_SD, HOME_SD, Credited, CreditModel, at_home
from purpose_agent.memory.effects import Effect, EffectLedger, words
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.probit import Gaussian, hazard, normal_cdf, observe, success_probability
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse

KIND = "code: text → number"


@pytest.fixture
def card_id(memory: Memory) -> str:
    card = MemoryCard(kind="skill_card", when="counting", do="Use a set.", scope=Scope(task_kind=KIND))
    return memory.ledger.add_candidate(card, actor="extractor", reason="").card_id


def use(card_id: str, *, version: int = 1, withheld: bool = False) -> LessonUse:
    return LessonUse(card_id=card_id, version=version, text="…", withheld=withheld)


def test_a_success_raises_all_that_took_part_and_a_failure_lowers_them() -> None:
    terms = [Gaussian(0.2, 1.0), Gaussian(0.0, 0.2)]
    for success, sign in ((True, 1), (False, -1)):
        after = observe(terms, success=success)
        assert all(sign * (new.mean - old.mean) > 0 for old, new in zip(terms, after, strict=True))
        assert all(0 < new.variance < old.variance for old, new in zip(terms, after, strict=True))


def test_a_surprise_moves_more_than_what_was_expected() -> None:
    sure = [Gaussian(2.0, 0.3)]
    assert abs(observe(sure, success=False)[0].mean - 2.0) > 5 * abs(observe(sure, success=True)[0].mean - 2.0)


def test_the_update_is_the_exact_posterior_in_mean_and_variance() -> None:
    prior = Gaussian(0.3, 0.8)
    steps = [-6.0 + 0.001 * step for step in range(13_000)]
    weights = [2.718281828459045 ** (-((x - prior.mean) ** 2) / (2 * prior.variance)) * normal_cdf(x) for x in steps]
    total = sum(weights)
    mean = sum(x * w for x, w in zip(steps, weights, strict=True)) / total
    variance = sum((x - mean) ** 2 * w for x, w in zip(steps, weights, strict=True)) / total
    after = observe([prior], success=True)[0]
    assert after.mean == pytest.approx(mean, abs=1e-4)
    assert after.variance == pytest.approx(variance, abs=1e-4)


def test_the_arithmetic_stays_sound_far_out() -> None:
    assert hazard(-24.999) == pytest.approx(hazard(-25.001), rel=1e-3)
    assert hazard(-1e6) == pytest.approx(1e6)
    assert hazard(40.0) == 0.0
    far = observe([Gaussian(-400.0, 1.0)], success=True)[0]
    assert far.mean > -400.0
    assert far.variance > 0


def test_much_is_expected_at_home_and_little_elsewhere(memory: Memory, card_id: str) -> None:
    home, away = memory.effects.effect(card_id, KIND), memory.effects.effect(card_id, "writing")
    assert home.sd == pytest.approx((HOME_SD**2 + AWAY_SD**2) ** 0.5)
    assert away.sd == pytest.approx((2 * AWAY_SD**2) ** 0.5)
    assert at_home("code", KIND)
    assert not at_home("", KIND)


def test_helpful_harmful_and_inert_lessons_are_told_apart() -> None:
    """Simulated runs with known effects in probit units, each lesson in half of the prompts at random."""
    truth = {"helps": 0.8, "harms": -0.8, "inert": 0.0}
    rng = random.Random(7)
    model = CreditModel()
    for _ in range(600):
        shown = [Credited(key, KIND) for key in truth if rng.random() < 0.5]
        success = rng.gauss(0.1 + sum(truth[lesson.key] for lesson in shown), 1.0) > 0
        model.apply(model.predict(KIND, shown, success=success))
    found = {key: model.effect(Credited(key, KIND), KIND) for key in truth}
    assert found["helps"].mean > 2 * found["helps"].sd
    assert found["harms"].mean < -2 * found["harms"].sd
    assert abs(found["inert"].mean) < 2 * found["inert"].sd
    for key, effect in found.items():
        assert effect.mean == pytest.approx(truth[key], abs=3 * effect.sd)
        assert 220 < effect.uses < 380


def test_nothing_moves_but_what_was_in_the_prompt() -> None:
    model = CreditModel()
    change = model.predict(KIND, [Credited("shown", KIND)], success=True)
    assert set(change.terms) == {("shown", ""), ("shown", KIND)}
    model.apply(change)
    assert model.effect(Credited("other", KIND), KIND).uses == 0
    assert model.base("writing").uses == 0


def test_a_run_counts_once(memory: Memory, card_id: str) -> None:
    first = memory.effects.record("run", KIND, [use(card_id)], True, 9.0)
    assert first[0].mean > 0
    assert first[0].uses == 1
    assert memory.effects.record("run", KIND, [use(card_id)], True, 9.0) == []
    assert memory.effects.effect(card_id, KIND).uses == 1
    memory.effects.record("bare", KIND, [], False, 1.0)
    memory.effects.record("bare", KIND, [], False, 1.0)
    assert memory.effects.snapshot().base(KIND).uses == 2


def test_a_lesson_left_out_on_purpose_informs_only_the_base_rate(
    memory: Memory, journal: Journal, card_id: str
) -> None:
    assert memory.effects.record("run", KIND, [use(card_id, withheld=True)], True, 9.0) == []
    assert memory.effects.effect(card_id, KIND).uses == 0
    assert memory.effects.snapshot().base(KIND).uses == 1
    assert memory.effects.snapshot().base(KIND).mean > 0
    rows = journal.read().execute("SELECT in_prompt, withheld FROM credits WHERE card_id = ?", (card_id,)).fetchall()
    assert rows == [(0, 1)]


def test_credit_belongs_to_the_words_that_were_in_the_prompt(memory: Memory, card_id: str) -> None:
    memory.effects.record("run", KIND, [use(card_id)], True, 9.0)
    memory.ledger.edit(card_id, by="person", do="Use a dictionary.")
    assert memory.effects.effect(card_id, KIND).uses == 0
    assert memory.effects.effect(card_id, KIND, version=1).uses == 1
    memory.effects.record("next", KIND, [use(card_id, version=2)], True, 9.0)
    view = memory.ledger.card(card_id)
    assert view.effect == memory.effects.effect(card_id, KIND)
    assert memory.effects.best(KIND, 5) == [card_id]


def test_another_reader_sees_new_credit_at_once(memory: Memory, journal: Journal, card_id: str) -> None:
    reader = EffectLedger(journal)
    assert reader.effect(card_id, KIND).uses == 0
    for number in range(3):
        memory.effects.record(f"run {number}", KIND, [use(card_id)], True, 9.0)
        assert reader.effect(card_id, KIND) == memory.effects.effect(card_id, KIND)
        assert reader.snapshot().base(KIND) == memory.effects.snapshot().base(KIND)


def test_what_credit_holds_in_memory_is_what_is_stored(memory: Memory, journal: Journal, card_id: str) -> None:
    for number in range(20):
        memory.effects.record(f"run {number}", KIND, [use(card_id)], number % 3 > 0, None)
    fresh = EffectLedger(journal)
    for kind in (KIND, "", "writing"):
        assert fresh.effect(card_id, kind) == memory.effects.effect(card_id, kind)


def test_a_run_without_an_id_cannot_be_counted_once(memory: Memory) -> None:
    with pytest.raises(ValueError, match="without an id"):
        memory.effects.record("", KIND, [], True, 9.0)


def test_the_effect_is_told_in_points_of_probability() -> None:
    effect = Effect(mean=0.5, sd=0.25, uses=12, task_kind="writing")
    gain = success_probability([Gaussian(0.5, 1.0)]) - 0.5
    assert words(effect) == f"+{100 * gain:.0f} % ± 7 on writing tasks"
    assert words(Effect(mean=-0.5, sd=0.25, uses=12)).startswith("-14 % ± 7 on all tasks")


def test_few_runs_are_said_to_be_few() -> None:
    assert words(Effect(mean=0.5, sd=0.4, uses=2, task_kind="writing")) == "not enough runs yet (2 so far)"
