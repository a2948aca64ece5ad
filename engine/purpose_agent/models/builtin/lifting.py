"""A choice lifted over elements: `[a if c else b for x in items]`, also over characters, words and 1..n.

Where every result pairs off with the elements one by one, the pairs are a smaller problem with many more examples; a
decision list that solves it solves the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from purpose_agent.models.builtin.decisions import DecisionList, DecisionSketch
from purpose_agent.models.builtin.pipelines import Source, sources_of
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.sketches import Attempts, Space
from purpose_agent.models.builtin.values import FAILURES, UNDEFINED, Type, Value, common_type, type_of


class LiftSketch:
    """The same choice for every element: `[a if c else b for x in items]`, also over characters, words and 1..n."""

    def __init__(self, problem: Problem, space: Space) -> None:
        self._problem = problem
        self._lifted = [
            lifted for source in sources_of(problem) if space.allows(source.part)
            for lifted in [_lift(problem, source)] if lifted is not None
        ]  # fmt: skip
        self._inner = [DecisionSketch(lifted.inner, space) for lifted in self._lifted]
        self.suitable = any(sketch.suitable for sketch in self._inner)

    def level(self, size: int) -> Attempts:
        for lifted, sketch in zip(self._lifted, self._inner, strict=True):
            if not sketch.suitable:
                continue
            for chosen in sketch.sizes_of(size):
                yield None if chosen is None else lifted.program(chosen, self._problem)


@dataclass(frozen=True, slots=True)
class _Lifted:
    """The problem of one element, and where each row's elements stand in it."""

    source: Source
    inner: Problem
    places: tuple[tuple[int, ...] | None, ...]
    joint: str | None

    def program(self, chosen: DecisionList, problem: Problem) -> Program:
        values = tuple(None if row is None else [chosen.values[place] for place in row] for row in self.places)
        whole = tuple(UNDEFINED if v is None or UNDEFINED in v else self._join(v) for v in values)
        loop = f"for {', '.join(self.source.names)} in {self.source.template}"

        def body() -> list[str]:
            line = f"{chosen.text()} {loop}"
            return [f"return [{line}]" if self.joint is None else f"return {self.joint!r}.join({line})"]

        parts = tuple(part for part in (self.source.part, *chosen.ordered_parts) if part)
        return Program("lift", parts, chosen.size + 1, whole, problem.matches(whole), body, chosen.imports())

    def _join(self, values: list[Value]) -> Value:
        return tuple(values) if self.joint is None else self.joint.join(values)


def _lift(problem: Problem, source: Source) -> _Lifted | None:
    """None when the results do not pair off with the elements one by one."""
    joint, wanted = _split_targets(problem, source)
    rows = _rows(problem, source)
    if wanted is None or rows is None:
        return None
    place: dict[tuple[Value, ...], int] = {}
    results: list[Value] = []
    for row, targets in zip(rows, wanted, strict=False):
        if row is None or len(row) != len(targets):
            return None
        for key, target in zip(row, targets, strict=True):
            if place.setdefault(key, len(results)) == len(results):
                results.append(target)
            elif results[place[key]] != target:
                return None
    judged = len(results)
    for row in rows[problem.judged :]:
        for key in row or ():
            place.setdefault(key, len(place))
    kinds = _element_kinds(problem, source)
    if judged == 0 or kinds is None:
        return None
    try:
        result = common_type(type_of(value) for value in results)
    except TypeError:
        return None
    scalars = _scalars(problem, source)
    inner = Problem(
        name=problem.name,
        params=(*source.names, *(problem.params[i] for i in scalars)),
        types=(*kinds, *(problem.types[i] for i in scalars)),
        result=result,
        columns=tuple(zip(*place, strict=True)),
        targets=tuple(results),
        numbers=problem.numbers,
        words=_labels(problem, results, [value for key in place for value in key]),
    )
    places = tuple(None if row is None else tuple(place[key] for key in row) for row in rows)
    return _Lifted(source, inner, places, joint)


def _split_targets(problem: Problem, source: Source) -> tuple[str | None, list[Sequence[Value]] | None]:
    if problem.result.startswith("list["):
        return None, list(problem.targets)
    if problem.result != "str":
        return None, None
    if source.part == "chars":
        return "", list(problem.targets)
    if source.part == "words_of":
        return " ", [tuple(target.split()) for target in problem.targets]
    return None, None


def _rows(problem: Problem, source: Source) -> list[list[tuple[Value, ...]] | None] | None:
    scalars = _scalars(problem, source)
    rows: list[list[tuple[Value, ...]] | None] = []
    for row in range(problem.rows):
        outer = tuple(problem.columns[i][row] for i in scalars)
        try:
            cut = list(source.cut(*(problem.columns[i][row] for i in source.args)))
        except FAILURES:
            rows.append(None)
            continue
        many = len(source.names) > 1
        rows.append([(*(element if many else (element,)), *outer) for element in cut])
    return rows


def _scalars(problem: Problem, source: Source) -> list[int]:
    return [i for i, kind in enumerate(problem.types) if i not in source.args and not kind.startswith("list[")]


def _element_kinds(problem: Problem, source: Source) -> tuple[Type, ...] | None:
    whole = problem.types[source.args[0]]
    kinds = tuple(whole[5:-1] if kind == "?" else kind for kind in source.types)
    return None if "?" in kinds else kinds


def _labels(problem: Problem, results: Sequence[Value], inputs: Sequence[Value]) -> tuple[str, ...]:
    """The words of the task, and the few texts that elements become without being made from them."""
    texts = [value for value in results if isinstance(value, str) and not value.isdigit() and value not in inputs]
    made = any(isinstance(value, str) for value in inputs)
    few = dict.fromkeys(text for text in texts if not made or texts.count(text) > 1)
    return tuple(dict.fromkeys([*problem.words, *few]))[:12]
