"""Concepts in a text: which ideas are named, in which language and where, and the rules that join them.

The words stand in data/lexicon.json and the rules in data/rules.json, so a word or a language is added without code.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

_TOKEN = re.compile(r"\d+(?:[./]\d+)?%?|\*|(?:[^\W_]|[\u0900-\u097f])+(?:['’.\-_/][^\W_]+)*")
_UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # scripts in which an idea need not be a token
_LONGEST_PHRASE = 4
_MOST_PLACES = 5
_ADDRESSED = re.compile(
    r"(?:^|[.!?\n(\[\"*#:>%,]\s{0,3}|\b(?:hey|dear|hello|to|for|note to|attention)\s+(?:the |any |all )?)"
    r"((?:ai|llm|language model|chat|code|coding|automated|machine)?[ -]?(?:assistants?|chatbots?|copilot|models?"
    r"|agents?|llms?|ai|ais|bots?|ai (?:system|triage|reader)s?|evaluators?|graders?|judges?|reviewers?"
    r"|summari[sz]ers?)\b"
    r"(?: (?:processing|reading|screening|reviewing|summari[sz]ing|that|who|which|marking|grading)\b[^.:,\n]{1,40}|"
    r" (?:reader|reviewers?|screening)\b[^.:,\n]{0,30})?)\s{0,2}[:,\u2014-]",
    re.IGNORECASE,
)
"""A text that speaks to a machine by name, as a letter speaks to its reader."""


class Hit(NamedTuple):
    concept: str
    language: str
    start: int
    end: int


class Rule(NamedTuple):
    """Concepts that mean a threat when they stand within so many characters."""

    scanner: str
    concepts: tuple[str, ...]
    within: int
    severity: str
    why: str
    negatable: bool
    foreign: bool
    ordered: bool
    unless: tuple[str, ...]  # concepts that take the threat away when they stand in the same text


class _Lexicon(NamedTuple):
    exact: dict[str, tuple[tuple[str, str], ...]]
    stems: dict[str, tuple[tuple[str, str], ...]]
    unspaced: tuple[tuple[str, str, str], ...]
    first_words: frozenset[str]


def data(name: str) -> Any:
    return json.loads((files("purpose_agent.memory.immune") / "data" / name).read_text(encoding="utf-8"))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            scanner=row["scanner"],
            concepts=tuple(row["all"]),
            within=row["within"],
            severity=row["severity"],
            why=row["why"],
            negatable=row.get("negatable", True),
            foreign=row.get("foreign", False),
            ordered=row.get("ordered", False),
            unless=tuple(row.get("unless", ())),
        )
        for row in data("rules.json")["rules"]
    )


def hits(text: str) -> list[Hit]:
    """Every concept named in the text, in the order of the text within a language."""
    lexicon = _lexicon()
    words = [(match.group().lower().replace("’", "'"), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    found = [
        Hit(concept, language, start, end)
        for at, (word, start, _) in enumerate(words)
        for length in range(1, _LONGEST_PHRASE + 1 if word in lexicon.first_words else 2)
        if at + length <= len(words)
        for end in (words[at + length - 1][2],)
        for concept, language in _named(" ".join(part for part, _, _ in words[at : at + length]))
    ]
    found += [Hit("addressed", "en", *match.span()) for match in _ADDRESSED.finditer(text)]
    if _UNSPACED.search(text):
        for entry, concept, language in lexicon.unspaced:
            at = text.find(entry)
            for _ in range(_MOST_PLACES):
                if at < 0:
                    break
                found.append(Hit(concept, language, at, at + len(entry)))
                at = text.find(entry, at + len(entry))
    return found


def matches(found: Iterable[Hit]) -> Iterator[tuple[Rule, int, int]]:
    """Rules whose concepts stand together in one language, with where they stand: the tightest places first."""
    by_language: dict[str, dict[str, list[Hit]]] = {}
    for hit in found:
        by_language.setdefault(hit.language, {}).setdefault(hit.concept, []).append(hit)
    for language, concepts in by_language.items():
        for rule in rules():
            if (
                (rule.foreign and language == "en")
                or any(concept not in concepts for concept in rule.concepts)
                or any(concept in concepts for concept in rule.unless)
            ):
                continue
            ordered = rule.ordered and language == "en"
            for place in _together([concepts[concept] for concept in rule.concepts], rule.within, ordered=ordered):
                yield rule, *place


def _together(groups: list[list[Hit]], within: int, *, ordered: bool) -> list[tuple[int, int]]:
    """Places where one hit of each group fits within so many characters, no word counted twice; at most three.

    The tightest may be a warning, and another the deed.
    """
    places: set[tuple[int, int]] = set()
    for anchor in min(groups, key=len)[:20]:
        chosen: list[Hit] = []
        for group in groups:
            free = [hit for hit in group if not any(hit.start < c.end and c.start < hit.end for c in chosen)]
            near = min(free, key=lambda hit: abs(hit.start - anchor.start), default=None)
            if near is None:
                break
            chosen.append(near)
        if len(chosen) < len(groups) or (ordered and any(a.start > b.start for a, b in itertools.pairwise(chosen))):
            continue
        start, end = min(hit.start for hit in chosen), max(hit.end for hit in chosen)
        if end - start <= within + sum(hit.end - hit.start for hit in chosen):
            places.add((start, end))
    return sorted(places, key=lambda place: (place[1] - place[0], place))[:3]


@lru_cache(maxsize=20_000)
def _named(phrase: str) -> tuple[tuple[str, str], ...]:
    lexicon = _lexicon()
    found = lexicon.exact.get(phrase, ())
    for length in range(2, min(len(phrase), 20) + 1):
        stem = lexicon.stems.get(phrase[:length])
        if stem and " " not in phrase[length:]:
            found += stem
    return tuple(dict.fromkeys(found))


@cache
def _lexicon() -> _Lexicon:
    exact: dict[str, tuple[tuple[str, str], ...]] = {}
    stems: dict[str, tuple[tuple[str, str], ...]] = {}
    unspaced: list[tuple[str, str, str]] = []
    first_words: set[str] = set()
    for concept, languages in data("lexicon.json")["concepts"].items():
        for language, entries in languages.items():
            for entry in entries.split():
                phrase = entry.replace("_", " ")
                bare = phrase.removesuffix("*")
                if _UNSPACED.search(bare):
                    unspaced.append((bare, concept, language))
                    continue
                place = stems if bare and bare != phrase else exact
                place[bare or "*"] = (*place.get(bare or "*", ()), (concept, language))
                if " " in bare:
                    first_words.add(bare.split()[0])
    return _Lexicon(exact, stems, tuple(unspaced), frozenset(first_words))
