"""What is to be found: a function that gives the wanted results, and the rows on which candidates are compared.

Rows are the examples first, then a few further plausible inputs made from them without chance. On those nobody knows
the right result; they only show where two programs that fit every example would part.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, takewhile

from purpose_agent.models.builtin.components import Component, components_for
from purpose_agent.models.builtin.examples import Example
from purpose_agent.models.builtin.expressions import Constant, Expression, Variable
from purpose_agent.models.builtin.values import (
    REL_TOL,
    Type,
    Value,
    common_type,
    same,
    type_of,
)

PROBES = 6
SMALLEST_NUMBERS = (0, 1, 2)
COMMON_NUMBERS = (3, 10)
RICH_NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100)
DIVISORS = (4, 5, 7, 12, 60, 100, 400, 1000)
NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "hundred": 100, "half": 2, "twice": 2, "double": 2, "triple": 3,
}  # fmt: skip


class Unsuitable(ValueError):
    """These examples are of a shape that the search has no words for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`columns` has one column of values an argument, examples first; `targets` only the examples' results."""

    name: str
    params: tuple[str, ...]
    types: tuple[Type, ...]
    result: Type
    columns: tuple[tuple[Value, ...], ...]
    targets: tuple[Value, ...]
    tolerance: float = REL_TOL
    numbers: tuple[int | float, ...] = ()
    words: tuple[str, ...] = ()
    text: str = ""

    @property
    def judged(self) -> int:
        return len(self.targets)

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else self.judged

    @property
    def has_fractions(self) -> bool:
        values = chain(self.targets, *(column[: self.judged] for column in self.columns))
        return any(isinstance(value, float) for value in _flat(values))

    def components(self, allowed: frozenset[str] | None) -> list[Component]:
        found = components_for((*self.types, self.result), fractions=self.has_fractions)
        return [c for c in found if allowed is None or c.name in allowed]

    def leaves(self, *, rich: bool, inputs: bool = False) -> list[Expression]:
        variables = [
            Variable(name, kind, values)
            for name, kind, values in zip(self.params, self.types, self.columns, strict=True)
        ]
        return [*variables, *self.constants(self.rows, rich=rich, inputs=inputs)]

    def constants(self, rows: int, *, rich: bool, inputs: bool = False) -> list[Expression]:
        """Numbers that the task names and the most common ones are small; others cost one more.

        inputs  also the numbers of the examples, where thresholds and divisors are to be found.
        """
        own = dict.fromkeys((*self.numbers, *SMALLEST_NUMBERS, *(() if self.numbers else COMMON_NUMBERS)))
        more = dict.fromkeys((*COMMON_NUMBERS, -1, *(RICH_NUMBERS if rich else ()), *(self._given() if inputs else ())))
        found: list[Expression] = [Constant(number, rows, 1) for number in own]
        found += [Constant(number, rows, 2) for number in more if number not in own]
        found += [Constant(word, rows, 1) for word in self.words]
        kinds = {kind for kind in (*self.types, self.result) if kind.startswith("list[")}
        found += [Constant((), rows, 2, kind) for kind in sorted(kinds)]
        if self.result == "bool":
            found += [Constant(truth, rows, 1) for truth in (True, False)]
        return found

    def _given(self) -> list[Value]:
        """The numbers that are arguments themselves, and the usual divisors that at least two of them share."""
        columns = [c[: self.judged] for c, kind in zip(self.columns, self.types, strict=True) if kind == "num"]
        given = {value for column in columns for value in column if isinstance(value, int)}
        shared = [d for d in DIVISORS if sum(1 for value in given if value and value % d == 0) >= 2]
        return list(dict.fromkeys([*sorted(given)[:16], *shared]))

    def matches(self, values: Sequence[Value]) -> int:
        """How many examples these values meet."""
        return sum(same(got, want, self.tolerance) for got, want in zip(values, self.targets, strict=False))


def make_problem(examples: Sequence[Example], *, params: Sequence[str] = (), text: str = "") -> Problem:
    """Raises Unsuitable, with what is in the way, when the examples do not make one function of known types."""
    arity = {len(example.args) for example in examples}
    if len(arity) != 1:
        raise Unsuitable("the examples call the function with different numbers of arguments")
    try:
        columns = tuple(zip(*(example.args for example in examples), strict=True))
        types = tuple(common_type(type_of(value) for value in column) for column in columns)
        result = common_type(type_of(example.result) for example in examples)
    except TypeError as error:
        raise Unsuitable("the examples mix kinds of values in one place") from error
    probes = probe_inputs([example.args for example in examples], types)
    return Problem(
        name=examples[0].name,
        params=tuple(params) if len(params) == len(types) else parameter_names(types),
        types=types,
        result=result,
        columns=tuple(zip(*(*(e.args for e in examples), *probes), strict=True)),
        targets=tuple(example.result for example in examples),
        tolerance=max(example.tolerance for example in examples),
        numbers=_numbers_in(text),
        text=text,
        words=_words_in([example.result for example in examples], [e.args for e in examples], text),
    )


def parameter_names(types: Sequence[Type]) -> tuple[str, ...]:
    """n, text, items, … as a person would name them; numbered where one is not enough."""
    base = {"num": "n", "str": "text", "bool": "flag"}
    names = [base.get(kind, "items") for kind in types]
    if names == ["n", "n"]:
        return ("a", "b")
    return tuple(f"{name}{names[: i + 1].count(name)}" if names.count(name) > 1 else name
                 for i, name in enumerate(names))  # fmt: skip


def probe_inputs(inputs: Sequence[tuple[Value, ...]], types: Sequence[Type]) -> list[tuple[Value, ...]]:
    """Inputs near the given ones and none of them: each argument is varied in its own way."""
    floor = min((v for v in _flat(inputs) if isinstance(v, int | float)), default=0)
    probes: list[tuple[Value, ...]] = []
    for turn in range(3 * PROBES):
        base = inputs[turn % len(inputs)]
        probe = tuple(_vary(value, turn + i, floor) for i, value in enumerate(base))
        if probe not in inputs and probe not in probes:
            probes.append(probe)
    return probes[:PROBES] if types else []


def _vary(value: Value, turn: int, floor: float) -> Value:
    if isinstance(value, bool):
        return value if turn % 2 else not value
    if isinstance(value, int | float):
        varied = (value + 1, value + 3, value - 1, value * 2 + 1, value + 7, value - 2)[turn % 6]
        return varied if varied >= floor else value + 2
    if isinstance(value, str):
        return _vary_text(value, turn)
    longer = (*value, *(_vary(value[0], turn, floor),)) if value else value
    return (value[::-1], longer, value[1:], tuple(_vary(item, turn, floor) for item in value),
            value + value[:2])[turn % 5]  # fmt: skip


def _vary_text(value: str, turn: int) -> str:
    return (value[::-1], value + value[:1], value[1:], value.swapcase(), value[2:] + value[:2])[turn % 5]


def _numbers_in(text: str) -> tuple[int | float, ...]:
    plain = re.sub(r"`[^`]*`|assert.*|->.*", " ", text)
    digits = [int(found) for found in re.findall(r"(?<![\w.])\d{1,6}(?![\w.]*\()", plain)]
    named = [NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", plain.lower()) if word in NUMBER_WORDS]
    own = list(dict.fromkeys([*digits, *named]))[:6]
    both = [math.lcm(a, b) for a, b in pairwise(own) if a > 1 and b > 1]  # "multiples of 3 and of 5": of both, of 15
    return tuple(dict.fromkeys([*own, *both]))


def _words_in(results: Sequence[Value], inputs: Sequence[Value], text: str) -> tuple[str, ...]:
    """Texts that stand in the task in quotes, the results when they repeat or are named, and the blank ones."""
    if not any(isinstance(value, str) for value in (*_flat(results), *_flat(inputs))):
        return ()
    outcomes = [value for value in _flat(results) if isinstance(value, str)]
    quoted = [found for pair in re.findall(r"\"([^\"\n]{1,20})\"|'([^'\n]{1,20})'", text) for found in pair if found]
    given = {value for value in _flat(inputs) if isinstance(value, str)}
    labels = [v for v in dict.fromkeys(outcomes) if v and v not in given and len(v) <= 20 and not v.isdigit()]
    if any(isinstance(value, str) for value in results) and given:
        labels = [v for v in labels if outcomes.count(v) > 1]  # made from the input rather than chosen from a few
    whole = [result for result in results if isinstance(result, str)]
    ends = _common_ends(whole) if len(whole) == len(results) else []
    found = dict.fromkeys([*quoted, *ends, *labels, "", " "])
    return tuple(found)[:10]


def _common_ends(texts: Sequence[str]) -> list[str]:
    """What all results begin and end with: "hello Ann", "hello Bo" → "hello "."""
    start = _common_start(texts)
    end = _common_start([text[::-1] for text in texts])[::-1]
    return [part for part in (start, end) if part and len(set(texts)) > 1]


def _common_start(texts: Sequence[str]) -> str:
    alike = takewhile(lambda chars: len(set(chars)) == 1, zip(*texts, strict=False))
    return "".join(chars[0] for chars in alike)


def _flat(values: object) -> list[Value]:
    if isinstance(values, str) or not isinstance(values, Sequence | chain):
        return [values]
    return [leaf for value in values for leaf in _flat(value)]
