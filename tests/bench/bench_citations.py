"""What checked answers are worth.

Run `python tests/bench/bench_citations.py [--chunks FILE] [--faq FILE] [--embedder minilm]`.

Prints JSON, each share with its 95 % Wilson interval, for the development half (thresholds were set on it) and for the
held-out half (it only reports):

extractive  questions with known answers, asked without any model: does a cited sentence touch the true span (spans) or
            come from a relevant passage (chunks, faq)?
refusal     questions whose answer is not there: written to share words with the document, or asked over another corpus.
scripted    a model that lies in 30 % of its sentences: how many lies are marked, how many true
            sentences are.
reworded    the same with sentences that a person wrote in other words, true or subtly false: much harder.
speed       CPU milliseconds to check five sentences over eight passages, all of them seen for the first time.

FILE: JSON lines with `kind` doc (id, text) and query (text, rel).
"""

import argparse
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from scipy.stats import binomtest

from purpose_agent.models.builtin.extractive import answer_from_sources
from purpose_agent.models.builtin.ranking import Embedder
from purpose_agent.vault.answers import evidence, facts
from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.records import CheckedAnswer
from purpose_agent.vault.answers.refusal import is_answerable
from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.index import Passage, PassageIndex

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.lying_model import Source, answer, sentences_of

SPANS = Path(__file__).with_name("data") / "qa_spans.json"
JUDGED = SPANS.with_name("judged_sentences.json")
SPLITS = ("dev", "held_out")
PASSAGES = 6
ASKED = 80  # questions of each further corpus and half
ANSWERS = 120  # of the scripted model, each half and corpus


class Question(NamedTuple):
    """`span`: characters of the document that answer; `documents`: all that do. Neither = there is no answer."""

    text: str
    documents: frozenset[str]
    span: tuple[int, int] | None = None


class Corpus(NamedTuple):
    name: str
    index: PassageIndex
    documents: dict[str, str]
    questions: list[Question]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=Path)
    parser.add_argument("--faq", type=Path)
    parser.add_argument("--embedder", default="")
    given = parser.parse_args()
    embedder = _embedder(given.embedder)
    told: dict[str, object] = {"embedder": given.embedder or "none"}
    for split in SPLITS:
        corpora = [_spans(split)]
        corpora += [_lines(path, name, split) for name, path in (("chunks", given.chunks), ("faq", given.faq)) if path]
        told[split] = {
            "extractive": {corpus.name: _extractive(corpus, embedder) for corpus in corpora},
            "refusal": _refusal(corpora, embedder),
            "reworded": _reworded(corpora[0], embedder),
            "scripted": {c.name: _scripted(c, corpora, split, embedder) for c in corpora if c.name != "faq"},
        }
    told["speed"] = _speed(_spans("dev"), embedder)
    print(json.dumps(told, indent=1))


def _embedder(name: str) -> Embedder | None:
    if not name:
        return None
    from purpose_agent.models.embedding.choose import embedder_named

    return embedder_named(name)


def _spans(split: str) -> Corpus:
    documents, questions = {}, []
    for document in json.loads(SPANS.read_text())["data"]:
        if document["split"] != split:
            continue
        for paragraph in document["paragraphs"]:
            documents[document["title"]] = paragraph["context"]
            for asked in paragraph["qas"]:
                if asked["is_impossible"]:
                    questions.append(Question(asked["question"], frozenset()))
                    continue
                start, text = asked["answers"][0]["answer_start"], asked["answers"][0]["text"]
                span = (start, start + len(text))
                questions.append(Question(asked["question"], frozenset([document["title"]]), span))
    index = PassageIndex()
    for name, text in documents.items():
        index.add(Passage(text=text[c.start : c.end], file=name, start=c.start, end=c.end) for c in chunks(text))
    return Corpus("spans", index, documents, questions)


def _lines(path: Path, name: str, split: str) -> Corpus:
    """All documents, and half of the questions; the scripted model speaks on half of the documents."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    documents = {row["id"]: row["text"] for row in rows if row["kind"] == "doc"}
    index = PassageIndex()
    index.add(Passage(text=text, file=name, start=0, end=len(text)) for name, text in documents.items())
    queries = [row for row in rows if row["kind"] == "query"]
    random.Random(0).shuffle(queries)
    half = queries[:ASKED] if split == "dev" else queries[ASKED : 2 * ASKED]
    questions = [Question(row["text"], frozenset(row["rel"])) for row in half]
    mine = {doc: text for i, (doc, text) in enumerate(documents.items()) if i // 20 % 2 == (split != "dev")}
    return Corpus(name, index, mine, questions)


def _extractive(corpus: Corpus, embedder: Embedder | None) -> dict[str, object]:
    touched = refused = sentences = right = answered = 0
    asked = [question for question in corpus.questions if question.documents]
    for question in asked:
        passages = corpus.index.search(question.text, PASSAGES)
        told = [f"[{i}] {p.file}\n{p.text}" for i, p in enumerate(passages, 1)]
        text = answer_from_sources(question.text, "\n\n".join(told), embedder)
        if text is None:
            refused += 1
            continue
        answered += 1
        hits = list(_hits(check_answer(question.text, text, told, embedder), question, passages))
        sentences += len(hits)
        right += sum(hits)
        touched += any(hits)
    return {
        "questions": len(asked),
        "refused": share(refused, len(asked)),
        "answered_with_a_true_citation": share(touched, len(asked)),
        "true_citation_when_it_answers": share(touched, answered),
        "cited_sentences_that_are_true": share(right, sentences),
    }


def _hits(checked: CheckedAnswer, question: Question, passages: Sequence[Passage]) -> Iterator[bool]:
    for sentence in checked.sentences:
        for citation in sentence.citations:
            passage = passages[citation.number - 1]
            if passage.file not in question.documents:
                yield False
            elif question.span is None:
                yield True
            else:
                start, end = passage.start + citation.start, passage.start + citation.end
                yield start < question.span[1] and question.span[0] < end


def _refusal(corpora: Sequence[Corpus], embedder: Embedder | None) -> dict[str, object]:
    told: dict[str, object] = {}
    for corpus in corpora:
        unanswerable = [q for q in corpus.questions if not q.documents]
        answerable = [q for q in corpus.questions if q.documents]
        if unanswerable:
            told[f"{corpus.name}: not there though words are shared"] = _refused(unanswerable, corpus, embedder)
        told[f"{corpus.name}: there, but refused (should be low)"] = _refused(answerable, corpus, embedder)
        for other in corpora:
            if other is not corpus:
                foreign = [q for q in other.questions if q.documents]
                told[f"questions on {other.name} asked over {corpus.name}"] = _refused(foreign, corpus, embedder)
    return told


def _refused(questions: Sequence[Question], corpus: Corpus, embedder: Embedder | None) -> object:
    refused = 0
    for question in questions:
        texts = [passage.text for passage in corpus.index.search(question.text, PASSAGES)]
        refused += not is_answerable(question.text, texts, embedder).answerable
    return share(refused, len(questions))


def _scripted(corpus: Corpus, corpora: Sequence[Corpus], split: str, embedder: Embedder | None) -> dict[str, object]:
    rng = random.Random(f"{split} {corpus.name}")
    passages = [
        (name, text[c.start : c.end])
        for name, text in corpus.documents.items()
        for c in (chunks(text) if corpus.name == "spans" else [_All(0, len(text))])
    ]
    elsewhere = [text for other in corpora if other is not corpus for text in other.documents.values()]
    elsewhere = elsewhere or [text for name, text in _spans("held_out" if split == "dev" else "dev").documents.items()]
    foreign = [sentence for text in elsewhere for sentence in sentences_of(text)]
    names = sorted({m for text in elsewhere for m in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b", text)})
    marked: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for _ in range(ANSWERS):
        taken = rng.sample(passages, min(8, len(passages)))
        sources = [Source(i, name, text) for i, (name, text) in enumerate(taken, 1)]
        said = answer(sources, rng, foreign, names)
        told = [f"[{s.number}] {s.document}\n{s.text}" for s in sources]
        for each in said:  # one by one, so that a mark is surely that sentence's
            checked = check_answer("", each.text, told, embedder)
            marked[each.is_lie, each.kind].append(not checked.is_sound)
            _show(each.kind, each.is_lie, checked)
    return {
        "lies_marked": _of(marked, is_lie=True),
        "true_sentences_marked (should be low)": _of(marked, is_lie=False),
        "lies": {kind: share(sum(m), len(m)) for (lie, kind), m in sorted(marked.items()) if lie},
        "true": {kind: share(sum(m), len(m)) for (lie, kind), m in sorted(marked.items()) if not lie},
    }


def _reworded(corpus: Corpus, embedder: Embedder | None) -> dict[str, object]:
    """Sentences that a person wrote in other words, half of them subtly false, over all passages of their document."""
    marked: dict[bool, list[bool]] = {True: [], False: []}
    for row in json.loads(JUDGED.read_text())["sentences"]:
        text = corpus.documents.get(row["document"])
        if text is None:
            continue
        told = [f"[{i}] {row['document']}\n{text[c.start : c.end]}" for i, c in enumerate(chunks(text), 1)]
        cited = ", ".join(str(i) for i in range(1, len(told) + 1))
        checked = check_answer("", f"{row['text'].rstrip('.')} [{cited}].", told, embedder)
        marked[row["holds"]].append(not checked.is_sound)
        _show("reworded", not row["holds"], checked)
    return {
        "false_marked": share(sum(marked[False]), len(marked[False])),
        "true_marked (should be low)": share(sum(marked[True]), len(marked[True])),
    }


class _All(NamedTuple):
    start: int
    end: int


def _show(kind: str, is_lie: bool, checked: CheckedAnswer) -> None:
    """Hook for looking at single sentences."""


def _of(marked: dict[tuple[bool, str], list[bool]], *, is_lie: bool) -> object:
    found = [mark for (lie, _), marks in marked.items() if lie == is_lie for mark in marks]
    return share(sum(found), len(found))


def _speed(corpus: Corpus, embedder: Embedder | None) -> dict[str, float]:
    times = []
    for seed in range(20):
        rng = random.Random(seed)
        texts = [(name, text[c.start : c.end]) for name, text in corpus.documents.items() for c in chunks(text)]
        sources = [Source(i, name, text) for i, (name, text) in enumerate(rng.sample(texts, 8), 1)]
        said = " ".join(
            each.text for each in answer(sources, rng, ["Nothing of this stands there at all."], ["Nobody"])
        )
        told = [f"[{s.number}] {s.document}\n{s.text}" for s in sources]
        facts.facts_of.cache_clear()
        evidence.forget()
        started = time.process_time()
        check_answer("What is said?", said, told, embedder)
        times.append(1_000 * (time.process_time() - started))
    return {"median_ms": round(median(times), 1), "worst_ms": round(max(times), 1)}


def share(part: int, whole: int) -> dict[str, float | int]:
    if not whole:
        return {"n": 0}
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return {
        "share": round(part / whole, 3), "low": round(interval.low, 3), "high": round(interval.high, 3), "n": whole,
    }  # fmt: skip


if __name__ == "__main__":
    main()
