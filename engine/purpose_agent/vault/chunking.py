"""Cut a text into passages that end where sentences end and that overlap a little.

Every passage is a slice of the text, `text[start:end]`, so a citation can point at it. Passages have at most 600
characters; the next one takes up whole sentences of the last 120 again, so that a fact told in two sentences is found
whole at least once.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from purpose_agent.types import Record
from purpose_agent.vault.places import Place

MAX_CHARS = 600
OVERLAP_CHARS = 120
_NOWHERE = Place(start=0, label="")
_END = re.compile(r"""[.!?…][)\]"'”’»]*\s+|[。！？]\s*|\n\s*\n\s*|\n(?=\s*(?:[-*•]|\d+[.)])\s)""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|Fig|approx|bzw|z\.B|ca)|\b[A-Z])\.\s+$"
)


class Chunk(Record, frozen=True, kw_only=True):
    """A slice of a text and the place that it begins in."""

    start: int
    end: int
    place: str = ""
    page: int = 0
    heading: str = ""


def chunks(text: str, places: Sequence[Place] = ()) -> tuple[Chunk, ...]:
    """The passages in order; together they hold every visible character."""
    borders = sorted({0, len(text), *(place.start for place in places if place.firm and 0 < place.start < len(text))})
    ordered = sorted(places, key=lambda place: place.start)
    starts = [place.start for place in ordered]
    found = []
    for start, end in pairwise(borders):
        for left, right in _packed(_sentences(text, start, end)):
            index = bisect_right(starts, left) - 1
            place = ordered[index] if index >= 0 else _NOWHERE
            found.append(Chunk(start=left, end=right, place=place.label, page=place.page, heading=place.heading))
    return tuple(found)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans without outer white space, none longer than a passage may be."""
    cuts, begin = [], start
    for match in _END.finditer(text, start, end):
        if not _ABBREVIATION.search(text, max(begin, match.end() - 12), match.end()):
            cuts.append((begin, match.end()))
            begin = match.end()
    cuts.append((begin, end))
    return [part for left, right in cuts for part in _bounded(text, left, right)]


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Trim, and cut what is too long at white space where there is any."""
    while True:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if end - start <= MAX_CHARS:
            break
        cut = max(text.rfind(" ", start + 1, start + MAX_CHARS), text.rfind("\n", start + 1, start + MAX_CHARS))
        cut = cut if cut > start else start + MAX_CHARS
        right = cut
        while right > start and text[right - 1].isspace():
            right -= 1
        if right > start:
            yield start, right
        start = cut
    if end > start:
        yield start, end


def _packed(sentences: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """As many sentences as fit; the next passage takes the last of them again if they are short."""
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and sentences[last + 1][1] - sentences[first][0] <= MAX_CHARS:
            last += 1
        yield sentences[first][0], sentences[last][1]
        if last + 1 >= len(sentences):
            return
        following = last + 1
        while (
            following - 1 > first
            and sentences[last][1] - sentences[following - 1][0] <= OVERLAP_CHARS
            and sentences[last + 1][1] - sentences[following - 1][0] <= MAX_CHARS
        ):
            following -= 1
        first = following
