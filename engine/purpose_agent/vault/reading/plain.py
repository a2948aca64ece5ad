"""Plain text, Markdown and source code: the text as it stands, with places at lines and headings."""

import re

from purpose_agent.vault.places import Place, Reading

_FENCE = re.compile(r" {0,3}(```|~~~)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_DEFINITION = re.compile(
    r"^(?:export |public |private |static |async |abstract |pub |default )*"
    r"(?:class|def|function|func|fn|interface|struct|enum|trait|impl|type|module)\s+(\w+(?:(?:\.|::)\w+)*)"
)
_LINES_PER_PLACE = 10
_LABEL_CHARS = 120


class Headings:
    """The path of headings above a place, kept while a text is read from the top."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, " ".join(title.split())))

    @property
    def path(self) -> str:
        """Outermost first, the innermost with it: "Handbook > Returns"."""
        titles = [title for _, title in self._open if title]
        return " > ".join(title for title, above in zip(titles, ["", *titles], strict=False) if title != above)

    @property
    def last(self) -> str:
        return self._open[-1][1] if self._open else ""


def read_lines(text: str) -> Reading:
    """A place every ten lines."""
    places, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if number % _LINES_PER_PLACE == 1:
            places.append(Place(start=start, label=f"line {number}"))
        start += len(line) + 1
    return Reading(text=text, places=tuple(places))


def read_code(text: str) -> Reading:
    """A place every ten lines, under the class or function that began at the left margin."""
    places, start, inside = [], 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        found = _DEFINITION.match(line)
        if found:
            inside = found[1][:_LABEL_CHARS]
        if number % _LINES_PER_PLACE == 1 or found:
            places.append(Place(start=start, label=f"line {number}", heading=inside))
        start += len(line) + 1
    return Reading(text=text, places=tuple(places))


def read_markdown(text: str) -> Reading:
    """A firm place at each heading outside of code fences."""
    places, start, fenced, headings = [], 0, False, Headings()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _heading(line, lines[number + 1] if number + 1 < len(lines) else "")
        if heading:
            headings.enter(*heading)
            places.append(Place(start=start, label=headings.last[:_LABEL_CHARS], firm=True, heading=headings.path))
        start += len(line) + 1
    return Reading(text=text, places=tuple(places)) if places else read_lines(text)


def _heading(line: str, following: str) -> tuple[int, str] | None:
    """Level and title; underlined ones count when the line reads like a title."""
    found = _HEADING.match(line)
    title = line[found.end() :].rstrip().rstrip("#").rstrip() if found else ""
    if found and title:
        return len(found[1]), title
    under = _UNDERLINE.match(following)
    if under and line.strip() and len(line) < _LABEL_CHARS and line[0] not in "-*+>|#=\t " and len(under[1]) >= 3:
        return (1 if under[1][0] == "=" else 2), line
    return None
