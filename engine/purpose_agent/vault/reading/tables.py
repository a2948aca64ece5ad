"""Rows as `column: value; …`, so that a row found alone still tells what its values are.

Rows are put together into blocks of the size of one passage, each a place of its own that no passage runs over, so a
citation names exactly the rows it quotes. Used for CSV, workbooks, and tables inside of documents.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_CHARS, Clock, joined

_BLOCK_CHARS = 560
_DELIMITERS = ",;\t|"
_SAMPLE_CHARS, _SAMPLE_ROWS = 20_000, 40
_HEADER_WITHIN = 10  # rows of titles that may stand above a header


class Row(NamedTuple):
    """Values as shown, "" where there is none. `words`: whether every value is a text, not a number or a date."""

    number: int
    values: Sequence[str]
    words: bool


def read_csv(text: str) -> Reading:
    builder = Builder()
    table = Blocks(builder)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=_delimiter(text)), 1):
            values = [" ".join(cell.split()) for cell in row[:MAX_COLUMNS]]
            table.wide = table.wide or len(row) > MAX_COLUMNS
            if number == 1:
                table.header(values, number)
            elif not table.add(Row(number, values, words=False)):
                break
    except csv.Error as problem:
        raise Unreadable(
            "The table cannot be read: a value in it is too long or broken.", "Save it as CSV again."
        ) from problem
    table.finish()
    return builder.reading(table.note)


def _delimiter(text: str) -> str:
    """The one that gives the most rows as many cells as the header, then the most cells. csv.Sniffer guesses quotation
    marks too, and wrongly: cells that hold an apostrophe were lost.
    """
    best, found = (0.0, 1), ","
    for delimiter in _DELIMITERS:
        try:
            rows = list(islice(csv.reader(io.StringIO(text[:_SAMPLE_CHARS]), delimiter=delimiter), _SAMPLE_ROWS))
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        full = [row for row in rows if row]
        score = (sum(len(row) == width for row in full) / max(len(full), 1), width)
        if width > 1 and score > best:
            best, found = score, delimiter
    return found


class Blocks:
    """Collects the rows of one table into blocks of a builder."""

    def __init__(self, builder: Builder, sheet: str = "", heading: str = "", page: int = 0, word: str = "row") -> None:
        self._builder, self._sheet, self._heading, self._page, self._word = builder, sheet, heading, page, word
        self._names: list[str] = []
        self._header_row = 0
        self._told = False
        self._lines: list[str] = []
        self._first = self._last = 0
        self._chars = self._rows = self._cells = 0
        self._clock = Clock()
        self.wide = False
        self.cut = ""

    @property
    def note(self) -> str:
        return joined(f"Only the first {MAX_COLUMNS} columns were read." if self.wide else "", self.cut)

    def header(self, values: Sequence[str], number: int) -> None:
        """From here on, rows are read under these names."""
        self._tell_header()
        self._flush()
        self._names, self._header_row, self._told = list(values), number, False

    def add(self, row: Row) -> bool:
        """False when enough was read: then `note` says so."""
        self._rows += 1
        self._cells += len(row.values)
        if self._rows > MAX_ROWS or self._cells > MAX_CELLS or self._clock.is_over:
            self.cut = f"Only the first {row.number - 1:,} rows were read."
            return False
        if self._builder.length > MAX_TEXT_CHARS:
            return False
        line = self._line(row.values)
        if line:
            if self._chars + len(line) > _BLOCK_CHARS:
                self._flush()
            self._first = self._first or row.number
            self._last = row.number
            self._lines.append(line)
            self._chars += len(line) + 2
            self._told = True
        return True

    def plain(self, words: str, number: int) -> None:
        """A row that belongs to no table, such as a title above one."""
        self._flush()
        self._builder.add(words, label=self._label(number, number), firm=True, heading=self._heading, page=self._page)

    def finish(self) -> None:
        self._tell_header()
        self._flush()

    def _tell_header(self) -> None:
        """A header without rows is all that there is to read."""
        if self._names and not self._told:
            self.plain("; ".join(name for name in self._names if name), self._header_row)
        self._told = True

    def _line(self, values: Sequence[str]) -> str:
        parts = []
        for index, value in enumerate(values):
            if value:
                name = self._names[index] if index < len(self._names) else ""
                parts.append(f"{name or f'column {index + 1}'}: {value}" if self._names else value)
        return "; ".join(parts)

    def _flush(self) -> None:
        if self._lines:
            label = self._label(self._first, self._last)
            text = ".\n".join(self._lines) + "."
            self._builder.add(text, label=label, firm=True, heading=self._heading, page=self._page)
        self._lines, self._first, self._chars = [], 0, 0

    def _label(self, first: int, last: int) -> str:
        rows = f"{self._word} {first}" if first == last else f"{self._word}s {first}-{last}"
        return f"{self._sheet}, {rows}" if self._sheet else rows


def sheet_rows(rows: Iterable[Row], blocks: Blocks) -> None:
    """A sheet as people make them: titles, then a table; perhaps a gap and another one.

    A header is a row of at least two words-only values at the top or after a gap. Without one, values stand alone.
    """
    under_header, in_rows, after_gap, titles = False, False, True, 0
    for row, following in _with_next(rows):
        filled = sum(1 for value in row.values if value)
        if not filled:
            after_gap, in_rows = True, False
            continue
        begins = after_gap or not (under_header or in_rows)
        if begins and row.words and filled >= 2 and following is not None and _is_under(row, following):
            blocks.header(row.values, row.number)
            under_header = True
        elif begins and filled == 1 and (after_gap or titles < _HEADER_WITHIN):
            if under_header:
                blocks.header((), row.number)
                under_header = False
            titles += 1
            blocks.plain(next(value for value in row.values if value), row.number)
        elif not blocks.add(row):
            break
        else:
            in_rows = True
        after_gap = False
    blocks.finish()


def _is_under(header: Row, row: Row) -> bool:
    return any(value for value in row.values) and len([v for v in row.values if v]) <= len(header.values)


def _with_next(rows: Iterable[Row]) -> Iterator[tuple[Row, Row | None]]:
    before: Row | None = None
    for row in rows:
        if before is not None:
            yield before, row
        before = row
    if before is not None:
        yield before, None


def document_table(rows: Sequence[Sequence[str]], *, has_header: bool) -> list[str]:
    """The lines of a table inside of a document."""
    full = [[" ".join(cell.split()) for cell in row] for row in rows]
    full = [row for row in full if any(row)]
    if has_header and len(full) > 1:
        names, full = full[0], full[1:]
        width = len(names)
        return [
            "; ".join(f"{names[i]}: {v}" if i < width and names[i] else v for i, v in enumerate(row) if v) + "."
            for row in full
        ]
    if full and max(len(row) for row in full) == 2:
        return [": ".join(cell for cell in row if cell) + "." for row in full]
    return ["; ".join(cell for cell in row if cell) + "." for row in full]
