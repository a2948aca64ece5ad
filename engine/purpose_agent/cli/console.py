"""What a command writes: results to standard output, the rest to standard error, and nothing else anywhere.

Text of models, files and tools may hold escape sequences that move a cursor or retitle a terminal; every text that
leaves here is freed of control characters first. Colours come only at a terminal, and not when NO_COLOR is set.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from purpose_agent.errors import PurposeError

_PIPED_WIDTH = 160
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """The text without control characters; line breaks and tabs stay."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


@dataclass(frozen=True, slots=True)
class Screen:
    """Where one command writes. `json` silences everything that is meant for a person."""

    out: Console
    err: Console
    json: bool = False

    @classmethod
    def make(cls, *, json: bool = False) -> "Screen":
        return cls(out=_console(stderr=False), err=_console(stderr=True), json=json)

    def result(self, text: str) -> None:
        """The result itself, unwrapped and unstyled, so that a file or a pipe gets it as it is."""
        if not self.json:
            self.out.print(Text(plain(text)), soft_wrap=True)

    def data(self, value: Any) -> None:
        """The result as JSON, in JSON mode only. Records are taken as they are."""
        if self.json:
            self.out.file.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; columns whose heading starts with `#` hold numbers and stand right."""
        if self.json:
            return
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.removeprefix("#"), justify="right" if column.startswith("#") else "left")
        for row in rows:
            table.add_row(*(Text(plain(cell)) for cell in row))
        self.out.print(table)

    def tell(self, text: str, style: str = "") -> None:
        """A line on the way, for a person."""
        if not self.json:
            self.err.print(Text(plain(text), style=style), soft_wrap=True)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """A moving sign that something runs, at a terminal only."""
        if self.json or not self.err.is_terminal:
            yield
            return
        with self.err.status(Text(plain(text))):
            yield

    def problem(self, error: PurposeError, *, details: str = "") -> None:
        """What happened and what to do, on standard error; in JSON mode the same goes to standard output too."""
        self.data({"error": {"what": error.what, "fix": error.fix, "details": details or error.details}})
        self.err.print(Text(plain(error.what), style="bold red"), soft_wrap=True)
        self.err.print(Text(plain(error.fix)), soft_wrap=True)
        if details:
            self.err.print(Text(plain(details), style="dim"), soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        return Console(file=stream, highlight=False, markup=False, emoji=False, width=_PIPED_WIDTH)
    return console
