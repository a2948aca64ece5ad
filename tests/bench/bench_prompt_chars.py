"""How many characters a run of 50 steps sends to models, actor and critic together, and whether it grows evenly.

    python tests/bench/bench_prompt_chars.py

The four standard tools stand in every prompt; each step calls one of them or puts forward a draft, and each change is
judged. Even growth means: the second 25 steps cost what the first 25 cost.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
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


def decide(step: int) -> str:
    """Three sums, then a draft, over and over."""
    if step % 4 == 3:
        return json.dumps({"thought": "sum up", "answer": f"The total up to {step} is {step * (step + 1) // 2}."})
    return json.dumps({"thought": "go on", "tool": "calculator", "args": {"expression": f"{step} * ({step} + 1) / 2"}})


def chars(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


def main() -> None:
    actor = ScriptedBackend([decide(step) for step in range(STEPS)], name="scripted:actor")
    verdict = '{"phi": 5, "evidence": "result", "confidence": 0.7, "looks_like_progress": false}'
    judge = ScriptedBackend([verdict], name="scripted:judge", cycle=True)
    helper = AgentSpec(role="helper", instructions="Do the task with the tools that help.", tools=TOOLS, answers=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        journal = Journal(root / "journal.sqlite")
        box = ToolBox([CalculatorTool(), ReadFileTool(root), WriteFileTool(root), PythonExecTool()])
        orchestrator = Orchestrator(backend=actor, critic_backend=judge, journal=journal, toolbox=box)
        spec = RunSpec(
            run_id="bench",
            task=Task(text="Work out the sum of the numbers from 1 to 50, step by step"),
            purpose="Analyze sales data",
            agents=(helper,),
            budget=Budget(steps=STEPS),
        )
        result = asyncio.run(orchestrator.run(spec))
        journal.close()
    sent = [chars(call) for call in actor.calls]
    judged = [chars(call) for call in judge.calls]
    half = STEPS // 2
    figures = {
        "steps": result.steps,
        "actor": sum(sent),
        "critic": sum(judged),
        "critic_calls": len(judged),
        "total": sum(sent) + sum(judged),
        "target": TARGET,
        "system_part": len(actor.calls[0][0].content),
        "second_half_to_first": round(
            (sum(sent[half:]) + sum(judged[half:])) / (sum(sent[:half]) + sum(judged[:half])), 3
        ),
        "critic_smallest_and_largest": [min(judged), max(judged)],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
