"""The checks of a task cell: what a person writes, and the asserts that it means.

One check a line, either an example, `double(4) -> 8` (also `=>` and `==`, with or without `>>>`), or a whole assert.
"""

import ast

from purpose_agent.notebooks.errors import CheckUnreadable

_ARROWS = ("->", "=>", "→")
MAX_CHECKS = 200


def asserts(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Every line as an assert. Raises CheckUnreadable that names the first line that is neither."""
    return tuple(_as_assert(line) for line in lines if line.strip())


def split_checks(text: str) -> tuple[str, ...]:
    """The lines of a text box, tidied and checked; empty ones and comments are left out."""
    lines = tuple(line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    if len(lines) > MAX_CHECKS:
        raise CheckUnreadable(f"That is {len(lines)} checks; {MAX_CHECKS} is the most.", "Keep those that differ.")
    asserts(lines)
    return lines


def _as_assert(line: str) -> str:
    text = line.strip().removeprefix(">>>").strip()
    for candidate in _readings(text):
        if _is_check(candidate):
            return candidate
    raise CheckUnreadable(f"“{line.strip()[:80]}” is not a check.", "Write it as `double(4) -> 8`, one a line.")


def _readings(text: str) -> list[str]:
    readings = [text]
    for arrow in _ARROWS:
        for left, found, right in (text.partition(arrow), text.rpartition(arrow)):  # an arrow may stand in a string
            if found:
                readings.append(f"assert {left.strip()} == {right.strip()}")
    readings.append(f"assert {text}")
    return readings


def _is_check(text: str) -> bool:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(body[0].test))
