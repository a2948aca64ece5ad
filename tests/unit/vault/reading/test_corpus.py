"""Real files by other programs give the text, the place, the note and the language that they should."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading.process import ReaderProcess

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
READY = [name for name, told in EXPECTED.items() if told["status"] == "ready"]
REFUSED = [name for name, told in EXPECTED.items() if told["status"] != "ready"]
HAS_OCR = shutil.which("tesseract") is not None


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess() as process:
        yield process


def place_of(reading: Reading, phrase: str) -> str:
    at = reading.text.index(phrase)
    return next((place.label for place in reversed(reading.places) if place.start <= at), "")


@pytest.mark.parametrize("name", READY)
def test_a_real_file_is_read_with_its_places(name: str, reader: ReaderProcess) -> None:
    told = EXPECTED[name]
    if "OCR" in told["note"] and not HAS_OCR:
        pytest.skip("tesseract is not installed")
    reading = reader.read(name, CORPUS / "files" / name)
    flat = " ".join(reading.text.split())
    assert told["phrase"] in flat
    if told["place"] and told["phrase"] in reading.text:  # in a PDF a line may end within it
        assert place_of(reading, told["phrase"]) == told["place"]
    assert told["note"] in reading.note
    assert bool(reading.note) == bool(told["note"]), reading.note
    if told["language"]:
        assert reading.language == told["language"]
    starts = [place.start for place in reading.places]
    assert starts == sorted(starts)
    assert all(0 <= start < len(reading.text) for start in starts)


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_of_a_kind_that_is_not_read_says_so(name: str, reader: ReaderProcess) -> None:
    with pytest.raises(Unreadable) as refused:
        reader.read(name, CORPUS / "files" / name)
    assert refused.value.what == EXPECTED[name]["sentence"]
    assert refused.value.fix


def test_the_corpus_is_whole() -> None:
    files = list((CORPUS / "files").iterdir())
    assert {path.name for path in files} == set(EXPECTED)
    assert len(files) >= 60
    assert sum(path.stat().st_size for path in files) < 4_000_000
