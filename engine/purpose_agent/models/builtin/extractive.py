"""Answers made of sentences that stand in the sources, each with its citation; nothing is made up.

Where too little of the question's content is covered, or an embedder finds the best sentence far from the question,
there is no answer: better "I don't know" than a sentence that merely shares a word.
"""

import re
from collections.abc import Sequence

from purpose_agent.models.builtin.ranking import Passage, Ranked, Sentence, rank, why_not
from purpose_agent.models.builtin.sentences import split_sentences, stems
from purpose_agent.models.embedding.port import Embedder

__all__ = ["Passage", "Sentence", "answer_from_sources", "pick", "read_passages", "split_sentences", "stems"]

SECOND = 0.9  # a further sentence must be nearly as good as the first
MAX_SENTENCES = 3
_LOOKED_AT = 8
_ITS_OWN = re.compile(r"\s?\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]")  # citations of the source, which would read as ours
_HEAD = re.compile(r"^\[(\d+)\]\s*(.*)$")


def answer_from_sources(question: str, sources: str, embedder: Embedder | None = None) -> str | None:
    """One to three sentences, each ending in its citation such as `[2]`; None when the sources do not say."""
    chosen = pick(question, rank(question, read_passages(sources), embedder))
    return " ".join(f"{_ITS_OWN.sub('', s.text)} [{s.passage}]" for s in chosen) or None


def pick(question: str, ranked: Sequence[Ranked]) -> list[Sentence]:
    """The sentences that answer, in the order of the sources; none when they do not."""
    if why_not(question, ranked):
        return []
    best = ranked[0]
    chosen = [best.sentence]
    for one in ranked[1:_LOOKED_AT]:
        near = one.score >= SECOND * best.score
        is_copy = any(
            len(one.sentence.stems & other.stems) >= 0.8 * len(one.sentence.stems | other.stems) for other in chosen
        )
        if len(chosen) < MAX_SENTENCES and near and not is_copy:
            chosen.append(one.sentence)
    return sorted(chosen, key=lambda s: (s.passage, s.position))


def read_passages(sources: str) -> list[Passage]:
    """Blocks `[1] file, place` and then text; a line that starts with the next number opens the next block."""
    passages: list[Passage] = []
    number, lines = 0, list[str]()
    for line in sources.splitlines():
        head = _HEAD.match(line.strip())
        if head and int(head.group(1)) == number + 1:
            if number:
                passages.append(Passage(number, "\n".join(lines).strip()))
            number, lines = int(head.group(1)), []
        elif number:
            lines.append(line)
    if number:
        passages.append(Passage(number, "\n".join(lines).strip()))
    return [passage for passage in passages if passage.text]
