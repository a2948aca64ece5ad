"""A call of a tool gives an observation, whatever the tool or the model does."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Literal

import pytest

from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.errors import ToolUnknown
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.from_function import FunctionTool, tool_from_function
from purpose_agent.tools.port import Tool, ToolContext, ToolOutput
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.signature import signature_line
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import JSON

HERE = ToolContext(run_id="r1", step=0, call_id="c1")


def call(box: ToolBox, name: str, timeout_s: float = 5.0, **args: JSON) -> ToolOutput:
    return asyncio.run(box.call(name, args, HERE, timeout_s))


@tool_from_function
def lookup(term: str, limit: int = 5, kind: Literal["word", "name"] = "word", tags: list[str] | None = None) -> str:
    """Look a term up.

    The rest is for people.
    """
    return f"{term} {limit} {kind} {tags}"


def test_a_signature_line_tells_types_choices_and_what_may_be_left_out() -> None:
    assert signature_line(CalculatorTool()) == "calculator(expression: string) Evaluate arithmetic."
    assert signature_line(lookup) == (
        'lookup(term: string, limit?: integer = 5, kind?: "name"|"word" = "word", tags?: string[]|null = null) '
        "Look a term up."
    )


def test_the_shipped_tools_are_tools() -> None:
    for tool in (CalculatorTool(), ReadFileTool("."), WriteFileTool("."), PythonExecTool(), lookup):
        assert isinstance(tool, Tool)
    assert ToolBox([CalculatorTool()]).specs()[0].parameters["required"] == ["expression"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({}, "The call of lookup lacks term."),
        ({"term": 3}, "The argument term of lookup must be string, not 3."),
        ({"term": "a", "kind": "x"}, "The argument kind of lookup must be one of 'name' or 'word', not 'x'."),
        ({"term": "a", "colour": 1}, "The call of lookup has no argument colour."),
        ({"term": "a", "limit": True}, "The argument limit of lookup must be integer, not True."),
    ],
)
def test_arguments_that_do_not_fit_get_a_sentence_and_the_signature(args: dict[str, JSON], sentence: str) -> None:
    output = asyncio.run(ToolBox([lookup]).call("lookup", args, HERE))
    assert not output.ok
    assert output.text.startswith(sentence)
    assert "Call it as lookup(term: string" in output.text


def test_an_unknown_tool_is_told_with_the_names_there_are() -> None:
    assert call(ToolBox([CalculatorTool()]), "abacus").text == (
        "There is no tool called 'abacus'. Tools here: calculator."
    )
    with pytest.raises(ToolUnknown):
        ToolBox([CalculatorTool()]).only(["abacus"])


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="calculator"):
        ToolBox([CalculatorTool(), CalculatorTool()])


def test_a_tool_that_raises_gives_an_observation() -> None:
    @tool_from_function
    def broken() -> str:
        raise KeyError("lost")

    output = call(ToolBox([broken]), "broken")
    assert not output.ok
    assert output.text.startswith("The tool broken failed: KeyError: 'lost'")


def test_a_quick_tool_that_raises_gives_an_observation() -> None:
    @tool_from_function(quick=True)
    def broken() -> str:
        raise RuntimeError

    assert "RuntimeError" in call(ToolBox([broken]), "broken").text


def test_a_tool_that_hangs_is_left_behind_after_its_time() -> None:
    release = threading.Event()

    @tool_from_function
    def hangs() -> str:
        release.wait(30)
        return "late"

    started = time.monotonic()
    output = call(ToolBox([hangs]), "hangs", timeout_s=0.2)
    release.set()
    assert time.monotonic() - started < 2
    assert output.text.startswith("The tool hangs did not finish within 0.2 s.")


def test_an_async_tool_is_really_stopped_at_its_time() -> None:
    stopped = []

    @tool_from_function
    async def sleeps() -> str:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            stopped.append(True)
            raise
        return "late"

    assert not call(ToolBox([sleeps]), "sleeps", timeout_s=0.1).ok
    assert stopped == [True]


def test_megabytes_of_output_are_cut_and_said_to_be_cut() -> None:
    @tool_from_function
    def floods() -> ToolOutput:
        return ToolOutput(text="x" * 5_000_000, changed={"big": "y" * 5_000_000})

    output = call(ToolBox([floods]), "floods")
    assert output.truncated
    assert len(output.text) < 21_000
    assert output.text.endswith("[cut: 5,000,000 characters in all]")
    assert output.changed == {}


def test_a_tool_that_gives_something_else_is_told() -> None:
    class Odd(CalculatorTool):
        def call(self, args: object, context: ToolContext) -> ToolOutput:
            return 3  # type: ignore[return-value]

    assert "gave a int" in call(ToolBox([Odd()]), "calculator", expression="1").text


def test_a_function_becomes_a_tool_with_typed_arguments_and_stays_callable() -> None:
    assert call(ToolBox([lookup]), "lookup", term="a", tags=["x"]).text == "a 5 word ['x']"
    assert lookup("b") == "b 5 word None"
    assert isinstance(lookup, FunctionTool)
    assert lookup.side_effects


def test_a_function_may_ask_for_the_context_and_return_data() -> None:
    @tool_from_function(side_effects=False)
    def where(context: ToolContext) -> dict[str, str]:
        return {"run": context.run_id}

    assert call(ToolBox([where]), "where").text == '{"run":"r1"}'
    assert where.parameters["properties"] == {}


def test_a_function_whose_arguments_json_cannot_carry_is_refused_when_it_is_made() -> None:
    def odd(place: type[Path], *rest: int) -> str:
        return ""

    with pytest.raises(ValueError, match="odd"):
        tool_from_function(odd)


def test_python_runs_in_the_sandbox_and_its_output_is_the_observation() -> None:
    box = ToolBox([PythonExecTool(timeout_s=5)])
    assert call(box, "python_exec", code="print(6 * 7)") == ToolOutput(text="42")
    failed = call(box, "python_exec", code="print('a')\n1 / 0")
    assert not failed.ok
    assert failed.text.startswith("a\n[errors]\nTraceback")
    assert failed.text.endswith("[not finished] ZeroDivisionError: division by zero")


def test_python_that_never_ends_is_killed_when_the_call_times_out() -> None:
    started = time.monotonic()
    output = call(ToolBox([PythonExecTool(timeout_s=30)]), "python_exec", timeout_s=0.5, code="while True: pass")
    assert time.monotonic() - started < 2
    assert not output.ok
