"""What search in the vault costs: `python tests/bench/bench_vault_index.py [chunks …]` (default 10,000 and 100,000).

Prints one JSON object for the embedders, then one per size: how fast words and vectors go in, what they take on disk,
and how long a search takes from the question to the passages, the question's own vector included, on a warm index.
The text is generated: pronounceable words by Zipf's law, about a hundred to a passage of 600 characters. The vectors
are generated too, because embedding 100,000 passages takes a quarter of an hour: in clumps and of 24 free directions
only, as those of real passages have few, so that the recall of the approximate search means something. Questions have
4 to 12 words; the long ones 60.
"""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.models.embedding.port import Vectors, unit_rows
from purpose_agent.vault.index import lexical
from purpose_agent.vault.index.chroma import ChromaIndex
from purpose_agent.vault.index.dense import DenseIndex, Space
from purpose_agent.vault.index.exact import ExactIndex
from purpose_agent.vault.index.search import hybrid

VOCABULARY = 60_000
WORDS_A_CHUNK = 100
CHUNK_CHARS = 600
CHUNKS_A_DOCUMENT = 40
CLUMPS = 400
FREE_DIRECTIONS = 24
QUESTIONS = 200
DENSE_BATCH = 2_000
FUNCTION_WORDS = sorted(lexical.STOP_WORDS)[:100]  # the most frequent words of any text


class GeneratedText:
    """Passages and questions that are alike for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._words = np.array([*FUNCTION_WORDS, *(self._word() for _ in range(VOCABULARY - len(FUNCTION_WORDS)))])
        rarity = 1 / (np.arange(VOCABULARY) + 2.7) ** 1.05
        self._share = rarity / rarity.sum()
        self._middles = self._rng.standard_normal((CLUMPS, FREE_DIRECTIONS))

    def passages(self, count: int) -> list[str]:
        picked = self._rng.choice(VOCABULARY, size=(count, WORDS_A_CHUNK), p=self._share)
        return [" ".join(self._words[row])[:CHUNK_CHARS] for row in picked]

    def question(self, words: int) -> str:
        return " ".join(self._words[self._rng.choice(VOCABULARY, size=words, p=self._share)])

    def vectors(self, count: int, dims: int) -> Vectors:
        clumps = self._middles[self._rng.integers(CLUMPS, size=count)]
        free = clumps + self._rng.standard_normal((count, FREE_DIRECTIONS))
        spread = np.random.default_rng(1).standard_normal((FREE_DIRECTIONS, dims))
        return unit_rows((free @ spread + self._rng.standard_normal((count, dims))).astype(np.float32))

    def _word(self) -> str:
        syllables = self._rng.integers(2, 5)
        firsts, seconds = self._rng.choice(list("bcdfglmnprstv"), syllables), self._rng.choice(list("aeiou"), syllables)
        return "".join(first + second for first, second in zip(firsts, seconds, strict=True))


def main(sizes: Iterable[int]) -> None:
    text = GeneratedText()
    print(json.dumps(embedding_rates(text)), flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measured(text, size, Path(folder))), flush=True)


def embedding_rates(text: GeneratedText) -> dict[str, object]:
    told: dict[str, object] = {"what": "passages of 600 characters embedded per second"}
    for name, count in (("minilm", 400), ("static", 5_000)):
        embedder, passages = embedder_named(name), text.passages(count)
        embedder.embed(passages[:8])
        told[name] = round(count / seconds(lambda e=embedder, p=passages: e.embed(p)))  # type: ignore[misc]
    return told


def measured(text: GeneratedText, size: int, folder: Path) -> dict[str, object]:
    passages = text.passages(size)
    words = sqlite3.connect(folder / "words.sqlite")
    lexical.create(words)
    words_s = seconds(lambda: add_words(words, passages))
    embedder = embedder_named("minilm")
    space = Space(vault="bench", trust="trusted", embedder=embedder.identity, dims=embedder.dims)
    vectors = text.vectors(size, embedder.dims)
    dense = ChromaIndex(folder / "vectors")
    dense_s = seconds(lambda: add_vectors(dense, space, vectors))
    exact = ExactIndex()
    exact.upsert(space, range(size), vectors)

    def search(question: str, index: DenseIndex = dense) -> None:
        hybrid(
            question,
            10,
            lexical=lambda query, k: lexical.search(words, query, k),
            dense=lambda query, k: index.search(space, embedder.embed([query])[0], k),
            info=lambda ids: {chunk: str(chunk // CHUNKS_A_DOCUMENT) for chunk in ids},
            per_document=3,
        )

    asked = [text.question(4 + n % 9) for n in range(QUESTIONS)]
    long = [text.question(60) for _ in range(QUESTIONS // 4)]
    probes = text.vectors(50, embedder.dims)
    told: dict[str, object] = {
        "chunks (generated)": size,
        "search_ms": percentiles(search, asked),
        "search_60_words_ms": percentiles(search, long),
        "search_exact_vectors_ms": percentiles(lambda question: search(question, exact), asked),
        "lexical_ms": percentiles(lambda question: lexical.search(words, question, 100), asked),
        "chroma_ms": percentiles(lambda row: dense.search(space, row, 100), list(probes)),
        "question_embedding_ms": percentiles(lambda question: embedder.embed([question]), asked),
        "chroma_recall_at_100": round(float(np.mean([overlap(dense, exact, space, row) for row in probes])), 3),
        "words_added_per_s": round(size / words_s),
        "vectors_added_per_s": round(size / dense_s),
        "ids_of_a_space_ms": round(seconds(lambda: dense.ids(space)) * 1000),
        "words_mb": round((folder / "words.sqlite").stat().st_size / 1e6),
        "vectors_mb": round(sum(f.stat().st_size for f in (folder / "vectors").rglob("*") if f.is_file()) / 1e6),
    }
    gone = range(0, size, 50)
    told["remove_2_percent_words_s"] = round(seconds(lambda: remove_words(words, gone)), 2)
    told["remove_2_percent_vectors_s"] = round(seconds(lambda: dense.delete(space, gone)), 2)
    dense.close()
    words.close()
    return told


def add_words(words: sqlite3.Connection, passages: list[str]) -> None:
    """As a document's passages stand: what is before and after one is searched with it."""
    reach = lexical.SURROUNDING_CHARS
    with words:
        lexical.add(
            words,
            (
                (at, "", passage, f"{passages[at - 1][-reach:]} {passages[(at + 1) % len(passages)][:reach]}")
                for at, passage in enumerate(passages)
            ),
        )


def add_vectors(dense: DenseIndex, space: Space, vectors: Vectors) -> None:
    for first in range(0, len(vectors), DENSE_BATCH):
        part = vectors[first : first + DENSE_BATCH]
        dense.upsert(space, range(first, first + len(part)), part)


def remove_words(words: sqlite3.Connection, ids: range) -> None:
    with words:
        lexical.remove(words, ids)


def overlap(one: DenseIndex, other: DenseIndex, space: Space, row: Vectors) -> float:
    found, true = (dict(index.search(space, row, 100)) for index in (one, other))
    return len(found.keys() & true.keys()) / max(len(true), 1)


def percentiles(call: Callable[[object], object], given: "list[object] | npt.NDArray[np.float32]") -> dict[str, float]:
    for item in given[:5]:
        call(item)
    took = [seconds(lambda item=item: call(item)) * 1000 for item in given]  # type: ignore[misc]
    return {f"p{p}": round(float(np.percentile(took, p)), 1) for p in (50, 95)}


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
