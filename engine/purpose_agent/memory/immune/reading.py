"""A text read once for all scanners: its views, the concepts in each and what the linear part thinks of it."""

from functools import cached_property, lru_cache
from typing import NamedTuple

from purpose_agent.memory.immune import lexicon, linear, speech
from purpose_agent.memory.immune.lexicon import Hit, Rule
from purpose_agent.memory.immune.views import View, views
from purpose_agent.memory.scanning import Finding, Severity

MAX_CHARS = 6_000
"""Longest text that is read in one go; scan.py cuts a longer one into overlapping pieces."""

MIN_WORDS = 3
SHORT_WORDS = 40
"""In a text of few words one that speaks of attacks tells what the whole is about; in a long one it does not."""


_FORBIDDABLE = frozenset(["without", "unasked", "own"])
"""Concepts of rules that hold a negation of their own: “never … without asking” is a second one, and good advice."""
_DISGUISES = {
    "split lines": "It shows when the lines are read together.",
    "hidden markup": "The words were hidden where a page does not show them.",
    "digits for letters": "The words were written with digits for letters.",
    "spaced letters": "The words were written with blanks between the letters.",
    "reversed": "The words were written backwards.",
    "invisible characters": "The words were written in invisible characters.",
    "base64": "The words were hidden in base64 code.",
    "hex": "The words were hidden in hexadecimal code.",
    "rot13": "The words were hidden in rot13, each letter moved by thirteen.",
}


class Suspicion(NamedTuple):
    threat: str
    probability: float
    words: tuple[str, ...]
    view: View
    start: int
    end: int


class Reading:
    """One text under every view. Build it with `read`, which remembers the last few."""

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_CHARS]
        self.views = views(self.text)
        self._hits: dict[int, list[Hit]] = {}

    def hits(self, at: int) -> list[Hit]:
        if at not in self._hits:
            self._hits[at] = lexicon.hits(self.views[at].text)
        return self._hits[at]

    @cached_property
    def rule_matches(self) -> tuple[tuple[Rule, View, int, int], ...]:
        """Rules of the lexicon that hold somewhere, without those that the sentence itself takes back."""
        return tuple(
            (rule, view, start, end)
            for at, view in enumerate(self.views)
            for rule, start, end in lexicon.matches(self.hits(at))
            if not (rule.negatable and speech.is_harmless(view.text, start, end))
            and not (_FORBIDDABLE.intersection(rule.concepts) and speech.is_forbidden(view.text, start, end))
            and not (rule.scanner == "score_manipulation" and "=" in view.text[start:end])  # a test or a log
            and not (self.about[at] and rule.scanner != "scope_overreach" and "persona" not in rule.concepts)
        )

    @cached_property
    def about(self) -> tuple[bool, ...]:
        """Per view, whether it speaks about threats rather than being one."""
        return tuple(speech.speaks_about(view.text) for view in self.views)

    @cached_property
    def suspicions(self) -> dict[str, Suspicion]:
        """What the linear part finds likely, the likeliest view and piece of the text for each threat."""
        weights = linear.shipped()
        best: dict[str, Suspicion] = {}
        for at, view in enumerate(self.views):
            for number, (start, end) in enumerate(linear.pieces(view.text)):
                limits = weights.piece_threshold if number else weights.threshold
                piece = view.text[start:end]
                length = len(piece.split())
                if length < MIN_WORDS or (
                    length < SHORT_WORDS and (speech.speaks_about(piece) or speech.handles_an_attack(piece))
                ):
                    continue
                seen = linear.features(piece, [hit for hit in self.hits(at) if start <= hit.start and hit.end <= end])
                forbidden = speech.forbids_a_bad_deed(piece)
                for threat, p in linear.probabilities(seen, weights).items():
                    if forbidden and threat != "scope_overreach":
                        continue
                    if p >= limits[threat] and (threat not in best or p > best[threat].probability):
                        words = tuple(linear.telling(seen, threat, weights))
                        best[threat] = Suspicion(threat, p, words, view, start, end)
        return best


def by_concepts(reading: Reading, scanner: str) -> list[Finding]:
    """Findings of the lexicon's rules for one scanner, the gravest where several stand on the same words."""
    findings = [
        found(scanner, severity_of(rule.severity), rule.why, view, start, end)
        for rule, view, start, end in reading.rule_matches
        if rule.scanner == scanner
    ]
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: ("critical", "high", "medium", "low").index(f.severity)):
        if all(finding.end <= other.start or other.end <= finding.start for other in kept):
            kept.append(finding)
    return kept


def by_words(reading: Reading, scanner: str, why: str) -> list[Finding]:
    """The finding of the linear part, a doubt for the person and never more."""
    suspicion = reading.suspicions.get(scanner)
    if suspicion is None:
        return []
    words = ", ".join(f"“{word}”" for word in suspicion.words)
    told = f"{why} Words like {words} stand in known cases." if words else why
    return [found(scanner, "medium", told, suspicion.view, suspicion.start, suspicion.end)]


def found(scanner: str, severity: Severity, why: str, view: View, start: int = 0, end: int = -1) -> Finding:
    """A finding in a view, placed in the text; says so when the place was disguised."""
    first, last = view.span(start, len(view.text) if end < 0 else end)
    told = f"{why} {_DISGUISES.get(view.how, f'The words were hidden: {view.how}.')}" if view.how else why
    return Finding(scanner=scanner, severity=severity, why=told, start=first, end=last)


def severity_of(word: str) -> Severity:
    return "critical" if word == "critical" else "high" if word == "high" else "medium"


@lru_cache(maxsize=32)
def read(text: str) -> Reading:
    return Reading(text)
