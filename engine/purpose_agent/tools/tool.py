"""The box in which an agent finds its tools.

A call never ends a run: arguments that do not fit, an error in the tool, a hang and megabytes of output all become an
observation that says so. A tool that is `quick` promises to be pure and bounded and is called in place; any other is
called in a thread of its own with a time limit. Python cannot stop a thread: after the limit the run goes on and the
thread is left behind (a daemon, so it never keeps the program alive). A tool that must really be stoppable does its
work in a process, as `PythonExecTool` does, and gives an `acall`, which is cancelled instead.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from purpose_agent.models.backend import ToolSpec
from purpose_agent.storage.stored_json import decode_facts, encoded
from purpose_agent.tools.arguments import checker, sentence
from purpose_agent.tools.errors import ToolArgsInvalid, ToolError, ToolTimedOut, ToolUnknown
from purpose_agent.tools.port import Tool, ToolContext, ToolOutput
from purpose_agent.tools.signature import signature, signature_line
from purpose_agent.types import JSON, whole_characters

__all__ = [
    "MAX_OUTPUT_CHARS",
    "Tool",
    "ToolArgsInvalid",
    "ToolBox",
    "ToolContext",
    "ToolError",
    "ToolOutput",
    "ToolUnknown",
]

MAX_OUTPUT_CHARS = 20_000
_T = TypeVar("_T")
_Kinds: TypeAlias = tuple[type[BaseException], ...]
_FAULTS: _Kinds = (Exception, SystemExit)  # a tool that says `sys.exit()` must not end the program


class ToolBox:
    """The tools of one agent by name; two of one name are a ValueError."""

    def __init__(self, tools: Sequence[Tool] = (), *, max_output_chars: int = MAX_OUTPUT_CHARS) -> None:
        self._tools: dict[str, Tool] = {}
        self._checks: dict[str, Callable[[Any], Iterator[Any]]] = {}
        self._max_output_chars = max_output_chars
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name!r}")
            self._tools[tool.name] = tool

    def __contains__(self, name: str) -> bool:
        return name in self._tools

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def get(self, name: str) -> Tool:
        """The tool. Raises ToolUnknown with the names there are."""
        if name not in self._tools:
            there = ", ".join(self._tools) or "none"
            raise ToolUnknown(f"There is no tool called {name!r}.", f"Tools here: {there}.")
        return self._tools[name]

    def only(self, names: Sequence[str]) -> "ToolBox":
        """A box with these tools. Raises ToolUnknown."""
        return ToolBox([self.get(name) for name in names], max_output_chars=self._max_output_chars)

    def specs(self) -> tuple[ToolSpec, ...]:
        """For models that take tools by schema."""
        return tuple(
            ToolSpec(name=tool.name, description=tool.description, parameters=tool.parameters) for tool in self
        )

    def signatures(self) -> tuple[str, ...]:
        """For prompts, one line per tool."""
        return tuple(signature_line(tool) for tool in self)

    async def call(
        self, name: str, args: Mapping[str, JSON], context: ToolContext, timeout_s: float = 30.0
    ) -> ToolOutput:
        """Call a tool. Whatever happens in it is told by the output; raises only when the caller is cancelled."""
        try:
            tool = self.get(name)
            given = dict(args)
            self._validate(tool, given)
            output = await _call(tool, given, context, timeout_s)
        except ToolError as problem:
            output = ToolOutput(text=str(problem), ok=False)
        return self._bounded(output)

    def _validate(self, tool: Tool, args: dict[str, JSON]) -> None:
        check = self._checks.get(tool.name)
        if check is None:
            check = self._checks[tool.name] = checker(tool.parameters)
        for problem in check(args):
            raise ToolArgsInvalid(sentence(tool.name, problem), f"Call it as {signature(tool)}.")

    def _bounded(self, output: ToolOutput) -> ToolOutput:
        limit = self._max_output_chars
        if len(output.text) <= limit and not _is_heavy(output.changed, limit):
            return output
        cut = (
            f"{output.text[:limit]}\n[cut: {len(output.text):,} characters in all]"
            if len(output.text) > limit
            else output.text
        )
        changed = {} if _is_heavy(output.changed, limit) else output.changed
        return msgspec.structs.replace(output, text=cut, changed=changed, truncated=True)


async def _call(tool: Tool, args: dict[str, JSON], context: ToolContext, timeout_s: float) -> ToolOutput:
    if tool.quick:
        return _in_words(tool, lambda: tool.call(args, context))
    acall = getattr(tool, "acall", None)
    try:
        async with asyncio.timeout(timeout_s):
            if acall is None:
                return await _in_thread(lambda: _in_words(tool, lambda: tool.call(args, context), (BaseException,)))
            return _checked(tool, await acall(args, context))
    except TimeoutError as problem:
        raise ToolTimedOut(
            f"The tool {tool.name} did not finish within {timeout_s:g} s.", "Ask for less at once, or try another way."
        ) from problem
    except ToolError:
        raise
    except _FAULTS as problem:
        raise _told(tool, problem) from problem


def _in_words(tool: Tool, work: Callable[[], Any], caught: _Kinds = _FAULTS) -> ToolOutput:
    """Call anyone's code: what it raises becomes a ToolError. In a thread of its own an interrupt is only its own."""
    try:
        return _checked(tool, work())
    except ToolError:
        raise
    except caught as problem:
        raise _told(tool, problem) from problem


def _told(tool: Tool, problem: BaseException) -> ToolError:
    said = str(problem) or type(problem).__name__
    return ToolError(f"The tool {tool.name} failed: {type(problem).__name__}: {said[:500]}", "Try other arguments.")


def _checked(tool: Tool, output: object) -> ToolOutput:
    """What a tool gave, if the log can hold it: text, and facts of plain values."""
    if not isinstance(output, ToolOutput) or not isinstance(output.text, str):
        given = output.text if isinstance(output, ToolOutput) else output
        raise ToolError(
            f"The tool {tool.name} gave a {type(given).__name__} where its text belongs.", "Report it to its author."
        )
    return msgspec.structs.replace(output, text=whole_characters(output.text), changed=_plain(tool, output.changed))


def _plain(tool: Tool, facts: dict[str, JSON]) -> dict[str, JSON]:
    """The facts as they will be read back from the log."""
    try:
        return decode_facts(encoded(facts)) if facts else facts
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as problem:
        raise ToolError(
            f"The tool {tool.name} gave facts that are not plain values.", "Report it to its author."
        ) from problem


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Run in a daemon thread that is left behind when the caller stops waiting."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(act: Callable[[Any], None], value: object) -> None:
        if not done.done():
            act(value)

    def target() -> None:
        try:
            outcome, act = work(), done.set_result
        except Exception as problem:  # noqa: BLE001  handed over to the waiting side as it is
            outcome, act = problem, done.set_exception  # type: ignore[assignment]
        try:
            loop.call_soon_threadsafe(settle, act, outcome)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=target, daemon=True, name="tool").start()
    return await done


def _is_heavy(changed: dict[str, JSON], limit: int) -> bool:
    return bool(changed) and len(json.dumps(changed, default=str)) > limit
