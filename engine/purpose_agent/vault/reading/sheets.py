"""Excel workbooks: the values of each visible sheet as rows under their column names."""

import datetime
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, MAX_COLUMNS, MAX_TEXT_CHARS, joined
from purpose_agent.vault.reading.packages import Package
from purpose_agent.vault.reading.tables import Blocks, Row, sheet_rows

_NO_RESULT = re.compile(
    rb"(?:</f>|<f[^<>]{0,500}/>)\s{0,9}(?:<v\s{0,9}/>|<v>\s{0,9}</v>)?\s{0,9}</c>"  # bounds: a file must not stall it
)
_LOOKED_AT_BYTES = 20_000_000


def read_xlsx(body: bytes) -> Reading:
    """Raises Unreadable. Values are those that were stored last: nothing is calculated here."""
    from lxml.etree import LxmlError
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    package = Package(body, "Excel workbook")
    package.check_xml()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which do not matter here
            book: Any = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
            return _read(book, package)
    except Unreadable:
        raise
    except (InvalidFileException, LxmlError, *DAMAGE) as problem:
        raise package.broken from problem


def _read(book: Any, package: Package) -> Reading:
    builder, hidden, cut = Builder(), [], []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            hidden.append(sheet.title)
            continue
        if builder.length > MAX_TEXT_CHARS:
            cut.append(f"The sheet {sheet.title} and those after it were not read.")
            break
        sheet.reset_dimensions()  # what a file says of its own size is often wrong
        blocks = Blocks(builder, sheet=sheet.title, heading=sheet.title)
        sheet_rows(_rows(sheet, blocks), blocks)
        if blocks.note:
            cut.append(f"{sheet.title}: {blocks.note}")
    missing = sum(_without_result(package, name) for name in package.names)
    note = joined(
        f"Hidden sheets were left out: {', '.join(hidden[:10])}." if hidden else "",
        f"{missing} formulas have no stored result; open the file in Excel and save it to have them."
        if missing
        else "",
        *cut,
    )
    return builder.reading(note)


def _rows(sheet: Any, blocks: Blocks) -> Iterator[Row]:
    """A file may place a value in the last row of the sheet: the empty ones before it come cheaply, and count."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        blocks.wide = blocks.wide or len(row) > MAX_COLUMNS
        cells = row[:MAX_COLUMNS]
        words = all(isinstance(cell.value, str) for cell in cells if cell.value not in (None, ""))
        yield Row(number, [_shown(cell) for cell in cells], words)


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float | int):
        if "%" in (cell.number_format or "") and abs(value) < 1e6:
            return f"{value * 100:.10g}%"
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    return " ".join(str(value).split())


def _without_result(package: Package, name: str) -> int:
    if not re.match(r"/?xl/worksheets/[^/]+\.xml$", name):
        return 0
    try:
        return len(_NO_RESULT.findall(package.raw(name, _LOOKED_AT_BYTES)))
    except Unreadable:
        return 0
