"""The loop with everything real: built-in model, sandbox, journal, bus, memory, tools."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.core.task_reading import read_task
from purpose_agent.memory.memory import Memory
from purpose_agent.models.builtin.backend import BuiltinBackend
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.sandbox.probe import probe
from purpose_agent.storage.journal import Journal
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import RunResult, Task

CODER = AgentSpec(
    role="coder", instructions="Write Python.", tools=("calculator", "write_file", "read_file"), answers=True
)
TEAM = (AgentSpec(role="architect"), CODER, AgentSpec(role="tester"))

needs_walls = pytest.mark.skipif(not probe().holds, reason="no wall holds here, so no code is run")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.sqlite")
        self.bus = EventBus(catch_up=self.journal.events)
        self.memory = Memory(self.journal)
        self.box = ToolBox([CalculatorTool(), ReadFileTool(folder), WriteFileTool(folder), PythonExecTool()])

    def run(self, run_id: str, text: str, backend: object = None, **more: object) -> RunResult:
        orchestrator = Orchestrator(
            backend=backend or BuiltinBackend(),
            journal=self.journal,
            bus=self.bus,
            memory=self.memory,
            toolbox=self.box,
        )
        task = more.pop("task", None) or read_task(Task(text=text))
        given = {"run_id": run_id, "task": task, "purpose": "Help me write Python code", "agents": TEAM, **more}
        return asyncio.run(orchestrator.run(RunSpec(**given)))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.bus.close()
    made.journal.close()


@needs_walls
def test_a_well_known_function_is_found_tested_and_makes_a_lesson(bench: Bench) -> None:
    watching = bench.bus.subscribe("r", audience="debug")
    result = bench.run("r", "Write a fibonacci function")
    assert result.success
    assert (result.score.tier, result.phi) == ("generated_tests", 10.0)
    assert "def fibonacci" in result.answer
    assert len(result.born) == 1
    heard = []
    while (event := watching.get(0)) is not None:
        heard.append(event)
    assert heard == bench.journal.events("r"), "who watches sees what is stored"


@needs_walls
def test_an_approved_lesson_makes_a_related_task_cheaper(bench: Bench) -> None:
    examples = "f([1, 2, 4]) -> 6, f([]) -> 0, f([3, 3]) -> 0, f([9, 10]) -> 10"
    text = f"Write f that adds up the even numbers of a list: {examples}"
    first = bench.run("r1", text)
    assert first.success
    bench.memory.ledger.approve(first.born[0], by="person")
    related = text.replace("f(", "g(").replace("Write f", "Write g")
    second = bench.run("r2", related)
    assert second.success
    assert second.usage.attempts < first.usage.attempts / 4
    assert [use.card_id for use in second.lessons] == [first.born[0]]


@needs_walls
def test_a_scripted_model_mends_its_draft_by_what_the_tests_say(bench: Bench) -> None:
    wrong = json.dumps({"answer": "```python\ndef double(n):\n    return n + n + 1\n```"})
    right = json.dumps({"answer": "```python\ndef double(n):\n    return 2 * n\n```"})
    model = ScriptedBackend([wrong, right])
    task = Task(text="Write double", tests=("assert double(2) == 4", "assert double(0) == 0"))
    result = bench.run("r", "", model, task=task, agents=(CODER,), mode="eval")
    assert (result.success, result.steps, result.score.passed) == (True, 2, 2)
    assert "failing: " in model.calls[1][-1].content
    assert "assert double(2) == 4" in model.calls[1][-1].content


def test_a_file_is_written_once_and_its_fact_is_in_the_state(bench: Bench, tmp_path: Path) -> None:
    write = json.dumps({"tool": "write_file", "args": {"path": "note.txt", "text": "hello"}})
    judge = '{"phi":6,"evidence":"note.txt","confidence":0.9}'
    model = ScriptedBackend([write, judge, '{"answer":"written","done":true}', judge])
    result = bench.run("r", "Leave a note", model, agents=(CODER,))
    assert result.status == "done"
    written = list(tmp_path.rglob("note.txt"))
    assert [file.read_text() for file in written] == ["hello"]
    intent = bench.journal.intent("r", "r:0:write_file")
    assert intent is not None
    assert intent.outcome is not None
