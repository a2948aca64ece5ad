"""Read an answer: its sentences, and the sources that each of them names.

Models cite in many ways: `[1]`, `[1, 2]`, `[1-3]`, `[1: "quoted words"]`, `[1] "quoted words"`, before the full stop or
after it, at the end of a sentence or at its beginning. What stands in a code fence or in backticks is not read.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from purpose_agent.models.builtin.sentences import one_line, sentence_spans

_LIST = r"\d{1,3}(?:\s*(?:,|;|-|–|and|&)\s*\d{1,3})*"
_QUOTED = r"\"[^\"\n]{2,600}\"|“[^”\n]{2,600}”|«[^»\n]{2,600}»|„[^“”\n]{2,600}[“”]"
_NAMED = r"(?:source|passage|doc|document|ref)s?[\s.:#]*"
_CITE = re.compile(
    rf"(?:[\[【]\s*\^?(?:{_NAMED})?|(?P<round>\(\s*{_NAMED}\[?))(?P<numbers>{_LIST})"
    rf"(?:\s*[:,]\s*(?P<inner>{_QUOTED}))?[^\]\[\n【】\w\"]{{0,3}}(?(round)\]?\)|[\]】])(?:\((?:[^()\s]|\([^()\s]*\))*\))?"
    rf"(?P<outer>\s*[:–—-]?\s*(?:{_QUOTED}))?",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.*)$", re.MULTILINE)
_POINT = re.compile(r"\s*([-*•–]|\(?\d{1,3}[.)])\s+$")
_GAP = re.compile(r"\n\s*\n")
_SPOKEN = re.compile(_QUOTED)
_MARKER = re.compile("\ue000(\\d+)\ue001")
_LATE_MARKER = re.compile("(?P<end>[.!?…。]+[\"'”’»)]*)(?P<markers>(?:[ \t]*\ue000\\d+\ue001)+)(?P<stop>[.!?…]?)")
_SAYS = r"(?:says?|states?|said|notes?|mentions?|shows?|explains?|adds?|tells?)\b"
_SPEAKS = re.compile(rf"(?<=[.!?…])[ \t]+(?=\ue000\d+\ue001[ \t]+{_SAYS})")
_INTRODUCED = re.compile(
    rf"^(?:(?:according to|per|as(?: (?:stated|described|shown|said|noted|mentioned))?(?: (?:in|by))?) )?"
    rf"(?:(?:the )?{_NAMED} ?)?\ue000\d+\ue001,?\s+(?:(?:also )?{_SAYS}(?: that)?[,:]?\s+)?",
    re.IGNORECASE,
)
_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?)。，、！？])")
QUOTE_WORDS = 3
MAX_RANGE = 20


class Cited(NamedTuple):
    """A source that is named, and the words that are said to stand in it, if any."""

    number: int
    quote: str = ""


class Said(NamedTuple):
    """A sentence without its citations.

    mark  how it begins: "-", "1." and the like for a point, "#" for a heading, "¶" for a paragraph, "" goes on in one.
    """

    text: str
    cited: tuple[Cited, ...]
    is_code: bool = False
    mark: str = ""


def read_sentences(answer: str) -> list[Said]:
    """The sentences of an answer in their order; a fence of code is one of them."""
    found: list[Said] = []
    at = 0
    for fence in _FENCE.finditer(answer):
        found += _prose(answer[at : fence.start()])
        found.append(Said(fence.group().strip(), (), is_code=True))
        at = fence.end()
    return found + list(_prose(answer[at:]))


def cited_numbers(answer: str) -> list[int]:
    """The sources that an answer names, each once, in the order of their numbers."""
    return sorted({cited.number for said in read_sentences(answer) for cited in said.cited})


def _prose(text: str) -> Iterator[Said]:
    """Citations become markers, so that dots and quotation marks in them end no sentence."""
    groups: list[tuple[Cited, ...]] = []
    text = re.sub("[\ue000-\ue002]", "", text)
    marked = _CITE.sub(lambda match: _marker(match, text, groups), text)
    marked = _SPEAKS.sub("\n\n", marked)
    # A marker after the full stop belongs to the sentence before it.
    marked = _LATE_MARKER.sub(lambda m: f"{m['markers']}{m['end'] if not m['stop'] else m['stop']}", marked)
    waiting: tuple[Cited, ...] = ()
    at = 0
    marked = _HEADING.sub("\n\n\ue002 \\1\n\n", marked)
    for start, end in sentence_spans(marked):
        piece = one_line(marked[start:end])
        mark = (
            "#" if piece.startswith("\ue002") else _point(marked, start) or "¶" * bool(_GAP.search(marked, at, start))
        )
        at = end
        piece = piece.removeprefix("\ue002 ")
        cited = waiting + tuple(c for m in _MARKER.finditer(piece) for c in groups[int(m[1])])
        piece = _capital(_INTRODUCED.sub("", piece)) if _INTRODUCED.match(piece) else piece
        bare = _BEFORE_STOP.sub("", " ".join(_MARKER.sub(" ", piece).split()))
        if not re.search(r"\w", bare):
            waiting = cited  # a citation that stands alone before its sentence
            continue
        waiting = ()
        yield Said(bare, _with_spoken(bare, cited), mark=mark)


def _point(text: str, start: int) -> str:
    """The mark of a list before the sentence that starts here, "" when there is none."""
    found = _POINT.match(text[text.rfind("\n", 0, start) + 1 : start])
    return found[1] if found else ""


def _marker(match: re.Match[str], text: str, groups: list[tuple[Cited, ...]]) -> str:
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    if line.count("`") % 2 and "`" in text[match.end() :].partition("\n")[0]:
        return match.group()  # `list[1]` is code
    outer = match["outer"] or ""
    rest = text[match.end() :]
    if outer and re.match(r"\s*[,a-z]", rest):  # the next sentence begins with a quotation
        kept, outer = outer, ""
    else:
        kept = ""
    quote = (match["inner"] or outer).strip(' :–—-"“”«»„\n')
    numbers = _numbers(match["numbers"])
    groups.append(tuple(Cited(number, quote) for number in numbers))
    return f" \ue000{len(groups) - 1}\ue001{kept}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _numbers(listed: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r"\s*(?:,|;|and|&)\s*", listed):
        ends = [int(number) for number in re.split(r"\s*[-–]\s*", part) if number]
        if len(ends) == 2 and 0 < ends[1] - ends[0] < MAX_RANGE:
            found += range(ends[0], ends[1] + 1)
        else:
            found += ends
    return list(dict.fromkeys(found))


def _with_spoken(sentence: str, cited: tuple[Cited, ...]) -> tuple[Cited, ...]:
    """Words in quotation marks inside a sentence with one source are said to stand there."""
    spoken = [match.group().strip('"“”«»„ ') for match in _SPOKEN.finditer(sentence)]
    told = [quote for quote in spoken if len(quote.split()) >= QUOTE_WORDS]
    bare = [c for c in cited if not c.quote]
    if not told or len(bare) != 1 or len(cited) != 1:
        return cited
    return tuple(Cited(bare[0].number, quote) for quote in told)
