"""Files that are broken, disguised or made to do harm get the right sentence; nothing crashes, leaks or is written."""

import io
import json
import os
import shutil
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading import limits
from purpose_agent.vault.reading.process import ReaderProcess
from tests.unit.vault.made_files import docx, packed, pdf, pdf_of, png, word_of

CORPUS = Path(__file__).resolve().parents[3] / "corpus" / "files"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess() as process:
        yield process


def corpus(name: str) -> bytes:
    return (CORPUS / name).read_bytes()


def zip_bomb(name: str, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as part:
        for _ in range(size // 1_000_000):
            part.write(bytes(1_000_000))
    return out.getvalue()


def many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_100):
            archive.writestr(f"word/{number}", "")
    return out.getvalue()


def nested_zip() -> bytes:
    inner = b"end"
    for _ in range(6):
        inner = packed({f"{n}.zip": inner for n in range(4)})
    return inner


def with_part(name: str, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A file of the corpus with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(CORPUS / name) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == part else body)
    return out.getvalue()


def encrypted_flag(body: bytes) -> bytes:
    """Each entry says that it is encrypted."""
    out = bytearray(body)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = out.find(mark)
        while place >= 0:
            out[place + at] |= 1
            place = out.find(mark, place + 4)
    return bytes(out)


def looping_pages() -> bytes:
    return pdf_of({1: "<</Type/Catalog/Pages 2 0 R>>", 2: "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"})


def countless_pages() -> bytes:
    return pdf(*["Only these words."]).replace(b"/Count 1", b"/Count 2000000000")


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.pdf": (lambda: b"", "The file is empty."),
    "blank.txt": (lambda: b" \n\t\r\n", "The file is empty."),
    "zeros.docx": (lambda: bytes(5000), "The file holds zeros only; it should be a Word document."),
    "zeros.txt": (lambda: bytes(5000), "The file is not text."),
    "program.txt": (lambda: b"\x7fELF" + bytes(500), "the file holds a program"),
    "program.pdf": (lambda: b"MZ\x90\0" + bytes(500), "the file holds a program"),
    "picture.docx": (png, "The name says .docx, but the file holds a picture."),
    "picture.csv": (png, "The name says .csv, but the file holds a picture."),
    "archive.pdf": (lambda: packed({"a.txt": "x"}), "The name says .pdf, but the file holds a ZIP archive."),
    "archive.docx": (lambda: packed({"a.txt": "x"}), "The name says .docx, but the file holds a ZIP archive."),
    "archive.zip": (nested_zip, "This is a ZIP archive, not a document."),
    "old.txt": (lambda: corpus("handbook.doc"), "the file holds an old Word document (.doc)"),
    "old.xlsx": (lambda: corpus("sales.xls"), "the file holds an old Excel workbook (.xls)"),
    "rich.docx": (lambda: corpus("handbook.rtf"), "the file holds an RTF document"),
    "text.pdf": (lambda: b"hello there, I am text", "not a PDF: the file holds plain text"),
    "text.xlsx": (lambda: b"a,b\n1,2\n", "not an Excel workbook: the file holds plain text"),
    "page.docx": (lambda: b"<html><body>hi</body></html>", "the file holds a web page"),
    "sound.mp3": (lambda: b"ID3" + bytes(300), "The file is a sound file"),
    "film.mp4": (lambda: b"\0\0\0\x18ftypmp42" + bytes(300), "The file is a sound or video file"),
    "data.bin": (lambda: bytes(range(256)) * 20, "Files of this kind (.bin) cannot be read."),
    "store.db": (lambda: b"SQLite format 3\0" + bytes(600), "The file is a database"),
    "cut.pdf": (lambda: corpus("handbook.pdf")[:3000], "The PDF is damaged: its end is missing."),
    "cut.docx": (lambda: corpus("handbook.docx")[:4000], "The file is damaged or not whole"),
    "cut.xlsx": (lambda: corpus("sales.xlsx")[:2000], "The file is damaged or not whole"),
    "cut.epub": (lambda: corpus("handbook.epub")[:-300], "The file is damaged or not whole"),
    "cut.png": (lambda: corpus("page.png")[:5000], "The picture is damaged or not whole."),
    "cut.json": (lambda: b'{"a": [1, 2', "It is not valid JSON"),
    "bomb.docx": (lambda: zip_bomb("word/document.xml", 310_000_000), "unpacks to more than 300 MB"),
    "bomb.xlsx": (lambda: zip_bomb("xl/worksheets/sheet1.xml", 60_000_000), "unpacks to 60 MB from almost nothing"),
    "bomb.pptx": (lambda: zip_bomb("ppt/slides/slide1.xml", 60_000_000), "unpacks to 60 MB from almost nothing"),
    "bomb.epub": (lambda: zip_bomb("META-INF/container.xml", 60_000_000), "unpacks to 60 MB from almost nothing"),
    "parts.docx": (many_parts, "is made of more than 20,000 parts"),
    "flag.docx": (lambda: encrypted_flag(corpus("handbook.docx")), "is protected by a password"),
    "laughs.docx": (
        lambda: packed({"word/document.xml": f'{LAUGHS}<w:document xmlns:w="{WORD}">&j;</w:document>'}),
        "defines text entities",
    ),
    "laughs.xlsx": (
        lambda: with_part("sales.xlsx", "xl/sharedStrings.xml", lambda _: f"{LAUGHS}<sst>&j;</sst>".encode()),
        "defines text entities",
    ),
    "laughs16.pptx": (
        lambda: with_part("slides.pptx", "ppt/presentation.xml", lambda _: f"{LAUGHS}<p>&j;</p>".encode("utf-16")),
        "defines text entities",
    ),
    "outside.odt": (
        lambda: with_part("handbook.odt", "content.xml", lambda _: f"{OUTSIDE}<a>&x;</a>".encode()),
        "defines text entities",
    ),
    "broken.docx": (lambda: word_of("<w:p><w:r>"), "The Word document is damaged or not whole."),
    "loop.pdf": (looping_pages, "The PDF is damaged"),
    "nothing.pdf": (lambda: b"%PDF-1.7\n%%EOF\n", "The PDF is damaged"),
    "blank.pdf": (lambda: pdf("", ""), "The PDF holds empty pages only."),
    "deep.json": (lambda: b"[" * 100_000 + b"]" * 100_000, "its lists lie too deep in each other"),
    "nulls.json": (lambda: b"[null, {}]", "The file holds no values."),
    "broken.jsonl": (lambda: b"{\n[\n", "None of its lines is valid JSON."),
    "field.csv": (lambda: b"a,b\n" + b"x" * 3_000_000 + b",1\n", "a value in it is too long or broken"),
    "broken16.txt": (lambda: b"\xff\xfe" + b"\x00\xd8" * 2000, "The text is damaged"),
    "headless.eml": (lambda: b"\n\nhello\n", "The file is not a mail message"),
    "script.html": (lambda: b"<html><script>evil()</script><style>p{}</style></html>", "The file holds no text."),
    "white.png": (lambda: png(80), "The picture holds no text that OCR could find."),
    "huge.png": (
        lambda: png().replace(b"IHDR\0\0\0\x14\0\0\0\x14", b"IHDR\0\1\x86\xa0\0\1\x86\xa0"), "damaged or not whole",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_in_a_sentence(name: str, reader: ReaderProcess, tmp_path: Path) -> None:
    make, sentence = REFUSED[name]
    if "OCR" in sentence and shutil.which("tesseract") is None:
        sentence = "reading text from pictures needs OCR"
    path = tmp_path / "upload"
    path.write_bytes(make())
    with pytest.raises(Unreadable) as refused:
        reader.read(name, path)
    assert sentence in refused.value.what
    assert refused.value.what.endswith((".", ")"))
    assert refused.value.fix
    assert "crash" not in refused.value.what
    assert "did not expect" not in refused.value.what, refused.value.details
    assert list(tmp_path.iterdir()) == [path]


def many_columns() -> bytes:
    return (",".join(f"c{n}" for n in range(50_000)) + "\n" + ",".join("1" for _ in range(50_000))).encode()


def far_cell() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "first value"
    sheet["XFD1048576"] = "last value"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


READ: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "letter.txt": (lambda: corpus("handbook.pdf"), "thirty days", "the file holds a PDF; it was read as that"),
    "letter.pdf": (lambda: corpus("handbook.docx"), "thirty days", "the file holds a Word document"),
    "letter.doc": (lambda: corpus("handbook.docx"), "thirty days", "the file holds a Word document"),
    "letter": (lambda: corpus("handbook.epub"), "thirty days", "the file holds an EPUB book"),
    "notes.unknown": (lambda: b"Plain words.", "Plain words.", "it was read as plain text"),
    "zeros.txt": (
        lambda: (b"Good words\0 go on. " + b"More words. " * 60) * 3, "Good words  go on.", "3 zero bytes were left",
    ),
    "cut8.txt": (lambda: "Größe für müde Käfer".encode() * 3 + b"\xc3", "müde Käfer", "1 characters are damaged"),
    "halves.json": (lambda: b'{"a": "x\\ud800y"}', "a: xy", ""),
    "xref.pdf": (lambda: pdf("Still there.").replace(b"startxref\n", b"startxref\n9"), "Still there.", ""),
    "script.pdf": (
        lambda: pdf("Calm words.", extra="/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "Calm words.", "",
    ),
    "columns.csv": (many_columns, "c0: 1", "Only the first 1000 columns were read."),
    "far.xlsx": (far_cell, "first value", "Only the first 1000 columns were read."),
    "deep.html": (lambda: b"<div>" * 50_000 + b"deep words", "deep words", ""),
    "deep.docx": (
        lambda: word_of("<w:sdt><w:sdtContent>" * 50 + "<w:p><w:r><w:t>deep words</w:t></w:r></w:p>"
                        + "</w:sdtContent></w:sdt>" * 50), "deep words", "",
    ),
    "laughs.html": (f"{LAUGHS}<html><body><p>Seen &j;</p></body></html>".encode, "Seen", ""),
    "outside.xml": (f"{OUTSIDE}<note><p>Seen &x;</p></note>".encode, "Seen", ""),
    "evil.html": (
        lambda: b"<p>Seen<img src=http://127.0.0.1:9/x onerror=evil()><script>evil()</script><p hidden>unseen</p>"
        b"<p style='font-size:0'>unseen</p><!-- unseen --><iframe>unseen</iframe>", "Seen", "",
    ),
    "formulas.xlsx": (
        lambda: with_part("sales.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>31</v>",
                          b"<f>HYPERLINK(\"http://127.0.0.1:9\")</f><v></v>")), "Article: Chair", "no stored result",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_is_read_for_what_it_is(name: str, reader: ReaderProcess, tmp_path: Path) -> None:
    make, words, note = READ[name]
    path = tmp_path / "upload"
    path.write_bytes(make())
    reading = reader.read(name, path)
    assert words in reading.text
    assert note in reading.note
    assert "unseen" not in reading.text
    assert "evil" not in reading.text
    assert len(reading.text) <= limits.MAX_TEXT_CHARS


def test_a_pdf_that_claims_two_thousand_million_pages_does_no_harm(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(countless_pages())
    try:
        assert "Only these words." in reader.read("many.pdf", path).text
    except Unreadable as refused:
        assert "damaged" in refused.what  # noqa: PT017


def test_a_huge_file_is_refused_before_it_is_read(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Unreadable, match="too large \\(1,074 MB; at most 50 MB\\)"):
        reader.read("sparse.txt", path)


def test_what_is_no_file_is_refused(reader: ReaderProcess, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, sentence in (("pipe", "not a file"), (".", "not a file|cannot be opened"), ("none", "no such file")):
        with pytest.raises(Unreadable, match=sentence):
            reader.read("a.txt", tmp_path / name)


def test_a_long_text_is_cut_and_says_so(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"words and more words\n" * 400_000)
    reading = reader.read("long.txt", path)
    assert len(reading.text) == limits.MAX_TEXT_CHARS
    assert "Only the first 5,000,000 characters were taken." in reading.note
    path.write_bytes(b"\n".join(json.dumps({"n": n, "t": "x" * 100}).encode() for n in range(100_000)))
    assert "were taken" in reader.read("long.jsonl", path).note


def test_texts_that_would_stall_a_reader_do_not(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    for name, body in (
        ("spaces.md", b"# a" + b" " * 400_000 + b"b"),
        ("headings.md", b"# a\n" * 600_000),
        ("styles.html", b"<p style='" + b"display " * 100_000 + b"'>words</p>" * 2_000),
        ("tags.html", b"<" * 300_000 + b" words"),
        ("attributes.html", b"<p " + b"a=1 " * 200_000 + b">words</p>"),
        ("quotes.csv", b'"a' * 300_000),
    ):
        path.write_bytes(body)
        try:
            reader.read(name, path, timeout_s=20)
        except Unreadable as refused:
            assert "longer than" not in refused.what, name  # noqa: PT017
            assert "crash" not in refused.what, name  # noqa: PT017


def test_names_of_files_are_only_names(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"# Words\nhere")
    for name in ("../../etc/passwd.md", "/etc/passwd.md", "a\0b.md", "C:\\x.md", "\udcff.md", "x" * 5000 + ".md"):
        assert "here" in reader.read(name, path).text
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_makes_the_reader_ask_the_network(reader: ReaderProcess, tmp_path: Path) -> None:
    """A server of ours is named in every way that documents have to name one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        asked = threading.Event()
        doctype = f'<!DOCTYPE html SYSTEM "{address}">'
        for name, body in (
            ("a.html", f'{doctype}<base href="{address}"><link rel=stylesheet href="{address}"><img src="{address}">x'),
            ("a.xml", f'{doctype}<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{address}"/>x</a>'),
            ("a.md", f"![x]({address})"),
            ("a.eml", f'Subject: x\nContent-Type: message/external-body; access-type=URL; URL="{address}"\n\nx'),
        ):
            (tmp_path / name).write_text(body)
            reader.read(name, tmp_path / name)
        try:
            server.accept()
            asked.set()
        except TimeoutError:
            pass
        assert not asked.is_set()


def test_many_bad_files_cost_no_more_than_one_process(tmp_path: Path) -> None:
    bad = [docx()[:n] for n in range(100, 3000, 300)] + [pdf("x")[:n] for n in range(20, 400, 40)]
    with ReaderProcess() as reader:
        for number, body in enumerate(bad):
            path = tmp_path / str(number)
            path.write_bytes(body)
            try:
                reader.read("a.docx" if number < 10 else "a.pdf", path)
            except Unreadable as refused:
                assert "crash" not in refused.what  # noqa: PT017
        (tmp_path / "good").write_text("good words")
        assert reader.read("good.txt", tmp_path / "good").text == "good words"
