"""A process that takes documents in is killed at any moment: no half document, and both indexes agree afterwards."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from purpose_agent.vault.index.dense import DenseIndex
from purpose_agent.vault.records import TRUSTS, Document
from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.vault import Vault

KILLS = 20
DOCUMENTS = 8  # more with every round
SCRIPT = Path(__file__).with_name("ingest_until_killed.py")


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_twenty_kills_leave_no_half_document_and_two_indexes_that_agree(tmp_path: Path) -> None:
    draw = random.Random(20)
    shelf = Shelf(tmp_path)
    shelf.following([], vault_id="docs", title="Docs")
    shelf.close()
    for kill in range(KILLS):
        killed_after_a_while(tmp_path, kill * DOCUMENTS, draw)
        shelf = Shelf(tmp_path)
        no_half_document(shelf.open("docs"), searched_from=kill * DOCUMENTS)
        shelf.close()
    shelf = Shelf(tmp_path)
    vault = shelf.open("docs")
    vault.catch_up()
    assert not vault.has_work
    documents = vault.documents
    assert len(documents) >= DOCUMENTS
    assert {document.status for document in documents} == {"ready"}
    no_half_document(vault)
    index = shelf.chroma()
    assert index is not None
    wanted = {passage.chunk_id for document in documents for passage in vault.passages_of(document.doc_id)}
    assert in_chroma(index) == wanted
    for document in documents:
        assert document.name in {passage.name for passage in vault.search(f"Document {number_of(document)}", 3)}
    shelf.close()


def killed_after_a_while(home: Path, first: int, draw: random.Random) -> None:
    """After its documents were put in line: somewhere in reading them, in their vectors, or in Chroma."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(home), str(first), str(DOCUMENTS)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        waits_for = draw.choice(["ready", "Reading", "Reading", "Search", "Bringing"])
        for line in process.stdout:
            if line.startswith((waits_for, "done")):
                break
        time.sleep(draw.random() * 0.2)
        process.kill()


def no_half_document(vault: Vault, *, searched_from: int = 0) -> None:
    """`searched_from`: the number of the first document that is searched for as well as looked at."""
    for document in vault.documents:
        passages = vault.passages_of(document.doc_id)
        if document.status != "ready":
            assert passages == []
            continue
        text = vault.reading(document.doc_id).text
        assert passages[-1].end == len(text.rstrip())
        assert all(text[passage.start : passage.end] == passage.text for passage in passages)
        if number_of(document) >= searched_from:
            found = vault.search(passages[-1].text, 5)
            assert passages[-1].text in {passage.text for passage in found}


def number_of(document: Document) -> int:
    return int(document.name.removeprefix("document-").removesuffix(".md"))


def in_chroma(index: DenseIndex) -> set[int]:
    return {chunk for space in index.spaces() if space.trust in TRUSTS for chunk in index.ids(space)}
