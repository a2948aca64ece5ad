"""What a person teaches is used; what their tests confirm may be, if they say so."""

import pytest

from purpose_agent.memory.cards import MAX_TEXT, MemoryCard
from purpose_agent.memory.errors import LessonEmpty, LessonRefused, LessonTooLong
from purpose_agent.memory.ledger import CardView
from purpose_agent.memory.memory import TESTED_POLICY, Memory
from purpose_agent.memory.scanning import Finding, Severity
from purpose_agent.storage.journal import Journal
from purpose_agent.types import EvidenceTier, Score


def new_card(memory: Memory, run: str = "run") -> str:
    card = MemoryCard(kind="skill_card", when="counting", do="Use a set.", source_run=run)
    return memory.ledger.add_candidate(card, actor="extractor", reason="solved").card_id


def test_a_taught_sentence_is_in_use_and_passed_the_same_rows(memory: Memory) -> None:
    card = memory.teach("  Always handle\nedge cases ")
    assert [lesson.text for lesson in memory.ledger.promoted()] == ["Always handle edge cases"]
    assert [(row.to_status, row.actor) for row in memory.ledger.history(card.card_id)] == [
        ("candidate", "person"),
        ("quarantined", "person"),
        ("promoted", "person"),
    ]


def test_teaching_the_same_again_changes_nothing(memory: Memory) -> None:
    first = memory.teach("Always handle edge cases")
    assert memory.teach("always handle edge cases.").card_id == first.card_id
    assert memory.in_use == 1


def test_teaching_what_was_turned_down_brings_it_back(memory: Memory) -> None:
    card = memory.teach("Always handle edge cases")
    memory.ledger.revoke(card.card_id, by="person")
    memory.ledger.reject(card.card_id, by="person")
    memory.teach("Always handle edge cases")
    assert memory.in_use == 1


@pytest.mark.parametrize(("words", "error"), [(" \n", LessonEmpty), ("x" * (MAX_TEXT + 1), LessonTooLong)])
def test_words_that_make_no_lesson_are_refused(memory: Memory, words: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        memory.teach(words)
    assert memory.ledger.cards() == []


def test_a_taught_sentence_with_a_critical_finding_is_refused_with_its_reason(journal: Journal) -> None:
    finding = Finding(scanner="privacy", severity="critical", why="It holds a password.")
    memory = Memory(journal, scanners=[lambda _: [finding]])
    with pytest.raises(LessonRefused, match="It holds a password"):
        memory.teach("The password is hunter2")
    with pytest.raises(LessonRefused, match="It holds a password"):
        memory.teach("The password is hunter2")
    assert memory.in_use == 0


def test_waiting_and_used_lessons_are_counted(memory: Memory) -> None:
    assert (memory.waiting, memory.in_use) == (0, 0)
    card_id = new_card(memory)
    assert (memory.waiting, memory.in_use) == (1, 0)
    memory.ledger.approve(card_id, by="person")
    assert (memory.waiting, memory.in_use) == (0, 1)


def test_a_run_knows_its_lessons(memory: Memory) -> None:
    card_id = new_card(memory, run="r1")
    born: list[CardView] = memory.born("r1")
    assert [view.card_id for view in born] == [card_id]
    assert memory.born("r2") == []


@pytest.mark.parametrize(
    ("phi", "tier", "approved"),
    [
        (9.0, "given_tests", True),
        (9.0, "user", True),
        (9.0, "generated_tests", False),
        (9.0, "judge", False),
        (9.0, "self", False),
        (6.9, "given_tests", False),
        (None, "given_tests", False),
    ],
)
def test_only_a_success_by_the_persons_own_evidence_is_trusted(
    memory: Memory, phi: float | None, tier: EvidenceTier, approved: bool
) -> None:
    card_id = new_card(memory)
    assert memory.approve_if_trusted(card_id, Score(phi=phi, tier=tier)) is approved
    assert memory.in_use == approved
    if approved:
        assert memory.ledger.history(card_id)[-1].actor == TESTED_POLICY


@pytest.mark.parametrize(("severity", "approved"), [("low", True), ("medium", False), ("high", False)])
def test_a_lesson_with_a_finding_waits_for_the_person(journal: Journal, severity: Severity, approved: bool) -> None:
    memory = Memory(journal, scanners=[lambda _: [Finding(scanner="scope", severity=severity, why="wide")]])
    card_id = new_card(memory)
    assert memory.approve_if_trusted(card_id, Score(phi=10.0, tier="given_tests")) is approved


def test_a_lesson_that_was_decided_stays_decided(memory: Memory) -> None:
    card_id = new_card(memory)
    memory.ledger.reject(card_id, by="person")
    assert not memory.approve_if_trusted(card_id, Score(phi=10.0, tier="given_tests"))
    assert memory.in_use == 0
