"""Sketches with a running value: recurrences over 1..n and step-by-step accumulation over a source.

The step is grown as an expression over sample values of the running names, one of each behaviour, and each step is
then run as a program on the examples. The smallest examples are tried first, so most steps fall at once.
"""

from collections.abc import Callable, Sequence
from itertools import product

from purpose_agent.models.builtin.expressions import Environment, Expression, Pool, Variable
from purpose_agent.models.builtin.pipelines import Source, sources_of
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.sketches import Attempts, Space, parts_of
from purpose_agent.models.builtin.values import FAILURES, UNDEFINED, Type, Value, bounded, element_type, same

MAX_TURNS = 300
SAMPLES = (1, 2, 3, 5, 0, 7, 4, 12)
TEXT_SAMPLES = ("", "a", "Bc", "dad", "e f", "x", "9", "Go")
PREVIOUS = ("a", "b", "c")


class RecurrenceSketch:
    """f(n) from the one, two or three values before it, for n = 0, 1, 2, …"""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem = problem
        self.suitable = problem.types == ("num",) and problem.result == "num" and _whole(problem)
        self._orders = [k for k in (1, 2, 3) if space.allows(f"order{k}")] if self.suitable else []
        self._pools = {k: _number_pool(problem, space, [*PREVIOUS[:k], "i"]) for k in self._orders}
        self._known = dict(zip(problem.columns[0], problem.targets, strict=False)) if self.suitable else {}

    def level(self, size: int) -> Attempts:
        for order in self._orders:
            pool = self._pools[order]
            for _ in pool.grow(size - 1):
                yield None
            for step in pool.of("num", size - 1):
                if PREVIOUS[0] in step.names():  # else a smaller order says the same
                    yield from self._with_starts(order, step)

    def _with_starts(self, order: int, step: Expression) -> Attempts:
        choices = [(self._known[k],) if k in self._known else (0, 1, 2) for k in range(order)]
        for starts in product(*choices):
            values = _recur(self._problem, order, starts, step.closure())
            matches = self._problem.matches(values)
            yield self._program(order, starts, step, values, matches) if matches else None

    def _program(
        self, order: int, starts: tuple[Value, ...], step: Expression, values: tuple[Value, ...], matches: int
    ) -> Program:
        names, n = PREVIOUS[:order], self._problem.params[0]
        before, after = ", ".join(names), ", ".join([*names[1:], step.text()])
        turn = "i" if "i" in step.names() else "_"

        early = [line for k in range(order - 1) for line in (f"if {n} == {k}:", f"    return {names[k]}")]

        def body() -> list[str]:
            return [
                f"{before} = {', '.join(map(repr, starts))}",
                *early,
                f"for {turn} in range({order}, {n} + 1):",
                f"    {before} = {after}",
                f"return {names[-1]}",
            ]

        parts = (f"order{order}", *parts_of(step))
        return Program("recurrence", parts, step.size + order, values, matches, body, step.imports())


def _recur(
    problem: Problem, order: int, starts: tuple[Value, ...], step: Callable[[Environment], Value]
) -> tuple[Value, ...]:
    """All values at once: one pass up to the largest n that is asked for."""
    wanted = [n if isinstance(n, int) and 0 <= n <= MAX_TURNS else -1 for n in problem.columns[0]]
    row: list[Value] = list(starts)
    last = max(wanted, default=0)
    names = PREVIOUS[:order]
    small = min((n for n in wanted[: problem.judged] if n >= order), default=-1)
    for i in range(order, last + 1):
        env = dict(zip(names, row[-order:], strict=True))
        env["i"] = i
        value = _run(step, env)
        row.append(value)
        if value is UNDEFINED:
            break
        if i == small and not same(value, problem.targets[wanted.index(i)]):
            break  # wrong on the smallest example already
    return tuple(row[n] if 0 <= n < len(row) else UNDEFINED for n in wanted)


class AccumulateSketch:
    """`result = start; for x in items: result = step(result, x)`"""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem = problem
        self.suitable = problem.result in ("num", "str")
        self._sources = [s for s in sources_of(problem) if space.allows(s.part)] if self.suitable else []
        self._sources = [s for s in self._sources if len(s.names) == 1]
        self._cuts = [_cuts(problem, source) for source in self._sources]
        self._pools = [self._pool(source, space) for source in self._sources]
        self.suitable = bool(self._sources)

    def _pool(self, source: Source, space: Space) -> Pool:
        problem = self._problem
        kind = source.types[0] if source.types[0] != "?" else element_type(problem.types[source.args[0]])
        rows = len(SAMPLES)
        leaves = [
            Variable("result", problem.result, _samples(problem.result, 0)),
            Variable(source.names[0], kind, _samples(kind, 3)),
            *problem.constants(rows, rich=space.rich),
        ]
        return Pool(leaves, problem.components(space.parts), judged=rows, partial=True)

    def level(self, size: int) -> Attempts:
        starts = (0, 1) if self._problem.result == "num" else ("",)
        for source, cuts, pool in zip(self._sources, self._cuts, self._pools, strict=True):
            inner = size - 2
            for _ in pool.grow(inner):
                yield None
            for step in pool.of(self._problem.result, inner):
                if "result" in step.names() and source.names[0] in step.names():
                    for start in starts:
                        yield self._try(source, cuts, step, start)

    def _try(
        self, source: Source, cuts: Sequence[Sequence[Value] | None], step: Expression, start: Value
    ) -> Program | None:
        values = _accumulate(cuts, source.names[0], step.closure(), start, self._problem)
        matches = self._problem.matches(values)
        if not matches:
            return None

        def body() -> list[str]:
            return [
                f"result = {start!r}",
                f"for {source.names[0]} in {source.template}:",
                f"    result = {step.text()}",
                "return result",
            ]

        parts = tuple(part for part in (source.part, *parts_of(step)) if part)
        return Program("accumulate", parts, step.size + 2, values, matches, body, step.imports())


def _accumulate(
    cuts: Sequence[Sequence[Value] | None],
    name: str,
    step: Callable[[Environment], Value],
    start: Value,
    problem: Problem,
) -> tuple[Value, ...]:
    values: list[Value] = []
    misses = 0
    for row, cut in enumerate(cuts):
        value: Value = UNDEFINED if cut is None or misses > 1 else start
        for element in cut or ():
            if value is UNDEFINED:
                break
            value = _run(step, {"result": value, name: element})
        values.append(value)
        if row < problem.judged and not same(value, problem.targets[row], problem.tolerance):
            misses += 1  # after two misses it is no candidate, and a poor draft
    return tuple(values)


def _run(step: Callable[[Environment], Value], env: Environment) -> Value:
    try:
        return bounded(step(env))
    except FAILURES:
        return UNDEFINED


def _cuts(problem: Problem, source: Source) -> list[Sequence[Value] | None]:
    found: list[Sequence[Value] | None] = []
    for row in range(problem.rows):
        try:
            found.append(tuple(source.cut(*(problem.columns[i][row] for i in source.args))))
        except FAILURES:
            found.append(None)
    return found


def _samples(kind: Type, shift: int) -> tuple[Value, ...]:
    base: Sequence[Value] = TEXT_SAMPLES if kind == "str" else SAMPLES
    if kind == "bool":
        base = (True, False, False, True, True, False, True, False)
    if kind.startswith("list["):
        inner = _samples(kind[5:-1], shift)
        base = tuple(inner[:k] for k in range(len(SAMPLES)))
    return tuple(base[(i * 3 + shift) % len(base)] for i in range(len(base)))


def _number_pool(problem: Problem, space: Space, names: Sequence[str]) -> Pool:
    rows = len(SAMPLES)
    leaves = [Variable(name, "num", _samples("num", shift)) for shift, name in enumerate(names)]
    constants = [c for c in problem.constants(rows, rich=space.rich) if c.type == "num"]
    return Pool([*leaves, *constants], problem.components(space.parts), judged=rows, partial=True)


def _whole(problem: Problem) -> bool:
    return all(isinstance(n, int) and n >= 0 for n in problem.columns[0][: problem.judged])
