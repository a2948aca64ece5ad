"""A pydantic-ai agent with the four tools of ours, and what it sends to its model over steps that each call a tool.

A character is counted when it stands in what a model reads: instructions, prompts, the name and arguments of each call,
the name and result of each return, and the name, description and JSON schema of each tool, as they go with every
request. Ids, roles, timestamps and the JSON around the messages are not counted, and the scripted model says nothing
beside its calls, so this is the least that any provider would be sent.
"""

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import UsageLimits

from purpose_agent.tools.calculator import calculate

NAME = f"pydantic-ai {version('pydantic-ai-slim')}"


def calculator(expression: str) -> str:
    """Evaluate arithmetic."""
    return str(calculate(expression))


def read_file(path: str) -> str:
    """Read a text file of the working folder."""
    raise NotImplementedError(path)


def write_file(path: str, text: str) -> str:
    """Write a text file into the working folder, replacing what it held."""
    raise NotImplementedError(path, text)


def python_exec(code: str, stdin: str = "") -> str:
    """Run a Python program and see what it prints."""
    raise NotImplementedError(code, stdin)


def sent(
    steps: int, expression: Callable[[int], str], *, purpose: str, task: str, instructions: str
) -> tuple[list[int], list[int]]:
    """Characters of each of `steps` requests: messages, tool definitions."""
    messages_of: list[int] = []
    tools_of: list[int] = []

    async def reply(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        step = len(messages_of)
        if step == steps:
            return ModelResponse(parts=[TextPart("done")])
        messages_of.append(len(info.instructions or "") + sum(_message(message) for message in messages))
        tools_of.append(sum(_tool(tool) for tool in info.function_tools))
        return ModelResponse(parts=[ToolCallPart("calculator", {"expression": expression(step)})])

    agent = Agent(
        FunctionModel(reply),
        instructions=f"{purpose}\n{instructions}",
        tools=[calculator, read_file, write_file, python_exec],
    )
    agent.run_sync(task, usage_limits=UsageLimits(request_limit=None))
    assert len(messages_of) == steps
    return messages_of, tools_of


def _message(message: ModelMessage) -> int:
    """Instructions come with the request, so those that a message repeats are not counted again."""
    assert isinstance(message, ModelRequest | ModelResponse)
    return sum(_part(part) for part in message.parts)


def _part(part: Any) -> int:
    if isinstance(part, ToolCallPart):
        return len(part.tool_name) + len(part.args_as_json_str())
    if isinstance(part, ToolReturnPart):
        return len(part.tool_name) + len(part.model_response_str())
    return len(part.content)


def _tool(tool: ToolDefinition) -> int:
    schema = json.dumps(tool.parameters_json_schema, separators=(",", ":"))
    return len(tool.name) + len(tool.description or "") + len(schema)
