"""Where quoted words stand in a passage: case, white space, typography and line marks do not matter, words do."""

import re
import unicodedata

from purpose_agent.models.builtin.sentences import Span

_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "\u00ad": None})
_PARTS = re.compile(r"\s*(?:\.\.\.|…|\[\.\.\.\]|\[…\])\s*")
_EDGE = " .,;:!?\"'*_()[]"
_PASSED = re.compile(r"[\s>*_`\"'|]")


def find_quote(quote: str, text: str) -> Span | None:
    """The characters of the text that say it; parts around "..." must follow each other. None when it is not there."""
    plain, places = _plain(text)
    start, end = -1, 0
    for part in _PARTS.split(quote):
        wanted = _plain(part.strip(_EDGE))[0]
        if not wanted:
            continue
        found = _at_words(wanted, plain, end, text, places)
        if found < 0:
            return None
        start, end = (found if start < 0 else start), found + len(wanted)
    return Span(places[start], places[end - 1] + 1) if start >= 0 else None


def _at_words(wanted: str, plain: str, begin: int, text: str, places: list[int]) -> int:
    """The first place from `begin` that neither begins nor ends inside a word."""
    at = plain.find(wanted, begin)
    while at >= 0:
        first, last = places[at], places[at + len(wanted) - 1]
        left = first > 0 and text[first - 1].isalnum() and text[first].isalnum()
        right = last + 1 < len(text) and text[last + 1].isalnum() and text[last].isalnum()
        if not left and not right:
            return at
        at = plain.find(wanted, at + 1)
    return -1


def _plain(text: str) -> tuple[str, list[int]]:
    """The text without what does not matter, and where each of its characters stands."""
    letters: list[str] = []
    places: list[int] = []
    for i, character in enumerate(text):
        same = character.translate(_SAME)
        if not same or _PASSED.match(same):
            continue
        for letter in unicodedata.normalize("NFKC", same).casefold():
            if not letter.isspace():
                letters.append(letter)
                places.append(i)
    return "".join(letters), places
