"""What one more step costs: CPU time, syncs, and whether both stay flat.

    python tests/bench/bench_step.py [--steps 500]

A scripted model calls the calculator, a scripted critic judges each change, the journal is a real SQLite file with
synchronous=FULL, and the bus has one subscriber. CPU time of the process is measured, since wall time is noisy. The
price of a step is the slope between a short and a long run, so starting and ending a run do not count. Syncs are
counted by strace where it is installed, else as transactions of the journal.
"""

import argparse
import asyncio
import gc
import json
import statistics
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
from purpose_agent.tools.toolbox import ToolBox
from purpose_agent.types import JSON, Budget, Task, Usage

SHORT, LONG = 50, 500
TOOLS = ("calculator", "read_file", "write_file", "python_exec")
TARGET_US = 150.0


class CountingJournal(Journal):
    """Counts its transactions: one sync each."""

    transactions = 0

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None:
        self.transactions += 1
        super().append(events, checkpoint=checkpoint)

    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None:
        self.transactions += 1
        super().record_intent(run_id, key, tool, args)


class Actor:
    """Calls the calculator with a new sum at each step; answers from memory, so that the loop is what is measured."""

    name = "scripted:actor"
    capabilities = ScriptedBackend.capabilities

    def __init__(self) -> None:
        self.chars = 0
        self.calls = 0

    async def generate(self, messages: Sequence[Message], **_: object) -> Reply:
        self.chars += sum(len(message.content) for message in messages)
        self.calls += 1
        text = f'{{"thought":"add the next one","tool":"calculator","args":{{"expression":"{self.calls} + 1"}}}}'
        return Reply(text=text, usage=Usage(prompt_tokens=250, completion_tokens=25, calls=1))

    async def aclose(self) -> None:
        pass


class Judge(Actor):
    """Cites what changed, and says 5."""

    name = "scripted:judge"

    async def generate(self, messages: Sequence[Message], **_: object) -> Reply:
        self.chars += sum(len(message.content) for message in messages)
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
    subscription.close()
    bus.close()
    journal.close()
    return {
        "cpu": cpu,
        "transactions": journal.transactions - transactions,
        "events": events,
        "chars": actor.chars + judge.chars,
        "critic_calls": judge.calls,
    }


def measure(long: int, rounds: int) -> dict[str, float]:
    slopes, chars = [], 0.0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            short_run, long_run = one_run(SHORT, Path(one)), one_run(long, Path(two))
        slopes.append((long_run["cpu"] - short_run["cpu"]) / (long - SHORT) * 1e6)
        more = {name: long_run[name] - short_run[name] for name in long_run}
        chars = short_run["chars"]
    return {
        "us_per_step_median": statistics.median(slopes),
        "us_per_step_best": min(slopes),
        "syncs_per_step": more["transactions"] / (long - SHORT),
        "events_per_step": more["events"] / (long - SHORT),
        "critic_calls_per_step": more["critic_calls"] / (long - SHORT),
        "chars_over_50_steps": chars,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=LONG)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    one_run_in_a_warm_process()
    halves = {steps: measure(steps, given.rounds) for steps in (given.steps // 2, given.steps)}
    for steps, figures in halves.items():
        print(json.dumps({"slope_between_steps": [SHORT, steps], **{k: round(v, 2) for k, v in figures.items()}}))
    print(f"target: at most {TARGET_US:g} µs CPU and exactly 1 sync per step, the same in both lines")


def one_run_in_a_warm_process() -> None:
    with tempfile.TemporaryDirectory() as folder:
        one_run(20, Path(folder))


if __name__ == "__main__":
    main()
