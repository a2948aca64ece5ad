"""What search by meaning costs: run `python tests/bench/bench_lesson_search.py [cards …]` (default 10,000 and 100,000).

Prints one JSON object per size: search alone (one matrix times a vector, and the best of it), the whole look-up with
the task's own vector, adding a lesson at that size, the cold start beside that of the ledger, the memory it takes, and
what housekeeping and proposals take. Times in milliseconds: wall time for search and adding, CPU time for the rest;
transactions are syncs.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.consolidation import Consolidation
from purpose_agent.memory.homeostasis import Budgets
from purpose_agent.memory.housekeeping import Housekeeping
from purpose_agent.memory.lesson_vectors import LessonVectors
from purpose_agent.memory.memory import Memory
from purpose_agent.models.embedding.choose import shipped_embedder
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.lessons import Lessons
from purpose_agent.types import LessonUse

NO_LIMIT = Budgets(lessons={}, tokens_per_task_kind=10**9)
KINDS = [f"code: {one} → {other}" for one in ("number", "text", "list of numbers") for other in ("number", "text")]
THINGS = [
    "list",
    "number",
    "text",
    "file",
    "date",
    "name",
    "table",
    "row",
    "column",
    "letter",
    "word",
    "price",
    "city",
    "river",
    "engine",
    "garden",
    "recipe",
    "song",
    "garment",
    "planet",
    "coin",
    "ticket",
    "signal",
    "mirror",
    "bridge",
    "harbour",
    "market",
    "tunnel",
    "forest",
    "desert",
    "glacier",
    "volcano",
    "island",
]
ACTS = [
    "check",
    "sort",
    "count",
    "round",
    "split",
    "merge",
    "close",
    "open",
    "skip",
    "repeat",
    "compare",
    "shorten",
    "translate",
    "sum",
    "rename",
    "print",
    "store",
    "read",
    "measure",
    "label",
    "fold",
    "turn",
    "lift",
    "seal",
    "mark",
    "weigh",
    "move",
    "draw",
    "cut",
    "paint",
]


def main(sizes: list[int]) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measured(Path(folder), size)), flush=True)


def measured(folder: Path, size: int) -> dict[str, object]:
    journal = Journal(folder / "journal.sqlite")
    fill(journal, size)
    memory = Memory(journal, scanners=())
    cold_ledger, view = timed(memory.ledger.promoted, time.process_time)
    shipped_embedder().embed(["warm"])
    vectors = LessonVectors(shipped_embedder(), memory.ledger.moved)
    cold_vectors, _ = timed(lambda: vectors.closest(view, "count the letters", 40), time.process_time)
    rng = random.Random(3)
    queries = [sentence(rng) for _ in range(60)]
    rows = shipped_embedder().embed(queries)
    matrix = vectors._matrix._rows[: len(view)]
    floor = [timed(lambda row=row: matrix @ row)[0] for row in rows]
    alone = [timed(lambda row=row: vectors._matrix.nearest(row, 40))[0] for row in rows]
    scoped = [timed(lambda row=row: vectors._matrix.nearest(row, 40, groups={"", "code", KINDS[0]}))[0] for row in rows]
    whole = [timed(lambda text=text: vectors.closest(view, text, 40))[0] for text in queries]
    adding, following, syncs = [], [], []
    for number in range(200):
        with counted(journal) as transactions:
            adding.append(timed(lambda number=number: memory.ledger.teach(card(rng, size + number), by="person"))[0])
        syncs.append(len(transactions))
        fresh = memory.ledger.promoted()
        following.append(timed(lambda fresh=fresh: vectors._follow(fresh))[0])
    return {
        "cards": size,
        "matrix_times_vector": spread(floor),
        "search": spread(alone),
        "search_in_scope": spread(scoped),
        "search_with_embedding": spread(whole),
        "add_teach": spread(adding),
        "add_transactions": max(syncs),
        "add_vector": spread(following),
        "cold_start_ledger": round(cold_ledger, 1),
        "cold_start_vectors": round(cold_vectors, 1),
        "memory_mb": round(vectors.nbytes / 2**20, 1),
        **housekeeping(journal, memory, size),
    }


def housekeeping(journal: Journal, memory: Memory, size: int) -> dict[str, object]:
    lessons = Lessons(memory, last_seq=journal.last_seq, store=journal.append)
    keeper = Housekeeping(memory.ledger, memory.effects, journal, decide=lessons, budgets=NO_LIMIT)
    ids = [lesson.card_id for lesson in memory.ledger.promoted()[:5]]
    cold = timed(keeper.sweep, time.process_time)[0]
    consolidation = Consolidation(memory.ledger, keeper, decide=lessons)
    found: dict[str, object] = {
        "sweep_first": round(cold, 1),
        "sweep": spread([timed(keeper.sweep, time.process_time)[0] for _ in range(5)]),
        "after_run": spread([timed(lambda: keeper.after_run(ids))[0] for _ in range(20)]),
    }
    if size <= 20_000:
        found["proposals_first"] = round(timed(consolidation.proposals, time.process_time)[0], 1)
        found["proposals"] = spread([timed(consolidation.proposals, time.process_time)[0] for _ in range(3)])
    return found


def fill(journal: Journal, size: int) -> None:
    """Lessons in use and the credit of a tenth as many runs, written in one transaction for the sake of speed."""
    memory, rng = Memory(journal, scanners=()), random.Random(1)
    with memory.ledger._writing("extractor") as writing:
        for number in range(size):
            made = card(rng, number)
            writing.add(made, "learned", {})
            writing.promote(made, "approved", undo_to=0)
    lessons = memory.ledger.promoted()
    for number in range(size // 10):
        shown = [lessons[rng.randrange(size)] for _ in range(5)]
        uses = [LessonUse(card_id=lesson.card_id, version=1, text="") for lesson in shown]
        memory.effects.record(f"run {number}", rng.choice(KINDS), uses, rng.random() < 0.6, None)


def card(rng: random.Random, number: int) -> MemoryCard:
    do = f"{sentence(rng).capitalize()}, part {number}."
    return MemoryCard(
        kind="skill_card",
        when=f"the task is about a {rng.choice(THINGS)}",
        do=do,
        scope=Scope(task_kind=rng.choice(KINDS)),
    )


def sentence(rng: random.Random) -> str:
    return f"{rng.choice(ACTS)} the {rng.choice(THINGS)} before you {rng.choice(ACTS)} the {rng.choice(THINGS)}"


def timed(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> tuple[float, object]:
    start = clock()
    result = act()
    return (clock() - start) * 1000, result


def spread(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {
        "least": round(times[0], 3),
        "median": round(median(times), 3),
        "p90": round(times[len(times) * 9 // 10], 3),
    }


@contextmanager
def counted(journal: Journal) -> Iterator[list[str]]:
    statements: list[str] = []
    connection = journal.read()
    connection.set_trace_callback(lambda sql: statements.append(sql) if sql.startswith("COMMIT") else None)
    yield statements
    connection.set_trace_callback(None)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
