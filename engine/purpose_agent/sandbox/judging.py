"""Decide an assert outside of the process that runs the tested code.

`assert f(2) == 4` is taken apart: `f(2)` is asked of the process behind the walls, which answers with a value as plain
data; `4`, the comparison and functions such as `len`, `abs` or `sorted` belong to us. The tested code never sees what
is expected, and an object of its own that claims to be equal to everything arrives here as "an object", equal to
nothing. Equality is Python's own on plain data, so `4.0` passes for `4` as it would in any Python test.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from purpose_agent.sandbox.plain_values import Opaque, Plain, has_opaque
from purpose_agent.sandbox.taking_apart import put

_MAX_LOOPS = 10_000
_MAX_NUMBER_BITS = 20_000


class Undecidable(Exception):
    """Only inside can it be decided."""


class Failed(Exception):
    """The test failed, and why. `errors`: names of the class and the base classes of what the tested code raised."""

    def __init__(self, why: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.errors = errors


Ask = Callable[[str], Plain]
"""Gives the value of an expression inside; raises Failed with what it raised there."""

_COMPARE: dict[type[ast.cmpop], Callable[[Plain, Plain], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Plain, Plain], Plain]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_TYPES: dict[str, Any] = {
    kind.__name__: kind for kind in (int, float, bool, str, bytes, list, tuple, set, frozenset, dict, complex)
}
_OURS: dict[str, Callable[..., Plain]] = {
    "abs": abs, "len": len, "sorted": sorted, "sum": sum, "min": min, "max": max, "round": round, "all": all,
    "any": any, "isinstance": isinstance, "math.isclose": math.isclose, "repr": repr,
    **_TYPES,
}  # fmt: skip


class Judge:
    """Evaluates the expression of an assert.

    ask     answers for the tested code.
    oracle  answers for expressions that hold no name of the tested code, such as `2 ** 10` or `"a".upper()`: a process
            behind walls too, in which the tested code never ran.
    theirs  names that the tested code or the test binds.
    known   names bound by the test to literals that nothing can have changed.
    """

    def __init__(self, ask: Ask, oracle: Ask, theirs: frozenset[str], known: Mapping[str, Plain]) -> None:
        self._ask_code, self._oracle, self._theirs, self._known = ask, oracle, theirs, known

    def check(self, test: ast.expr) -> None:
        """Return when it holds. Raises Failed with a sentence, or Undecidable."""
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = self.value(test.left), self.value(test.comparators[0])
            if not self._compare(test.ops[0], left, right, test.left, test.comparators[0]):
                what = ast.unparse(test.left)
                raise Failed(f"{_short(what)} is {_short(repr(left))}; the test asks for {_wish(test.ops[0], right)}.")
            return
        if not self.value(test):
            raise Failed(f"{_short(ast.unparse(test))} does not hold.")

    def value(self, node: ast.expr) -> Plain:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name) if name in self._known:
                return self._known[name]
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) if not _starred(parts):
                return {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]([self.value(p) for p in parts])
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {self.value(k): self.value(v) for k, v in zip(keys, values, strict=True) if k is not None}
            case ast.BoolOp(op=op, values=values):
                return self._bool(isinstance(op, ast.And), values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.value(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand) if isinstance(number := self.value(operand), int | float):
                return -number
            case ast.Compare():
                return self._chain(node)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.Call():
                return self._call(node)
        return self._ask(node)

    def _ask(self, node: ast.expr) -> Plain:
        """Ask whoever may answer for this expression: what the test expects is never asked of the tested code."""
        node = _put(node, self._known)
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        text = ast.unparse(node)
        if not names & self._theirs:
            try:
                return self._oracle(text)
            except Failed as problem:
                if not str(problem).startswith("NameError"):
                    raise
        return self._ask_code(text)

    def _bool(self, is_and: bool, values: list[ast.expr]) -> Plain:
        found: Plain = is_and
        for part in values:
            found = self.value(part)
            if bool(found) != is_and:
                break
        return found

    def _chain(self, node: ast.Compare) -> bool:
        left, left_node = self.value(node.left), node.left
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            if not self._compare(op, left, right, left_node, right_node):
                return False
            left, left_node = right, right_node
        return True

    def _compare(self, op: ast.cmpop, left: Plain, right: Plain, left_node: ast.expr, right_node: ast.expr) -> bool:
        if isinstance(op, ast.Is | ast.IsNot):
            if not any(_is_singleton(side) for side in (left_node, right_node)):
                raise Undecidable
        elif has_opaque(right) and (has_opaque(left) or isinstance(op, ast.In | ast.NotIn)):
            raise Undecidable
        try:
            return bool(_COMPARE[type(op)](left, right))
        except TypeError as problem:
            raise Failed(f"TypeError: {problem}") from problem

    def _arithmetic(self, node: ast.BinOp) -> Plain:
        work = _ARITHMETIC.get(type(node.op))
        if work is None:
            return self._ask(node)
        left, right = self.value(node.left), self.value(node.right)
        if not all(_is_small_number(side) for side in (left, right)):
            return self._ask(node)
        if isinstance(node.op, ast.Pow) and not _is_small_power(left, right):
            return self._ask(node)
        try:
            return work(left, right)
        except ArithmeticError as problem:
            raise Failed(f"{type(problem).__name__}: {problem}") from problem

    def _call(self, node: ast.Call) -> Plain:
        name = ast.unparse(node.func)
        work = _OURS.get(name)
        shadowed = name in self._theirs
        if (
            work is None
            or shadowed
            or _starred(node.args)
            or any(k.arg in ("key", "default", None) for k in node.keywords)
        ):
            return self._ask(node)
        if name == "isinstance" and len(node.args) == 2:
            return self._isinstance(node)
        arguments = [
            self._parts(a) if isinstance(a, ast.GeneratorExp | ast.ListComp) else self.value(a) for a in node.args
        ]
        options = {str(k.arg): self.value(k.value) for k in node.keywords}
        if any(has_opaque(a) for a in (*arguments, *options.values())):
            return self._ask(node)  # the value of the whole is plain data more often than its parts
        try:
            return work(*arguments, **options)
        except (TypeError, ValueError, ArithmeticError) as problem:
            raise Failed(f"{type(problem).__name__}: {problem}") from problem

    def _isinstance(self, node: ast.Call) -> bool:
        wanted = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        kinds = [_TYPES.get(ast.unparse(kind)) for kind in wanted]
        value = self.value(node.args[0])
        if any(kind is None for kind in kinds) or isinstance(value, Opaque):
            return bool(self._ask(node))
        return isinstance(value, tuple(kind for kind in kinds if kind is not None))

    def _parts(self, node: ast.GeneratorExp | ast.ListComp) -> list[Plain]:
        """The values of a comprehension with one loop, each asked for by itself."""
        if len(node.generators) != 1 or node.generators[0].is_async:
            raise Undecidable
        loop = node.generators[0]
        found = []
        for item in self.items(loop.iter):
            bound = bind(loop.target, item)
            if all(self.value(_put(condition, bound)) for condition in loop.ifs):
                found.append(self.value(_put(node.elt, bound)))
        return found

    def items(self, node: ast.expr) -> list[Plain]:
        """What a loop over the expression goes through."""
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "range" and "range" not in self._theirs:
            bounds = [self.value(argument) for argument in node.args]
            if not all(isinstance(bound, int) for bound in bounds) or len(range(*bounds)) > _MAX_LOOPS:
                raise Undecidable
            return list(range(*bounds))
        items = self.value(node)
        if not isinstance(items, list | tuple | str | dict | set) or has_opaque(items) or len(items) > _MAX_LOOPS:
            raise Undecidable
        return list(items)


def _put(node: ast.expr, values: Mapping[str, Plain]) -> ast.expr:
    """A copy of the expression with names replaced by literals."""
    replaced: ast.expr = put(node, literals(values))
    return replaced


def literals(values: Mapping[str, Plain]) -> dict[str, ast.expr]:
    """Plain values as the expressions that make them. Raises Undecidable for what has no such expression."""
    found = {}
    for name, value in values.items():
        try:
            ast.literal_eval(repr(value))
        except (ValueError, SyntaxError, MemoryError, RecursionError) as problem:  # infinity, an object
            raise Undecidable from problem
        found[name] = ast.parse(repr(value), mode="eval").body
    return found


def bind(target: ast.expr, item: Plain) -> dict[str, Plain]:
    """The names of a loop and their values in one round. Raises Undecidable."""
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple) and isinstance(item, list | tuple) and len(item) == len(target.elts):
        return {
            name: value
            for part, piece in zip(target.elts, item, strict=True)
            for name, value in bind(part, piece).items()
        }
    raise Undecidable


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _starred(parts: list[ast.expr]) -> bool:
    return any(isinstance(part, ast.Starred) for part in parts)


def _is_small_power(base: Plain, exponent: Plain) -> bool:
    return isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) <= _MAX_NUMBER_BITS


def _is_small_number(value: Plain) -> bool:
    if isinstance(value, int):
        return value.bit_length() <= _MAX_NUMBER_BITS
    return isinstance(value, float | complex)


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "…"


def _wish(op: ast.cmpop, right: Plain) -> str:
    sign = {ast.Eq: "", ast.NotEq: "anything but ", ast.Lt: "less than ", ast.LtE: "at most ", ast.Gt: "more than "}
    sign |= {ast.GtE: "at least ", ast.In: "one of ", ast.NotIn: "none of ", ast.Is: "", ast.IsNot: "anything but "}
    return sign[type(op)] + _short(repr(right))
