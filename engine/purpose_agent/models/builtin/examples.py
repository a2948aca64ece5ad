"""Examples of a function, read from asserts by the syntax tree: `assert f(args) == value` and near relations.

An assert that is something else is set aside and told; its meaning is never guessed. Nothing is executed.
"""

import ast
from collections.abc import Iterable, Sequence

from purpose_agent.models.builtin.values import REL_TOL, Value, freeze
from purpose_agent.types import Record


class Example(Record, frozen=True, kw_only=True):
    """`name(*args)` gives `result`. `tolerance` is relative and counts for broken numbers only."""

    name: str
    args: tuple[Value, ...]
    result: Value
    tolerance: float = REL_TOL


class Reading(Record, frozen=True, kw_only=True):
    """What was understood, and the asserts that were not, as they stood."""

    examples: tuple[Example, ...] = ()
    unread: tuple[str, ...] = ()


def read_asserts(tests: Iterable[str]) -> Reading:
    examples: list[Example] = []
    unread: list[str] = []
    for test in tests:
        found = read_assert(test)
        if found is None:
            unread.append(test)
        else:
            examples.append(found)
    names = [example.name for example in examples]
    if names:  # the function under test is the one most asserts are about; others are not ours to satisfy
        wanted = max(dict.fromkeys(names), key=names.count)
        unread += [f"about {e.name}" for e in examples if e.name != wanted]
        examples = [e for e in examples if e.name == wanted]
    return Reading(examples=tuple(dict.fromkeys(examples)), unread=tuple(unread))


def read_assert(test: str) -> Example | None:
    """One assert statement as an example, or None when it says something else."""
    try:
        body = ast.parse(test.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    statement = body[-1] if len(body) == 1 else None
    if not isinstance(statement, ast.Assert):
        return None
    try:
        return _from_condition(statement.test)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None


def _from_condition(node: ast.expr) -> Example | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        if not isinstance(node.ops[0], ast.Eq | ast.Is):
            return None
        left, right = node.left, node.comparators[0]
        if _is_plain_call(left):
            return _example(left, ast.literal_eval(right))
        return _example(right, ast.literal_eval(left)) if _is_plain_call(right) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _example(node.operand, False)
    if isinstance(node, ast.Call) and _dotted(node.func) in ("math.isclose", "isclose"):
        return _from_isclose(node)
    return _example(node, True)


def _from_isclose(node: ast.Call) -> Example | None:
    if len(node.args) != 2:
        return None
    tolerance = REL_TOL
    for keyword in node.keywords:
        if keyword.arg == "rel_tol":
            tolerance = float(ast.literal_eval(keyword.value))
    call, value = node.args
    if not _is_plain_call(call):
        call, value = value, call
    return _example(call, ast.literal_eval(value), tolerance)


def _example(call: ast.expr, result: object, tolerance: float = REL_TOL) -> Example | None:
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.keywords:
        return None
    args = tuple(freeze(ast.literal_eval(arg)) for arg in call.args)
    return Example(name=call.func.id, args=args, result=freeze(result), tolerance=tolerance)


def _is_plain_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node)


def conflicts(examples: Sequence[Example]) -> tuple[Example, Example] | None:
    """Two examples that ask for different results from the same input, if there are such."""
    seen: dict[tuple[Value, ...], Example] = {}
    for example in examples:
        earlier = seen.setdefault(example.args, example)
        if earlier.result != example.result:
            return earlier, example
    return None
