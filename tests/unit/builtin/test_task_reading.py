"""Examples in a task's own words become tests; well-known functions bring their first values along."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.core.task_reading import entry_point, examples_in, known_function, known_functions, read_task
from purpose_agent.types import Task


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("double: f(2) -> 4", ["assert f(2) == 4"]),
        ("f(2) → 4 and f(3) => 6", ["assert f(2) == 4", "assert f(3) == 6"]),
        ("so that `f(2)` == `4`", ["assert f(2) == 4"]),
        ("f(2) = 4, f(0) = 0.", ["assert f(2) == 4", "assert f(0) == 0"]),
        ("f([1, 2], 'a,b') returns ['x'].", ["assert f([1, 2], 'a,b') == ['x']"]),
        ("f(-1.5) should be true", ["assert f(-1.5) == True"]),
        (">>> f('a')\n'b'\n>>> f('')\n''", ["assert f('a') == 'b'", "assert f('') == ''"]),
        ("It must hold:\n  assert f(2) == 4\nthanks", ["assert f(2) == 4"]),
        ("| call | result |\n|---|---|\n| f(2) | 4 |", ["assert f(2) == 4"]),
        ("Examples\n2 -> 4\n3 -> 6", ["assert solve(2) == 4", "assert solve(3) == 6"]),
    ],
)
def test_an_example_in_the_text_becomes_a_test(text: str, tests: list[str]) -> None:
    assert examples_in(text) == tests
    assert read_task(Task(text=text)).tests_from == "given"


@pytest.mark.parametrize(
    "text",
    ["f(x) = 2 * x", "f(2) -> the fourth", "call print(2) now", "a -> b", "2 -> 4", "f(2) > 3", "f(open('x')) -> 1",
     "see example(1) is fine", "f((((((", "Write a poem", ""],
)  # fmt: skip
def test_what_is_no_plain_example_is_left_alone(text: str) -> None:
    assert examples_in(text) == []


def test_tests_that_the_person_gave_are_not_touched() -> None:
    task = Task(text="f(2) -> 4", tests=("assert f(1) == 1",))
    assert read_task(task) is task


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Write a fibonacci function", "fibonacci"),
        ("write fibonacci", "fibonacci"),
        ("Please implement FizzBuzz in Python", "fizzbuzz"),
        ("Write a function that checks if a number is prime.", "is_prime"),
        ("Write a function to reverse a string", "reverse_string"),
        ("Create a function that returns the factorial of a number", "factorial"),
        ("a function that counts the vowels in a string", "count_vowels"),
        ("Write a function to check whether a year is a leap year", "is_leap_year"),
        ("Write a palindrome checker", "is_palindrome"),
    ],
)
def test_a_well_known_function_is_recognised(text: str, name: str) -> None:
    task = read_task(Task(text=text))
    assert task.tests_from == "generated"
    assert task.tests
    assert entry_point(task) == name


@pytest.mark.parametrize(
    "text",
    ["Explain fibonacci retracement", "the first n fibonacci numbers", "Write an essay about prime ministers",
     "Write a blog post about leap years", "sum of the even fibonacci numbers",
     "What is the maximum speed of a train?",
     "Write a function that returns even numbers", "fibonacci trading strategy",
     "Write fibonacci with memoization in C"],
)  # fmt: skip
def test_a_text_that_merely_holds_the_word_is_not_taken_for_the_function(text: str) -> None:
    assert known_function(text) is None


def test_the_name_that_the_person_asks_for_is_used() -> None:
    task = read_task(Task(text="Write a fibonacci function called fibo"))
    assert task.tests[0] == "assert fibo(0) == 0"
    assert entry_point(task) == "fibo"


def test_nothing_says_the_name_when_nothing_does() -> None:
    assert entry_point(Task(text="Write a blog post")) == ""


@given(st.text(max_size=300))
def test_any_text_is_read_without_fault(text: str) -> None:
    read_task(Task(text=text))


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def lucas(n: int) -> int:
    return (2, 1)[n] if n < 2 else lucas(n - 1) + lucas(n - 2)


def tribonacci(n: int) -> int:
    return (0, 0, 1)[n] if n < 3 else tribonacci(n - 1) + tribonacci(n - 2) + tribonacci(n - 3)


def collatz(n: int) -> int:
    return 0 if n == 1 else 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)


def roman(n: int) -> str:
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    hundreds = ("", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM")
    return "M" * (n // 1000) + hundreds[n // 100 % 10] + tens[n // 10 % 10] + ones[n % 10]


REFERENCES: dict[str, Callable[..., Any]] = {
    "fibonacci": fib,
    "factorial": lambda n: math.prod(range(1, n + 1)),
    "fizzbuzz": lambda n: ("Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0)) or str(n),
    "is_prime": lambda n: n > 1 and all(n % k for k in range(2, n)),
    "gcd": lambda a, b: max(d for d in range(1, max(a, b) + 1) if a % d == 0 and b % d == 0),
    "lcm": lambda a, b: next(m for m in range(1, a * b + 1) if m % a == 0 and m % b == 0),
    "is_palindrome": lambda s: list(s) == list(reversed(s)),
    "reverse_string": lambda s: "".join(reversed(s)),
    "count_vowels": lambda s: sum(s.lower().count(v) for v in "aeiou"),
    "sum_of_digits": lambda n: n if n < 10 else n % 10 + REFERENCES["sum_of_digits"](n // 10),
    "triangular": lambda n: sum(range(n + 1)),
    "square": lambda n: n * n,
    "cube": lambda n: n * n * n,
    "power_of_two": lambda n: 1 << n,
    "is_leap_year": lambda y: y % 400 == 0 or (y % 4 == 0 and y % 100 != 0),
    "maximum": max,
    "minimum": min,
    "sum_list": sum,
    "average": lambda v: sum(v) / len(v),
    "is_even": lambda n: n % 2 == 0,
    "is_odd": lambda n: n % 2 != 0,
    "absolute": abs,
    "count_words": lambda s: len(s.split()),
    "count_digits": lambda n: len(str(n)),
    "reverse_number": lambda n: int("".join(reversed(str(n)))),
    "sum_to_n": lambda n: sum(range(1, n + 1)),
    "sum_of_squares": lambda v: sum(x**2 for x in v),
    "remove_duplicates": lambda v: [x for i, x in enumerate(v) if x not in v[:i]],
    "reverse_list": lambda v: list(reversed(v)),
    "sort_list": sorted,
    "celsius_to_fahrenheit": lambda c: c * 1.8 + 32,
    "fahrenheit_to_celsius": lambda f: (f - 32) / 1.8,
    "lucas": lucas,
    "tribonacci": tribonacci,
    "is_power_of_two": lambda n: n in {2**k for k in range(20)},
    "collatz_steps": collatz,
    "to_binary": lambda n: f"{n:b}",
    "from_binary": lambda s: sum(2**i for i, bit in enumerate(reversed(s)) if bit == "1"),
    "capitalize_words": lambda s: " ".join(w[:1].upper() + w[1:].lower() for w in s.split()),
    "to_upper": lambda s: s.upper(),
    "longest_word": lambda s: next(w for w in s.split() if len(w) == max(map(len, s.split()))),
    "area_of_circle": lambda r: math.pi * r**2,
    "roman": roman,
}


@pytest.mark.parametrize("known", known_functions(), ids=lambda known: known.name)
def test_the_values_of_the_table_are_those_of_a_plain_reference(known: Any) -> None:
    reference = REFERENCES[known.name]

    def rounded(*args: Any) -> Any:
        value = reference(*args)
        return round(value, 6) if isinstance(value, float) else value

    for test in known.tests:
        exec(test, {known.name: rounded})
    assert len(known.tests) >= 4


def test_the_table_is_about_forty_functions_and_every_phrase_leads_to_its_own() -> None:
    assert 38 <= len(known_functions()) <= 60
    for known in known_functions():
        for phrase in known.phrases:
            found = known_function(f"Write a function for {phrase}")
            assert found is not None
            assert found.name == known.name, phrase
