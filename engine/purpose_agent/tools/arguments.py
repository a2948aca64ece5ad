"""Check a tool's arguments against its JSON Schema, and say in a sentence what does not fit."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from purpose_agent.types import JSON

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
}
_MAX_SHOWN = 80


def checker(schema: Mapping[str, JSON]) -> Callable[[Any], Iterator["ValidationError"]]:
    """A function that yields what does not fit.

    Arguments that fit a flat schema are let through without the validator; it is asked only when something is off or
    the schema says more than names and plain types.
    """
    fits = _flat(schema)

    def check(args: Any) -> Iterator["ValidationError"]:
        if fits is not None and fits(args):
            return iter(())
        from jsonschema import Draft202012Validator  # 100 ms to import, so only for those who need it

        problems = Draft202012Validator(schema).iter_errors(args)
        return iter(sorted(problems, key=lambda problem: (list(map(str, problem.path)), problem.message)))

    return check


def sentence(tool: str, problem: "ValidationError") -> str:
    """What does not fit, in words."""
    place = ".".join(str(part) for part in problem.path)
    where = f"The argument {place} of {tool}" if place else f"The call of {tool}"
    shown = repr(problem.instance)
    shown = shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"
    wanted: Any = problem.validator_value
    given: Any = problem.instance
    rules: Any = problem.schema
    match problem.validator:
        case "required":
            missing = [name for name in wanted if name not in given]
            return f"{where} lacks {_listed(missing)}."
        case "additionalProperties":
            extra = [name for name in given if name not in rules.get("properties", {})]
            return f"{where} has no argument {_listed(extra)}."
        case "type":
            return f"{where} must be {_listed([wanted] if isinstance(wanted, str) else wanted, 'or')}, not {shown}."
        case "enum":
            return f"{where} must be one of {_listed([repr(v) for v in wanted], 'or')}, not {shown}."
    return f"{where} does not fit: {problem.message[:200]}."


def _listed(names: list[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" {last} {names[-1]}"


def _flat(schema: Mapping[str, JSON]) -> Callable[[Any], bool] | None:
    """A fast test for schemas of plain typed arguments; None when the schema says more."""
    properties: Any = schema.get("properties", {})
    if set(schema) - {"type", "properties", "required", "additionalProperties"}:
        return None
    tests: dict[str, Callable[[object], bool]] = {}
    for name, rule in properties.items():
        if set(rule) - {"type", "description", "default", "title"} or rule.get("type") not in _TYPES:
            return None
        tests[name] = _TYPES[rule["type"]]
    required: Any = schema.get("required", [])
    open_ended = schema.get("additionalProperties", True) is not False

    def fits(args: Any) -> bool:
        if not isinstance(args, dict) or any(name not in args for name in required):
            return False
        return all(tests[name](value) if name in tests else open_ended for name, value in args.items())

    return fits
