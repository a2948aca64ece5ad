"""An agno agent that takes the same steps as ours in `bench_step`: a scripted model calls the calculator each time.

Nothing is stored, judged or sent: no database, telemetry off. One step is one reply of the model and one call of the
tool. Both ways to run it are here, since they cost different amounts: `run`, and `arun` with the tool as a coroutine
(agno calls a plain function from `arun` in a thread, which is dearer still).
"""

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from agno.agent import Agent
from agno.metrics import MessageMetrics
from agno.models.base import Model
from agno.models.response import ModelResponse

from purpose_agent.tools.calculator import calculate

NAME = f"agno {version('agno')}"


@dataclass
class ScriptedModel(Model):
    """Asks for a new sum `steps` times, then answers."""

    id: str = "scripted"
    steps: int = 0
    calls: int = 0

    def _reply(self) -> ModelResponse:
        self.calls += 1
        usage = MessageMetrics(input_tokens=250, output_tokens=25, total_tokens=275)
        if self.calls > self.steps:
            return ModelResponse(role="assistant", content="done", response_usage=usage)
        function = {"name": "calculator", "arguments": json.dumps({"expression": f"{self.calls} + 1"})}
        call = {"id": f"call_{self.calls}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call], response_usage=usage)

    def invoke(self, *_: Any, **__: Any) -> ModelResponse:
        return self._reply()

    async def ainvoke(self, *_: Any, **__: Any) -> ModelResponse:
        return self._reply()

    def invoke_stream(self, *_: Any, **__: Any) -> Iterator[ModelResponse]:
        yield self._reply()

    async def ainvoke_stream(self, *_: Any, **__: Any) -> AsyncIterator[ModelResponse]:
        yield self._reply()

    def _parse_provider_response(self, response: Any, **_: Any) -> ModelResponse:
        return response

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        return response


def calculator(expression: str) -> str:
    """Evaluate arithmetic."""
    return str(calculate(expression))


async def calculator_as_coroutine(expression: str) -> str:
    """Evaluate arithmetic."""
    return str(calculate(expression))


calculator_as_coroutine.__name__ = "calculator"


def run(steps: int) -> float:
    """CPU seconds of one run."""
    return _cpu(steps, calculator, lambda agent, task: agent.run(task))


def arun(steps: int) -> float:
    """CPU seconds of one run, as coroutines."""
    return _cpu(steps, calculator_as_coroutine, lambda agent, task: asyncio.run(agent.arun(task)))


def _cpu(steps: int, tool: Callable[[str], Any], go: Callable[[Agent, str], Any]) -> float:
    model = ScriptedModel(steps=steps)
    agent = Agent(
        model=model,
        tools=[tool],
        description="Work out sums with care",
        instructions="Do the task with the tools that help.",
        telemetry=False,
    )
    gc.collect()
    before = time.process_time()
    result = go(agent, "Add up the numbers from 1 to 1000, one after the other")
    cpu = time.process_time() - before
    called = [call.result for call in result.tools]
    assert called == [str(number + 1) for number in range(1, steps + 1)], called[-3:]
    return cpu
