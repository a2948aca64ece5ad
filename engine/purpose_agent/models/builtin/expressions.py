"""Expressions, and the pool that grows all of them by size, keeping one of each behaviour.

Two expressions that give the same values on every row at hand are one for the search (observational equivalence;
Albarghouthi et al. 2013, Udupa et al. 2013). The rows are the examples *and* some further plausible inputs, so that
programs which the examples cannot tell apart, but other inputs can, both stay.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product
from typing import Protocol

from purpose_agent.models.builtin.components import ATOM, UNARY, Component
from purpose_agent.models.builtin.values import FAILURES, UNDEFINED, Type, Value, bounded, thaw, type_of

Row = Sequence[Value]
Environment = dict[str, Value]


class Expression(Protocol):
    """What can stand in an expression; `values` has one value a row."""

    type: Type
    size: int
    values: tuple[Value, ...]
    binds: int
    parts: frozenset[str]

    def text(self) -> str: ...
    def closure(self) -> Callable[[Environment], Value]: ...
    def names(self) -> frozenset[str]: ...
    def imports(self) -> frozenset[str]: ...


class Variable:
    """An argument of the function, or a name bound by a sketch."""

    __slots__ = ("binds", "name", "parts", "size", "type", "values")

    def __init__(self, name: str, kind: Type, values: tuple[Value, ...], size: int = 1) -> None:
        self.name, self.type, self.values, self.size = name, kind, values, size
        self.binds, self.parts = ATOM, frozenset[str]()

    def text(self) -> str:
        return self.name

    def closure(self) -> Callable[[Environment], Value]:
        name = self.name
        return lambda env: env[name]

    def names(self) -> frozenset[str]:
        return frozenset((self.name,))

    def imports(self) -> frozenset[str]:
        return frozenset()


class Constant:
    __slots__ = ("binds", "parts", "size", "type", "value", "values")

    def __init__(self, value: Value, rows: int, size: int, kind: Type = "") -> None:
        self.value, self.size = value, size
        self.type = kind or type_of(value)
        self.values = (value,) * rows
        negative = isinstance(value, int | float) and not isinstance(value, bool) and value < 0
        self.binds, self.parts = UNARY if negative else ATOM, frozenset[str]()

    def text(self) -> str:
        return repr(thaw(self.value))

    def closure(self) -> Callable[[Environment], Value]:
        value = self.value
        return lambda env: value

    def names(self) -> frozenset[str]:
        return frozenset()

    def imports(self) -> frozenset[str]:
        return frozenset()


class Application:
    """A component with its arguments."""

    __slots__ = ("args", "binds", "component", "parts", "size", "type", "values")

    def __init__(
        self, component: Component, args: tuple[Expression, ...], size: int, values: tuple[Value, ...]
    ) -> None:
        self.component, self.args, self.size, self.values = component, args, size, values
        self.type, self.binds = component.gives, component.binds
        self.parts = frozenset((component.name,)).union(*(arg.parts for arg in args))

    def text(self) -> str:
        needs = self.component.needs
        return self.component.template.format(*(within(arg, need) for arg, need in zip(self.args, needs, strict=True)))

    def closure(self) -> Callable[[Environment], Value]:
        run, inner = self.component.run, [arg.closure() for arg in self.args]
        if len(inner) == 1:
            (first,) = inner
            return lambda env: run(first(env))
        if len(inner) == 2:
            first, second = inner
            return lambda env: run(first(env), second(env))
        return lambda env: run(*(each(env) for each in inner))

    def names(self) -> frozenset[str]:
        return frozenset().union(*(arg.names() for arg in self.args))

    def imports(self) -> frozenset[str]:
        own = frozenset((self.component.imports,)) if self.component.imports else frozenset[str]()
        return own.union(*(arg.imports() for arg in self.args))


def within(part: Expression, need: int) -> str:
    """The text of a part, in parentheses where its place binds tighter than it does."""
    text = part.text()
    return text if part.binds >= need else f"({text})"


def order_of_parts(part: Expression) -> list[str]:
    """Component names from the outside in, each once: how a method is told."""
    if isinstance(part, Application):
        inner = [name for arg in part.args for name in order_of_parts(arg)]
        return list(dict.fromkeys([part.component.name, *inner]))
    return sorted(part.parts)


class Pool:
    """Grows all expressions of size 1, 2, 3, … over some leaves.

    judged   the first so many rows are examples; an expression undefined on one of them is dropped unless `partial`.
    grow     yields every expression it evaluates, also those that turn out to behave like an earlier one, since each
             is an attempt; only new behaviours are kept and built upon.
    """

    def __init__(
        self, leaves: Sequence[Expression], components: Sequence[Component], *, judged: int, partial: bool = False
    ) -> None:
        self._components, self._judged, self._partial = components, judged, partial
        self._seen: dict[Type, set[tuple[Value, ...]]] = {}
        self._sizes: dict[int, dict[Type, list[Expression]]] = {}
        self._leaves = sorted(leaves, key=lambda leaf: leaf.size)
        self.grown = 0

    def of(self, kind: Type, size: int) -> Sequence[Expression]:
        return self._sizes.get(size, {}).get(kind, ())

    def up_to(self, kind: Type, size: int) -> Iterator[Expression]:
        for each in range(1, size + 1):
            yield from self.of(kind, each)

    def types(self, size: int) -> tuple[Type, ...]:
        return tuple(self._sizes.get(size, ()))

    def add_leaf(self, leaf: Expression) -> bool:
        """A leaf that came later, of a size not grown yet."""
        return self._keep(leaf)

    def grow(self, size: int) -> Iterator[Expression]:
        while self.grown < size:
            level = self.grown + 1
            for leaf in self._leaves:
                if leaf.size == level and self._keep(leaf):
                    yield leaf
            for component in self._components:
                yield from self._apply(component, level)
            self.grown = level

    def _apply(self, component: Component, size: int) -> Iterator[Expression]:
        for split in _splits(size - 1, len(component.takes)):
            groups = [self.of(kind, part) for kind, part in zip(component.takes, split, strict=True)]
            if not all(groups):
                continue
            if component.commutes and split[0] < split[1]:
                continue
            twins = component.commutes and split[0] == split[1]
            for args in combinations_with_replacement(groups[0], 2) if twins else product(*groups):
                if _pointless(component, args):
                    continue
                values = _evaluate(component, args)
                application = Application(component, args, size, values)
                if UNDEFINED in values and not self._useful(values):
                    yield application
                    continue
                self._keep(application)
                yield application

    def _useful(self, values: tuple[Value, ...]) -> bool:
        judged = values[: self._judged]
        if self._partial:
            return any(value is not UNDEFINED for value in judged)
        return UNDEFINED not in judged

    def _keep(self, part: Expression) -> bool:
        seen = self._seen.setdefault(part.type, set())
        if part.values in seen:
            return False
        seen.add(part.values)
        self._sizes.setdefault(part.size, {}).setdefault(part.type, []).append(part)
        return True


def _pointless(component: Component, args: tuple[Expression, ...]) -> bool:
    """Nothing but constants, or a constant asked for its divisors: never what anybody means."""
    if isinstance(args[0], Constant):
        return component.name == "divisible" or all(isinstance(arg, Constant) for arg in args)
    return False


def _evaluate(component: Component, args: tuple[Expression, ...]) -> tuple[Value, ...]:
    run = component.run
    values: list[Value] = []
    for row in zip(*(arg.values for arg in args), strict=True):
        try:
            values.append(UNDEFINED if UNDEFINED in row else bounded(run(*row)))
        except FAILURES:
            values.append(UNDEFINED)
    return tuple(values)


def _splits(total: int, count: int) -> Iterator[tuple[int, ...]]:
    """Every way to share `total` among `count` places, at least 1 each."""
    if count == 1:
        if total >= 1:
            yield (total,)
        return
    for first in range(1, total - count + 2):
        for rest in _splits(total - first, count - 1):
            yield (first, *rest)


def environments(variables: Mapping[str, Sequence[Value]]) -> list[Environment]:
    """One environment a row, from columns."""
    return [dict(zip(variables, row, strict=True)) for row in zip(*variables.values(), strict=True)]
