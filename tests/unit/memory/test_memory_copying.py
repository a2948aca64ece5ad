"""A copy of a memory is the memory to the last row, goes on by itself, and leaves what it came from alone."""

from pathlib import Path

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.copying import copy_memory
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse

TABLES = ("ledger", "effects", "base_rates", "credits", "credit_rewrites", "erasures", "cards_fts")


def rows(journal: Journal, table: str) -> list[tuple[object, ...]]:
    columns = "rowid, card_id, text" if table == "cards_fts" else "*"
    return journal.query(f"SELECT {columns} FROM {table}")


@pytest.fixture
def lived(journal: Journal, memory: Memory) -> Memory:
    """Lessons that were taught, used, rolled back, waited, and erased."""
    cards = [memory.teach(f"Name things {word}") for word in ("shortly", "plainly", "rarely")]
    memory.ledger.add_candidate(
        MemoryCard(kind="skill_card", when="n is even", do="Halve n", scope=Scope(task_kind="code")),
        actor="extractor", reason="learned",
    )  # fmt: skip
    uses = [LessonUse(card_id=card.card_id, version=1, text=card.text) for card in cards[:2]]
    for n, success in enumerate((True, True, False)):
        memory.effects.record(f"run-{n}", "code", uses, success, 9.0)
    memory.effects.correct("run-1", False, 2.0)
    memory.ledger.archive(cards[1].card_id, by="person")
    memory.ledger.erase([cards[2].card_id], by="person")
    return memory


def test_every_row_is_the_same(journal: Journal, lived: Memory, tmp_path: Path) -> None:
    copy = Journal(tmp_path / "copy.sqlite")
    assert copy_memory(journal, copy) == lived.ledger.position
    for table in TABLES:
        assert rows(copy, table) == rows(journal, table), table
    twin = Memory(copy)
    assert twin.ledger.verify() == lived.ledger.verify()
    assert twin.ledger.cards() == lived.ledger.cards()
    assert list(twin.ledger.promoted()) == list(lived.ledger.promoted())
    assert twin.effects.effect(lived.ledger.promoted()[0].card_id, "code").uses == 3
    copy.close()


def test_it_goes_on_by_itself(journal: Journal, lived: Memory, tmp_path: Path) -> None:
    before = lived.ledger.verify()
    copy = Journal(tmp_path / "copy.sqlite")
    copy_memory(journal, copy)
    twin = Memory(copy)
    card_id = twin.ledger.promoted()[0].card_id
    twin.ledger.revoke(card_id, by="study")
    twin.teach("Only here")
    assert twin.ledger.verify().ok
    assert lived.ledger.verify() == before
    assert lived.ledger.card(card_id).status == "promoted"
    copy.close()


def test_a_memory_that_is_there_is_not_written_over(journal: Journal, lived: Memory, tmp_path: Path) -> None:
    copy = Journal(tmp_path / "copy.sqlite")
    Memory(copy).teach("Here first")
    with pytest.raises(ValueError, match="a memory already"):
        copy_memory(journal, copy)
    assert len(Memory(copy).ledger.cards()) == 1
    copy.close()
