"""Normalise a text into views: what a reader may make of it once disguises are taken off.

Only decoded content counts. A wrapper (a comment, base64, odd spacing) is no evidence by itself, so a decoded form
becomes a view only when it is language. Every view knows where its characters stand in the text.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\ufeff\uffa0")
_HOMOGLYPHS = dict(
    zip(
        "авеёікмнорстухѕјԁһӏαβεικνορτυχϲ",
        "abeeikmhopctyxsjdhlabeiknoptuxc",
        strict=True,
    )
)
_LEET = str.maketrans("013457@$", "oieastas")
_WORD = re.compile(r"\w+")
_LEET_WORD = re.compile(
    r"(?<![\w@$])(?=[\w@$]{0,20}[a-z])(?=[\w@$]{0,20}[013457@$])[a-z013457@$]{3,20}(?![\w@$])", re.IGNORECASE
)
_SPACED = re.compile(r"\b(?:\w[ ._\-*]{1,3}){4,300}\w\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,4000}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){12,2000}")
_HIDDEN = (
    re.compile(r"<!--(.{1,2000}?)-->", re.DOTALL),
    re.compile(
        r"<\w+[^<>]{0,200}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0|hidden)"
        r"[^<>]{0,200}>([^<]{1,2000})",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:alt|title|aria-label)\s*=\s*\"([^\"<>]{8,2000})\"", re.IGNORECASE),
    re.compile(r"^\[[^\]\n]{0,20}\]:\s*\S{1,40}\s*[(\"]([^\n]{1,1000})[)\"]\s*$", re.MULTILINE),
)
_FIELD_SEAM = re.compile(
    r"[ \t]{0,8}(?:\.\.\.)?[ \t]{0,8}\n(?:---[ \t]{0,8}\n)?(?:[a-z_]{2,14}:)?[ \t]{0,8}(?:\.\.\.[ \t]{0,8})?"
)
_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "is",
        "are",
        "it",
        "this",
        "that",
        "for",
        "on",
        "with",
        "as",
        "be",
        "not",
        "you",
        "your",
        "all",
        "from",
        "at",
        "by",
        "ignore",
        "any",
        "when",
        "instructions",
        "previous",
        "always",
        "never",
        "use",
        "run",
        "user",
        "score",
        "rules",
    ]
)
_TAG_BASE = 0xE0000
_MAX_VIEWS = 24


class View(NamedTuple):
    """One way to read the text.

    places  where each character stands in the text; None when it stands at `start` plus its own index.
    solid   the whole view is one disguised piece, `start` to `end` of the text.
    how     in plain words what was taken off, empty for the text as it reads.
    """

    text: str
    start: int
    end: int
    how: str = ""
    places: tuple[int, ...] | None = None
    solid: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the view stands in the text."""
        if self.solid:
            return self.start, self.end
        if self.places is None:
            return self.start + start, self.start + end
        if not self.places or start >= end:
            return self.start, self.start
        return self.places[start], self.places[min(end, len(self.places)) - 1] + 1


def views(text: str) -> list[View]:
    """The text as it reads, then what is hidden in it. At most 24."""
    plain = _plain(text)
    found = [plain]
    for view in _hidden(text, plain):
        if view.text.strip() and len(found) < _MAX_VIEWS:
            found.append(view)
    return found


def is_language(text: str) -> bool:
    """Whether decoded bytes read like words, and not like noise that happens to be printable."""
    if len(text) < 8 or (not text.isprintable() and any(not (c.isprintable() or c in "\r\n\t") for c in text)):
        return False
    letters = sum(c.isalpha() or c == " " for c in text)
    return letters >= 0.6 * len(text) and (" " in text.strip() or not text.isascii())


def _plain(text: str) -> View:
    if text.isascii():
        return View(text, 0, len(text))
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in _INVISIBLE or (char > "\x7f" and unicodedata.category(char) in ("Cf", "Cs", "Co")):
            continue
        for part in unicodedata.normalize("NFKC", char) if char > "\x7f" else char:
            chars.append(part)
            places.append(place)
    return View(_latin_words("".join(chars)), 0, len(text), "", tuple(places))


def _latin_words(text: str) -> str:
    """Look-alike letters made Latin, in words that mix alphabets; same length."""

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        if word.isascii() or not any("a" <= c <= "z" for c in word.lower()):
            return word
        return "".join(_HOMOGLYPHS.get(c.lower(), c) if len(c.lower()) == 1 else c for c in word)

    return _WORD.sub(mended, text)


def _hidden(text: str, plain: View) -> Iterator[View]:
    seen = plain.text
    for pattern in _HIDDEN if "<" in seen or "]:" in seen or "=" in seen else ():
        for match in pattern.finditer(seen):
            yield _part(plain, match.group(1), match.start(1), "hidden markup")
    yield from _tag_characters(text)
    for match in _BASE64.finditer(seen):
        yield from _decoded(plain, match, _from_base64(match.group()), "base64")
    for match in _HEX.finditer(seen):
        yield from _decoded(plain, match, _from_hex(match.group()), "hex")
    if len(_LEET_WORD.findall(seen)) >= 2:
        yield plain._replace(text=_LEET_WORD.sub(lambda m: m.group().translate(_LEET), seen), how="digits for letters")
    for match in _SPACED.finditer(seen):
        if not any(char.isalpha() for char in match.group()):
            continue
        joined = re.sub(r"(?<=\w)[ ._\-*](?=\w)", "", re.sub(r"[ ]{2,}", "\n", match.group()))
        yield _solid(plain, joined.replace("\n", " "), match.start(), match.end(), "spaced letters")
    if "\n" in seen:
        yield from _joined_lines(plain)
    yield from _turned(plain)


def _joined_lines(plain: View) -> Iterator[View]:
    """A sentence cut into fields or lines, made whole."""
    joined = _FIELD_SEAM.sub(" ", plain.text)
    if joined != plain.text:
        yield _solid(plain, joined, 0, len(plain.text), "split lines")


def _turned(plain: View) -> Iterator[View]:
    """The text backwards or in rot13, where only that way it has common words."""
    text = plain.text
    here = _commonness(text)
    if here >= 3 or len(text) < 12:
        return
    for other, how in ((codecs.encode(text, "rot13"), "rot13"), (text[::-1], "reversed")):
        if _commonness(other) >= max(2, 2 * here + 1):
            yield _solid(plain, other, 0, len(text), how)


def _commonness(text: str) -> int:
    return sum(word in _COMMON for word in text[:400].lower().split())


def _tag_characters(text: str) -> Iterator[View]:
    if text.isascii():
        return
    marked = [(place, ord(char) - _TAG_BASE) for place, char in enumerate(text) if 0 < ord(char) - _TAG_BASE < 0x80]
    spelled = "".join(chr(code) for _, code in marked if code >= 0x20)
    if len(spelled) >= 4:
        yield View(spelled, marked[0][0], marked[-1][0] + 1, "invisible characters", None, True)


def _from_base64(token: str) -> str:
    # a blank in the middle is what language has and an identifier has not
    body = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode()
    except (ValueError, binascii.Error):
        return ""


def _from_hex(token: str) -> str:
    try:
        return bytes.fromhex(token.replace(":", "").replace(" ", "")).decode()
    except ValueError:
        return ""


def _decoded(plain: View, match: re.Match[str], text: str, how: str) -> Iterator[View]:
    if text and is_language(text):
        yield _solid(plain, text, match.start(), match.end(), how)


def _part(plain: View, text: str, start: int, how: str) -> View:
    if plain.places is None:
        return View(text, start, start + len(text), how)
    places = plain.places[start : start + len(text)]
    return View(text, places[0], places[-1] + 1, how, places)


def _solid(plain: View, text: str, start: int, end: int, how: str) -> View:
    first, last = plain.span(start, end)
    return View(text, first, last, how, None, True)
