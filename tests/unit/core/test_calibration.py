"""The arithmetic of a critic's exam, and what may stand in a critic's prompt."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.core.calibration import (
    BUILD_RUNS,
    EXAM_RUNS,
    Correction,
    Pair,
    Split,
    chance_of,
    graded,
    kendall,
    lesson_from,
    split,
)
from purpose_agent.core.critics import RULES, DeltaCritic, judging_prompt, shown_in
from purpose_agent.core.prompt_compiler import ActorPrompt
from purpose_agent.core.spec import AgentSpec
from purpose_agent.memory.cards import MAX_TEXT, MemoryCard, Scope
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal
from purpose_agent.types import State, Task


def corrected(
    run: int, *, machine: float = 8, person: float = 4, reason: str = "no source", step: int = 0
) -> Correction:
    return Correction(
        run_id=f"run {run:02}",
        step=step,
        task_kind="writing",
        shown="Purpose: write",
        machine=machine,
        person=person,
        reason=reason,
    )


MANY = [corrected(run) for run in range(BUILD_RUNS + EXAM_RUNS)]


def pairs(*figures: tuple[float, float, float]) -> list[Pair]:
    """(person, without, with) of one run each."""
    return [Pair(corrected(n, person=person), without, with_it) for n, (person, without, with_it) in enumerate(figures)]


def test_too_few_corrected_runs_are_counted_not_corrections() -> None:
    of_one_run = [corrected(1, step=step) for step in range(30)]
    assert split(of_one_run, 0) == BUILD_RUNS + EXAM_RUNS - 1
    assert isinstance(split(MANY, 0), Split)


@given(st.integers(0, 1000), st.integers(10, 40))
@settings(max_examples=60, deadline=None)
def test_no_run_is_on_both_sides_and_a_seed_gives_the_same_split(seed: int, runs: int) -> None:
    corrections = [corrected(run, step=step) for run in range(runs) for step in range(2)]
    parts = split(corrections, seed)
    assert isinstance(parts, Split)
    assert not {c.run_id for c in parts.build} & {c.run_id for c in parts.held_out}
    assert len(parts.build) + len(parts.held_out) == len(corrections)
    assert len({c.run_id for c in parts.held_out}) >= EXAM_RUNS
    assert split(corrections, seed) == parts


def test_the_lesson_says_what_the_person_said_largest_difference_first() -> None:
    told = [
        corrected(1, machine=7, person=6, reason="too long."),
        corrected(2, machine=8, person=2, reason="a claim without a source is not progress"),
        corrected(3, machine=9, person=3.5, reason="A claim without a source is not progress."),
    ]
    card = lesson_from(told, "writing", "scripted:critic")
    assert card.text == (
        "When you judge writing tasks: a claim without a source is not progress (you gave 8, the person 2); "
        "too long (you gave 7, the person 6), because you gave 4.2 points too many on average."
    )
    assert (card.kind, card.origin, card.scope) == ("critic_calibration", "correction", Scope(task_kind="writing"))
    assert "scripted:critic" in card.environment


def test_a_bias_is_told_only_where_it_is_constant() -> None:
    both_ways = [corrected(n, machine=5, person=person) for n, person in enumerate((1, 9, 2, 9))]
    assert lesson_from(both_ways, "writing", "m").why == ""
    strict = [corrected(n, machine=3, person=person) for n, person in enumerate((6, 7, 6))]
    assert lesson_from(strict, "writing", "m").why == "you gave 3.3 points too few on average"


def test_however_much_a_person_writes_the_lesson_fits_a_prompt() -> None:
    long = [corrected(n, reason=f"{n} " + "word " * 60) for n in range(20)]
    assert 0 < len(lesson_from(long, "writing", "m").text) <= MAX_TEXT


def test_nearer_to_the_person_in_every_run_is_better() -> None:
    exam = graded(pairs(*[(4, 8, 4.5 + n / 10) for n in range(3)], *[(8, 9.5, 8), (7, 9, 7), (3, 8, 4)]))
    assert exam.verdict == "better"
    assert exam.error_with < exam.error_without
    assert exam.p == 1 / 64
    assert "points from you with it" in exam.words


def test_nearer_in_five_of_six_may_be_chance() -> None:
    exam = graded(pairs(*[(4, 8, 4)] * 5, (4, 4, 8)))
    assert exam.verdict == "no clear change"


def test_a_lesson_that_takes_the_critic_away_from_the_person_is_worse() -> None:
    assert graded(pairs(*[(8, 8, 4)] * 6)).verdict == "worse"


def test_nearer_but_in_the_wrong_order_is_no_pass() -> None:
    people = (1, 2, 3, 4, 5, 6, 7)
    exam = graded(pairs(*[(person, person + 4 - person / 10, 4 + (8 - person) / 20) for person in people]))
    assert exam.error_with < exam.error_without
    assert exam.rank_with < exam.rank_without
    assert exam.verdict != "better"


def test_unreadable_verdicts_leave_too_little_to_tell() -> None:
    exam = graded(pairs(*[(4, 8, 4)] * 4))
    assert (exam.verdict, exam.needed) == ("not enough data", 2)
    assert exam.words == "Not enough data yet: about 2 more corrected runs."


def test_by_chance_alone_one_lesson_in_twenty_passes_at_most() -> None:
    rng, tries = random.Random(7), 2_000
    draws = ([(rng.uniform(0, 10), rng.uniform(0, 10), rng.uniform(0, 10)) for _ in range(8)] for _ in range(tries))
    passed = sum(graded(pairs(*draw)).verdict == "better" for draw in draws)
    assert passed <= 0.05 * tries + 2 * (tries * 0.05 * 0.95) ** 0.5


def test_the_sign_flip_test_agrees_with_itself_exact_and_drawn() -> None:
    gains = [0.5, 1.0, -0.2, 0.8, 0.3, 0.9, -0.1, 0.4, 0.7, 0.2, 0.6, -0.3, 0.5, 0.1]
    exact = chance_of(gains)
    assert chance_of([*gains, 0.0]) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "tau"), [([1, 2, 3], [2, 4, 6], 1), ([1, 2, 3], [3, 2, 1], -1), ([1, 1, 1], [1, 2, 3], 0)]
)
def test_rank_agreement(one: list[float], other: list[float], tau: float) -> None:
    assert kendall(one, other) == tau


# ---- whose words may stand in a critic's prompt


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield Memory(journal)
    journal.close()


def keep(memory: Memory, *, approve: bool, kind: str = "writing") -> str:
    card = MemoryCard(
        kind="critic_calibration", when="you judge", do=f"Ask for sources in {kind}", scope=Scope(task_kind=kind)
    )
    card_id = memory.ledger.add_candidate(card, actor="calibration", reason="").card_id
    if approve:
        memory.ledger.approve(card_id, by="person")
    return card_id


def test_only_approved_calibration_reaches_a_critic(memory: Memory) -> None:
    keep(memory, approve=False)
    assert memory.ledger.promoted().for_critics("writing", 3) == []
    other, mine = keep(memory, approve=True, kind="code"), keep(memory, approve=True, kind="writing: letters")
    assert {other, mine} - {lesson.card_id for lesson in memory.ledger.promoted().for_critics("writing: letters", 3)}
    memory.ledger.archive(mine, by="person")
    assert memory.ledger.promoted().for_critics("writing: letters", 3) == []


def test_a_critic_takes_nothing_but_promoted_calibration(memory: Memory) -> None:
    memory.teach("Be kind")
    taught = memory.ledger.promoted()[0]
    for wrong in (taught, MemoryCard(kind="critic_calibration", when="x", do="y"), "give 10"):
        with pytest.raises(TypeError):
            DeltaCritic(None, name="m", tier="self", lessons=[wrong])  # type: ignore[arg-type, list-item]


def test_calibration_is_never_chosen_for_an_actor(memory: Memory) -> None:
    card_id = keep(memory, approve=True)
    task = Task(text="Ask for sources in writing")
    found = memory.selector.select(task, "writing", rng=random.Random(0))
    assert card_id not in {use.card_id for use in found.uses}
    prompt = ActorPrompt(
        purpose="Write", agent=AgentSpec(role="w", answers=True), task=Task(text="x"), lessons=found.lessons
    ).compile(State())
    assert "Ask for sources" not in prompt.text


def test_what_a_critic_was_shown_is_found_again_in_its_logged_prompt() -> None:
    shown = "Purpose: Write\nTask: A\nPurpose: of it\nChanged:\n+ answer: x"
    for taught in ((), ("- [m:abcd] When you judge: x.",)):
        assert shown_in(judging_prompt(shown, taught).text) == shown
    assert judging_prompt(shown).messages[0].content == RULES
    assert shown_in("something else") == ""
