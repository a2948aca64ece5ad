"""Real files of many programs, and hostile ones beside them, put into one vault: each has the right health line."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.vault import Vault
from tests.unit.vault.reading.test_hostile_files import READ, REFUSED

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
HAS_OCR = shutil.which("tesseract") is not None
EXPECTED = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    shelf.work = lambda _: None
    vault = shelf.create("Corpus")
    for name in EXPECTED:
        vault.add_bytes(name, (CORPUS / "files" / name).read_bytes())
    for name, (make, *_) in REFUSED.items():
        vault.add_bytes(f"hostile/{name}", make())
    vault.read()
    yield vault
    shelf.close()


def test_there_are_enough_files_to_mean_something() -> None:
    assert len(EXPECTED) >= 60
    assert len(REFUSED) + len(READ) >= 30


def test_each_real_file_has_its_health_line(vault: Vault) -> None:
    rows = {document.name: document for document in vault.documents}
    wrong = {
        name: (rows[name].status, rows[name].note)
        for name, told in EXPECTED.items()
        if HAS_OCR or "OCR" not in told.get("note", "")
        if (rows[name].status == "ready") != (told["status"] == "ready")
        or told.get("note", told.get("sentence")) not in rows[name].note
    }
    assert wrong == {}


def test_nothing_without_text_is_ready(vault: Vault) -> None:
    for document in vault.documents:
        assert (document.status == "ready") == bool(document.characters and document.chunks), document.name
        assert document.status == "ready" or document.note, document.name


def test_no_hostile_file_is_ready_and_each_says_why(vault: Vault) -> None:
    hostile = [document for document in vault.documents if document.name.startswith("hostile/")]
    assert hostile
    assert [document.name for document in hostile if document.status == "ready"] == []


def test_nothing_is_written_outside_of_the_vault(vault: Vault) -> None:
    home = vault.folder.parent.parent
    assert {path.name for path in home.iterdir()} == {"vaults"}
    assert {path.name for path in vault.folder.iterdir()} <= {
        "vault.sqlite", "vault.sqlite-wal", "vault.sqlite-shm", "files", "upkeep.lock",
    }  # fmt: skip
