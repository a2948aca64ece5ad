"""Questions on documents, with the answer's place or without an answer, each set in a vault of the product.

spans   written for this set (SQuAD 2.0 form): the very characters that answer, and questions that share the document's
        words but have no answer in it.
chunks, faq   JSON lines with `kind` doc (id, text) and query (text, rel): the documents that answer.

Each set has a development half, on which thresholds are set, and a held-out half, which only reports.
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.vault import Vault

SPANS = Path(__file__).with_name("data") / "qa_spans.json"
SPLITS = ("dev", "held_out")
ASKED = 80  # questions of each further set and half


class Question(NamedTuple):
    """`span`: characters of the document that answer; `documents`: the names of all that do. Neither: no answer."""

    text: str
    documents: frozenset[str]
    span: tuple[int, int] | None = None


class QuestionSet(NamedTuple):
    """`texts` by document name, of this half."""

    name: str
    vault: Vault
    texts: dict[str, str]
    questions: list[Question]

    @property
    def answerable(self) -> list[Question]:
        return [question for question in self.questions if question.documents]

    @property
    def unanswerable(self) -> list[Question]:
        return [question for question in self.questions if not question.documents]


def spans(split: str, shelf: Shelf) -> QuestionSet:
    texts: dict[str, str] = {}
    vault = shelf.create(f"spans {split}")
    asked: list[tuple[str, str, str]] = []
    for document in json.loads(SPANS.read_text())["data"]:
        if document["split"] != split:
            continue
        name = file_name(document["title"])
        for paragraph in document["paragraphs"]:
            texts[name] = paragraph["context"]
            vault.add_bytes(name, paragraph["context"].encode())
            for row in paragraph["qas"]:
                answer = "" if row["is_impossible"] else row["answers"][0]["text"]
                asked.append((row["question"], name, answer))
    vault.catch_up()
    read = {document.name: vault.reading(document.doc_id).text for document in vault.documents}
    return QuestionSet(f"spans_{split}", vault, texts, [_placed(*row, read) for row in asked])


def lines(path: Path, name: str, split: str, vault: Vault) -> QuestionSet:
    """Half of the questions over all documents; `texts` are half of the documents."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    documents = {file_name(row["id"]): row["text"] for row in rows if row["kind"] == "doc"}
    queries = [row for row in rows if row["kind"] == "query"]
    random.Random(0).shuffle(queries)
    half = queries[:ASKED] if split == "dev" else queries[ASKED : 2 * ASKED]
    questions = [Question(row["text"], frozenset(map(file_name, row["rel"]))) for row in half]
    mine = {doc: text for i, (doc, text) in enumerate(documents.items()) if i // 20 % 2 == (split != "dev")}
    return QuestionSet(name, vault, mine, questions)


def vault_of_lines(path: Path, name: str, shelf: Shelf) -> Vault:
    vault = shelf.create(name)
    for row in _documents(path):
        vault.add_bytes(file_name(row["id"]), row["text"].encode())
    vault.catch_up()
    return vault


def _documents(path: Path) -> Iterator[dict[str, str]]:
    return (row for row in map(json.loads, path.read_text().splitlines()) if row["kind"] == "doc")


def _placed(question: str, name: str, answer: str, read: dict[str, str]) -> Question:
    if not answer:
        return Question(question, frozenset())
    start = read[name].index(answer)
    return Question(question, frozenset([name]), (start, start + len(answer)))


def file_name(title: str) -> str:
    """A name that is kept as it is when the document is put into a vault."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', title)}.txt"
