"""Answers made of sentences that stand in the sources, each with its citation; nothing is made up.

Sentences are scored by how much of the question's content they cover, rare words counting more. Below a share of
covered content there is no answer: better "I don't know" than a sentence that merely shares a word.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MIN_COVERAGE = 0.5
SECOND_COVERAGE = 0.8  # a further sentence must be nearly as good as the first, or add what it lacks
MAX_SENTENCES = 3
_HEAD = re.compile(r"^\[(\d+)\]\s*(.*)$")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ABBREVIATION_WORDS = (
    "mr mrs ms dr prof st no vs etc e.g i.e eg ie inc ltd co fig approx dept est jan feb mar apr jun jul aug sep sept "
    "oct nov dec u.s u.k a.m p.m"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
_STOP_WORDS = (
    "a about am an and any are as at be been but by can could did do does doing for from get had has have he her his "
    "how i if in into is it its just me my no not of on or our ours she should so some than that the their them then "
    "there these they this those to too us was we were what when where which who whom whose why will with would you "
    "your yours please tell many much long often answer question say says documents document s t re ll ve d"
)
_STOP = frozenset(_STOP_WORDS.split())


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


def answer_from_sources(question: str, sources: str) -> str | None:
    """One to three sentences, each ending in its citation such as `[2]`; None when the sources do not say."""
    asked = [s for s in dict.fromkeys(stems(question)) if s]
    sentences = [s for passage in read_passages(sources) for s in _sentences_of(passage)]
    if not asked or not sentences:
        return None
    weights = _weights(asked, sentences)
    total = sum(weights.values())
    ranked = sorted(sentences, key=lambda s: (-_score(s, weights), s.passage, s.position))
    best = ranked[0]
    covered = sum(weights[stem] for stem in asked if stem in best.stems)
    if total == 0 or covered / total < MIN_COVERAGE:
        return None
    chosen = _choose(ranked, asked, weights)
    return " ".join(f"{s.text} [{s.passage}]" for s in sorted(chosen, key=lambda s: (s.passage, s.position)))


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


def split_sentences(text: str) -> list[str]:
    """Sentences of a passage. Blank lines, list items, headings and table rows end one too."""
    found: list[str] = []
    for block in _blocks(text):
        start = 0
        for end in re.finditer(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9À-Þ])", block):
            if _is_abbreviation(block[start : end.start()]) and end.group().startswith("."):
                continue
            found.append(block[start : end.end()].strip())
            start = end.end()
        found.append(block[start:].strip())
    return [sentence for sentence in found if sentence]


def _blocks(text: str) -> Iterable[str]:
    """Wrapped lines joined; a line that begins a list item, a table row or a heading stands alone."""
    current: list[str] = []
    for raw in [*text.splitlines(), ""]:
        line = raw.strip()
        alone = line.startswith(("#", "|"))
        if current and (not line or alone or re.match(r"([-*•]|\d+[.)])\s", line)):
            yield " ".join(current)
            current = []
        if alone:
            if not line.startswith("#") and not re.fullmatch(r"[|\s:-]+", line):
                yield " ".join(cell.strip() for cell in line.strip("|").split("|"))
        elif line:
            current.append(re.sub(r"^([-*•]|\d+[.)])\s+", "", line))


def _is_abbreviation(before: str) -> bool:
    word = before.rsplit(None, 1)[-1].lower().strip("(\"'“‘") if before.split() else ""
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())


def stems(text: str) -> list[str]:
    """Content words in a common form: lower case, without plural and the commonest endings."""
    return [_stem(word) for word in _WORD.findall(text.lower().replace("’", "'")) if word.split("'")[0] not in _STOP]


def _stem(word: str) -> str:
    word = word.split("'", maxsplit=1)[0]
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "edly", "ed", "ly", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            root = word[: -len(ending)]
            root = f"{root}y" if ending in ("ies", "ied") else root
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz" and ending in ("ing", "ed")
            return root[:-1] if doubled else root.removesuffix("e")
    return word


def _sentences_of(passage: Passage) -> list[Sentence]:
    return [
        Sentence(passage.number, i, text, frozenset(stems(text)))
        for i, text in enumerate(split_sentences(passage.text))
    ]


def _weights(asked: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, float]:
    """Rare among the sentences weighs more; a word found nowhere weighs as the rarest, so it counts as not covered."""
    counts = Counter(stem for sentence in sentences for stem in sentence.stems)
    return {stem: math.log(1 + len(sentences) / (1 + counts[stem])) for stem in asked}


def _score(sentence: Sentence, weights: dict[str, float]) -> float:
    covered = sum(weight for stem, weight in weights.items() if stem in sentence.stems)
    return covered * (1.0 - 0.004 * min(len(sentence.stems), 60))  # of two that cover the same, the plainer one


def _choose(ranked: Sequence[Sentence], asked: Sequence[str], weights: dict[str, float]) -> list[Sentence]:
    chosen = [ranked[0]]
    covered = {stem for stem in asked if stem in ranked[0].stems}
    best = _score(ranked[0], weights)
    for sentence in ranked[1:8]:
        adds = {stem for stem in asked if stem in sentence.stems} - covered
        near = _score(sentence, weights) >= SECOND_COVERAGE * best
        is_copy = any(len(sentence.stems & other.stems) >= 0.8 * len(sentence.stems | other.stems) for other in chosen)
        if len(chosen) < MAX_SENTENCES and near and not is_copy:
            chosen.append(sentence)
            covered |= adds
    return chosen
