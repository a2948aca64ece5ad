"""What a lesson says, taken apart so that two lessons can be laid side by side: rules over words, no model.

The act is what is left of `do` when everything is taken away that can turn it round: negations, one word of a pair of
opposites, a value of which only one can hold, an amount. Those stand beside it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.opposites import (
    LIGHT,
    LITTLE,
    NEGATING_WITH,
    NEGATIONS,
    NUMBER_WORDS,
    NUMBERED,
    OPPOSITES,
    STRONG,
    VALUES,
)

_CODE = re.compile(r"`[^`]+`|\b\w+\([^()]*\)")
_WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?|\[\]|\"\"|''")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)?%?")
_BOUND = re.compile(
    r"\b(at (?:least|most)|no (?:more|less|fewer|later) than|up to|minimum of|maximum of)\b", re.IGNORECASE
)
_INSTEAD = re.compile(r"^(?:\w+\s+)?(.+?)\s+(?:instead of|rather than|over|not)\s+(.+?)\W*$")
_CONDITION = re.compile(r"^(?i:if|when|whenever|wenn|falls|si|quand|cuando)\s+([^,]+),\s+(?:then\s+)?(.+)$")
_HARMLESS = re.compile(r"\b(not only|no matter|whether or not|if not|not just)\b")
_UPPER = re.compile(r"at most|no more|no later|up to|maximum")
_POLES: dict[str, set[str]] = {}
for _one, _other in OPPOSITES:
    _POLES.setdefault(_one, set()).add(_other)
    _POLES.setdefault(_other, set()).add(_one)
_VALUE_OF = {name: (group, names[0]) for group, values in VALUES.items() for names in values for name in names}
_VALUE_PHRASES = [(phrase, place) for phrase, place in _VALUE_OF.items() if " " in phrase]


NOT = "~"
"""Stands among the words where something is said not to be so, without the act being reversed."""


class Phrase(NamedTuple):
    """A clause taken apart.

    words      stems of what it is about, without anything below.
    negation   the word that reverses it, "" for none (two cancel out).
    poles      words of `OPPOSITES` in it.
    values     class → the value that is named.
    amounts    its numbers in order.
    is_bound, is_upper   whether the amount is a limit, and an upper one.
    code       pieces of code; two lessons with different code speak of different things.
    instead    (what to take, what not to) of "x instead of y".
    """

    words: frozenset[str]
    negation: str = ""
    poles: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    amounts: tuple[str, ...] = ()
    is_bound: bool = False
    is_upper: bool = False
    code: frozenset[str] = frozenset()
    instead: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    @property
    def labels(self) -> frozenset[str]:
        """Things that are named by a number, like "cabinet 3"."""
        return frozenset(word for word in self.words if " " in word)


class Statement(NamedTuple):
    when: Phrase
    do: Phrase
    unless: Phrase


def statement(card: MemoryCard) -> Statement:
    """A sentence that holds its own condition ("If the list is empty, return 0.") is taken at its comma."""
    return _statement(card.when, card.do, card.unless)


@lru_cache(maxsize=50_000)
def _statement(when: str, do: str, unless: str) -> Statement:
    if not when and (found := _CONDITION.match(do)):
        when, do = found.groups()
    return Statement(phrase(when), phrase(do), phrase(unless))


@lru_cache(maxsize=50_000)
def phrase(text: str) -> Phrase:
    code = frozenset(found.strip("`") for found in _CODE.findall(text))
    plain = _HARMLESS.sub(" ", _CODE.sub(" ", text).casefold().replace("’", "'"))
    limits = [found[0] for found in _BOUND.finditer(plain)]
    plain = _BOUND.sub(" of ", plain)
    read = _Reading()
    for name, (group, value) in _VALUE_PHRASES:
        if f" {name} " in f" {plain.rstrip('.!')} ":
            read.values[group] = value
            plain = plain.replace(name, " ")
    before = ""
    for word in _spelled(plain):
        read.take(word, before)
        before = word
    return Phrase(
        words=frozenset(read.words),
        negation=read.negations[0] if len(read.negations) % 2 else "",
        poles=frozenset(read.poles),
        values=tuple(sorted(read.values.items())),
        amounts=tuple(read.amounts),
        is_bound=bool(limits),
        is_upper=any(_UPPER.search(limit) for limit in limits),
        code=code,
        instead=_instead(plain),
    )


class _Reading:
    """The words of a phrase, each put where it belongs."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.poles: set[str] = set()
        self.values: dict[str, str] = {}
        self.amounts: list[str] = []
        self.negations: list[str] = []
        self._read = 0

    def take(self, word: str, before: str) -> None:
        number = NUMBER_WORDS.get(word, word)
        if _AMOUNT.fullmatch(number):
            if before in NUMBERED or (self._read > 1 and _is_telling(before)):
                self.words.add(f"{before} {number}")
            else:
                self.amounts.append(number)
        elif _negates(word, before):
            if word not in self.negations:  # "ne … jamais … pas" reverses once
                self.negations.append(word)
        elif word in ("not", "no"):
            self.words.add(NOT)
        elif word in _POLES:
            self.poles.add(word)
        elif word in _VALUE_OF:
            group, value = _VALUE_OF[word]
            if self.values.setdefault(group, value) != value:
                self.words.add(word)
        elif _is_telling(word):
            self.words.add(stem(word))
        self._read += 1


def _is_telling(word: str) -> bool:
    """Whether it names a thing or an act. A number behind it is then part of the name, as in "cabinet 3"."""
    return word not in LITTLE and word not in LIGHT and word not in STRONG and word not in _POLES


def _negates(word: str, before: str) -> bool:
    if word == "not":
        return before in NEGATING_WITH
    if word == "no":
        return before in {"", "add", "write", "give", "make", "include"} or before in LIGHT
    return word in NEGATIONS or word == "pas"


def stem(word: str) -> str:
    """A word without its English ending; crude, but the same for "lists" and "list", "checking" and "check"."""
    if word.isdigit() or len(word) < 4:
        return word
    for ending in ("ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            root = word[: -len(ending)]
            root += "y" if ending in ("ies", "ied") else ""
            if len(root) > 3 and root[-1] == root[-2] and ending in ("ing", "ed") and root[-1] not in "ls":
                root = root[:-1]
            return root.rstrip("e")
    return word.rstrip("e")


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared of all words, in [0, 1]; 1 when both are empty."""
    together = one | other
    return len(one & other) / len(together) if together else 1.0


def _spelled(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        if word.startswith(("n'", "l'", "d'", "qu'")):
            yield from word.split("'", 1)
        else:
            yield word


def _instead(text: str) -> tuple[frozenset[str], frozenset[str]]:
    found = _INSTEAD.match(text.strip())
    if not found:
        return frozenset(), frozenset()
    taken, left = ({stem(word) for word in _WORD.findall(side)} - LITTLE - LIGHT for side in found.groups())
    return frozenset(taken), frozenset(left)
