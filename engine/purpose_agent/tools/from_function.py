"""Make a tool of a plain Python function: its schema from the annotations, its words from the docstring."""

import inspect
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from purpose_agent.tools.port import ToolContext, ToolOutput
from purpose_agent.types import JSON


class FunctionTool:
    """A tool whose call is a function's. What it returns becomes the text; a ToolOutput is passed on as it is."""

    def __init__(
        self, function: Callable[..., object], *, name: str = "", description: str = "", side_effects: bool = True,
        quick: bool = False,
    ) -> None:  # fmt: skip
        self.name = name or function.__name__
        words = (inspect.getdoc(function) or "").split("\n\n")[0]
        self.description = description or " ".join(words.split())
        self.side_effects, self.quick = side_effects, quick
        self._function = function
        self._types, self._wants_context = _arguments(function)
        self.parameters: dict[str, JSON] = _schema(self._types)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself, so that a decorated name stays callable."""
        return self._function(*args, **kwargs)

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        given: dict[str, Any] = {
            name: msgspec.convert(value, self._types[name][0], strict=False) for name, value in args.items()
        }
        if self._wants_context:
            given["context"] = context
        return _output(self._function(**given))


class _AsyncFunctionTool(FunctionTool):
    """An `async def`: awaited on the loop, so a time limit really stops it."""

    async def acall(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        given = {name: msgspec.convert(value, self._types[name][0], strict=False) for name, value in args.items()}
        if self._wants_context:
            given["context"] = context
        result: Any = self._function(**given)
        return _output(await result)


@typing.overload
def tool_from_function(function: Callable[..., object]) -> FunctionTool: ...
@typing.overload
def tool_from_function(
    *, name: str = "", description: str = "", side_effects: bool = True, quick: bool = False
) -> Callable[[Callable[..., object]], FunctionTool]: ...
def tool_from_function(
    function: Callable[..., object] | None = None, *, name: str = "", description: str = "", side_effects: bool = True,
    quick: bool = False,
) -> FunctionTool | Callable[[Callable[..., object]], FunctionTool]:  # fmt: skip
    """Use as `@tool`, as `@tool(side_effects=False)`, or as a call.

    A tool is taken to have side effects unless it is said that it has none, so that a resumed run never repeats it by
    mistake. A parameter called `context` of type ToolContext is filled in and not shown. Raises ValueError for
    parameters that cannot be called by name.
    """

    def make(function: Callable[..., object]) -> FunctionTool:
        kind = _AsyncFunctionTool if inspect.iscoroutinefunction(function) else FunctionTool
        return kind(function, name=name, description=description, side_effects=side_effects, quick=quick)

    return make if function is None else make(function)


_Argument = tuple[Any, Any]  # type, default or Parameter.empty


def _arguments(function: Callable[..., object]) -> tuple[dict[str, _Argument], bool]:
    hints = typing.get_type_hints(function, include_extras=True)
    found: dict[str, _Argument] = {}
    wants_context = False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ValueError(f"the parameter {name} of {function.__name__} cannot be given by name")
        if hints.get(name) is ToolContext and name == "context":
            wants_context = True
            continue
        found[name] = (hints.get(name, str), parameter.default)
    return found, wants_context


def _schema(arguments: dict[str, _Argument]) -> dict[str, JSON]:
    kinds = [kind for kind, _ in arguments.values()]
    try:
        schemas, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    except TypeError as problem:
        raise ValueError(f"a parameter has a type that JSON cannot carry: {problem}") from problem
    properties: dict[str, JSON] = {}
    for (name, (_, default)), schema in zip(arguments.items(), schemas, strict=True):
        rule = _inlined(schema, definitions)
        if default is not inspect.Parameter.empty and (
            default is None or isinstance(default, str | int | float | bool)
        ):
            rule = {**rule, "default": default}
        properties[name] = rule
    required = [name for name, (_, default) in arguments.items() if default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _inlined(schema: Any, definitions: dict[str, Any], depth: int = 8) -> Any:
    """References replaced by what they mean: models read a schema better whole. Recursive types end in "any"."""
    if isinstance(schema, list):
        return [_inlined(part, definitions, depth) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {} if depth == 0 else _inlined(definitions[schema["$ref"].split("/")[-1]], definitions, depth - 1)
    return {key: _inlined(value, definitions, depth) for key, value in schema.items()}


def _output(result: object) -> ToolOutput:
    if isinstance(result, ToolOutput):
        return result
    if isinstance(result, str):
        return ToolOutput(text=result)
    if result is None:
        return ToolOutput(text="Done.")
    try:
        return ToolOutput(text=msgspec.json.encode(result).decode())
    except (TypeError, ValueError):
        return ToolOutput(text=str(result))
