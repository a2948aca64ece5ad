"""A task's kind is read from what goes in and comes out, else from its words."""

import random

import pytest

from purpose_agent.memory.task_kinds import covers, kind_words, task_kind
from purpose_agent.types import Task


@pytest.mark.parametrize(
    ("tests", "kind"),
    [
        (["assert f([1, 2]) == 3", "assert f([]) == 0"], "code: list of numbers → number"),
        (["assert f('a') == 'b'"], "code: text → text"),
        (["assert f(3) is True", "assert not f(4)"], "code: number → yes/no"),
        (["assert f(-2.5, 'x') == None"], "code: number, text → nothing"),
        (["assert f(2) == None", "assert f(3) == 1"], "code: number → number or nothing"),
        (["assert f([[1], []]) == [1]"], "code: list of lists of numbers → list of numbers"),
        (["assert f(['a']) == {'a': 1}"], "code: list of texts → dictionary"),
        (["assert f((1, 2)) == {1, 2}"], "code: tuple of numbers → set of numbers"),
        (["assert f([1, 'a']) == []"], "code: list of values → list"),
        (["assert f(1) == 'a'", "assert f(2) == 3"], "code: number → any value"),
        (["assert f() == 1"], "code: nothing → number"),
        (["assert f(x=1) == 1", "import math", "assert f("], "code: number → number"),
        (["assert f(a + 1) == 2"], "code: any value → number"),
        (["assert 4 == f(2)"], "code: number → number"),
        (["x = 1"], "code"),
    ],
)
def test_tests_tell_the_kind_whatever_their_order(tests: list[str], kind: str) -> None:
    for seed in range(3):
        shuffled = random.Random(seed).sample(tests, len(tests))
        assert task_kind(Task(text="Write a function", tests=tuple(shuffled))) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write double(n), for example double(2) -> 4 and double(3) -> 6.", "code: number → number"),
        ("Write double(n)\n  double(2) -> 4\n  double(3) == 6.", "code: number → number"),
        (">>> f('a') == 'b'", "code: text → text"),
        ("Write a Python function that reverses text", "code"),
        ("Write a blog post about bees", "writing"),
        ("Draft an email to the team", "writing"),
        ("Research quantum computing", "research"),
        ("Analyze sales data", "analysis"),
        ("What's our refund policy?", "question"),
        ("How do I return an item", "question"),
        ("Refund policy?", "question"),
        ("Plan a party", "other"),
        ("", "other"),
    ],
)
def test_words_tell_the_kind_when_there_are_no_tests(text: str, kind: str) -> None:
    assert task_kind(Task(text=text)) == kind


def test_a_task_that_names_its_kind_is_believed() -> None:
    assert task_kind(Task(text="Analyze sales data", kind="bookkeeping")) == "bookkeeping"


def test_a_task_with_passages_is_a_question() -> None:
    assert task_kind(Task(text="Refund policy", context=("[1] policy.md\nReturns within 30 days.",))) == "question"


@pytest.mark.parametrize("text", ["(" * 5000, "f(" + "[" * 3000 + ") -> 1", "\x00", "f(1) -> " + "9" * 10_000])
def test_odd_texts_have_a_kind_too(text: str) -> None:
    assert task_kind(Task(text=text, tests=(text,)))


def test_a_family_covers_its_kinds() -> None:
    assert covers("code", "code: text → text")
    assert covers("", "writing")
    assert not covers("cod", "code")
    assert not covers("code: text → text", "code")


def test_kinds_read_as_the_end_of_a_sentence() -> None:
    assert kind_words("writing") == "writing tasks"
    assert kind_words("code: text → text") == "code tasks (text → text)"
    assert kind_words("") == "all tasks"
