"""Arithmetic on an expression, read as a tree and never executed."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from purpose_agent.tools.errors import ToolError
from purpose_agent.tools.port import ToolContext, ToolOutput
from purpose_agent.types import JSON

Number = int | float

_MAX_CHARS = 1_000
_MAX_BITS = 20_000  # about 6,000 digits
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    name: getattr(math, name)
    for name in (
        "sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "degrees",
        "radians", "floor", "ceil", "hypot", "gcd",
    )
} | {"abs": abs, "round": round, "min": min, "max": max}  # fmt: skip
_NAMES: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau}


def calculate(expression: str) -> Number:
    """The value of an arithmetic expression. Raises ToolError with a sentence; bounded in time and size."""
    if len(expression) > _MAX_CHARS:
        raise ToolError("The expression is too long.", f"Keep it under {_MAX_CHARS} characters.")
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise ToolError(f"This is not arithmetic: {_why(problem)}.", "Write it like (2 + 3) * 4.") from problem
    except ZeroDivisionError as problem:
        raise ToolError("That divides by zero.", "Check the divisor.") from problem
    except OverflowError as problem:
        raise ToolError("The result is too large.", "Use smaller numbers.") from problem
    except TypeError as problem:
        raise ToolError(f"A function was given what it cannot take: {problem}.", "Check its arguments.") from problem
    return _bounded(value)


class CalculatorTool:
    """Exact whole numbers, floats, the usual functions; no variables."""

    name = "calculator"
    description = "Evaluate arithmetic."
    parameters: dict[str, JSON] = {  # noqa: RUF012  read only, and part of the Tool protocol as a dict
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
        "additionalProperties": False,
    }
    side_effects = False
    quick = True

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        return ToolOutput(text=str(calculate(str(args["expression"]))))


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            a, b = _value(left), _value(right)
            if isinstance(op, ast.Pow):
                _check_power(a, b)
            return _bounded(_BINARY[type(op)](a, b))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*(_value(argument) for argument in arguments)))
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
    raise ValueError(f"{ast.unparse(node)[:80]!r} is no number, operation or known function")


def _check_power(base: Number, exponent: Number) -> None:
    """Before it is computed: 9 ** 9 ** 9 would never end."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > _MAX_BITS:
        raise OverflowError
    if base < 0 and isinstance(exponent, float) and not exponent.is_integer():
        raise ValueError("a root of a negative number is no real number")


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise OverflowError
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError
    return value


def _why(problem: Exception) -> str:
    return problem.msg if isinstance(problem, SyntaxError) else (str(problem) or "it is nested too deeply")
