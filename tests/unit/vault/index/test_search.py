"""The search by words and meaning, over real tables and a real embedder."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import pytest

from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.vault.index import lexical
from purpose_agent.vault.index.dense import Space
from purpose_agent.vault.index.exact import ExactIndex
from purpose_agent.vault.index.fusion import Hit
from purpose_agent.vault.index.search import hybrid

TEXTS = (
    "Refunds are paid within fourteen days of the return.",
    "Every Friday the canteen serves fish.",
    "The warranty covers broken parts for two years.",
    "Our harbour office opens at nine.",
    "The warranty does not cover water damage.",
    "The warranty starts on the day of purchase.",
    "The warranty card lies in the box.",
)
DOCUMENTS = ("policy", "canteen", "warranty", "office", "warranty", "warranty", "warranty")


class Corpus:
    def __init__(self) -> None:
        self.embedder = embedder_named("minilm")
        self.space = Space(vault="v", trust="t", embedder=self.embedder.identity, dims=self.embedder.dims)
        self.dense = ExactIndex()
        self.dense.upsert(self.space, range(len(TEXTS)), self.embedder.embed(TEXTS))
        self.words = sqlite3.connect(":memory:")
        lexical.create(self.words)
        lexical.add(self.words, ((at, "", text, "") for at, text in enumerate(TEXTS)))
        self.gone: set[int] = set()

    def info(self, found: Sequence[int]) -> Mapping[int, str]:
        return {chunk: DOCUMENTS[chunk] for chunk in found if chunk not in self.gone}

    def search(self, query: str, k: int = 5, per_document: int | None = None) -> list[Hit]:
        return hybrid(
            query,
            k,
            lexical=lambda text, count: lexical.search(self.words, text, count),
            dense=lambda text, count: self.dense.search(self.space, self.embedder.embed([text])[0], count),
            info=self.info,
            per_document=per_document,
        )


@pytest.fixture
def corpus() -> Iterator[Corpus]:
    made = Corpus()
    yield made
    made.words.close()


def test_a_question_in_other_words_finds_the_passage(corpus: Corpus) -> None:
    assert corpus.search("When do I get my money back?")[0].chunk_id == 0


def test_a_question_in_the_same_words_finds_the_passage(corpus: Corpus) -> None:
    (first, *_) = corpus.search("fish canteen friday")
    assert first.chunk_id == 1
    assert first.lexical is not None
    assert first.cosine is not None


def test_no_more_than_asked_for_and_none_for_an_empty_question(corpus: Corpus) -> None:
    assert len(corpus.search("warranty", 2)) == 2
    assert corpus.search("warranty", 0) == corpus.search(" \n") == []


def test_one_document_does_not_crowd_out_the_others(corpus: Corpus) -> None:
    hits = corpus.search("warranty", 5, per_document=2)
    assert [DOCUMENTS[hit.chunk_id] for hit in hits].count("warranty") == 2


def test_a_passage_that_was_erased_meanwhile_is_not_shown(corpus: Corpus) -> None:
    corpus.gone = {0}
    assert 0 not in [hit.chunk_id for hit in corpus.search("refund")]
