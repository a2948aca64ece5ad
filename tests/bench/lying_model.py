"""A scripted model that says true sentences and, in a known share, lies: to see what checking an answer finds.

Everything is made from sentences of the passages, with a seed. The words that true sentences are paraphrased with are a
list of this file's own, not the one that the checker knows.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from purpose_agent.models.builtin.sentences import one_line, sentence_spans

LIE_SHARE = 0.3
SENTENCES = 5
_AUX = r"\b(is|are|was|were|can|may|must|shall|will|has|have|had|does|do|should|would)\b"
_ALL_MONTHS = "January February March April May June July August September October November December"
_MONTHS = _ALL_MONTHS.split()
_ALL_NUMBERS = "two three four five six seven eight nine ten twelve twenty thirty forty fifty"
_NUMBER_WORDS = _ALL_NUMBERS.split()
_PARAPHRASE = {
    "begin": "start", "began": "started", "large": "big", "allowed": "permitted", "shows": "demonstrates",
    "showed": "demonstrated", "however": "but", "important": "significant", "many": "numerous",
    "several": "a number of", "obtained": "gained", "about": "roughly", "also": "likewise", "received": "got",
    "made": "produced", "main": "major", "used": "employed", "because": "since", "such as": "like",
    "after": "following", "known": "called", "found": "discovered", "help": "assist", "people": "persons",
    "children": "kids", "often": "frequently", "paid": "settled", "costs": "is priced at", "needs": "requires",
    "built": "constructed", "ensure": "make sure", "within": "inside", "whole": "entire", "reduce": "lessen",
    "improve": "better", "created": "made", "chosen": "picked", "holds": "contains", "home": "house", "job": "post",
    "big": "large", "works": "operates", "stay": "remain", "carried": "transported", "replaced": "substituted",
    "destroyed": "wrecked", "finished": "completed", "third": "3rd", "provides": "offers", "provide": "offer",
    "study": "investigation", "results": "findings", "increase": "rise", "role": "part", "different": "differing",
    "fast": "quick", "according to": "as told by", "purchase": "buy",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    number: int
    document: str
    text: str


@dataclass(frozen=True)
class Said:
    """One sentence of the scripted model with its citation, and what was done to it."""

    text: str
    kind: str
    is_lie: bool


def sentences_of(text: str) -> list[str]:
    """Those that state something by themselves."""
    found = [one_line(text[start:end]) for start, end in sentence_spans(text)]
    return [
        s for s in found
        if 6 <= len(s.split()) <= 45 and s.endswith(".") and s[0].isupper() and "[" not in s and s.count('"') == 0
    ]  # fmt: skip


def answer(sources: Sequence[Source], rng: random.Random, foreign: Sequence[str], names: Sequence[str]) -> list[Said]:
    """Up to five sentences on the sources, about 30 % of them lies."""
    pool = [(source, s) for source in sources for s in sentences_of(source.text)]
    rng.shuffle(pool)
    said = []
    for source, sentence in pool[:SENTENCES]:
        makers = LIES if rng.random() < LIE_SHARE else TRUTHS
        kinds = list(makers)
        rng.shuffle(kinds)
        for kind in kinds:
            made = makers[kind](sentence, source, _World(sources, rng, foreign, names))
            if made is not None:
                said.append(Said(made, kind, makers is LIES))
                break
    return said


@dataclass(frozen=True)
class _World:
    sources: Sequence[Source]
    rng: random.Random
    foreign: Sequence[str]
    names: Sequence[str]


_Maker = Callable[[str, Source, _World], str | None]


def _cited(text: str, number: int, quote: str = "") -> str:
    return f'{text.rstrip(".")} [{number}: "{quote}"].' if quote else f"{text.rstrip('.')} [{number}]."


def verbatim(sentence: str, source: Source, world: _World) -> str | None:
    return _cited(sentence, source.number)


def quoted(sentence: str, source: Source, world: _World) -> str | None:
    words = sentence.rstrip(".").split()
    return _cited(sentence, source.number, " ".join(words[1 : 1 + min(8, len(words) - 1)]).rstrip(",;"))


def reordered(sentence: str, source: Source, world: _World) -> str | None:
    """What stands before the first comma goes to the end, or the last part with a preposition to the beginning."""
    head = re.match(
        r"((?:In|On|At|After|Before|From|During|If|When|Since|With|For|By|Until|While)\b[^,]{4,60}), (.+)\.$", sentence
    )
    if head:
        first = head[1][0].lower() + head[1][1:]
        return _cited(f"{head[2][0].upper()}{head[2][1:]} {first}", source.number)
    tail = re.match(r"(.{20,}?) ((?:in|on|at|after|before|from|during|when|since|until) [^,;]{4,50})\.$", sentence)
    if tail and not re.search(r"[,;:]", tail[1]):
        start = tail[1] if tail[1].split()[0][1:2].isupper() else tail[1][0].lower() + tail[1][1:]
        return _cited(f"{tail[2][0].upper()}{tail[2][1:]}, {start}", source.number)
    return None


def synonyms(sentence: str, source: Source, world: _World) -> str | None:
    made, changed = sentence, 0
    for word, other in _PARAPHRASE.items():
        new = re.sub(rf"\b{word}\b", other, made, count=1)
        changed += new != made
        made = new
        if changed == 3:
            break
    return _cited(made, source.number) if changed else None


def shortened(sentence: str, source: Source, world: _World) -> str | None:
    """Without brackets or without the last clause, where that leaves a sentence with a verb."""
    bare = re.sub(r"\s*\([^)]*\)", "", sentence)
    if bare != sentence and len(bare.split()) >= 6:
        return _cited(bare, source.number)
    cut = re.match(r"(.{25,}?), (?:which|who|where|because|so that|although|while|including|such as)\b.*\.$", sentence)
    return _cited(cut[1], source.number) if cut else None


def merged(sentence: str, source: Source, world: _World) -> str | None:
    """Joined with the sentence that follows it in the passage."""
    here = sentences_of(source.text)
    if sentence not in here or here.index(sentence) + 1 >= len(here):
        return None
    other = here[here.index(sentence) + 1]
    if len(sentence.split()) + len(other.split()) > 50:
        return None
    start = other if other.split()[0][1:2].isupper() or other.split()[0] == "I" else other[0].lower() + other[1:]
    return _cited(f"{sentence.rstrip('.')}, and {start}", source.number)


def changed_number(sentence: str, source: Source, world: _World) -> str | None:
    found = [
        m
        for m in re.finditer(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])", sentence)
        if not re.fullmatch(r"1\d{3}|20\d\d", m.group())
    ]
    words = list(re.finditer(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b", sentence, re.IGNORECASE))
    if not found and not words:
        return None
    match = world.rng.choice(found or words)
    old = match.group()
    if match in words and not found:
        new = world.rng.choice([w for w in _NUMBER_WORDS if w != old.lower()])
    else:
        plain = float(old.replace(",", ""))
        value = (
            plain + world.rng.choice([1, 2, 3, 5, 10]) if plain < 100 else plain * world.rng.choice([2, 1.1, 0.5]) + 1
        )
        new = f"{value:,.0f}" if "," in old else f"{value:.{len(old.partition('.')[2])}f}"
        if new == old:
            return None
    return _cited(sentence[: match.start()] + new + sentence[match.end() :], source.number)


def changed_date(sentence: str, source: Source, world: _World) -> str | None:
    months = [m for m in re.finditer(rf"\b(?:{'|'.join(_MONTHS)})\b", sentence) if m.group() not in ("May", "March")]
    years = list(re.finditer(r"\b(?:1[5-9]\d\d|20[0-2]\d)\b", sentence))
    if not months and not years:
        return None
    match = world.rng.choice(years or months)
    if match.group() in _MONTHS:
        new = world.rng.choice([m for m in _MONTHS if m not in (match.group(), "May", "March")])
    else:
        new = str(int(match.group()) + world.rng.choice([-11, -3, -1, 1, 2, 7]))
    return _cited(sentence[: match.start()] + new + sentence[match.end() :], source.number)


def changed_name(sentence: str, source: Source, world: _World) -> str | None:
    found = [m for m in re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}", sentence) if m.group() not in _MONTHS]
    others = [name for name in world.names if not any(name in s.text for s in world.sources)]
    if not found or not others:
        return None
    match = world.rng.choice(found)
    return _cited(sentence[: match.start()] + world.rng.choice(others) + sentence[match.end() :], source.number)


def negated(sentence: str, source: Source, world: _World) -> str | None:
    if re.search(r"\s(?:not|never)\b", sentence):
        return _cited(re.sub(r"\s+(?:not|never)\b", "", sentence, count=1), source.number)
    found = re.search(_AUX, sentence)
    if found is None or re.search(r"\b(?:no|neither|nor|none|without|unless)\b|n't", sentence):
        return None
    return _cited(sentence[: found.end()] + " not" + sentence[found.end() :], source.number)


def invented(sentence: str, source: Source, world: _World) -> str | None:
    return _cited(world.rng.choice(list(world.foreign)), source.number)


def invented_on_subject(sentence: str, source: Source, world: _World) -> str | None:
    """Begins as the true one and ends as one from elsewhere."""
    mine, other = sentence.split(), world.rng.choice(list(world.foreign)).split()
    return _cited(" ".join([*mine[: max(3, len(mine) // 4)], *other[len(other) // 3 :]]), source.number)


def wrong_source(sentence: str, source: Source, world: _World) -> str | None:
    others = [s for s in world.sources if s.document != source.document and sentence not in one_line(s.text)]
    return _cited(sentence, world.rng.choice(others).number) if others else None


def invented_quote(sentence: str, source: Source, world: _World) -> str | None:
    words = sentence.rstrip(".").split()[:9]
    words[len(words) // 2] = "certainly"
    return _cited(sentence, source.number, " ".join(words))


TRUTHS: dict[str, _Maker] = {f.__name__: f for f in (verbatim, quoted, reordered, synonyms, shortened, merged)}
_LIES = (
    *(changed_number, changed_date, changed_name, negated),
    *(invented, invented_on_subject, wrong_source, invented_quote),
)
LIES: dict[str, _Maker] = {f.__name__: f for f in _LIES}
