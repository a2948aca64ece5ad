"""OpenDocument files of LibreOffice: texts (.odt), slide shows (.odp) and tables (.ods)."""

from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, MAX_COLUMNS, MAX_DEPTH, MAX_ROWS, MAX_TEXT_CHARS, Clock
from purpose_agent.vault.reading.packages import Package, attribute, local
from purpose_agent.vault.reading.plain import Headings
from purpose_agent.vault.reading.tables import Blocks, Row, document_table, sheet_rows

_NOT_INTO = frozenset(("tracked-changes", "annotation", "forms", "sequence-decls", "note-citation"))


def read_opendocument(body: bytes) -> Reading:
    """Raises Unreadable."""
    package = Package(body, "OpenDocument file")
    try:
        if package.has("META-INF/manifest.xml") and b"encryption-data" in package.raw("META-INF/manifest.xml"):
            raise Unreadable("The document is protected by a password.", "Save a copy without the password.")
        content = package.xml("content.xml")
        main = next(part for part in content if local(part) == "body")[0]
        kind = local(main)
        return _sheets(main) if kind == "spreadsheet" else _slides(main) if kind == "presentation" else _text(main)
    except Unreadable:
        raise
    except DAMAGE as problem:
        raise package.broken from problem


def _text(main: Any) -> Reading:
    builder, headings, clock = Builder(), Headings(), Clock()
    waiting = list(reversed(main))
    note = ""
    while waiting:
        if builder.length > MAX_TEXT_CHARS or clock.is_over:
            note = "Only the first part was read: the document is too long."
            break
        block = waiting.pop()
        name = local(block)
        if name == "h":
            words = _words(block)
            headings.enter(int(attribute(block, "outline-level") or 1), words)
            builder.add(words, label=words, firm=True, heading=headings.path, end="\n\n")
        elif name == "p":
            builder.add(_words(block), end="\n\n")
        elif name == "table":
            has_header = any(local(part) == "table-header-rows" for part in block)
            rows = _table(block)
            for line in document_table(rows, has_header=has_header or (bool(rows) and len(rows[0]) >= 3)):
                builder.add(line)
        elif name not in _NOT_INTO:
            waiting.extend(reversed(block))
    return builder.reading(note)


def _slides(main: Any) -> Reading:
    builder, empty = Builder(), []
    pages = [part for part in main if local(part) == "page"]
    for number, page in enumerate(pages, 1):
        lines = [_words(part) for part in page.iter() if local(part) == "p" and not _is_in_note(part)]
        notes = " ".join(_words(part) for part in page.iter() if local(part) == "p" and _is_in_note(part)).strip()
        lines = [line for line in (*lines, f"Notes: {notes}" if notes else "") if line]
        if not lines:
            empty.append(number)
        title = lines[0] if lines else ""
        builder.add("\n".join(lines), label=f"slide {number}", firm=True, page=number, heading=title, end="\n\n")
    found = builder.reading()
    return Reading(text=found.text, places=found.places, pages=len(pages), empty_pages=tuple(empty))


def _is_in_note(part: Any) -> bool:
    return any(local(above) == "notes" for above in part.iterancestors())


def _sheets(main: Any) -> Reading:
    builder, notes = Builder(), []
    for table in (part for part in main if local(part) == "table"):
        name = attribute(table, "name")
        blocks = Blocks(builder, sheet=name, heading=name)
        rows = (Row(number, values, _are_words(values)) for number, values in enumerate(_table(table), 1))
        sheet_rows(rows, blocks)
        if blocks.note:
            notes.append(f"{name}: {blocks.note}")
    return builder.reading(" ".join(notes))


def _table(table: Any) -> list[list[str]]:
    """Rows and cells say how often they repeat, for empty ones to the edge of the sheet."""
    rows: list[list[str]] = []
    for row in (part for part in table.iter() if local(part) == "table-row"):
        values: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                words = " ".join(filter(None, (_words(part) for part in cell.iter() if local(part) == "p")))
                times = _times(cell, "number-columns-repeated")
                values += [words] * min(times, MAX_COLUMNS - len(values))
        while values and not values[-1]:
            values.pop()
        rows += [values] * min(_times(row, "number-rows-repeated"), MAX_ROWS - len(rows) if values else 1000)
        if len(rows) >= MAX_ROWS:
            break
    return rows


def _times(element: Any, name: str) -> int:
    told = attribute(element, name)
    return int(told) if told.isdecimal() and len(told) < 9 else 1


def _are_words(values: list[str]) -> bool:
    return not any(value.replace(".", "").replace(",", "").lstrip("-").isdecimal() for value in values)


def _words(paragraph: Any, depth: int = MAX_DEPTH) -> str:
    return " ".join("".join(_pieces(paragraph, depth)).split())


def _pieces(element: Any, depth: int) -> list[str]:
    pieces = [element.text or ""]
    for part in element:
        name = local(part)
        if name in ("s", "tab", "line-break"):
            pieces.append(" ")
        elif name not in _NOT_INTO and depth:
            pieces += _pieces(part, depth - 1)
        pieces.append(part.tail or "")
    return pieces
