"""How much of one file is read, and the clock and the errors that every reader shares.

A file is made by somebody else: each number here is a size at which a person still gets an answer within a minute and
the reading process stays within its memory.
"""

import time

MAX_FILE_BYTES = 50_000_000
MAX_TEXT_CHARS = 5_000_000
MAX_PLACES = 200_000
MAX_PAGES = 3_000
MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
MAX_CELLS = 1_000_000
MAX_DEPTH = 60
MAX_SECONDS = 60.0

# What parsers raise on damaged input, beside errors of their own: their authors did not foresee every damage.
DAMAGE = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, AssertionError, ArithmeticError,
    RecursionError, NotImplementedError, SyntaxError, EOFError, StopIteration, LookupError, RuntimeError,
)  # fmt: skip


class Clock:
    """Tells a reader when to stop and be content with what it has."""

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._end


def joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def some(numbers: list[int], shown: int = 20) -> str:
    """As "1, 2, 5" for a sentence; of many only the first."""
    more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
    return ", ".join(str(number) for number in numbers[:shown]) + more
