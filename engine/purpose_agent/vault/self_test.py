"""Can the vault find what is in it? Questions made from its own passages, and how many of them come back.

No language model is needed: of a sentence that stands in one passage only, some of the rarest words are kept and put in
another order, so that nothing matches word for word. This is easier than what people ask, who use words of their own;
so a low figure is a warning, and a high one only says that nothing is lost.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from purpose_agent.types import Record
from purpose_agent.vault.index.lexical import STOP_WORDS

MOST_WORDS = 6
FEWEST_WORDS = 3
_SHORTEST_WORD = 3
_SMALL_SHARE = 4  # one in four documents asked about is one of the smallest, where there are too many for all
_SENTENCE = re.compile(r"[^.!?…。！？\n]+")
_WORD = re.compile(r"[^\W\d_][^\W_]*")


class Candidate(Record, frozen=True, kw_only=True):
    """A passage that may be asked about."""

    chunk_id: int
    document: str
    text: str


class Question(Record, frozen=True, kw_only=True):
    """What is asked, and the passage that must be found."""

    text: str
    chunk_id: int
    document: str


class DocumentRecall(Record, frozen=True, kw_only=True):
    document: str
    found: int
    total: int


class Recall(Record, frozen=True, kw_only=True):
    """`found` of `total` questions among the first `k` passages, likely between `low` and `high`; worst first."""

    found: int
    total: int
    low: float
    high: float
    k: int = 5
    by_document: tuple[DocumentRecall, ...] = ()
    missed: tuple[Question, ...] = ()


def questions(chunks: Sequence[Candidate], n: int = 20, *, seed: int = 0) -> tuple[Question, ...]:
    """At most n questions, each about another passage, spread over the documents; the same for the same seed."""
    rng = random.Random(seed)
    ordered = sorted(chunks, key=lambda chunk: chunk.chunk_id)
    rarity = Counter(word for chunk in ordered for word in set(_words(chunk.text)))
    homes = _homes(ordered)
    waiting: dict[str, list[Candidate]] = defaultdict(list)
    for chunk in ordered:
        waiting[chunk.document].append(chunk)
    for some in waiting.values():
        rng.shuffle(some)
    asked: list[Question] = []
    turn = _in_turn(waiting, n, rng)
    while len(asked) < n and turn:
        for document in tuple(turn):
            question = _next_question(waiting[document], homes, rarity, rng)
            if question is None:
                turn.remove(document)
            elif len(asked) < n:
                asked.append(question)
    return tuple(asked)


def sentence_behind(question: Question, text: str) -> str:
    """The sentence of the passage that a question was made from, on one line; "" when it stands there no more."""
    asked = set(question.text.split())
    found = (sentence for sentence in _sentences(text) if asked <= set(_words(sentence)))
    return " ".join(next(found, "").split())


def measure(asked: Iterable[Question], search: Callable[[str, int], Sequence[int]], k: int = 5) -> Recall:
    """`search(text, k)` gives chunk ids, best first; a question counts as found when its passage is among them."""
    from scipy.stats import binomtest  # slow to import

    totals: Counter[str] = Counter()
    founds: Counter[str] = Counter()
    missed: list[Question] = []
    for question in asked:
        totals[question.document] += 1
        if question.chunk_id in list(search(question.text, k))[:k]:
            founds[question.document] += 1
        else:
            missed.append(question)
    found, total = founds.total(), totals.total()
    low, high = binomtest(found, total).proportion_ci(method="wilson") if total else (0.0, 1.0)
    rows = [DocumentRecall(document=name, found=founds[name], total=count) for name, count in totals.items()]
    return Recall(
        found=found,
        total=total,
        low=float(low),
        high=float(high),
        k=k,
        by_document=tuple(sorted(rows, key=lambda row: (row.found / row.total, -row.total, row.document))),
        missed=tuple(missed),
    )


def _in_turn(waiting: dict[str, list[Candidate]], n: int, rng: random.Random) -> list[str]:
    """The documents to ask about: all, or some of the smallest and a draw of the rest. The smallest come first."""
    by_size = sorted(waiting, key=lambda name: (len(waiting[name]), name))
    if len(by_size) <= n:
        return by_size
    smallest = max(1, n // _SMALL_SHARE) if n > 0 else 0
    drawn = by_size[smallest:]
    rng.shuffle(drawn)
    return [*by_size[:smallest], *drawn]


def _next_question(
    waiting: list[Candidate], homes: dict[str, set[int]], rarity: Counter[str], rng: random.Random
) -> Question | None:
    """From the next passage with a sentence that says enough and stands nowhere else."""
    while waiting:
        chunk = waiting.pop()
        own = [sentence for sentence in _sentences(chunk.text) if len(homes[_plain(sentence)]) == 1]
        told = [text for sentence in own if (text := _asked(sentence, rarity, rng))]
        if told:
            return Question(text=rng.choice(told), chunk_id=chunk.chunk_id, document=chunk.document)
    return None


def _asked(sentence: str, rarity: Counter[str], rng: random.Random) -> str:
    """Some of the rarest words in another order, "" when there are too few."""
    words = list(dict.fromkeys(_words(sentence)))
    rare = sorted(words, key=lambda word: (rarity[word], word))[: MOST_WORDS + 1]
    if len(rare) <= FEWEST_WORDS:
        return ""
    rare.remove(rng.choice(rare))
    as_they_stand = [word for word in words if word in rare]
    while rare == as_they_stand:
        rng.shuffle(rare)
    return " ".join(rare)


def _homes(chunks: Iterable[Candidate]) -> dict[str, set[int]]:
    """The passages in which each sentence stands: two for what overlaps, more for what is copied."""
    homes: dict[str, set[int]] = defaultdict(set)
    for chunk in chunks:
        for sentence in _sentences(chunk.text):
            homes[_plain(sentence)].add(chunk.chunk_id)
    return homes


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.findall(text) if sentence.strip()]


def _plain(sentence: str) -> str:
    return " ".join(sentence.lower().split())


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if len(word) >= _SHORTEST_WORD and word not in STOP_WORDS]
