"""What a file is, by its content first and its name second.

A name can be wrong or disguise something. What is unmistakably a document that can be read is read as what it is,
with a note; everything else that is not what its name says is refused in a sentence that says what it really is.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, NamedTuple

from purpose_agent.vault.errors import Unreadable

Kind = Literal[
    "pdf", "docx", "pptx", "xlsx", "epub", "opendocument", "picture",
    "csv", "html", "markdown", "json", "jsonl", "eml", "code", "text",
]  # fmt: skip

_CODE = (
    ".py .js .ts .jsx .tsx .java .c .h .cc .cpp .hpp .cs .go .rs .rb .php .swift .kt .scala .sh .sql .r .jl .lua .pl"
    " .css .toml .yaml .yml .ini .cfg .tex .rst .org .log"
)
CODE_ENDINGS = frozenset(_CODE.split())
_PROSE = (".toml", ".yaml", ".yml", ".ini", ".cfg", ".tex", ".rst", ".org", ".log")

_BY_ENDING: dict[str, Kind] = {
    ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".pptx": "pptx", ".pptm": "pptx",
    ".ppsx": "pptx", ".potx": "pptx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xltx": "xlsx", ".epub": "epub",
    ".odt": "opendocument", ".ods": "opendocument", ".odp": "opendocument",
    ".png": "picture", ".jpg": "picture", ".jpeg": "picture", ".tif": "picture", ".tiff": "picture",
    ".csv": "csv", ".tsv": "csv", ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "html",
    ".md": "markdown", ".markdown": "markdown", ".json": "json", ".ipynb": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".eml": "eml",
    ".txt": "text", ".text": "text", "": "text",
    **dict.fromkeys(CODE_ENDINGS - set(_PROSE), "code"), **dict.fromkeys(_PROSE, "text"),
}  # fmt: skip
READABLE_ENDINGS = frozenset(ending for ending in _BY_ENDING if ending)
_WORDS: Mapping[Kind, str] = {
    "pdf": "a PDF", "docx": "a Word document", "pptx": "a PowerPoint slide show", "xlsx": "an Excel workbook",
    "epub": "an EPUB book", "opendocument": "an OpenDocument file", "picture": "a picture",
}  # fmt: skip
PACKED_ENDINGS = frozenset(
    ending for ending, kind in _BY_ENDING.items() if kind == "eml" or (kind in _WORDS and kind != "picture")
)  # their words cannot be found in their bytes
_OFFICE: tuple[Kind, ...] = ("docx", "pptx", "xlsx")

_SAVE_AS = {
    "an old Word document (.doc)": "Save it as .docx in Word or LibreOffice.",
    "an old Excel workbook (.xls)": "Save it as .xlsx in Excel or LibreOffice.",
    "an old PowerPoint slide show (.ppt)": "Save it as .pptx in PowerPoint or LibreOffice.",
    "an Outlook message (.msg)": "Save it as .eml or as text in the mail program.",
    "an RTF document": "Save it as .docx in Word or LibreOffice.",
    "a binary Excel workbook (.xlsb)": "Save it as .xlsx in Excel.",
    "an old office document": "Save it as .docx, .xlsx or .pptx.",
}
_OLD_ENDINGS = {
    ".doc": "an old Word document (.doc)", ".xls": "an old Excel workbook (.xls)",
    ".ppt": "an old PowerPoint slide show (.ppt)", ".msg": "an Outlook message (.msg)", ".rtf": "an RTF document",
    ".xlsb": "a binary Excel workbook (.xlsb)",
}  # fmt: skip
_SIGNATURES = (
    (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"), (b"\x1f\x8b", "a compressed file"), (b"BZh", "a compressed file"),
    (b"\xfd7zXZ\0", "a compressed file"), (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"), (b"SQLite format 3\0", "a database"), (b"PAR1", "a table in Parquet form"),
    (b"OggS", "a sound or video file"), (b"ID3", "a sound file"), (b"fLaC", "a sound file"),
    (b"{\\rtf", "an RTF document"), (b"%!PS", "a PostScript file"),
)  # fmt: skip
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_OTHER_PICTURES = (b"GIF87a", b"GIF89a", b"BM", b"\0\0\1\0", b"8BPS")


class Found(NamedTuple):
    kind: Kind
    note: str = ""


def kind_of(name: str, body: bytes) -> Found:
    """How to read the file. Raises Unreadable when it cannot be read, with what it is."""
    ending = PurePath(name).suffix.lower()
    if not body.strip(b" \t\r\n\f\v"):
        raise Unreadable("The file is empty.", "Check that it was saved or copied whole.")
    named = _BY_ENDING.get(ending)
    content = _content_kind(body)
    if isinstance(content, _Other):
        raise _refused(ending, content.words)
    if content is not None:
        if content == "picture" and named not in (None, "picture"):
            raise _disguised(ending, "a picture")
        said = f"The name says {ending or 'nothing'}, but the file holds {_WORDS[content]}; it was read as that."
        return Found(content, "" if content == named else said)
    if named is None:
        if ending in _OLD_ENDINGS:
            raise Unreadable(f"The file is damaged or not {_OLD_ENDINGS[ending]}.", "Open it and save it anew.")
        if not _looks_like_text(body):
            raise Unreadable(f"Files of this kind ({ending}) cannot be read.", "Save it as PDF, Word or text.")
        return Found("text", f"Files that end in {ending} are not known; it was read as plain text.")
    if named in _WORDS:
        raise _not_one(named, body)
    return Found(named)


class _Other(NamedTuple):
    words: str


def _content_kind(body: bytes) -> "Kind | _Other | None":
    """By the first bytes; None when it may be text."""
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _packed_kind(body)
    if body.startswith(b"\xd0\xcf\x11\xe0"):
        return _Other(_old_office(body))
    if body.startswith(_PICTURES):
        return "picture"
    if body.startswith(b"RIFF") and len(body) > 12:
        return _Other("a picture" if body[8:12] == b"WEBP" else "a sound or video file")
    if body[4:8] == b"ftyp":
        return _Other("a picture" if body[8:12] in (b"heic", b"heix", b"avif", b"mif1") else "a sound or video file")
    if body.startswith(_OTHER_PICTURES) and b"\0" in body[:64]:
        return _Other("a picture")
    if body[257:262] == b"ustar":
        return _Other("an archive")
    for signature, what in _SIGNATURES:
        if body.startswith(signature) and (len(signature) > 3 or b"\0" in body[:512]):
            return _Other(what)
    return None


def _packed_kind(body: bytes) -> "Kind | _Other":
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = set(packed.namelist()[:20_000])
            kept = packed.read("mimetype")[:100] if _is_small(packed, "mimetype") else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, IndexError):
        return _Other("a damaged ZIP archive or office document")
    if b"epub" in kept or "META-INF/container.xml" in names:
        return "epub"
    if b"vnd.oasis.opendocument" in kept:
        return "opendocument"
    if "xl/workbook.bin" in names:
        return _Other("a binary Excel workbook (.xlsb)")
    for start, kind in zip(("word/", "ppt/", "xl/"), _OFFICE, strict=True):
        if any(name.startswith(start) for name in names):
            return kind
    return _Other("a ZIP archive")


def _is_small(packed: zipfile.ZipFile, name: str) -> bool:
    return name in packed.namelist() and packed.getinfo(name).file_size <= 200


def _old_office(body: bytes) -> str:
    """An OLE file names its streams in UTF-16: enough to tell what it holds."""
    for stream, what in (
        ("EncryptedPackage", "an office document that is protected by a password"),
        ("WordDocument", "an old Word document (.doc)"),
        ("Workbook", "an old Excel workbook (.xls)"),
        ("PowerPoint Document", "an old PowerPoint slide show (.ppt)"),
        ("__substg1.0_", "an Outlook message (.msg)"),
    ):
        if stream.encode("utf-16-le") in body:
            return what
    return "an old office document"


def _refused(ending: str, what: str) -> Unreadable:
    if "protected by a password" in what:
        return Unreadable(f"The file is {what}.", "Save a copy without the password.")
    if what == "a damaged ZIP archive or office document":
        if _BY_ENDING.get(ending) in _WORDS:
            words = _WORDS[_BY_ENDING[ending]]
            return Unreadable(f"The file is damaged or not whole; it should be {words}.", "Copy or save it anew.")
        return Unreadable(f"The file is {what}.", "Copy or save it anew.")
    if what in _SAVE_AS and (_OLD_ENDINGS.get(ending) == what or not ending):
        return Unreadable(f"This is {what}, which cannot be read.", _SAVE_AS[what])
    if what == "a ZIP archive" and ending in (".zip", ""):
        return Unreadable("This is a ZIP archive, not a document.", "Add it as an archive, or unpack it first.")
    if what == "a picture" and ending in (".gif", ".webp", ".bmp", ".heic", ".avif", ".ico", ".psd", ""):
        return Unreadable("Pictures of this kind cannot be read.", "Save it as PNG, JPEG or PDF.")
    if what == "an old office document" and ending in (".doc", ".xls", ".ppt"):
        return Unreadable("This is an old office document, which cannot be read.", "Save it as .docx, .xlsx or .pptx.")
    return _disguised(ending, what)


def _disguised(ending: str, what: str) -> Unreadable:
    fix = _SAVE_AS.get(what, "Give it its right ending, or save it as PDF, Word or text.")
    if ending and ending not in _BY_ENDING:
        return Unreadable(f"The file is {what}, which cannot be read.", fix)
    return Unreadable(f"The name says {ending or 'text'}, but the file holds {what}.", fix)


def _not_one(named: Kind, body: bytes) -> Unreadable:
    """Its name promises a document, and its content is nothing known."""
    words = _WORDS[named]
    if not body.strip(b"\0"):
        return Unreadable(f"The file holds zeros only; it should be {words}.", "Copy it again.")
    if _looks_like_text(body):
        what = "a web page" if b"<html" in body[:2000].lower() else "plain text"
        return Unreadable(f"It is damaged or not {words}: the file holds {what}.", "Give it its right ending.")
    return Unreadable(f"The file is damaged or not {words}.", "Open it in its program and save it again.")


def _looks_like_text(body: bytes) -> bool:
    head = body[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return b"\0" not in head and odd * 50 <= len(head)
