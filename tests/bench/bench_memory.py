"""What memory costs with 10,000 lessons in use: run `python tests/bench/bench_memory.py [cards]`.

CPU time per call (the machine's wall time is noisy), and the number of transactions for one new card, each of which is
one sync.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.fold import Fold
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.promoted import PromotedLesson
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse, Task

KINDS = [f"code: {one} → {other}" for one in ("number", "text", "list of numbers") for other in ("number", "text")]
TOPICS = [
    "sum",
    "even",
    "largest",
    "gap",
    "count",
    "negative",
    "product",
    "positive",
    "second",
    "word",
    "vowel",
    "digit",
]


def main(cards: int = 10_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.sqlite")
        memory = Memory(journal)
        print(json.dumps(measure(memory, journal, cards), indent=1))
        journal.close()


def measure(memory: Memory, journal: Journal, cards: int) -> dict[str, float]:
    rng = random.Random(1)
    figures: dict[str, float] = {"cards": cards}
    figures["add_first_100_ms"] = fill(memory, 100, rng, start=0)
    fill(memory, cards - 200, rng, start=100)
    figures["add_last_100_ms"] = fill(memory, 100, rng, start=cards - 100)
    give_credit(memory, rng)
    figures["transactions_per_new_card"] = transactions(journal, lambda: memory.ledger.add_candidate(
        card(cards, rng), actor="extractor", reason="solved"
    ))  # fmt: skip
    figures["promoted_warm_ms"] = cpu_ms(memory.ledger.promoted, 500)
    figures["promoted_after_an_approval_ms"] = median(approve_and_read(memory, rng, cards + n) for n in range(1, 12))
    figures["select_ms"] = cpu_ms(lambda: select(memory, rng), 100)
    figures["select_common_words_ms"] = cpu_ms(lambda: select(memory, rng, "list numbers code method fold add"), 50)
    figures["record_run_ms"] = median(record(memory, rng, number) for number in range(50))
    figures["list_100_of_all_ms"] = cpu_ms(lambda: memory.ledger.cards(text="vowel"), 10)
    figures["fold_from_nothing_ms"] = cpu_ms(lambda: Fold().refresh(journal.read()), 1)
    figures["verify_ms"] = cpu_ms(memory.ledger.verify, 1)
    return {name: round(value, 4) for name, value in figures.items()}


def card(number: int, rng: random.Random) -> MemoryCard:
    kind = rng.choice(KINDS)
    about = " ".join(rng.sample(TOPICS, 2))
    return MemoryCard(
        kind="skill_card",
        when=f"the task is {kind}, about {about}",
        do=f"Try the method `fold(add, part_{number})` first.",
        scope=Scope(task_kind=kind),
        source_run=f"run {number}",
    )


def fill(memory: Memory, count: int, rng: random.Random, *, start: int) -> float:
    """CPU milliseconds for one card, added and approved."""
    begun = time.process_time()
    for number in range(start, start + count):
        added = memory.ledger.add_candidate(card(number, rng), actor="extractor", reason="solved")
        memory.ledger.approve(added.card_id, by="person")
    return 1000 * (time.process_time() - begun) / count


def give_credit(memory: Memory, rng: random.Random) -> None:
    lessons = list(memory.ledger.promoted())
    for number in range(300):
        record(memory, rng, -1 - number, [rng.choice(lessons) for _ in range(5)])


def record(memory: Memory, rng: random.Random, number: int, lessons: Sequence[PromotedLesson] = ()) -> float:
    chosen = lessons or memory.ledger.promoted()[:5]
    uses = {x.card_id: LessonUse(card_id=x.card_id, version=x.version, text=x.text) for x in chosen}
    begun = time.process_time()
    memory.effects.record(f"run {number}", rng.choice(KINDS), list(uses.values()), rng.random() < 0.7, None)
    return 1000 * (time.process_time() - begun)


def select(memory: Memory, rng: random.Random, text: str = "") -> None:
    words = text or " ".join(rng.sample(TOPICS, 3))
    memory.selector.select(Task(text=f"Write a function for the {words} of a list of numbers"), KINDS[4], rng=rng)


def approve_and_read(memory: Memory, rng: random.Random, number: int) -> float:
    added = memory.ledger.add_candidate(card(number, rng), actor="extractor", reason="solved")
    memory.ledger.approve(added.card_id, by="person")
    begun = time.process_time()
    memory.ledger.promoted()
    return 1000 * (time.process_time() - begun)


def transactions(journal: Journal, act: Callable[[], object]) -> float:
    """How many commits an act makes, told by SQLite itself."""
    seen: list[str] = []
    journal.read().set_trace_callback(seen.append)
    act()
    journal.read().set_trace_callback(None)
    return sum(statement.startswith("COMMIT") for statement in seen)


def cpu_ms(act: Callable[[], object], times: int) -> float:
    act()
    begun = time.process_time()
    for _ in range(times):
        act()
    return 1000 * (time.process_time() - begun) / times


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
