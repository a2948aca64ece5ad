"""From a file to its text with places in it: plain formats here, documents in `documents.py`."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from purpose_agent.types import JSON
from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.documents import read_docx, read_pdf
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Place, Reading

MAX_TEXT_CHARS = 5_000_000
_CODE = (
    ".py .js .ts .jsx .tsx .java .c .h .cc .cpp .hpp .cs .go .rs .rb .php .swift .kt .scala .sh .sql .r .jl .lua .pl"
    " .css .toml .yaml .yml .ini .cfg .tex .rst .org .log"
)
CODE_ENDINGS = frozenset(_CODE.split())
_SIGNATURES = (
    (b"%PDF-", "a PDF"), (b"PK\x03\x04", "a ZIP archive or an office document"), (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x7fELF", "a program"), (b"MZ", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"), (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"RIFF", "a sound or video file"), (b"OggS", "a sound or video file"), (b"ID3", "a sound file"),
)  # fmt: skip


def read(name: str, body: bytes) -> Reading:
    """The text of a file by its name's ending. Raises Unreadable with a sentence."""
    ending = PurePath(name).suffix.lower()
    if ending in (".pdf", ".docx"):
        reading = (read_pdf if ending == ".pdf" else read_docx)(body)
    else:
        reader = _READERS.get(ending) or (_lines if ending in CODE_ENDINGS or not ending else None)
        if reader is None:
            raise Unreadable(f"Files of this kind ({ending}) cannot be read yet.", "Save it as PDF, Word or text.")
        text, note = _decoded(body, ending)
        reading = reader(clean(text))
        reading = Reading(text=reading.text, places=reading.places, note=_joined(note, reading.note))
    if len(reading.text) > MAX_TEXT_CHARS:
        places = tuple(place for place in reading.places if place.start < MAX_TEXT_CHARS)
        note = _joined(reading.note, f"Only the first {MAX_TEXT_CHARS:,} characters were taken.")
        return Reading(text=reading.text[:MAX_TEXT_CHARS], places=places, note=note)
    return reading


def _decoded(body: bytes, ending: str) -> tuple[str, str]:
    for signature, what in _SIGNATURES:
        if body.startswith(signature):
            raise Unreadable(
                f"The name says {ending or 'text'}, but the file holds {what}.", "Give it its right ending."
            )
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(encoding, "replace"), ""
    if b"\0" in body:
        raise Unreadable(f"The name says {ending or 'text'}, but the file is not text.", "Save it as text.")
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace"), "It is not UTF-8; read as Western European text."


def _lines(text: str) -> Reading:
    """A place every ten lines."""
    places, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if number % 10 == 1:
            places.append(Place(start=start, label=f"line {number}"))
        start += len(line) + 1
    return Reading(text=text, places=tuple(places))


def _markdown(text: str) -> Reading:
    """A firm place at each heading outside of code fences."""
    places, start, fenced = [], 0, False
    for line in text.split("\n"):
        if re.match(r" {0,3}(```|~~~)", line):
            fenced = not fenced
        heading = None if fenced else re.match(r" {0,3}#{1,6}\s+(.+?)\s*#*$", line)
        if heading:
            places.append(Place(start=start, label=heading[1][:120], firm=True))
        start += len(line) + 1
    return Reading(text=text, places=tuple(places)) if places else _lines(text)


def _table(text: str) -> Reading:
    """Each row as `column: value; …`, so that a row found alone still tells what its values are."""
    try:
        dialect: Any = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    builder = Builder()
    try:
        rows = csv.reader(io.StringIO(text), dialect)
        header = [cell.strip() for cell in next(rows, [])]
        for number, row in enumerate(rows, 2):
            names = header + [f"column {index + 1}" for index in range(len(header), len(row))]
            cells = (f"{name}: {cell.strip()}" for name, cell in zip(names, row, strict=False) if cell.strip())
            builder.add("; ".join(cells), label=f"row {number}", end=".\n")
    except csv.Error as problem:
        raise Unreadable(
            "The table cannot be read: a value in it is too long or broken.", "Save it as CSV again."
        ) from problem
    if not builder.reading().text and header:
        builder.add("; ".join(header), label="row 1")
    return builder.reading()


def _json(text: str) -> Reading:
    """A line per value, with the path that leads to it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(
            f"It is not valid JSON: {str(problem)[:120]}.", "Mend the file, or save it as text."
        ) from problem
    builder = Builder()
    _flatten(value, "", builder)
    return builder.reading()


def _json_lines(text: str) -> Reading:
    builder, broken = Builder(), 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            broken += 1
            continue
        inner = Builder()
        _flatten(value, "", inner)
        builder.add("; ".join(inner.reading().text.strip().split("\n")), label=f"line {number}", end=".\n")
    if broken and not builder.reading().text:
        raise Unreadable("None of its lines is valid JSON.", "Mend the file, or save it as text.")
    return builder.reading(f"{broken} lines were not valid JSON and were left out." if broken else "")


def _flatten(value: JSON, path: str, builder: Builder, depth: int = 60) -> None:
    if isinstance(value, dict) and depth:
        for key, part in value.items():
            _flatten(part, f"{path}.{key}" if path else str(key), builder, depth - 1)
    elif isinstance(value, list) and depth:
        for index, part in enumerate(value):
            _flatten(part, f"{path}[{index}]", builder, depth - 1)
    elif value is not None:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        builder.add(f"{path}: {shown}" if path else shown, label=path.split(".", maxsplit=1)[0])


_HEADING_MARK = "\ue000"  # cannot be in the text: `clean` takes it out
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (*_HEADINGS, "p", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "caption", "summary")


_HIDING = re.compile(
    r"(display\s*:\s*none|visibility\s*:\s*hidden|(font-size|opacity)\s*:\s*0(?![.\d]))", re.IGNORECASE
)


def _is_hidden(tag: Any) -> bool:
    return tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or bool(_HIDING.search(str(tag.get("style", ""))))


def _html(text: str) -> Reading:
    """Visible text: no scripts, no styles, nothing that is marked as hidden."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(text, "html.parser")
    for tag in page(["script", "style", "noscript", "template", "head", "svg", "iframe", "object"]):
        tag.decompose()
    for tag in page.find_all(_is_hidden):
        tag.decompose()
    for tag in page.find_all("br"):
        tag.replace_with("\n")
    for tag in page.find_all(_BLOCKS):
        tag.insert_before("\n\n")
        tag.insert_after("\n\n")
        if tag.name in _HEADINGS:
            tag.insert_before(_HEADING_MARK)
    builder = Builder()
    heading = False
    for block in re.split(r"\n\s*\n", page.get_text(" ")):
        heading = heading or _HEADING_MARK in block
        words = " ".join(block.replace(_HEADING_MARK, " ").split())
        if words:
            builder.add(words, label=words if heading else "", firm=heading, end="\n\n")
            heading = False
    return builder.reading()


def _joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)


_READERS: dict[str, Callable[[str], Reading]] = {
    ".txt": _lines, ".text": _lines, ".md": _markdown, ".markdown": _markdown, ".csv": _table, ".tsv": _table,
    ".json": _json, ".jsonl": _json_lines, ".ndjson": _json_lines, ".html": _html, ".htm": _html, ".xhtml": _html,
    ".xml": _html,
}  # fmt: skip
