"""What one more step costs: CPU time, syncs, and whether both stay flat.

    python tests/bench/bench_step.py [--steps 500] [--rounds 7] [--folder DIR]

A scripted model calls the calculator, a scripted critic judges each change, the journal is a real SQLite file with
synchronous=FULL, and the bus has one subscriber. CPU time of the process is measured, since wall time is noisy. The
price of a step is the slope between a short and a long run, so starting and ending a run do not count.

Two folders are measured, one in memory (/dev/shm) where there is one and the given one, by itself the temporary folder.
In memory a sync costs nothing and does not wait, so that is the price of our own code. On a disk the kernel's work for
the sync comes on top: each figure stands beside a bare SQLite commit of as many bytes in the same place (WAL,
synchronous=FULL), taken in turn with it. What is left beyond that on a disk is what any wait costs on a machine whose
caches are cold afterwards: `wait_penalty_us` measures that with a plain sleep of 0.3 ms per step in memory, its own
cost taken off. Syncs are counted by strace where there is one.
"""

import argparse
import asyncio
import gc
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.models.backend import Message, Reply
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.events import Event
from purpose_agent.storage.journal import Checkpoint, Journal
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import JSON, Budget, Task, Usage

SHORT, LONG = 50, 500
TOOLS = ("calculator", "read_file", "write_file", "python_exec")
TARGET_US = 150.0
PAUSE_S = 0.0003
IN_MEMORY = Path("/dev/shm")


class CountingJournal(Journal):
    """Counts its transactions: one sync each."""

    transactions = 0
    pause_s = 0.0

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None:
        self.transactions += 1
        super().append(events, checkpoint=checkpoint)
        if self.pause_s:
            time.sleep(self.pause_s)

    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None:
        self.transactions += 1
        super().record_intent(run_id, key, tool, args)


class Actor:
    """Calls the calculator with a new sum at each step; answers from memory, so that the loop is what is measured."""

    name = "scripted:actor"
    capabilities = ScriptedBackend.capabilities

    def __init__(self) -> None:
        self.calls = 0

    async def generate(self, messages: Sequence[Message], **_: object) -> Reply:
        self.calls += 1
        text = f'{{"thought":"add the next one","tool":"calculator","args":{{"expression":"{self.calls} + 1"}}}}'
        return Reply(text=text, usage=Usage(prompt_tokens=250, completion_tokens=25, calls=1))

    async def aclose(self) -> None:
        pass


class Judge(Actor):
    """Cites what changed, and says 5."""

    name = "scripted:judge"

    async def generate(self, messages: Sequence[Message], **_: object) -> Reply:
        self.calls += 1
        text = '{"phi":5,"evidence":"result","confidence":0.7,"looks_like_progress":false}'
        return Reply(text=text, usage=Usage(prompt_tokens=150, completion_tokens=20, calls=1))


def one_run(steps: int, folder: Path) -> dict[str, float]:
    journal, bus, actor, judge = CountingJournal(folder / "journal.sqlite"), EventBus(), Actor(), Judge()
    subscription = bus.subscribe("bench", bound=100_000)
    tools = ToolBox([CalculatorTool(), ReadFileTool(folder), WriteFileTool(folder), PythonExecTool()])
    orchestrator = Orchestrator(backend=actor, critic_backend=judge, journal=journal, bus=bus, toolbox=tools)
    helper = AgentSpec(role="helper", instructions="Do the task with the tools that help.", tools=TOOLS, answers=True)
    spec = RunSpec(
        run_id="bench",
        task=Task(text="Add up the numbers from 1 to 1000, one after the other"),
        purpose="Work out sums with care",
        agents=(helper,),
        budget=Budget(steps=steps),
    )
    gc.collect()
    before, transactions = time.process_time(), journal.transactions
    result = asyncio.run(orchestrator.run(spec))
    cpu = time.process_time() - before
    assert result.steps == steps, result
    assert journal.last_seq("bench") + 1 == len(journal.events("bench"))
    events = len(journal.events("bench"))
    [(stored,)] = journal.query("SELECT sum(length(body) + coalesce(length(checkpoint), 0)) FROM events")
    subscription.close()
    bus.close()
    journal.close()
    return {
        "cpu": cpu,
        "transactions": journal.transactions - transactions,
        "events": events,
        "bytes": stored,
        "critic_calls": judge.calls,
    }


def one_more_step(folder: Path, steps: int) -> dict[str, float]:
    """Everything per step, as the slope between a run of SHORT and one of `steps` steps."""
    with tempfile.TemporaryDirectory(dir=folder) as one, tempfile.TemporaryDirectory(dir=folder) as two:
        short, long = one_run(SHORT, Path(one)), one_run(steps, Path(two))
    return {name: (long[name] - short[name]) / (steps - SHORT) for name in long}


def bare_commits_us(folder: Path, size: int, commits: int) -> float:
    """CPU of one commit of `size` bytes by SQLite alone, set up as the journal is: the least that a step can cost."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        connection = sqlite3.connect(Path(home, "bare.sqlite"), isolation_level=None)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=16384"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, body BLOB)")
        body = b"x" * size
        gc.collect()
        before = time.process_time()
        for _ in range(commits):
            connection.execute("INSERT INTO kept (body) VALUES (?)", (body,))
        cpu = time.process_time() - before
        connection.close()
    return cpu / commits * 1e6


def measure(folder: Path, steps: int, rounds: int) -> dict[str, object]:
    """One folder: our step to the middle and to the end of a long run, and the bare commit, in turn in each round."""
    lengths = (steps // 2, steps)
    ours: dict[int, list[float]] = {length: [] for length in lengths}
    bare: list[float] = []
    for _ in range(rounds):
        for length in lengths:
            step = one_more_step(folder, length)
            ours[length].append(step["cpu"] * 1e6)
        bare.append(bare_commits_us(folder, round(step["bytes"]), steps))
    middle, end = (statistics.median(ours[length]) for length in lengths)
    return {
        "us_per_step": {f"{SHORT} to {length}": _told(ours[length]) for length in lengths},
        "bare_commit_us": _told(bare),
        "more_than_the_bare_commit_us": round(end - statistics.median(bare), 1),
        "long_to_middle": round(end / middle, 3),
        "bytes_per_step": round(step["bytes"]),
        "transactions_per_step": step["transactions"],
        "events_per_step": round(step["events"], 2),
        "critic_calls_per_step": step["critic_calls"],
    }


def _told(found: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(found), 1), "best": round(min(found), 1)}


def wait_penalty_us(steps: int) -> float:
    """CPU that a step costs more when the process slept 0.3 ms before it, the sleep itself not counted."""

    def cost(pause: float) -> float:
        CountingJournal.pause_s = pause
        with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
            return one_run(steps, Path(folder))["cpu"] / steps * 1e6

    awake = statistics.median(cost(0) for _ in range(3))
    woken = statistics.median(cost(PAUSE_S) for _ in range(3))
    CountingJournal.pause_s = 0.0
    before = time.process_time()
    for _ in range(steps):
        time.sleep(PAUSE_S)
    return woken - awake - (time.process_time() - before) / steps * 1e6


def syncs_per_step(folder: Path) -> float | None:
    """Real fsync and fdatasync calls between runs of two lengths; None without strace."""
    if shutil.which("strace") is None:
        return None
    counts = []
    for steps in (SHORT, 4 * SHORT):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            me = [sys.executable, __file__, "--one", str(steps), "--folder", home]
            traced = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", f"{home}/calls", *me]
            subprocess.run(traced, check=True, timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
            counts.append(sum("sync(" in line for line in Path(home, "calls").read_text().splitlines()))
    return (counts[1] - counts[0]) / (3 * SHORT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=LONG)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--one", type=int, help="one run of so many steps and no more")
    given = parser.parse_args()
    if given.one:
        one_run(given.one, given.folder)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as warm:
        one_run(20, Path(warm))
    places = {"memory": IN_MEMORY} if IN_MEMORY.is_dir() else {}
    for place, folder in (places | {"given folder": given.folder}).items():
        print(json.dumps({"journal in": place, **measure(folder, given.steps, given.rounds)}, indent=2))
    print(json.dumps({"syncs_per_step": syncs_per_step(given.folder), "wait_penalty_us": wait_us(given.steps)}))
    print(f"target: at most {TARGET_US:g} µs CPU and exactly 1 sync per step, flat")


def wait_us(steps: int) -> float | None:
    return round(wait_penalty_us(steps), 1) if IN_MEMORY.is_dir() else None


if __name__ == "__main__":
    main()
