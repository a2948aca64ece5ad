"""The passages read for checking, and the sentences in them that a claim can rest on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from purpose_agent.models.builtin.sentences import Span, one_line, sentence_spans
from purpose_agent.vault.answers.amounts import same_amount
from purpose_agent.vault.answers.dates import same_date
from purpose_agent.vault.answers.facts import Facts, facts_of, same_name
from purpose_agent.vault.answers.records import NumberedPassage

_HEAD = re.compile(r"^\[(\d{1,3})\][ \t]*([^\n]*)\n")
_FILE = re.compile(r"^(.*?\.\w{1,5})(?:,|$)")
NAME_WEIGHT = 1.5
AMOUNT_WEIGHT = 0.75
TURNED = 0.05


class Sentence(NamedTuple):
    """A sentence of a passage; `span` counts characters of the passage's text."""

    passage: int
    position: int
    span: Span
    facts: Facts


@dataclass(frozen=True, eq=False)
class Source:
    """A passage, read."""

    number: int
    text: str
    document: str
    sentences: tuple[Sentence, ...]

    @cached_property
    def facts(self) -> Facts:
        """Of the whole passage."""
        return facts_of(one_line(self.text))


class Match(NamedTuple):
    """A sentence and the share of the claim's content that it holds, in [0, 1]."""

    sentence: Sentence
    coverage: float


def numbered(passages: Sequence[str | NumberedPassage]) -> list[NumberedPassage]:
    """Passages with the numbers by which an answer cites them: that of their head, or their place in the list."""
    found: list[NumberedPassage] = []
    for i, passage in enumerate(passages, 1):
        if isinstance(passage, NumberedPassage):
            found.append(passage)
            continue
        head = _HEAD.match(passage)
        if head is None:
            found.append(NumberedPassage(number=i, text=passage))
            continue
        name = _FILE.match(head[2])
        document = name[1] if name else head[2].partition(",")[0]
        found.append(NumberedPassage(number=int(head[1]), text=passage[head.end() :], document=document.strip()))
    return found


def read_sources(passages: Iterable[NumberedPassage]) -> list[Source]:
    return [_source(passage.number, passage.text, passage.document) for passage in passages]


@lru_cache(maxsize=256)
def _source(number: int, text: str, document: str) -> Source:
    sentences = tuple(
        Sentence(number, i, span, facts_of(one_line(text[span.start : span.end])))
        for i, span in enumerate(sentence_spans(text))
    )
    return Source(number, text, document, sentences)


def coverage(claim: Facts, source: Facts) -> float:
    """The share of the claim's content words that stand in the source; names count more. 1 for a claim without any."""
    total = held = 0.0
    there = frozenset(source.content)
    for word in dict.fromkeys(claim.content):
        total += 1.0
        held += word in there
    for name in claim.names:
        total += NAME_WEIGHT - 1.0
        held += (NAME_WEIGHT - 1.0) * (name in source.words or any(same_name(name, o) for o in source.words))
    return held / total if total else 1.0


def best_matches(claim: Facts, sentences: Sequence[Sentence]) -> list[Match]:
    """Best first: by content, amounts and dates; amounts weigh less, so a changed one finds the sentence it was in."""
    total = sum(1.0 for _ in dict.fromkeys(claim.content)) + (NAME_WEIGHT - 1.0) * len(claim.names)
    exact = AMOUNT_WEIGHT * (len(claim.amounts) + len(claim.dates))

    def rank(match: Match) -> tuple[float, int]:
        facts = match.sentence.facts
        same = sum(any(same_amount(a, b) for b in facts.amounts) for a in claim.amounts)
        same += sum(any(same_date(a, b) for b in facts.dates) for a in claim.dates)
        turned = TURNED * (bool(claim.negations) != bool(facts.negations))
        held = match.coverage * total if total else 0.0
        return -(held + AMOUNT_WEIGHT * same) / ((total + exact) or 1.0) + turned, len(facts.content)

    return sorted((Match(sentence, coverage(claim, sentence.facts)) for sentence in sentences), key=rank)


def forget() -> None:
    """Let go of the passages that were read."""
    _source.cache_clear()
