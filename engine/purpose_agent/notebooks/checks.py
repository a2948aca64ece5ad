"""The checks of a task cell: what a person writes, and the asserts that it means.

One check a line, either an example, `double(4) -> 8` (also `=>` and `==`, with or without `>>>`), or a whole assert.
"""

from purpose_agent.core.given_tests import TestUnreadable, as_assert
from purpose_agent.notebooks.errors import CheckUnreadable

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
    try:
        return as_assert(line)
    except TestUnreadable as error:
        raise CheckUnreadable(
            f"“{line.strip()[:80]}” is not a check.", "Write it as `double(4) -> 8`, one a line."
        ) from error
