"""One file: what it is, then the reader for that, then the limits that hold for all."""

from collections.abc import Callable

import msgspec

from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading import ocr
from purpose_agent.vault.reading.books import read_epub
from purpose_agent.vault.reading.data import read_json, read_json_lines
from purpose_agent.vault.reading.encodings import decoded
from purpose_agent.vault.reading.kinds import Kind, kind_of
from purpose_agent.vault.reading.languages import language_of
from purpose_agent.vault.reading.limits import MAX_FILE_BYTES, MAX_PLACES, MAX_TEXT_CHARS, joined
from purpose_agent.vault.reading.mails import read_mail
from purpose_agent.vault.reading.markup import read_html
from purpose_agent.vault.reading.opendocument import read_opendocument
from purpose_agent.vault.reading.pdf import read_pdf
from purpose_agent.vault.reading.pictures import read_picture
from purpose_agent.vault.reading.plain import read_code, read_lines, read_markdown
from purpose_agent.vault.reading.sheets import read_xlsx
from purpose_agent.vault.reading.slides import read_pptx
from purpose_agent.vault.reading.tables import read_csv
from purpose_agent.vault.reading.word import read_docx


def read(name: str, body: bytes, *, recognise: "ocr.Recogniser | bool | None" = True) -> Reading:
    """The text of a file with its places. Raises Unreadable with a sentence.

    `recognise` reads pictures of text: a function of one's own, False for none, True for the program that is installed.
    """
    if len(body) > MAX_FILE_BYTES:
        raise too_large(len(body))
    recogniser = ocr.installed() if recognise is True else recognise or None
    kind, note = kind_of(name, body)
    try:
        reading = _read(kind, body, recogniser)
    except MemoryError as problem:
        raise Unreadable("Reading the file needs too much memory.", "Split it into smaller ones.") from problem
    if not reading.text.strip():
        raise Unreadable("The file holds no text.", "Check that it is the right file.")
    note = joined(note, reading.note)
    text, places = reading.text, reading.places
    most = min(MAX_TEXT_CHARS, places[MAX_PLACES].start if len(places) > MAX_PLACES else MAX_TEXT_CHARS)
    if len(text) > most:
        places = tuple(place for place in places if place.start < most)
        note = joined(note, f"Only the first {most:,} characters were taken.")
        text = text[:most]
    return msgspec.structs.replace(reading, text=text, places=places, note=note, language=language_of(text))


def too_large(size: int) -> Unreadable:
    return Unreadable(
        f"The file is too large ({size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES // 1_000_000} MB).",
        "Split it into smaller ones.",
    )


def _read(kind: Kind, body: bytes, recognise: "ocr.Recogniser | None") -> Reading:
    if kind == "pdf":
        return read_pdf(body, recognise)
    if kind == "picture":
        return read_picture(body, recognise)
    if kind in _DOCUMENTS:
        return _DOCUMENTS[kind](body)
    text, note = decoded(body, is_markup=kind == "html")
    reading = _TEXTS[kind](clean(text))
    return msgspec.structs.replace(reading, note=joined(note, reading.note))


_DOCUMENTS: dict[Kind, Callable[[bytes], Reading]] = {
    "docx": read_docx, "pptx": read_pptx, "xlsx": read_xlsx, "epub": read_epub, "opendocument": read_opendocument,
    "eml": read_mail,
}  # fmt: skip
_TEXTS: dict[Kind, Callable[[str], Reading]] = {
    "csv": read_csv, "html": read_html, "markdown": read_markdown, "json": read_json, "jsonl": read_json_lines,
    "code": read_code, "text": read_lines,
}  # fmt: skip
