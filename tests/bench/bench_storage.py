"""What a durable step and the way into DuckDB cost, beside the bare cost of the libraries below, in one run.

    PYTHONPATH=engine python -m tests.bench.bench_storage

CPU time (user and system), since wall time says little on a busy machine. `memory` is a file system without a disk
behind it, so what is left there is our own work; the rest is the kernel's for one sync.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from purpose_agent.runtime.events import encode
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import EVENTS_PER_STEP, batches, checkpoint, started, step

STEPS = 500
RUNS = 10
MEMORY = Path("/dev/shm")


def main() -> None:
    for place in (Path(tempfile.gettempdir()), MEMORY):
        if place.is_dir():
            with tempfile.TemporaryDirectory(dir=place) as folder:
                steps(Path(folder), "memory" if place == MEMORY else "disk")
    with tempfile.TemporaryDirectory() as folder:
        draining(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        page_of_a_long_run(Path(folder))


def steps(folder: Path, place: str) -> None:
    """The best of three rounds: other work on the machine only ever adds."""
    ours: list[tuple[float, float]] = []
    bare: list[float] = []
    rows: list[float] = []
    for number in range(3):
        journal = Journal(folder / f"journal{number}.sqlite")
        ours.append(append(journal, f"r{number}"))
        bare.append(bare_commits(folder / f"bare{number}.sqlite"))
        rows.append(row_per_event(folder / f"rows{number}.sqlite"))
        journal.close()
    early, late = min(first for first, _ in ours), min(last for _, last in ours)
    show(f"append of {EVENTS_PER_STEP} events and a checkpoint ({place})", (early + late) / 2, min(bare))
    show(f"  the same, a row per event ({place})", min(rows), min(bare))
    print(f"  last 100 of {STEPS} steps beside the first 100: {late / early:.2f} times")


def append(journal: Journal, run_id: str) -> tuple[float, float]:
    """µs per step: the first 100 and the last 100 of 500."""
    first, *prepared, _ = batches(run_id, STEPS)
    journal.append(first[0])
    costs = [cpu_us(partial(journal.append, events, checkpoint=saved)) for events, saved in prepared]
    return sum(costs[:100]) / 100, sum(costs[-100:]) / 100


def bare_commits(path: Path) -> float:
    """µs for the smallest durable change that there is."""
    connection = _connection(path)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value INTEGER)")
    connection.execute("INSERT INTO t VALUES (1, 0)")
    cost = cpu_us(lambda: [connection.execute("UPDATE t SET value = ? WHERE id = 1", (n,)) for n in range(STEPS)])
    connection.close()
    return cost / STEPS


def row_per_event(path: Path) -> float:
    """µs for the layout that one would write first."""
    connection = _connection(path)
    connection.execute("CREATE TABLE e (id INTEGER PRIMARY KEY, run_id, seq, kind, body, UNIQUE (run_id, seq))")
    connection.execute("CREATE TABLE c (run_id PRIMARY KEY, step, body)")
    prepared = [(step("r", 1 + n * EVENTS_PER_STEP, n), checkpoint("r", n)) for n in range(STEPS)]

    def write() -> None:
        for events, saved in prepared:
            connection.execute("BEGIN IMMEDIATE")
            rows = [(event.run_id, event.seq, event.kind, encode(event)) for event in events]
            connection.executemany("INSERT INTO e (run_id, seq, kind, body) VALUES (?, ?, ?, ?)", rows)
            connection.execute("INSERT OR REPLACE INTO c VALUES (?, ?, ?)", ("r", saved.step, str(saved.body)))
            connection.execute("COMMIT")

    cost = cpu_us(write)
    connection.close()
    return cost / STEPS


def draining(folder: Path) -> None:
    """Rows a second from the journal into DuckDB, by the clock and by CPU."""
    workspace = Workspace.open(folder)
    for number in range(RUNS):
        for events, saved in batches(f"r{number}", STEPS):
            workspace.journal.append(events, checkpoint=saved)
    began, used = time.perf_counter(), time.process_time()
    store = workspace.trajectories()
    store.settle()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    rows = store.sql("SELECT count(*) AS n FROM events")[0]["n"]
    print(
        f"journal to DuckDB: {rows} events, {rows / seconds:,.0f} a second by the clock, {cpu / rows * 1e6:.1f} µs cpu"
    )
    shown = []
    for number in range(20):
        workspace.journal.append([started(f"late{number}")])
        began = time.perf_counter()
        while store.run(f"late{number}") is None:
            time.sleep(0.002)
        shown.append(time.perf_counter() - began)
    middle, most = sorted(shown)[10] * 1000, max(shown) * 1000
    print(f"from append to the runs page: {middle:.0f} ms in the middle, {most:.0f} ms at most")
    workspace.close()


def page_of_a_long_run(folder: Path) -> None:
    workspace = Workspace.open(folder)
    for events, saved in batches("long", 1000):
        workspace.journal.append(events, checkpoint=saved)
    store = workspace.trajectories()
    store.settle()
    for what, work in (
        ("all events", lambda: workspace.events("long")),
        ("all steps", lambda: store.steps("long")),
        ("the newest events", lambda: workspace.events("long", 7990)),
    ):
        print(f"a run of 1,000 steps, {what}: {cpu_us(work) / 1000:.2f} ms cpu")
    workspace.close()


def cpu_us(work: Callable[[], object]) -> float:
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1000


def show(what: str, ours: float, bare: float) -> None:
    print(f"{what}: {ours:.1f} µs cpu, {ours - bare:.1f} more than one bare SQLite commit of {bare:.1f} µs")


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


if __name__ == "__main__":
    main()
