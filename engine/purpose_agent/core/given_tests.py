"""The tests that a person gives, read as the asserts that they mean.

Understood: any Python that asserts something, an example, `double(4) -> 8` (also `=>`, `→` and `==`, with or without
`>>>`), and a bare comparison. Anything else is refused with a sentence: a test that asserts nothing would pass for
every draft, and the score would say "your tests" for nothing.
"""

import ast
from collections.abc import Iterable

from purpose_agent.errors import PurposeError
from purpose_agent.types import whole_characters

MAX_TESTS = 1_000
MAX_TEST_CHARS = 100_000
_ARROWS = ("->", "=>", "→")
_SHOWN_CHARS = 80


class TestUnreadable(PurposeError):
    """A line that is neither an example nor an assert."""

    __test__ = False  # not a test of pytest's


def asserts(lines: Iterable[str]) -> tuple[str, ...]:
    """Every test as Python that asserts; empty ones are left out. Raises TestUnreadable that names the first bad."""
    if isinstance(lines, str) or not isinstance(lines, Iterable):
        raise TestUnreadable("`tests` is not a list.", 'Give a list of asserts: tests=["assert f(2) == 4"].')
    tests = tuple(as_assert(line) for line in lines if not isinstance(line, str) or line.strip())
    if len(tests) > MAX_TESTS:
        raise TestUnreadable(f"That is {len(tests):,} tests; {MAX_TESTS:,} is the most.", "Keep those that differ.")
    return tests


def as_assert(line: str) -> str:
    """One test as Python that asserts."""
    if not isinstance(line, str):
        raise _unreadable(repr(line))
    if len(line) > MAX_TEST_CHARS:
        raise TestUnreadable(
            f"A test has {len(line):,} characters; {MAX_TEST_CHARS:,} is the most.", "Say it with a smaller example."
        )
    text = whole_characters(line).strip().removeprefix(">>>").strip()
    if _asserts_something(text):
        return text
    for candidate in _readings(text):
        if _calls_something(candidate):
            return candidate
    raise _unreadable(line)


def _unreadable(line: str) -> TestUnreadable:
    shown = " ".join(line.split())
    shown = shown if len(shown) <= _SHOWN_CHARS else shown[: _SHOWN_CHARS - 1] + "…"
    return TestUnreadable(f"“{shown}” is not a test.", "Write it as `double(4) -> 8` or `assert double(4) == 8`.")


def _readings(text: str) -> list[str]:
    readings = []
    for arrow in _ARROWS:
        for left, found, right in (text.partition(arrow), text.rpartition(arrow)):  # an arrow may stand in a string
            if found:
                readings.append(f"assert {left.strip()} == {right.strip()}")
    return [*readings, f"assert {text}"]


def _asserts_something(text: str) -> bool:
    tree = _parsed(text)
    return tree is not None and any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(tree))


def _calls_something(text: str) -> bool:
    """One assert of a call: `assert 8` or `assert a word` that happens to parse says nothing about a draft."""
    tree = _parsed(text)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(tree.body[0].test))


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
