"""Lessons and credit are the same from every process, and survive each of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse

ENGINE = Path(__file__).parents[3] / "engine"
WRITER = """
import sys
from pathlib import Path
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse

name, count = sys.argv[2], int(sys.argv[3])
memory = Memory(Journal(Path(sys.argv[1])))
sys.stdin.readline()
for number in range(count):
    card = MemoryCard(kind="skill_card", when=f"{name} counts {number}", do=f"Use set {number}.", source_run=name)
    added = memory.ledger.add_candidate(card, actor=name, reason="solved")
    memory.ledger.approve(added.card_id, by="person")
    use = LessonUse(card_id=added.card_id, version=1, text=added.text)
    memory.effects.record(f"{name}-{number}", "code", [use], True, 9.0)
print(len(memory.ledger.promoted()))
"""


@pytest.fixture
def path(journal: Journal) -> Path:
    return journal.path


def start(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(
        arguments, env={"PYTHONPATH": str(ENGINE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_two_processes_append_at_once_and_the_chain_holds(memory: Memory, path: Path) -> None:
    writers = [start(path, name, 40) for name in ("one", "two")]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert memory.ledger.verify().ok
    assert memory.ledger.verify().rows == 2 * 40 * 3
    assert memory.in_use == 80
    assert memory.effects.snapshot().base("code").uses == 80
    assert len(memory.born("one")) == 40


def test_what_another_process_approves_is_in_use_here_at_once(memory: Memory, path: Path) -> None:
    assert memory.in_use == 0
    out, _ = start(path, "other", 3).communicate("go\n", timeout=60)
    assert out.strip() == "3"
    assert memory.in_use == 3
    card = memory.ledger.promoted()[0].card
    assert memory.effects.effect(card.card_id, "code").uses == 1


def test_lessons_and_credit_survive_a_restart(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal.sqlite")
    memory = Memory(first)
    taught = memory.teach("Always handle edge cases")
    use = LessonUse(card_id=taught.card_id, version=1, text=taught.text)
    memory.effects.record("run", "code", [use], True, 9.0)
    before = memory.effects.effect(taught.card_id, "code")
    first.close()

    again = Journal(tmp_path / "journal.sqlite")
    memory = Memory(again)
    assert [lesson.text for lesson in memory.ledger.promoted()] == ["Always handle edge cases"]
    assert memory.effects.effect(taught.card_id, "code") == before
    again.close()


def test_threads_see_one_ledger(memory: Memory) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def add(number: int) -> str:
        card = MemoryCard(kind="skill_card", when=f"case {number}", do="Use a set.")
        card_id = memory.ledger.add_candidate(card, actor="extractor", reason="").card_id
        return memory.ledger.approve(card_id, by="person").status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(add, range(40))) == ["promoted"] * 40
    assert memory.ledger.verify().ok
    assert memory.in_use == 40
