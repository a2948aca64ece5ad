"""The search itself: sketches side by side, level by level, until a program fits or the budget is spent.

Deterministic: the same problem and lessons give the same programs in the same order, so a search that was lost can be
rebuilt by counting. When a program fits, the search goes on until every sketch has seen programs of that size. If the
smallest fitting ones part on a plausible input, the examples do not say which is meant, and the search says so.

Where lessons said to look first, a program may fit a few examples by chance. So what they lead to is held against the
simplest programs of all before it is taken: a lesson saves the long search, not the look at what is near at hand.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from purpose_agent.models.builtin.decisions import DecisionSketch
from purpose_agent.models.builtin.lifting import LiftSketch
from purpose_agent.models.builtin.loops import AccumulateSketch, RecurrenceSketch
from purpose_agent.models.builtin.problem import Problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.sketches import (
    Attempts,
    ComposeSketch,
    ExpressionSketch,
    PipelineSketch,
    Sketch,
    Space,
)
from purpose_agent.models.builtin.steering import SKETCHES, Stage, stages
from purpose_agent.models.builtin.values import UNDEFINED, Value, agree, same
from purpose_agent.models.builtin.wording import unnamed_parts

TOTAL_ATTEMPTS = 100_000
TURN = 64
RIVAL_ATTEMPTS = 10_000
SIMPLER_ATTEMPTS = 1_500
"""Simple programs tried before one is taken to which a lesson led."""

DEEPEST = 16
WEAK_BITS = 8.0
UNUSED_ARGUMENT = 3


@dataclass(frozen=True, slots=True)
class Found:
    program: Program


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Both fit every example; `inputs` is where they part."""

    first: Program
    second: Program
    inputs: tuple[Value, ...]
    results: tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nothing fits within the budget."""


Outcome = Found | Ambiguous | Exhausted


class Search:
    """One problem under some lessons. `advance` goes on where it stopped."""

    def __init__(self, problem: Problem, lessons: str = "", *, budget: int = TOTAL_ATTEMPTS) -> None:
        self.problem, self.budget = problem, budget
        self.attempts = 0
        self.exhausted = False
        self._deciding = False
        self.best: Program | None = None
        self._rejected: set[str] = set()
        self._steps = self._run(stages(lessons, budget))

    def advance(self, attempts: int) -> Outcome | None:
        """About so many attempts more; None: not done yet.

        While a program that fits is being compared with its rivals it goes on until that is decided, since a fitting
        program must not be handed out as a mere draft: whoever checks it by the same examples would take it.
        """
        end = min(self.attempts + attempts, self.budget)
        while self.attempts < end or self._deciding:
            outcome = next(self._steps, Exhausted())
            if outcome is not None:
                self.exhausted = isinstance(outcome, Exhausted)
                return outcome
        return Exhausted() if self.attempts >= self.budget else None

    def reject(self, program: Program) -> None:
        """It fitted the examples but failed elsewhere, for example on an assert that could not be read."""
        self._rejected.add(self.code(program))

    def code(self, program: Program) -> str:
        return program.code(self.problem.name, self.problem.params)

    def _run(self, plan: Sequence[Stage]) -> Iterator[Outcome | None]:
        for stage in plan:
            yield from self._stage(stage)

    def _stage(self, stage: Stage) -> Iterator[Outcome | None]:
        """Level by level; inside a level the sketches take turns, so none of them can starve the others."""
        sketches = [make(self.problem, space) for space in stage.spaces]
        sketches = [sketch for sketch in sketches if sketch.suitable]
        stop = self.attempts + stage.attempts
        fits: list[Program] = []
        last = DEEPEST
        for level in range(1, DEEPEST + 1):
            if not sketches or level > last or self.attempts >= stop:
                break
            for program in _in_turns([sketch.level(level) for sketch in sketches]):
                self.attempts += 1
                if program is not None and self._note(program):
                    if not fits:
                        stop = min(stop, self.attempts + RIVAL_ATTEMPTS)
                        last = level if stage.from_lessons else max(level, self._size(program)) + self._further_sizes
                    fits.append(program)
                    self._deciding = True
                yield None
                if self.attempts >= stop:
                    break
        if fits and stage.from_lessons:
            yield from self._look_for_simpler(fits)
        while fits:
            yield self._decide(fits, 0 if stage.from_lessons else self._further_sizes)
            self._deciding = False
            fits = [fit for fit in fits if self.code(fit) not in self._rejected]

    def _look_for_simpler(self, fits: list[Program]) -> Iterator[None]:
        """Among all programs that are smaller than these; the smallest that fit join them."""
        size = min(map(self._size, fits))
        sketches = [make(self.problem, Space(sketch)) for sketch in SKETCHES]
        sketches = [sketch for sketch in sketches if sketch.suitable]
        stop = min(self.attempts + SIMPLER_ATTEMPTS, self.budget)
        for level in range(1, min(size, DEEPEST + 1)):
            simpler = []
            for program in _in_turns([sketch.level(level) for sketch in sketches]):
                if self.attempts >= stop:
                    break
                self.attempts += 1
                if program is not None and self._note(program):
                    simpler.append(program)
                yield None
            fits += simpler
            if simpler or self.attempts >= stop:
                return

    @property
    def _further_sizes(self) -> int:
        """Where the results say little (yes or no, a few words), a program fits by chance: look one size further."""
        return int(information(self.problem.targets) < WEAK_BITS)

    def _note(self, program: Program) -> bool:
        """Tell whether this one meets every example; else keep it if it is the best draft."""
        if program.matches == self.problem.judged:
            return not (self._rejected and self.code(program) in self._rejected)
        if self.best is None or program.matches > self.best.matches:
            self.best = program
        return False

    def _size(self, program: Program) -> int:
        """A program that leaves an argument unused hardly says what is meant: the smaller of two numbers is not `a`."""
        used = set(re.findall(r"\w+", " ".join(program.body())))
        return program.size + UNUSED_ARGUMENT * sum(param not in used for param in self.problem.params)

    def _decide(self, fits: list[Program], further: int) -> Outcome:
        """The smallest, unless another about as small parts from it.

        A rival does not count when the task's words speak for the chosen one, or when it needs all of its parts and
        more.
        """
        words = {id(fit): unnamed_parts(fit.parts, self.problem.text) for fit in fits}
        sizes = {id(fit): self._size(fit) for fit in fits}
        fits.sort(key=lambda fit: (sizes[id(fit)], words[id(fit)][0]))  # stable: the one found first stays first
        chosen = fits[0]
        unnamed, named = words[id(chosen)]
        for rival in fits[1:]:
            told_apart = (named > 0 and words[id(rival)][0] > unnamed) or set(chosen.parts) < set(rival.parts)
            if sizes[id(rival)] > sizes[id(chosen)] + further or told_apart:
                continue
            parting = _parting(self.problem, chosen, rival)
            if parting is not None:
                return parting
        return Found(chosen)


def _in_turns(attempts: Sequence[Attempts]) -> Iterator[Program | None]:
    waiting = list(attempts)
    while waiting:
        for each in list(waiting):
            taken = 0
            for program in islice(each, TURN):
                taken += 1
                yield program
            if taken < TURN:
                waiting.remove(each)


def information(results: Sequence[Value]) -> float:
    """Roughly how many bits the wanted results hold: what a wrong program would have to hit by chance."""
    kinds = len(set(results))
    if 2 * kinds <= len(results):  # a few answers that come again and again: hitting one of them is easy
        return len(results) * math.log2(max(kinds, 1.5))
    return sum(_bits(result) for result in results)


def _bits(result: Value) -> float:
    if isinstance(result, bool):
        return 1.0
    if isinstance(result, int | float):
        return math.log2(2 + abs(result))
    return 1.0 + sum(_bits(item) for item in result) if isinstance(result, tuple) else 1.0 + 4.0 * len(result)


def make(problem: Problem, space: Space) -> Sketch:
    match space.sketch:
        case "expression":
            return ExpressionSketch(problem, space)
        case "fold" | "comprehension":
            return PipelineSketch(problem, space)
        case "compose":
            return ComposeSketch(problem, space)
        case "recurrence":
            return RecurrenceSketch(problem, space)
        case "accumulate":
            return AccumulateSketch(problem, space)
        case "decision":
            return DecisionSketch(problem, space)
        case "lift":
            return LiftSketch(problem, space)
    raise ValueError(f"no such sketch: {space.sketch}")


def _parting(problem: Problem, first: Program, second: Program) -> Ambiguous | None:
    """The shortest further input on which both are defined and differ."""
    if agree(first.values, second.values):
        return None
    apart: list[tuple[int, tuple[Value, ...], tuple[Value, Value]]] = []
    for row in range(problem.judged, problem.rows):
        one, two = first.values[row], second.values[row]
        if one is not UNDEFINED and two is not UNDEFINED and not same(one, two):
            inputs = tuple(column[row] for column in problem.columns)
            apart.append((len(repr(inputs)), inputs, (one, two)))
    if not apart:
        return None
    _, inputs, results = min(apart, key=lambda each: each[0])
    return Ambiguous(first, second, inputs, results)
