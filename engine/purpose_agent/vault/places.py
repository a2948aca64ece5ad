"""A text and the places in it that a citation can name: pages, headings, rows, lines."""

from purpose_agent.types import Record
from purpose_agent.vault.cleaning import clean

_LABEL_CHARS = 120


class Place(Record, frozen=True, kw_only=True):
    """Where a part begins: `start` counts characters of the text. A passage never runs over a `firm` one.

    label    as a citation names it: "page 3", "slide 2", "Sales, rows 2-10", "Returns".
    page     of a PDF or a slide show, from 1; 0 where there are none.
    heading  the headings above, outermost first: "Handbook > Returns"; for finding only, never quoted.
    """

    start: int
    label: str
    firm: bool = False
    page: int = 0
    heading: str = ""


class Reading(Record, frozen=True, kw_only=True):
    """What a file holds.

    note          what a person should know about how it was read.
    pages         pages or slides; 0 for files without any.
    empty_pages   numbers of pages on which there is no text.
    language      ISO 639-1 code, "" when it cannot be told.
    """

    text: str
    places: tuple[Place, ...] = ()
    note: str = ""
    pages: int = 0
    empty_pages: tuple[int, ...] = ()
    language: str = ""


class Builder:
    """Puts a text together from parts and remembers where each began."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._places: list[Place] = []

    def add(
        self, text: str, *, label: str = "", firm: bool = False, page: int = 0, heading: str = "", end: str = "\n"
    ) -> None:
        text = clean(text).strip()
        if not text:
            return
        if label:
            self._places.append(
                Place(start=self._length, label=_line(label), firm=firm, page=page, heading=_line(heading))
            )
        self._parts.append(text + end)
        self._length += len(text) + len(end)

    @property
    def length(self) -> int:
        """Characters so far, so that a reader can stop when there are enough."""
        return self._length

    def reading(self, note: str = "") -> Reading:
        return Reading(text="".join(self._parts), places=tuple(self._places), note=note)


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:_LABEL_CHARS]
