"""Where the sentences of a text stand, and the words of a sentence in a common form.

Every sentence is a slice of its text, so what is cited can be shown in its place. Blank lines, headings, list items and
table rows end a sentence too.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[A-Z0-9À-Þ])|[。！？]+[」』”]?")
_MARK = re.compile(r"(?:>\s?)*\s*(?:(?:[-*•–]|\(?\d{1,3}[.)]|\([a-z]\))\s+)?")
_ITEM = re.compile(r"(?:>\s?)*\s*(?:[-*•–]|\(?\d{1,3}[.)])\s")
_QUOTED_LINE = re.compile(r"\n[ \t]*(?:>[ \t]?)+")
_ABBREVIATION_WORDS = (
    "mr mrs ms dr prof st no nr vs etc e.g i.e eg ie inc ltd co fig approx dept est jan feb mar apr jun jul aug sep "
    "sept oct nov dec u.s u.k a.m p.m cf al sec art"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
_STOP_WORDS = (
    "a about am an and any are as at be been but by can could did do does doing for from get had has have he her his "
    "how i if in into is it its just me my no not of on or our ours she should so some than that the their them then "
    "there these they this those to too us was we were what when where which who whom whose why will with would you "
    "your yours please tell many much long often answer question say says documents document s t re ll ve d"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


class Span(NamedTuple):
    """Characters of a text."""

    start: int
    end: int


def sentence_spans(text: str) -> list[Span]:
    """The sentences in order, without list marks and outer white space. Headings and rules of tables are none."""
    return [span for block in _blocks(text) for span in _cut(text, block)]


def split_sentences(text: str) -> list[str]:
    """The sentences as they read on one line."""
    return [one_line(text[start:end]) for start, end in sentence_spans(text)]


def one_line(text: str) -> str:
    """Wrapped lines joined; the cells of a table's row stand one after the other."""
    joined = _QUOTED_LINE.sub(" ", text)
    if joined.startswith("|"):
        joined = " ".join(cell.strip() for cell in joined.strip().strip("|").split("|"))
    return " ".join(joined.split())


def stems(text: str) -> list[str]:
    """Content words in a common form: lower case, without plural and the commonest endings."""
    words = WORD.findall(text.lower().replace("’", "'"))
    return [stem(word) for word in words if word.split("'", maxsplit=1)[0] not in STOP_WORDS]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case word without its ending."""
    word = word.split("'", maxsplit=1)[0]
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "edly", "ed", "ly", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            root = word[: -len(ending)]
            root = f"{root}y" if ending in ("ies", "ied") else root
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz" and ending in ("ing", "ed")
            return root[:-1] if doubled else root.removesuffix("e")
    return word


def _blocks(text: str) -> Iterator[Span]:
    """Lines that belong together; a line that begins a list item, a table row or a heading begins a new block."""
    begin, end, at = -1, -1, 0
    for raw in text.splitlines(keepends=True):
        bare = re.sub(r"^(?:>\s?)*", "", raw.strip()).strip()
        alone = bare.startswith(("#", "|"))
        if begin >= 0 and (not bare or alone or _ITEM.match(raw)):
            yield Span(begin, end)
            begin = -1
        left, right = at + len(raw) - len(raw.lstrip()), at + len(raw.rstrip())
        if alone and not bare.startswith("#") and not re.fullmatch(r"[|\s:-]+", bare):
            yield Span(left, right)
        elif bare and not alone:
            begin = left if begin < 0 else begin
            end = right
        at += len(raw)
    if begin >= 0:
        yield Span(begin, end)


def _cut(text: str, block: Span) -> Iterator[Span]:
    mark = _MARK.match(text, block.start, block.end)
    start = mark.end() if mark else block.start
    cuts = [start]
    for found in _END.finditer(text, start, block.end):
        if not (
            found.group().startswith(".") and _is_abbreviation(text[max(cuts[-1], found.start() - 20) : found.start()])
        ):
            cuts.append(found.end())
    for left, right in pairwise([*cuts, block.end]):
        piece = text[left:right]
        if bare := piece.strip():
            begin = left + len(piece) - len(piece.lstrip())
            yield Span(begin, begin + len(bare))


def _is_abbreviation(before: str) -> bool:
    word = before.rsplit(None, 1)[-1].lower().strip("(\"'“‘") if before.split() else ""
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
