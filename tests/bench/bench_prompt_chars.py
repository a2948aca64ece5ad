"""How many characters a run of 50 steps sends to models, actor and critic together, and whether it grows evenly.

    python tests/bench/bench_prompt_chars.py

The four standard tools stand in every prompt; each step calls one of them or puts forward a draft, and each change is
judged. Even growth means: the second 25 steps cost what the first 25 cost.
"""

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.models.backend import Message
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.storage.journal import Journal
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import Budget, Task

STEPS, TARGET = 50, 76_000
TOOLS = ("calculator", "read_file", "write_file", "python_exec")
PURPOSE = "Analyze sales data"
TASK = "Work out the sum of the numbers from 1 to 50, step by step"
INSTRUCTIONS = "Do the task with the tools that help."


def decide(step: int) -> str:
    """Three sums, then a draft, over and over."""
    if step % 4 == 3:
        return json.dumps({"thought": "sum up", "answer": f"The total up to {step} is {step * (step + 1) // 2}."})
    return call(step)


def call(step: int) -> str:
    """A sum, as the actor asks for it."""
    return json.dumps({"thought": "go on", "tool": "calculator", "args": {"expression": expression(step)}})


def expression(step: int) -> str:
    return f"{step} * ({step} + 1) / 2"


def chars(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


@dataclass(frozen=True)
class Sent:
    """Characters of each call."""

    steps: int
    actor: list[int]
    critic: list[int]
    system_part: int

    @property
    def total(self) -> int:
        return sum(self.actor) + sum(self.critic)


def sent(decide: Callable[[int], str]) -> Sent:
    """What a run of STEPS steps sends, given what the actor decides at each."""
    actor = ScriptedBackend([decide(step) for step in range(STEPS)], name="scripted:actor")
    verdict = '{"phi": 5, "evidence": "result", "confidence": 0.7, "looks_like_progress": false}'
    judge = ScriptedBackend([verdict], name="scripted:judge", cycle=True)
    helper = AgentSpec(role="helper", instructions=INSTRUCTIONS, tools=TOOLS, answers=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        journal = Journal(root / "journal.sqlite")
        box = ToolBox([CalculatorTool(), ReadFileTool(root), WriteFileTool(root), PythonExecTool()])
        orchestrator = Orchestrator(backend=actor, critic_backend=judge, journal=journal, toolbox=box)
        spec = RunSpec(
            run_id="bench", task=Task(text=TASK), purpose=PURPOSE, agents=(helper,), budget=Budget(steps=STEPS)
        )
        result = asyncio.run(orchestrator.run(spec))
        journal.close()
    return Sent(
        steps=result.steps,
        actor=[chars(call) for call in actor.calls],
        critic=[chars(call) for call in judge.calls],
        system_part=len(actor.calls[0][0].content),
    )


def main() -> None:
    figures = sent(decide)
    half = STEPS // 2
    first, second = (sum(figures.actor[part]) + sum(figures.critic[part]) for part in (slice(half), slice(half, None)))
    told = {
        "steps": figures.steps,
        "actor": sum(figures.actor),
        "critic": sum(figures.critic),
        "critic_calls": len(figures.critic),
        "total": figures.total,
        "target": TARGET,
        "system_part": figures.system_part,
        "second_half_to_first": round(second / first, 3),
        "critic_smallest_and_largest": [min(figures.critic), max(figures.critic)],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
