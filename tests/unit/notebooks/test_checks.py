"""A check is an example or an assert; anything else is told, with the line."""

import pytest

from purpose_agent.notebooks.checks import MAX_CHECKS, asserts, split_checks
from purpose_agent.notebooks.errors import CheckUnreadable


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("double(4) -> 8", "assert double(4) == 8"),
        ("double(4) => 8", "assert double(4) == 8"),
        ("double(4) → 8", "assert double(4) == 8"),
        ("double(4) == 8", "assert double(4) == 8"),
        (">>> double(4) == 8", "assert double(4) == 8"),
        ("assert double(4) == 8", "assert double(4) == 8"),
        ("is_even(4)", "assert is_even(4)"),
        ("arrow('->') -> '=>'", "assert arrow('->') == '=>'"),
        ("pairs([1, 2]) -> [(1, 2)]", "assert pairs([1, 2]) == [(1, 2)]"),
    ],
)
def test_what_a_person_writes_becomes_an_assert(line: str, means: str) -> None:
    assert asserts((line,)) == (means,)


@pytest.mark.parametrize("line", ["it should double", "8", "double(4) -> ", "x = double(4)", "import os", "a(1); b(2)"])
def test_a_line_that_checks_nothing_is_named(line: str) -> None:
    with pytest.raises(CheckUnreadable) as told:
        asserts((line,))
    assert line.strip() in told.value.what
    assert "->" in told.value.fix


def test_empty_lines_and_comments_are_left_out() -> None:
    assert split_checks("\n# the small ones\n  f(1) -> 1\n\n") == ("f(1) -> 1",)


def test_too_many_checks_get_a_sentence() -> None:
    with pytest.raises(CheckUnreadable, match=str(MAX_CHECKS)):
        split_checks("\n".join(f"f({n}) -> {n}" for n in range(MAX_CHECKS + 1)))
