"""From PDF and Word documents to text with pages and headings."""

import io
import logging
import time
import zipfile
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading

_MAX_PAGES = 3_000
_MAX_SECONDS = 60.0
_MAX_UNPACKED_BYTES = 300_000_000


def read_pdf(body: bytes) -> Reading:
    """The text of each page; a page that cannot be read is named in the note. Raises Unreadable."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells us by exceptions; its log is for developers
    broken = Unreadable("The PDF is damaged or not a PDF.", "Open it in a viewer and save it again.")
    try:
        document = PdfReader(io.BytesIO(body))
        if document.is_encrypted and not document.decrypt(""):
            raise Unreadable("The PDF is protected by a password.", "Save a copy without the password.")
        pages = len(document.pages)
    except Unreadable:
        raise
    except (PyPdfError, *_DAMAGE) as problem:
        raise broken from problem
    builder, lost, started = Builder(), [], time.monotonic()
    for number in range(1, min(pages, _MAX_PAGES) + 1):
        if time.monotonic() - started > _MAX_SECONDS:
            return builder.reading(f"Only the first {number - 1} of {pages} pages were read: it took too long.")
        try:
            builder.add(document.pages[number - 1].extract_text(), label=f"page {number}", firm=True, end="\n\n")
        except (PyPdfError, *_DAMAGE):
            lost.append(str(number))
    if not builder.reading().text and not lost:
        raise Unreadable("The PDF holds pictures only, no text.", "Run text recognition (OCR) on it first.")
    if not builder.reading().text:
        raise broken
    notes = [f"These pages could not be read: {', '.join(lost[:20])}."] if lost else []
    if pages > _MAX_PAGES:
        notes.append(f"Only the first {_MAX_PAGES} of {pages} pages were read.")
    return builder.reading(" ".join(notes))


def read_docx(body: bytes) -> Reading:
    """Paragraphs and tables in their order, with headings as places. Raises Unreadable."""
    from docx import Document
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise Unreadable("The document unpacks to more than 300 MB.", "Split it into smaller ones.")
            if "EncryptedPackage" in archive.namelist():
                raise Unreadable("The document is protected by a password.", "Save a copy without the password.")
        document: Any = Document(io.BytesIO(body))
        builder = Builder()
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                _add_table(block, builder)
                continue
            is_heading = (block.style.name or "").startswith(("Heading", "Title")) if block.style is not None else False
            builder.add(block.text, label=block.text if is_heading else "", firm=is_heading, end="\n\n")
    except Unreadable:
        raise
    except (zipfile.BadZipFile, *_DAMAGE) as problem:
        if body.startswith(b"\xd0\xcf\x11\xe0"):
            words = "The document is protected by a password or in the old Word format."
            raise Unreadable(words, "Save it as .docx without a password.") from problem
        raise Unreadable("The Word document is damaged or not one.", "Open it in Word and save it again.") from problem
    return builder.reading()


def _add_table(table: Any, builder: Builder) -> None:
    for row in table.rows:
        cells = list(dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells))  # merged cells come repeatedly
        builder.add("; ".join(cell for cell in cells if cell), end=".\n")


# What parsers raise on damaged input, beside errors of their own: their authors did not foresee every damage.
_DAMAGE = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, AssertionError, ArithmeticError,
    RecursionError, MemoryError, NotImplementedError, SyntaxError, EOFError, StopIteration, LookupError, RuntimeError,
)  # fmt: skip
