"""Filter, map and reduce over the parts of a value: the shape behind folds and comprehensions.

A source cuts a row's value into elements (the items of a list, characters, words, digits, 1..n, neighbours, pairs of
two lists). All elements of all rows lie in one pool, so a condition or a mapping is evaluated once per element.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from purpose_agent.models.builtin.components import POSTFIX
from purpose_agent.models.builtin.expressions import Environment, Expression, Pool, Variable, order_of_parts
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.values import FAILURES, UNDEFINED, Type, Value, bounded, element_type

MAX_ELEMENTS = 300


@dataclass(frozen=True, slots=True)
class Source:
    """`part` is its name in a method ("" for plain list items, which need no name)."""

    part: str
    args: tuple[int, ...]
    names: tuple[str, ...]
    types: tuple[Type, ...]
    cut: Callable[..., Iterable[Value]]
    template: str
    size: int = 0


def sources_of(problem: Problem) -> list[Source]:
    """Every way to cut the arguments of this problem into elements."""
    found: list[Source] = []
    for i, (param, kind) in enumerate(zip(problem.params, problem.types, strict=True)):
        found += [
            Source(
                part,
                (i,),
                _free(names, problem.params),
                types or (element_type(kind),) * len(names),
                cut,
                template.format(param),
                size,
            )
            for wanted, part, names, types, cut, template, size in _SINGLE
            if kind.startswith(wanted)
        ]
    lists = [i for i, kind in enumerate(problem.types) if kind.startswith("list[")]
    if len(lists) == 2:
        one, two = lists
        names = _free(("x", "y"), problem.params)
        kinds = (element_type(problem.types[one]), element_type(problem.types[two]))
        text = f"zip({problem.params[one]}, {problem.params[two]})"
        found.append(
            Source("side_by_side", (one, two), names, kinds, lambda a, b: tuple(zip(a, b, strict=False)), text)
        )
    return found


def _digits(number: Value) -> tuple[int, ...]:
    if not isinstance(number, int):
        raise TypeError("digits of a whole number only")
    return tuple(int(char) for char in str(abs(number)))


def _up_to(number: Value) -> range:
    if not isinstance(number, int) or number > MAX_ELEMENTS:
        raise ValueError("outside the bounds of the search")
    return range(1, number + 1)


_Kind = tuple[str, str, tuple[str, ...], tuple[Type, ...], Callable[..., Iterable[Value]], str, int]
_SINGLE: tuple[_Kind, ...] = (
    ("list[", "", ("x",), (), lambda a: a, "{0}", 0),
    ("str", "chars", ("char",), ("str",), lambda a: a, "{0}", 0),
    ("str", "words_of", ("word",), ("str",), str.split, "{0}.split()", 1),
    ("num", "digits", ("digit",), ("num",), _digits, "map(int, str(abs({0})))", 0),
    ("num", "counting", ("i",), ("num",), _up_to, "range(1, {0} + 1)", 0),
    ("list[", "neighbours", ("x", "y"), (), pairwise, "zip({0}, {0}[1:])", 1),
    ("str", "neighbour_chars", ("x", "y"), ("str", "str"), pairwise,
     "zip({0}, {0}[1:])", 1),
    ("list[", "numbered", ("i", "x"), ("num", "?"), lambda a: tuple(enumerate(a)), "enumerate({0})", 1),
    ("str", "numbered_chars", ("i", "char"), ("num", "str"), lambda a: tuple(enumerate(a)), "enumerate({0})", 1),
)  # fmt: skip


SOURCE_PARTS = frozenset(kind[1] for kind in _SINGLE if kind[1]) | {"side_by_side"}


def _free(names: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}_" if name in taken else name for name in names)


@dataclass(frozen=True, slots=True)
class Reducer:
    """How the mapped elements become one value. `takes` "?" is any element type."""

    part: str
    takes: Type
    gives: Callable[[Type], Type]
    run: Callable[[list[Value]], Value]
    template: str
    imports: str = ""


REDUCERS: tuple[Reducer, ...] = (
    Reducer("collect", "?", lambda kind: f"list[{kind}]", tuple, "[{0}]"),
    Reducer("concat", "str", lambda kind: "str", "".join, '"".join({0})'),
    Reducer("join_spaces", "str", lambda kind: "str", " ".join, '" ".join({0})'),
    Reducer("sum", "num", lambda kind: "num", sum, "sum({0})"),
    Reducer("count", "1", lambda kind: "num", len, "sum(1 {0})"),
    Reducer("max", "num", lambda kind: "num", max, "max({0})"),
    Reducer("min", "num", lambda kind: "num", min, "min({0})"),
    Reducer("product", "num", lambda kind: "num", math.prod, "math.prod({0})", "math"),
    Reducer("any", "bool", lambda kind: "bool", any, "any({0})"),
    Reducer("all", "bool", lambda kind: "bool", all, "all({0})"),
    Reducer("longest", "str", lambda kind: "str", lambda v: max(v, key=len), "max(({0}), key=len)"),
    Reducer("distinct", "?", lambda kind: "num", lambda v: len(set(v)), "len(set({0}))"),
    Reducer("first", "?", lambda kind: kind, lambda v: v[0], "[{0}][0]"),
    Reducer("last", "?", lambda kind: kind, lambda v: v[-1], "[{0}][-1]"),
)
BUILDS = frozenset(("collect", "concat", "join_spaces"))
"""Reducers whose pipeline is told as a comprehension; the others make a fold."""


class Elements:
    """The elements of every row under one source, and the pool of expressions over them."""

    def __init__(self, problem: Problem, source: Source, allowed: frozenset[str] | None, *, rich: bool) -> None:
        self.source, self.problem = source, problem
        self.slices: list[tuple[int, int] | None] = []
        columns: dict[str, list[Value]] = {name: [] for name in source.names}
        scalars = [i for i, kind in enumerate(problem.types) if i not in source.args and "list" not in kind]
        outer: list[list[Value]] = [[] for _ in scalars]
        total = 0
        for row in range(problem.rows):
            cut = self._cut(row)
            if cut is None:
                self.slices.append(None)
                continue
            for element in cut:
                for name, value in zip(source.names, element if len(source.names) > 1 else (element,), strict=True):
                    columns[name].append(value)
                for column, i in zip(outer, scalars, strict=True):
                    column.append(problem.columns[i][row])
            self.slices.append((total, total + len(cut)))
            total += len(cut)
        judged_ends = [end for part in self.slices[: problem.judged] if part for end in (part[1],)]
        self.judged, self.total = (judged_ends[-1] if judged_ends else 0), total
        self.columns = {name: tuple(values) for name, values in columns.items()}
        self.scalars = {problem.params[i]: tuple(column) for i, column in zip(scalars, outer, strict=True)}
        kinds = [problem.types[source.args[0]][5:-1] if kind == "?" else kind for kind in source.types]
        self.variables = [
            Variable(name, kind, self.columns[name]) for name, kind in zip(source.names, kinds, strict=True)
        ]
        extra = [Variable(problem.params[i], problem.types[i], tuple(c)) for i, c in zip(scalars, outer, strict=True)]
        leaves = [*self.variables, *extra, *problem.constants(total, rich=rich)]
        self.pool = Pool(leaves, problem.components(allowed), judged=self.judged, partial=True)

    def _cut(self, row: int) -> list[Value] | None:
        values = [self.problem.columns[i][row] for i in self.source.args]
        try:
            cut = list(self.source.cut(*values))
        except FAILURES:
            return None
        return cut if len(cut) <= MAX_ELEMENTS else None

    def filters(self, size: int) -> list[Expression | None]:
        """Conditions of a size; no condition at all has size 0. One that keeps all or nothing is no filter."""
        if size == 0:
            return [None]
        found = [(c, c.values[: self.judged]) for c in self.pool.of("bool", size)]
        return [condition for condition, truths in found if True in truths and False in truths]

    @property
    def suitable(self) -> bool:
        return self.judged > 0 and all(part is not None for part in self.slices[: self.problem.judged])


class Pipeline:
    """`reducer(map for element in source if condition)`; an expression like any other."""

    __slots__ = ("binds", "condition", "elements", "mapped", "parts", "reducer", "size", "type", "values")

    def __init__(self, elements: Elements, reducer: Reducer, mapped: Expression, condition: Expression | None) -> None:
        self.elements, self.reducer, self.mapped, self.condition = elements, reducer, mapped, condition
        self.type = reducer.gives(mapped.type)
        self.size = 1 + mapped.size + (condition.size if condition else 0) + elements.source.size
        self.binds = POSTFIX
        named = {reducer.part, elements.source.part} - {""}
        self.parts = mapped.parts.union(named, condition.parts if condition else ())
        self.values = tuple(self._value(part) for part in elements.slices)

    def _value(self, part: tuple[int, int] | None) -> Value:
        if part is None:
            return UNDEFINED
        start, end = part
        kept = self.mapped.values[start:end]
        if self.condition is not None:
            holds = self.condition.values[start:end]
            if UNDEFINED in holds:
                return UNDEFINED
            kept = tuple(value for value, truth in zip(kept, holds, strict=True) if truth)
        if UNDEFINED in kept:
            return UNDEFINED
        try:
            return bounded(self.reducer.run(kept))  # type: ignore[arg-type]  # tuples serve every reducer
        except FAILURES:
            return UNDEFINED

    def text(self) -> str:
        loop = f"for {', '.join(self.elements.source.names)} in {self.elements.source.template}"
        if self.condition is not None:
            loop += f" if {self.condition.text()}"
        if self.reducer.part == "count":
            return self.reducer.template.format(loop)
        return self.reducer.template.format(f"{self.mapped.text()} {loop}")

    def closure(self) -> Callable[[Environment], Value]:
        raise TypeError("a pipeline is not the step of a loop")

    def names(self) -> frozenset[str]:
        return frozenset(self.elements.problem.params[i] for i in self.elements.source.args)

    def imports(self) -> frozenset[str]:
        own = frozenset((self.reducer.imports,)) if self.reducer.imports else frozenset[str]()
        return own.union(self.mapped.imports(), self.condition.imports() if self.condition else ())

    def method_parts(self) -> list[str]:
        outer = [part for part in (self.elements.source.part, self.reducer.part) if part]
        inner = order_of_parts(self.mapped) + (order_of_parts(self.condition) if self.condition else [])
        return list(dict.fromkeys([*outer, *inner]))


def pipelines(
    elements: Elements, size: int, reducers: Sequence[Reducer], results: frozenset[Type] | None, *, depth: int = 4
) -> Iterator[Pipeline | None]:
    """All pipelines of one size whose pieces are no larger than `depth`.

    Growing the pool of elements yields None: an attempt without a program.
    """
    inner = size - 1 - elements.source.size
    if inner < 1:
        return
    for _ in elements.pool.grow(min(inner, depth)):
        yield None
    for condition_size in range(max(0, inner - depth), min(inner, depth + 1)):
        conditions = elements.filters(condition_size)
        for reducer in reducers:
            for mapped in _mappings(elements, reducer, inner - condition_size, condition_size):
                if results is not None and reducer.gives(mapped.type) not in results:
                    continue
                for condition in conditions:
                    yield Pipeline(elements, reducer, mapped, condition)


def _mappings(elements: Elements, reducer: Reducer, size: int, condition_size: int) -> Iterator[Expression]:
    """Mappings that use the element. `count` needs none; without a condition, length says it for lists and texts."""
    if reducer.takes == "1":
        if size == 1 and (condition_size or elements.source.part in ("digits", "words_of")):
            yield elements.variables[0]
        return
    bound = frozenset(variable.name for variable in elements.variables)
    kinds = elements.pool.types(size) if reducer.takes == "?" else (reducer.takes,)
    for kind in kinds:
        for mapped in elements.pool.of(kind, size):
            if mapped.names() & bound:
                yield mapped
