"""The reading process is walled in, survives what files do to it, and draws pages."""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading import process as process_module
from purpose_agent.vault.reading.process import ReaderProcess
from tests.unit.vault.made_files import pdf

CORPUS = Path(__file__).resolve().parents[3] / "corpus" / "files"


@pytest.fixture
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess() as process:
        yield process


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file that takes some seconds."""
    path = tmp_path / "slow.csv"
    path.write_bytes(b"name,value\n" + b"some words,1\n" * 3_000_000)
    return path


def pid_of(reader: ReaderProcess) -> int:
    assert reader._child is not None
    return reader._child._process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are those of Linux")
def test_the_reading_process_cannot_write_read_connect_or_start_anything(reader: ReaderProcess) -> None:
    assert reader.attempts() == {"write": True, "read": True, "connect": True, "start": True}
    reader.read("a.pdf", CORPUS / "handbook.pdf")
    assert all(reader.attempts().values())


def test_the_process_stays_warm_between_files(reader: ReaderProcess) -> None:
    reader.read("a.md", CORPUS / "handbook.md")
    first = pid_of(reader)
    reader.read("a.md", CORPUS / "handbook.docx")
    assert pid_of(reader) == first


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(reader: ReaderProcess, slow: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Unreadable, match=r"took longer than 0\.3 seconds"):
        reader.read("slow.csv", slow, timeout_s=0.3)
    assert time.monotonic() - started < 5
    assert "thirty days" in reader.read("a.md", CORPUS / "handbook.md").text


def test_a_crash_costs_one_file_only(reader: ReaderProcess, slow: Path) -> None:
    reader.warm_up()
    killer = threading.Timer(0.4, os.kill, (pid_of(reader), signal.SIGSEGV))
    killer.start()
    with pytest.raises(Unreadable, match="made its reader crash"):
        reader.read("slow.csv", slow)
    killer.join()
    assert "thirty days" in reader.read("a.md", CORPUS / "handbook.md").text


def test_a_process_that_died_between_files_is_replaced_without_a_word(reader: ReaderProcess) -> None:
    reader.warm_up()
    os.kill(pid_of(reader), signal.SIGKILL)
    time.sleep(0.1)
    assert "thirty days" in reader.read("a.md", CORPUS / "handbook.md").text


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.json"
    path.write_bytes(b"[" + b"[[[[[[[[]]]]]]]]," * 600_000 + b"1]")
    with ReaderProcess(memory_mb=400) as reader:
        with pytest.raises(Unreadable, match="too much memory"):
            reader.read("wide.json", path)
        assert "thirty days" in reader.read("a.md", CORPUS / "handbook.md").text


def test_what_used_much_is_replaced(reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "_REPLACED_AFTER_MB", 10)
    reader.warm_up()
    first = pid_of(reader)
    reader.read("a.md", CORPUS / "handbook.md")
    reader.warm_up()
    assert pid_of(reader) != first


def test_closing_ends_a_reading_at_once(slow: Path) -> None:
    reader = ReaderProcess()
    reader.warm_up()
    told: list[str] = []

    def read() -> None:
        try:
            reader.read("slow.csv", slow)
        except Unreadable as refused:
            told.append(refused.what)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.4)
    started = time.monotonic()
    reader.close()
    thread.join(5)
    assert told == ["Reading was stopped."]
    assert time.monotonic() - started < 3
    with pytest.raises(Unreadable, match="stopped"):
        reader.read("a.md", CORPUS / "handbook.md")


def test_threads_may_share_it(reader: ReaderProcess) -> None:
    names = ["handbook.docx", "handbook.pdf", "handbook.epub", "handbook.md"] * 4
    texts: dict[int, str] = {}

    def read(number: int) -> None:
        texts[number] = reader.read(names[number], CORPUS / names[number]).text

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(texts) == len(names)
    assert all("thirty days" in " ".join(text.split()) for text in texts.values())


def test_nothing_of_the_environment_reaches_the_process(reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-secret")
    reader.warm_up()
    environment = Path(f"/proc/{pid_of(reader)}/environ")
    if environment.exists():
        assert b"sk-secret" not in environment.read_bytes()


def test_without_ocr_a_scan_says_what_to_install() -> None:
    with ReaderProcess(recognise=False) as reader:
        with pytest.raises(Unreadable) as refused:
            reader.read("scan.pdf", CORPUS / "scan.pdf")
        assert refused.value.what == ("The PDF holds pictures only, no text: its only page is a picture (a scan).")
        assert "Install the program tesseract" in refused.value.fix
        reading = reader.read("mixed.pdf", CORPUS / "mixed.pdf")
        assert reading.empty_pages == (5,)
        assert reading.note.startswith("Page 5 is a picture without text. Install the program tesseract")
        with pytest.raises(Unreadable, match="needs OCR"):
            reader.read("page.png", CORPUS / "page.png")


# --- pictures of pages -------------------------------------------------------------------------------------------


def yellow_rows(png: bytes) -> list[int]:
    """Rows of pixels with something marked in them."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = picture.load()
    assert small is not None
    found = []
    for y in range(picture.height):
        marked = sum(1 for x in range(0, picture.width, 3) if _is_yellow(small[x, y]))
        if marked > 3:
            found.append(y)
    return found


def _is_yellow(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return pixel[0] > 200 and pixel[1] > 180 and pixel[2] < 160


def test_a_page_is_drawn_with_the_quote_marked_on_it(reader: ReaderProcess) -> None:
    plain = reader.picture(CORPUS / "handbook.pdf", 1)
    assert Image.open(io.BytesIO(plain)).width == 1000
    assert yellow_rows(plain) == []
    marked = yellow_rows(reader.picture(CORPUS / "handbook.pdf", 1, "Keep the receipt"))
    assert 5 < len(marked) < 60


def test_a_quote_is_found_over_line_ends_hyphens_and_ligatures(reader: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("An efficient ware-\nhouse in Lyon\ntakes the parcels."))
    one = yellow_rows(reader.picture(path, 1, "parcels"))
    two = yellow_rows(reader.picture(path, 1, "An e\ufb03cient warehouse  in\nLyon"))
    assert len(two) > 1.8 * len(one)
    across = yellow_rows(
        reader.picture(CORPUS / "handbook.pdf", 1, "On Sundays only the workshop answers the telephone, and the "
                       "efficient office staff find a flower for everyone who waits.")
    )  # fmt: skip
    assert len(across) > 1.6 * len(yellow_rows(reader.picture(CORPUS / "handbook.pdf", 1, "the workshop answers")))


def test_the_mark_is_where_the_words_are_on_a_turned_page(reader: ReaderProcess) -> None:
    turned = Image.open(io.BytesIO(reader.picture(CORPUS / "turned.pdf", 1, "Keep the receipt"))).convert("RGB")
    assert turned.width > turned.height
    box = turned.point(lambda value: 255 if value < 160 else 0).getchannel("B").getbbox()
    assert box is not None
    assert yellow_rows(reader.picture(CORPUS / "turned.pdf", 1, "Keep the receipt"))


def test_a_quote_that_is_not_on_the_page_marks_nothing(reader: ReaderProcess) -> None:
    assert yellow_rows(reader.picture(CORPUS / "handbook.pdf", 1, "Nobody ever wrote this sentence.")) == []
    assert yellow_rows(reader.picture(CORPUS / "scan.pdf", 1, "thirty days")) == []


def test_a_page_that_is_not_there_and_a_file_that_is_no_pdf_are_told(reader: ReaderProcess) -> None:
    with pytest.raises(Unreadable, match="has no page 99"):
        reader.picture(CORPUS / "handbook.pdf", 99)
    with pytest.raises(Unreadable, match="Only pages of PDF files"):
        reader.picture(CORPUS / "handbook.docx", 1)
    with pytest.raises(Unreadable, match="protected by a password"):
        reader.picture(CORPUS / "locked.pdf", 1)


def test_the_next_page_of_the_same_file_is_not_sent_again(reader: ReaderProcess) -> None:
    first = reader.picture(CORPUS / "slides.pdf", 1, width=200)
    assert reader.picture(CORPUS / "slides.pdf", 2, width=200) != first
    reader.read("other.md", CORPUS / "handbook.md")
    assert reader.picture(CORPUS / "slides.pdf", 1, width=200) == first
