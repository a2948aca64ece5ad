"""What the search shows is what it computed: the Python text of a program gives the values it was judged by."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.models.builtin.examples import Example
from purpose_agent.models.builtin.problem import Problem, make_problem
from purpose_agent.models.builtin.search import Ambiguous, Found, Search, make
from purpose_agent.models.builtin.sketches import Space
from purpose_agent.models.builtin.steering import SKETCHES, methods_in
from purpose_agent.models.builtin.values import UNDEFINED, freeze, same, thaw

PROBLEMS = {
    "a list to a number": [([3, 1, 4], 8), ([], 0), ([6, 5], 11), ([2, 2, 9], 13)],
    "a number to a number": [(0, 0), (1, 1), (2, 3), (5, 15), (3, 6)],
    "a number to a text": [(1, "1"), (3, "Fizz"), (6, "Fizz"), (7, "7"), (5, "Buzz"), (10, "Buzz")],
    "a text to a text": [("ab cd", "ba dc"), ("hello", "olleh"), ("X y", "X y")],
    "a list to a list": [([1, 2, 3], [1, 4, 3]), ([4], [8]), ([7, 6], [7, 12])],
    "a text to a yes or no": [("aba", True), ("abc", False), ("xx", True), ("xy", False), ("noon", True)],
    "a broken number": [(1.5, 3.0), (2.0, 4.0), (4, 8)],
}


def problem_of(name: str) -> Problem:
    return make_problem([Example(name="f", args=(freeze(x),), result=freeze(y)) for x, y in PROBLEMS[name]], text=name)


SUITABLE = [
    (name, sketch) for name in PROBLEMS for sketch in SKETCHES if make(problem_of(name), Space(sketch)).suitable
]


@pytest.mark.parametrize(("name", "sketch"), SUITABLE)
def test_the_text_of_a_program_computes_the_values_it_was_judged_by(name: str, sketch: str) -> None:
    problem = problem_of(name)
    grown = make(problem, Space(sketch))
    checked = 0
    for level in range(1, 5):
        for tried, program in enumerate(grown.level(level)):
            if program is not None and checked < 300:
                checked += 1
                code = program.code("f", problem.params)
                space: dict[str, object] = {}
                exec(compile(code, "found", "exec"), space)
                check_rows(space["f"], problem, program.values, code)
            if tried > 4000:
                break


def check_rows(function: object, problem: Problem, values: tuple[object, ...], code: str) -> None:
    assert callable(function)
    for row, value in enumerate(values):
        if value is not UNDEFINED:
            got = function(*(thaw(column[row]) for column in problem.columns))
            assert same(freeze(list(got) if isinstance(got, range) else got), value), (code, row)


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_found_program_is_one_function_without_foreign_calls(name: str) -> None:
    search = Search(problem_of(name), budget=20_000)
    outcome = search.advance(20_000)
    if isinstance(outcome, Found):
        tree = ast.parse(search.code(outcome.program))
        assert [type(node) for node in tree.body if not isinstance(node, ast.Import)] == [ast.FunctionDef]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 400), st.sampled_from(sorted(PROBLEMS)))
def test_the_search_is_the_same_however_it_is_sliced(slice_size: int, name: str) -> None:
    whole, sliced = Search(problem_of(name), budget=6000), Search(problem_of(name), budget=6000)
    outcome = whole.advance(6000)
    other = None
    while other is None:
        other = sliced.advance(slice_size)
    assert type(other) is type(outcome)
    assert sliced.attempts == whole.attempts
    if isinstance(outcome, Found) and isinstance(other, Found):
        assert sliced.code(other.program) == whole.code(outcome.program)
    if isinstance(outcome, Ambiguous) and isinstance(other, Ambiguous):
        assert outcome.inputs == other.inputs


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_lesson_text_is_read_without_fault(text: str) -> None:
    assert all(space.sketch in SKETCHES for space in methods_in(text))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(-20, 20), max_size=5), min_size=4, max_size=6, unique_by=tuple))
def test_a_sum_is_found_or_a_question_is_asked_but_never_a_program_that_fails_its_examples(
    rows: list[list[int]],
) -> None:
    problem = make_problem([Example(name="f", args=(freeze(row),), result=sum(row)) for row in rows])
    search = Search(problem, budget=8000)
    outcome = search.advance(8000)
    if isinstance(outcome, Found):
        assert problem.matches(outcome.program.values) == problem.judged
