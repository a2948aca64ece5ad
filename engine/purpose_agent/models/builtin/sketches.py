"""Sketches without a loop of their own: plain expressions, pipelines, and expressions over a pipeline's result.

A sketch is grown level by level; a level is the size of the programs it yields. What it yields is a `Program` that
meets at least one example, or None for an attempt that is no such thing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from purpose_agent.models.builtin.expressions import Expression, Pool, order_of_parts
from purpose_agent.models.builtin.pipelines import BUILDS, REDUCERS, Elements, Pipeline, Reducer, pipelines, sources_of
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.values import UNDEFINED, Type

Attempts = Iterator[Program | None]


@dataclass(frozen=True, slots=True)
class Space:
    """Where to look: one sketch, the components it may use, and its frame (None = all of them).

    frame  names of sources, reducers and orders: the outer shape, where components are what is filled in.
    depth  how large a condition or a mapping inside a pipeline may be.
    """

    sketch: str
    parts: frozenset[str] | None = None
    frame: frozenset[str] | None = None
    depth: int = 4

    def allows(self, part: str) -> bool:
        """Whether the frame may have this source, reducer or order."""
        return not part or self.frame is None or part in self.frame

    @property
    def rich(self) -> bool:
        """Few components leave room for more constants."""
        return self.parts is not None


class Sketch(Protocol):
    def level(self, size: int) -> Attempts:
        """All programs of this size. Levels are asked for in order, from 1."""
        ...

    @property
    def suitable(self) -> bool: ...


class ExpressionSketch:
    """`return a * b + 1`"""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem = problem
        self._pool = Pool(problem.leaves(rich=space.rich), problem.components(space.parts), judged=problem.judged)
        self.suitable = True

    def level(self, size: int) -> Attempts:
        for part in self._pool.grow(size):
            yield program_of(self._problem, "expression", part)


class PipelineSketch:
    """`sum(x for x in items if x % 2 == 0)` for folds, `[x * x for x in items]` for comprehensions."""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem, self._name, self._depth = problem, space.sketch, space.depth
        self._reducers = _reducers(space, builds=space.sketch == "comprehension")
        self._elements = _elements(problem, space)
        self.suitable = bool(self._elements) and bool(self._reducers)

    def level(self, size: int) -> Attempts:
        wanted = frozenset((self._problem.result,))
        for elements in self._elements:
            for part in pipelines(elements, size, self._reducers, wanted, depth=self._depth):
                yield None if part is None else program_of(self._problem, self._name, part)


class ComposeSketch:
    """An expression whose leaves are small pipelines: `sum(map(int, str(n))) % 9 == 0`"""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem, self._space = problem, space
        self._reducers = _reducers(space, builds=False) + _reducers(space, builds=True)
        self._elements = _elements(problem, space)
        self._pool = Pool(problem.leaves(rich=space.rich), problem.components(space.parts), judged=problem.judged)
        self._deepest = 5 if space.rich else 3
        self.suitable = bool(self._elements) and bool(self._reducers)

    def level(self, size: int) -> Attempts:
        if size <= self._deepest:
            for elements in self._elements:
                for part in pipelines(elements, size, self._reducers, None):
                    if part is not None and self._is_leaf(part):
                        self._pool.add_leaf(part)
                    yield None
        for grown in self._pool.grow(size):
            yield program_of(self._problem, "compose", grown) if _holds_pipeline(grown) else None

    def _is_leaf(self, part: Pipeline) -> bool:
        return UNDEFINED not in part.values[: self._problem.judged]


def _holds_pipeline(part: Expression) -> bool:
    if isinstance(part, Pipeline):
        return True
    return any(_holds_pipeline(arg) for arg in getattr(part, "args", ()))


def _reducers(space: Space, *, builds: bool) -> list[Reducer]:
    return [r for r in REDUCERS if (r.part in BUILDS) == builds and space.allows(r.part)]


def _elements(problem: Problem, space: Space) -> list[Elements]:
    found = [
        Elements(problem, source, space.parts, rich=space.rich)
        for source in sources_of(problem)
        if space.allows(source.part)
    ]
    return [elements for elements in found if elements.suitable]


def program_of(problem: Problem, sketch: str, part: Expression) -> Program | None:
    if not fits_type(part.type, problem.result):
        return None
    matches = problem.matches(part.values)
    if not matches:
        return None
    return Program(
        sketch, tuple(parts_of(part)), part.size, part.values, matches, lambda: [f"return {part.text()}"],
        part.imports(),
    )  # fmt: skip


def parts_of(part: Expression) -> list[str]:
    """Component names from the outside in, through pipelines too."""
    if isinstance(part, Pipeline):
        return part.method_parts()
    args: Sequence[Expression] = getattr(part, "args", ())
    inner = [name for arg in args for name in parts_of(arg)]
    own = order_of_parts(part)[:1] if args else []
    return list(dict.fromkeys([*own, *inner]))


def fits_type(got: Type, wanted: Type) -> bool:
    return got == wanted or (wanted.endswith("[?]") and got.startswith("list["))
