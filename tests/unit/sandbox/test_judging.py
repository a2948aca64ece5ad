"""A test passes when Python would say so, and it is decided outside wherever it can be taken apart."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.sandbox.plain_values import Opaque, decode
from purpose_agent.sandbox.probe import probe
from purpose_agent.sandbox.taking_apart import pieces
from purpose_agent.sandbox.tests import TestReport, run_tests
from purpose_agent.sandbox.values import plain

walled = pytest.mark.skipif(not probe().holds, reason="no wall holds on this machine")

_CODE = """
import math
from collections import Counter, namedtuple, deque
from decimal import Decimal
LIMIT = 3
Point = namedtuple("Point", "x y")
class Stack:
    def __init__(self): self.items = []
    def push(self, item): self.items.append(item); return self
    def pop(self):
        if not self.items: raise IndexError("empty stack")
        return self.items.pop()
    def __eq__(self, other): return isinstance(other, Stack) and self.items == other.items
    def __repr__(self): return f"Stack({self.items})"
class Odd(ValueError): pass
def square(x): return x * x
def half(x): return x / 2
def words(text): return Counter(text.split())
def evens(values):
    for value in values:
        if value % 2 == 0: yield value
def strict(x):
    if x < 0: raise Odd("negative")
    return x
def reverse(values): values.reverse()
def sum(a, b): return a + b
def hang():
    while True: pass
def die():
    import os
    os._exit(0)
"""

_TRUE = [
    "assert square(3) == 9",
    "assert square(3) == 9.0",
    "assert square(3) != 8",
    "assert not square(0)",
    "assert square(2)",
    "assert 3 < square(2) <= 4",
    "assert square(2) in {4, 5}",
    "assert square(1) is not None",
    "assert half(3) == 1.5",
    "assert square(2) == 4 and half(2) == 1",
    "assert square(2) == 5 or half(2) == 1",
    "assert -square(2) == -4",
    "assert abs(half(1) - 0.5) < 1e-9",
    "assert math.isclose(half(1), 0.5)",
    "assert isinstance(half(1), float)",
    "assert isinstance(square(1), (int, str))",
    "assert list(evens([1, 2, 4])) == [2, 4]",
    "assert len(words('a b a')) == 2",
    "assert words('a b a') == {'a': 2, 'b': 1}",
    "assert words('a b a') == Counter(['a', 'b', 'a'])",
    "assert Point(1, 2) == (1, 2)",
    "assert Stack().push(1) == Stack().push(1)",
    "assert repr(Stack()) == 'Stack([])'",
    "s = Stack()\ns.push(4)\nassert s.pop() == 4\nassert s.items == []",
    "assert LIMIT == 3",
    "assert sum(1, 2) == 3",
    "values = [1, 2]\nreverse(values)\nassert values == [2, 1]",
    "assert sorted([square(2), square(1)]) == [1, 4]",
    "assert all(square(n) == n ** 2 for n in range(4))",
    "assert [square(n) for n in (1, 2)] == [1, 4]",
    "assert any(square(n) > 5 for n in [1, 3])",
    "assert sorted(['bb', 'a'], key=len) == ['a', 'bb']",
    "assert square(10 ** 9) == 10 ** 18",
    "for n, expected in [(1, 1), (2, 4)]:\n    assert square(n) == expected",
    "for n in range(3):\n    m = n + 1\n    assert square(m) == m * m",
    "try:\n    strict(-1)\n    assert False\nexcept ValueError:\n    pass",
    "try:\n    strict(-1)\nexcept (KeyError, Odd):\n    pass\nelse:\n    assert False",
    "import pytest\nwith pytest.raises(IndexError):\n    Stack().pop()",
    "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\ncheck(square)",
    "assert square('a' == 'b') == 0",
    "assert half(float('inf')) == float('inf')",
    "assert square(2) == 4, 'square'",
    "assert (x := square(2)) == 4",
    "assert {1: square(2)} == {1: 4}",
    "assert square(2) == square(-2)",
    "assert str(square(2)) == '4'",
    "assert max(square(2), 1) == 4",
    "assert Decimal('1.1') + Decimal('2.2') == Decimal('3.3')",
    "assert ''.join(reversed('ab')) == 'ba'",
    "import json\nassert json.loads('[1]') == [1]",
    "assert f'{square(2)}' == '4'",
    "assert deque([1]) == deque([1])",
]
_FALSE = [
    ("assert square(3) == 10", "square(3) is 9; the test asks for 10."),
    ("assert square(2) > 4", "square(2) is 4; the test asks for more than 4."),
    ("assert square(2) is None", "square(2) is 4; the test asks for None."),
    ("assert square('a') == 1", "TypeError: can't multiply sequence by non-int of type 'str'"),
    ("assert missing(1) == 1", "NameError: name 'missing' is not defined"),
    ("assert Stack() == 3", "Stack() is <Stack>; the test asks for 3."),
    ("assert square(2) < 'a'", "TypeError: '<' not supported between instances of 'int' and 'str'"),
    ("assert square(2) == 4 and half(2) == 4", "square(2) == 4 and half(2) == 4 does not hold."),
    ("with raises(KeyError):\n    strict(-1)", "Odd: negative; the test asks for KeyError."),
    ("with raises(ValueError):\n    strict(1)", "strict(1) raised nothing; the test asks for ValueError."),
    ("for n in range(9):\n    assert square(n) < 9", "square(3) is 9; the test asks for less than 9."),
    ("assert square(", "The test is not valid Python: '(' was never closed"),
    ("assert die() == 1", "The code left with status 0 before its end."),
    ("assert half(1) / 0 == 1", "ZeroDivisionError: float division by zero"),
]


@pytest.fixture(scope="module")
def passing() -> TestReport:
    return run_tests(_CODE, _TRUE, timeout_s=60)


@walled
@pytest.mark.parametrize("number", range(len(_TRUE)), ids=[repr(test) for test in _TRUE])
def test_what_holds_in_python_passes(passing: TestReport, number: int) -> None:
    outcome = passing.results[number]
    assert outcome.test == _TRUE[number]
    assert outcome.passed, outcome.message


@walled
def test_few_of_the_usual_tests_need_to_be_decided_inside(passing: TestReport) -> None:
    inside = {outcome.test for outcome in passing.results if outcome.judged == "inside"}
    assert inside == {
        "assert Stack().push(1) == Stack().push(1)", "assert Decimal('1.1') + Decimal('2.2') == Decimal('3.3')",
        "assert deque([1]) == deque([1])",
    }  # fmt: skip


@walled
def test_what_does_not_hold_fails_with_a_sentence() -> None:
    report = run_tests(_CODE, [test for test, _ in _FALSE], timeout_s=60)
    for outcome, (test, message) in zip(report.results, _FALSE, strict=True):
        assert not outcome.passed, test
        assert outcome.message.startswith(message), (test, outcome.message)
    assert (report.passed, report.total, report.error) == (0, len(_FALSE), "")


@walled
def test_a_test_that_hangs_fails_alone() -> None:
    report = run_tests(_CODE, ["assert hang() == 1", "assert square(2) == 4", "assert hang()"], timeout_s=4)
    assert [outcome.passed for outcome in report.results] == [False, True, False]
    assert "ran longer than" in report.results[0].message


@walled
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def f(:", "The code is not valid Python: invalid syntax (line 1)."),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(0)", "The code left with status 0 before its end."),
        ("x = 1\0", "The code holds a NUL character"),
    ],
)
def test_code_that_does_not_load_is_told_once_for_all_tests(code: str, error: str) -> None:
    tests = ["assert f(1) == 1", "def helper(): assert f(2)\nhelper()"]
    report = run_tests(code, tests)
    assert report.error.startswith(error)
    assert [outcome.passed for outcome in report.results] == [False, False]


@walled
def test_after_an_inside_test_that_fails_the_rest_still_runs() -> None:
    tests = [
        "while True:\n    assert square(1) == 1\n    break",
        "if 1: assert square(1) == 2",
        "if 1: assert square(2) == 4",
    ]
    report = run_tests(_CODE, tests, timeout_s=10)
    assert [(outcome.passed, outcome.judged) for outcome in report.results] == [
        (True, "inside"), (False, "inside"), (True, "inside"),
    ]  # fmt: skip
    assert report.results[1].message == "AssertionError"


def test_an_expected_failure_that_would_catch_our_own_assert_is_decided_inside() -> None:
    assert pieces(ast.parse("try:\n    f()\n    assert False\nexcept Exception:\n    pass").body) is None


_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner)
    | st.sets(st.integers() | st.text()) | st.frozensets(st.integers()),
)  # fmt: skip


@given(_data)
def test_plain_data_comes_out_as_it_went_in(value: object) -> None:
    again = decode(plain(value, [10_000, 100_000], 60))
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value) or isinstance(value, set | frozenset | dict | list | tuple)


_tags = st.sampled_from(["i", "f", "l", "t", "s", "z", "d", "c", "b", "o", "true", "x"])
_forms = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(_tags, inner),
)


@given(_forms)
def test_whatever_arrives_is_a_value_or_a_valueerror(form: object) -> None:
    try:
        decode(form)
    except (ValueError, TypeError):
        return


def test_what_is_too_deep_or_endless_is_an_object() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert isinstance(_innermost(decode(plain(endless, [10_000, 100_000], 60))), Opaque)


def _innermost(value: object) -> object:
    while isinstance(value, list):
        value = value[0]
    return value
