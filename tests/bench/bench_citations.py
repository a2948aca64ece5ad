"""What answers from documents are worth: found, refused, and checked.

Run `python tests/bench/bench_citations.py [--chunks FILE] [--faq FILE]`; it takes some minutes.

Prints JSON, each share with its 95 % Wilson interval, for the development half (thresholds were set on it) and for the
held-out half (it only reports). Documents stand in a real vault, with its search and its better embedder.

extractive  questions with known answers, asked with `Vault.ask` and no language model: does a cited span touch the true
            one (spans), or lie in a document that answers (chunks, faq)?
refusal     questions whose answer is not there, written to share words with the document (spans) or asked over other
            documents: does `Vault.ask` say so without a model; and with a model that answers whatever it is asked and
            lies in 30 % of its sentences, is it not asked, or is the answer's doubt told, or all of it marked?
gates       what share of questions each standing of a verdict turns away.
scripted    a model that lies in 30 % of its sentences: how many lies are marked, how many true sentences are.
reworded    the same with sentences that a person wrote in other words, true or subtly false: much harder.
speed       CPU milliseconds to check five sentences over eight passages, all of them seen for the first time.

FILE: JSON lines with `kind` doc (id, text) and query (text, rel).
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from scipy.stats import binomtest

from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.vault.answers import evidence, facts
from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.cited import CitedAnswer
from purpose_agent.vault.answers.records import CheckedAnswer
from purpose_agent.vault.answers.refusal import verdict_on
from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.quoting import quoted
from purpose_agent.vault.shelf import Shelf

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench.lying_model import Source, answer, sentences_of
from tests.bench.question_sets import SPLITS, Question, QuestionSet, file_name, lines, spans, vault_of_lines

JUDGED = Path(__file__).with_name("data") / "judged_sentences.json"
ANSWERS = 120  # of the scripted model, each half and set
Share = dict[str, float | int]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=Path)
    parser.add_argument("--faq", type=Path)
    given = parser.parse_args()
    further = {name: path for name, path in (("chunks", given.chunks), ("faq", given.faq)) if path}
    with tempfile.TemporaryDirectory() as home:
        shelf = Shelf(Path(home))
        written = {split: spans(split, shelf) for split in SPLITS}
        vaults = {name: vault_of_lines(path, name, shelf) for name, path in further.items()}
        told: dict[str, object] = {}
        for split in SPLITS:
            sets = [written[split], *(lines(path, name, split, vaults[name]) for name, path in further.items())]
            other = written["held_out" if split == "dev" else "dev"]
            told[split] = _of_half(split, sets, other)
        told["speed"] = _speed(written["dev"])
        shelf.close()
    print(json.dumps(told, indent=1))


def _of_half(split: str, sets: Sequence[QuestionSet], other: QuestionSet) -> dict[str, object]:
    scripted = [one for one in sets if one.name != "faq"]
    return {
        "extractive": {one.name: _extractive(one) for one in sets},
        "refusal": _refusal(sets),
        "gates": _gates(sets),
        "reworded": _reworded(sets[0]),
        "scripted": {one.name: _scripted(one, sets, other, split) for one in scripted},
    }


def _extractive(asked: QuestionSet) -> dict[str, object]:
    touched = refused = sentences = right = 0
    for question in asked.answerable:
        found = asked.vault.ask(question.text, model="builtin")
        refused += found.refused
        hits = list(_hits(found, question))
        sentences += len(hits)
        right += sum(hits)
        touched += any(hits)
    many = len(asked.answerable)
    return {
        "questions": many,
        "refused": share(refused, many),
        "answered_with_a_true_citation": share(touched, many),
        "true_citation_when_it_answers": share(touched, many - refused),
        "cited_sentences_that_are_true": share(right, sentences),
    }


def _hits(found: CitedAnswer, question: Question) -> Iterator[bool]:
    for citation in found.citations:
        assert citation.source is not None
        if citation.source.name not in question.documents or question.span is None:
            yield citation.source.name in question.documents
        else:
            yield citation.start < question.span[1] and question.span[0] < citation.end


def _refusal(sets: Sequence[QuestionSet]) -> dict[str, object]:
    told: dict[str, object] = {}
    for asked in sets:
        if asked.unanswerable:
            told[f"{asked.name}: not there, though words are shared"] = _refused(asked.unanswerable, asked)
        told[f"{asked.name}: there (should be low)"] = _refused(asked.answerable, asked)
        for other in sets:
            if other is not asked:
                told[f"questions on {other.name} asked over {asked.name}"] = _refused(other.answerable, asked)
    return told


def _refused(questions: Sequence[Question], asked: QuestionSet) -> dict[str, Share]:
    rng = random.Random(asked.name)
    refused = turned = doubted = 0
    for question in questions:
        refused += asked.vault.ask(question.text, model="builtin").refused
        texts = quoted(asked.vault.grounds(question.text).passages).texts
        found = asked.vault.ask(question.text, model=ScriptedBackend([_babble(texts, rng)]))
        turned += found.refused
        doubted += found.refused or bool(found.notices) or all(sentence.is_marked for sentence in found.sentences)
    many = len(questions)
    return {
        "without_a_model": share(refused, many),
        "lying_model_not_asked": share(turned, many),
        "lying_model_not_asked_or_in_doubt": share(doubted, many),
    }


def _babble(texts: Sequence[str], rng: random.Random) -> str:
    """What the lying model says on these passages, whatever was asked."""
    sources = [Source(i, str(i), text.partition("\n")[2]) for i, text in enumerate(texts, 1)]
    said = answer(sources, rng, ["Nothing of this stands there at all."], ["Nobody"])
    return " ".join(each.text for each in said) or "I found something."


def _gates(sets: Sequence[QuestionSet]) -> dict[str, object]:
    standings: dict[str, list[str]] = defaultdict(list)
    for asked in sets:
        for other in sets:
            for question in other.answerable if other is not asked else asked.questions:
                kind = "other documents" if other is not asked else "there" if question.documents else "not there"
                texts = quoted(asked.vault.grounds(question.text).passages).texts
                standings[kind].append(verdict_on(question.text, texts, best_shipped_embedder()).standing)
    return {
        kind: {
            'all but "answered"': share(len(found) - found.count("answered"), len(found)),
            '"beyond"': share(found.count("beyond"), len(found)),
        }
        for kind, found in standings.items()
    }


def _scripted(asked: QuestionSet, sets: Sequence[QuestionSet], other: QuestionSet, split: str) -> dict[str, object]:
    rng = random.Random(f"{split} {asked.name}")
    passages = [(name, text[c.start : c.end]) for name, text in asked.texts.items() for c in chunks(text)]
    elsewhere = [text for one in sets if one is not asked for text in one.texts.values()] or list(other.texts.values())
    foreign = [sentence for text in elsewhere for sentence in sentences_of(text)]
    names = sorted({m for text in elsewhere for m in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b", text)})
    marked: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for _ in range(ANSWERS):
        taken = rng.sample(passages, min(8, len(passages)))
        sources = [Source(i, name, text) for i, (name, text) in enumerate(taken, 1)]
        told = [f"[{s.number}] {s.document}\n{s.text}" for s in sources]
        for each in answer(sources, rng, foreign, names):  # one by one, so that a mark is surely that sentence's
            checked = check_answer("", each.text, told, best_shipped_embedder())
            marked[each.is_lie, each.kind].append(not checked.is_sound)
            _show(each.kind, each.is_lie, each.text, checked)
    return {
        "lies_marked": _of(marked, is_lie=True),
        "true_sentences_marked (should be low)": _of(marked, is_lie=False),
        "lies": {kind: share(sum(m), len(m)) for (lie, kind), m in sorted(marked.items()) if lie},
        "true": {kind: share(sum(m), len(m)) for (lie, kind), m in sorted(marked.items()) if not lie},
    }


def _reworded(asked: QuestionSet) -> dict[str, object]:
    """Sentences that a person wrote in other words, half of them subtly false, over all passages of their document."""
    marked: dict[bool, list[bool]] = {True: [], False: []}
    for row in json.loads(JUDGED.read_text())["sentences"]:
        text = asked.texts.get(file_name(row["document"]))
        if text is None:
            continue
        told = [f"[{i}] {row['document']}\n{text[c.start : c.end]}" for i, c in enumerate(chunks(text), 1)]
        cited = ", ".join(str(i) for i in range(1, len(told) + 1))
        checked = check_answer("", f"{row['text'].rstrip('.')} [{cited}].", told, best_shipped_embedder())
        marked[row["holds"]].append(not checked.is_sound)
        _show("reworded", not row["holds"], row["text"], checked)
    return {
        "false_marked": share(sum(marked[False]), len(marked[False])),
        "true_marked (should be low)": share(sum(marked[True]), len(marked[True])),
    }


def _show(kind: str, is_lie: bool, said: str, checked: CheckedAnswer) -> None:
    """Hook for looking at single sentences."""


def _of(marked: dict[tuple[bool, str], list[bool]], *, is_lie: bool) -> Share:
    found = [mark for (lie, _), marks in marked.items() if lie == is_lie for mark in marks]
    return share(sum(found), len(found))


def _speed(asked: QuestionSet) -> dict[str, float]:
    times = []
    for seed in range(20):
        rng = random.Random(seed)
        texts = [(name, text[c.start : c.end]) for name, text in asked.texts.items() for c in chunks(text)]
        sources = [Source(i, name, text) for i, (name, text) in enumerate(rng.sample(texts, 8), 1)]
        said = " ".join(
            each.text for each in answer(sources, rng, ["Nothing of this stands there at all."], ["Nobody"])
        )
        told = [f"[{s.number}] {s.document}\n{s.text}" for s in sources]
        facts.facts_of.cache_clear()
        evidence.forget()
        started = time.process_time()
        check_answer("What is said?", said, told, best_shipped_embedder())
        times.append(1_000 * (time.process_time() - started))
    return {"median_ms": round(median(times), 1), "worst_ms": round(max(times), 1)}


def share(part: int, whole: int) -> Share:
    if not whole:
        return {"n": 0}
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    low, high = round(float(interval.low), 3), round(float(interval.high), 3)
    return {"share": round(part / whole, 3), "low": low, "high": high, "n": whole}


if __name__ == "__main__":
    main()
