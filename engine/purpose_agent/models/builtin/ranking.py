"""Which sentences answer a question: how much of its content each covers, and how near it is in meaning.

Rare words count more. A sentence that goes on with "it" or "that" lives from the one before, so what its neighbours and
its passage cover counts too, only less. Coverage and nearness stay two numbers: whether there is an answer at all is
decided on each of them, never on a mixture, since a mixture hides that one of the two is missing.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from purpose_agent.models.builtin.alike import meanings
from purpose_agent.models.builtin.sentences import one_line, sentence_spans
from purpose_agent.models.embedding.port import Embedder, Vectors

Wanted = Literal["amount", "time", "person", "any"]

GOES_ON = 0.8  # of a word in the sentence before, where this one begins with "it" or the like
BESIDE = 0.5
IN_PASSAGE = 0.25
WORDLESS, FAR = 0.2, 0.1  # so that neither a lack of words nor of nearness alone puts a sentence last
ENOUGH_COVERED = 0.5  # without an embedder
NEAR_AT_LEAST, COVERED_AT_LEAST = 0.4, 0.15
ENOUGH_NEAR, ENOUGH_AROUND = 0.6, 0.6  # one of the two must be reached
FITS = 1.25  # a sentence with a figure for "how many", with a date for "when", with a name for "who"
_REFERS = re.compile(r"(?:it|its|they|their|he|his|she|her|this|that|these|those|both)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"\bhow (?:many|much|old|tall|deep|high|far|large|big|fast|expensive|heavy|wide)\b"
    r"|\b(?:what|which) (?:share|age|size|part|number|percent\w*)\b|\bcosts?\b|\bprice\b"
)
_TIME = re.compile(r"\bwhen\b|\bhow (?:long|often|soon)\b|\b(?:what|which) (?:time|year|day|date|month|hour)\b")
_PERSON = re.compile(r"\bwho(?:m|se)?\b")
_FIGURE_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred thousand "
    "half third thirds quarter once twice first second dozen none million billion"
)
_FIGURE = re.compile(rf"\d|\b(?:{'|'.join(_FIGURE_WORDS.split())})\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|mondays?|tuesdays?"
    r"|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|mornings?|evenings?|nights?|weeks?|months?|years?|days?|hours?"
    r"|minutes?|daily|weekly|monthly|yearly|always|never|before|after|until|during|while|immediately)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<=[^.!?]\s)[A-ZÀ-Þ][\w’'-]+|\b(?:members?|board|manager|director|president|owners?|anyone|nobody)\b"
)
_WHITHER = re.compile(r"\b(to|in|from|for|at|of|by|with|on|near) (?:the )?([A-ZÀ-Þ][\w-]+)")
_SORTS: dict[Wanted, str] = {"amount": "figure", "time": "date or time", "person": "person", "any": "such thing"}


@dataclass(frozen=True, slots=True)
class Passage:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    passage: int
    position: int
    text: str
    stems: frozenset[str]


class Ranked(NamedTuple):
    """
    covered    share of the question's content in the sentence itself, rare words counting more, in [0, 1].
    around     the same with the sentences beside it and its passage, each at a discount.
    nearness   cosine of the sentence with the question; None without an embedder.
    """

    sentence: Sentence
    covered: float
    around: float
    nearness: float | None
    score: float


def rank(question: str, passages: Sequence[Passage], embedder: Embedder | None = None) -> list[Ranked]:
    """The sentences of the passages, best first; none when the question has no content."""
    asked = list(dict.fromkeys(meanings(question)))
    held = {passage.number: _sentences(passage) for passage in passages}
    sentences = [sentence for found in held.values() for sentence in found]
    if not asked or not sentences:
        return []
    weights = _weights(asked, sentences)
    near = _nearness(question, sentences, embedder) if embedder is not None else None
    want = wanted(question)
    ranked = []
    for i, sentence in enumerate(sentences):
        beside = held[sentence.passage]
        covered, around = _coverage(sentence, beside, weights)
        nearness = None if near is None else float(near[i])
        plainness = 1.0 - 0.004 * min(len(sentence.stems), 60)  # of two that cover the same, the plainer one
        score = around if nearness is None else (around + WORDLESS) * (max(0.0, nearness) + FAR)
        score *= plainness * (FITS if fits(want, sentence.text) else 1.0)
        ranked.append(Ranked(sentence, covered, around, nearness, score))
    return sorted(ranked, key=lambda r: (-r.score, r.sentence.passage, r.sentence.position))


def why_not(question: str, ranked: Sequence[Ranked]) -> str:
    """Why the best sentence does not answer, for the person; "" when it does. Coverage and nearness each have a say."""
    if not ranked:
        return "No passage has a word in common with the question."
    best = ranked[0]
    want = wanted(question)
    if not fits(want, best.sentence.text):
        return f"The nearest sentence names no {_SORTS[want]}."
    if other := _of_another(question, ranked):
        return f"The nearest sentence speaks of {other}."
    if best.nearness is None:
        return "" if best.covered >= ENOUGH_COVERED else "No sentence covers enough of the question's words."
    if best.nearness < NEAR_AT_LEAST:
        return "No sentence is near the question in meaning."
    if best.around < COVERED_AT_LEAST:
        return "No sentence has enough of the question's words."
    if best.around < ENOUGH_AROUND and best.nearness < ENOUGH_NEAR:
        return "The nearest sentence speaks of it, but does not answer."
    return ""


def _of_another(question: str, ranked: Sequence[Ranked]) -> str:
    """To Spain, where the question is about to Brazil, and Brazil stands nowhere; "" when there is no such thing."""
    told = dict(_WHITHER.findall(ranked[0].sentence.text))
    for word, name in _WHITHER.findall(question):
        if word in told and not any(name.lower() in one.sentence.text.lower() for one in ranked):
            return f"“{told[word]}”, not of “{name}”"
    return ""


def wanted(question: str) -> Wanted:
    """What sort of thing the question asks for."""
    text = question.lower()
    if _TIME.search(text):
        return "time"
    if _AMOUNT.search(text):
        return "amount"
    return "person" if _PERSON.search(text) else "any"


def fits(want: Wanted, text: str) -> bool:
    """Whether the text holds such a thing."""
    match want:
        case "amount":
            return _FIGURE.search(text) is not None
        case "time":
            return _WHEN.search(text) is not None
        case "person":
            return _NAME.search(text) is not None
        case "any":
            return True


def _sentences(passage: Passage) -> list[Sentence]:
    return [Sentence(passage.number, i, text, found) for i, (text, found) in enumerate(_read(passage.text))]


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    lines = (one_line(text[span.start : span.end]) for span in sentence_spans(text))
    return tuple((line, frozenset(meanings(line))) for line in lines)


def _weights(asked: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, float]:
    """Rare among the sentences weighs more; a word found nowhere weighs as the rarest, so it counts as not covered."""
    counts = Counter(stem for sentence in sentences for stem in sentence.stems)
    return {stem: math.log(1 + len(sentences) / (1 + counts[stem])) for stem in asked}


def _coverage(sentence: Sentence, all_here: Sequence[Sentence], weights: dict[str, float]) -> tuple[float, float]:
    counts = dict.fromkeys(weights, 0.0)
    for other in all_here:
        gap = other.position - sentence.position
        worth = 1.0 if not gap else BESIDE if abs(gap) == 1 else IN_PASSAGE
        if gap == -1 and _REFERS.match(sentence.text):
            worth = GOES_ON
        for stem in other.stems & weights.keys():
            counts[stem] = max(counts[stem], worth)
    own = sum(weight for stem, weight in weights.items() if stem in sentence.stems)
    with_all = sum(weight * counts[stem] for stem, weight in weights.items())
    total = sum(weights.values())
    return own / total, with_all / total


def _nearness(question: str, sentences: Sequence[Sentence], embedder: Embedder) -> Vectors:
    rows = embedder.embed([question, *(sentence.text for sentence in sentences)])
    near: Vectors = rows[1:] @ rows[0]
    return near
