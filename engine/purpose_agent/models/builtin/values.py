"""Values of the search: which shapes it knows, and the bounds that keep a candidate from running away.

Four scalar shapes and lists of them. Whole and broken numbers share one type, `num`, since Python's operators do.
Lists are held as tuples so that a row of values can be a dictionary key (observational equivalence).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

Type = str  # "num", "str", "bool", "list[num]", "list[list[str]]"; "list[?]" while only empty lists were seen
Value = Any  # int | float | str | bool | tuple[Value, ...] | Undefined

MAX_INT = 10**40
MAX_LENGTH = 400
REL_TOL = 1e-6


class Undefined:
    """The value of an expression that has none here: division by zero, an index outside, a number too large."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()
FAILURES = (ArithmeticError, ValueError, IndexError, TypeError, KeyError, AttributeError)
"""What a component may raise on values outside its domain; the result is then UNDEFINED."""


def freeze(value: object) -> Value:
    """Lists as tuples, all the way down. Raises TypeError for a shape that the search does not know."""
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise TypeError(type(value).__name__)


def thaw(value: Value) -> object:
    """Inverse of `freeze`."""
    return [thaw(item) for item in value] if isinstance(value, tuple) else value


def type_of(value: Value) -> Type:
    """Raises TypeError when the items of a list differ in type."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "str"
    if isinstance(value, tuple):
        return f"list[{common_type(type_of(item) for item in value)}]"
    return "num"


def common_type(types: Iterable[Type]) -> Type:
    """One type for all of them; an empty list agrees with any list. Raises TypeError when there is none."""
    result = "?"
    for each in types:
        result = _merge(result, each)
    return result


def _merge(left: Type, right: Type) -> Type:
    if left in ("?", right):
        return right
    if right == "?":
        return left
    if left.startswith("list[") and right.startswith("list["):
        return f"list[{_merge(left[5:-1], right[5:-1])}]"
    raise TypeError(f"{left} and {right}")


def element_type(kind: Type) -> Type:
    return kind[5:-1]


def bounded(value: Value) -> Value:
    """The value itself, or UNDEFINED where it has grown beyond what a search may hold."""
    if isinstance(value, int):
        return value if -MAX_INT < value < MAX_INT else UNDEFINED
    if isinstance(value, str | tuple):
        return value if len(value) <= MAX_LENGTH else UNDEFINED
    if isinstance(value, float):
        return value if math.isfinite(value) else UNDEFINED
    return UNDEFINED


def same(got: Value, wanted: Value, tolerance: float = REL_TOL) -> bool:
    """Equal as an assert would have it, with room for rounding where broken numbers are compared."""
    if isinstance(got, float) or isinstance(wanted, float):
        if isinstance(got, bool | str | tuple | Undefined) or isinstance(wanted, bool | str | tuple | Undefined):
            return False
        return math.isclose(got, wanted, rel_tol=tolerance, abs_tol=1e-9)
    if isinstance(got, tuple) and isinstance(wanted, tuple):
        return len(got) == len(wanted) and all(same(a, b, tolerance) for a, b in zip(got, wanted, strict=True))
    return got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


def agree(left: Sequence[Value], right: Sequence[Value]) -> bool:
    """Equal wherever both are defined."""
    return all(a is UNDEFINED or b is UNDEFINED or same(a, b) for a, b in zip(left, right, strict=True))
