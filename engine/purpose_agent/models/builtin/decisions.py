"""Decision lists: `if c1: return e1`, `if c2: return e2`, …, `return e`.

Conditions and results are grown once; which examples each one covers is a bit mask. A branch is taken up only if one
result is right for everything that it covers, so lists are put together from the masks without running them again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from purpose_agent.models.builtin.components import WHOLE
from purpose_agent.models.builtin.expressions import Environment, Expression, Pool
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.sketches import Attempts, Space, fits_type, parts_of
from purpose_agent.models.builtin.values import UNDEFINED, Value, same

MAX_BRANCHES = 4
LEAVES_PER_COVER = 3
CONDITIONS_PER_COVER = 3


@dataclass(frozen=True, slots=True)
class Branch:
    condition: Expression
    result: Expression
    covers: int


class DecisionList:
    """An expression that chooses; as one line it is `a if c else b`."""

    def __init__(self, branches: Sequence[Branch], otherwise: Expression) -> None:
        self.branches, self.otherwise = tuple(branches), otherwise
        self.type = otherwise.type
        self.size = otherwise.size + sum(1 + b.condition.size + b.result.size for b in branches)
        self.binds = WHOLE
        pieces = [piece for b in branches for piece in (b.condition, b.result)] + [otherwise]
        self.parts = frozenset[str]().union(*(piece.parts for piece in pieces))
        self._imports = frozenset[str]().union(*(piece.imports() for piece in pieces))
        self.ordered_parts = tuple(dict.fromkeys(part for piece in pieces for part in parts_of(piece)))
        self.values = tuple(self._value(row) for row in range(len(otherwise.values)))

    def _value(self, row: int) -> Value:
        for branch in self.branches:
            holds = branch.condition.values[row]
            if holds is UNDEFINED:
                return UNDEFINED
            if holds:
                return branch.result.values[row]
        return self.otherwise.values[row]

    def lines(self) -> list[str]:
        made: list[str] = []
        for branch in self.branches:
            made += [f"if {branch.condition.text()}:", f"    return {branch.result.text()}"]
        return [*made, f"return {self.otherwise.text()}"]

    def text(self) -> str:
        chosen = "".join(f"{b.result.text()} if {b.condition.text()} else " for b in self.branches)
        return chosen + self.otherwise.text()

    def closure(self) -> Callable[[Environment], Value]:
        raise TypeError("a decision list is not the step of a loop")

    def names(self) -> frozenset[str]:
        return frozenset()

    def imports(self) -> frozenset[str]:
        return self._imports


@dataclass(slots=True)
class _Pieces:
    """What has been grown so far, by which examples it covers."""

    conditions: list[tuple[int, Expression]] = field(default_factory=list)
    results: list[tuple[int, Expression]] = field(default_factory=list)
    per_cover: dict[int, int] = field(default_factory=dict)


class DecisionSketch:
    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem = problem
        parts = space.parts
        self._pool = Pool(
            problem.leaves(rich=space.rich, inputs=True), problem.components(parts), judged=problem.judged, partial=True
        )
        self._everything = (1 << problem.judged) - 1
        self._pieces = _Pieces()
        self._deepest = 3 if problem.numbers and not space.rich else 4
        self._taken = 0
        self._memo: dict[int, list[tuple[Branch, int]]] = {}
        self.suitable = problem.judged >= 4 and bool(problem.params)

    def level(self, size: int) -> Attempts:
        for program in self.sizes_of(size):
            if program is None:
                yield None
                continue
            yield Program(
                "decision",
                program.ordered_parts,
                program.size, program.values, self._problem.judged, program.lines,
                program.imports(),
            )  # fmt: skip

    def sizes_of(self, level: int) -> Iterator[DecisionList | None]:
        """Lists are long but few, as the masks leave only those that fit: four sizes come on one level."""
        for size in range(4 * level - 4, 4 * level):
            yield from self.lists(size)

    def lists(self, size: int) -> Iterator[DecisionList | None]:
        """Every decision list of exactly this size that is right on all examples; None for a lesser attempt."""
        depth = min(self._deepest, size - 3)
        if depth > self._taken:
            for _ in self._pool.grow(depth):
                yield None
            self._take_pieces(depth)
        yield from self._complete((), self._everything, size)

    def _take_pieces(self, depth: int) -> None:
        self._memo.clear()
        for size in range(self._taken + 1, depth + 1):
            for condition in self._pool.of("bool", size):
                mask = self._holds(condition)
                if mask is not None and mask not in (0, self._everything):
                    count = self._pieces.per_cover.get(mask, 0)
                    if count < CONDITIONS_PER_COVER:
                        self._pieces.per_cover[mask] = count + 1
                        self._pieces.conditions.append((mask, condition))
            for kind in self._pool.types(size):
                if fits_type(kind, self._problem.result):
                    self._pieces.results += [(self._right(r), r) for r in self._pool.of(kind, size) if self._right(r)]
        self._taken = depth

    def _holds(self, condition: Expression) -> int | None:
        mask = 0
        for bit, value in enumerate(condition.values[: self._problem.judged]):
            if value is UNDEFINED:
                return None
            mask |= bool(value) << bit
        return mask

    def _right(self, result: Expression) -> int:
        targets, tolerance = self._problem.targets, self._problem.tolerance
        pairs = zip(result.values, targets, strict=False)
        return sum(same(got, want, tolerance) << bit for bit, (got, want) in enumerate(pairs))

    def _complete(self, chosen: tuple[Branch, ...], left: int, size: int) -> Iterator[DecisionList | None]:
        if chosen:
            for mask, result in self._pieces.results:
                if result.size == size and left & ~mask == 0:
                    yield DecisionList(chosen, result)
        if len(chosen) >= MAX_BRANCHES or 2 * (len(chosen) + 2) > self._problem.judged:
            return  # each result has to stand for two examples on average, or anything could be fitted
        for branch, cost in self._branches(left):
            if cost + 1 <= size:
                yield None
                yield from self._complete((*chosen, branch), left & ~branch.covers, size - cost)

    def _branches(self, left: int) -> list[tuple[Branch, int]]:
        """Branches that are right on all they take from what is left, the smallest first."""
        if left in self._memo:
            return self._memo[left]
        found: list[tuple[Branch, int]] = []
        for mask, condition in self._pieces.conditions:
            covers = left & mask
            if covers in (0, left):
                continue
            fitting = [result for right, result in self._pieces.results if covers & ~right == 0]
            found += [
                (Branch(condition, result, covers), 1 + condition.size + result.size)
                for result in fitting[:LEAVES_PER_COVER]
            ]
        found.sort(key=lambda pair: pair[1])
        return self._memo.setdefault(left, found)
