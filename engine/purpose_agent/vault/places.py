"""A text and the places in it that a citation can name: pages, headings, rows, lines."""

from purpose_agent.types import Record
from purpose_agent.vault.cleaning import clean


class Place(Record, frozen=True, kw_only=True):
    """Where a part begins: `start` counts characters of the text. A passage never runs over a `firm` one."""

    start: int
    label: str
    firm: bool = False


class Reading(Record, frozen=True, kw_only=True):
    """What a file holds. `note`: what a person should know about how it was read."""

    text: str
    places: tuple[Place, ...] = ()
    note: str = ""


class Builder:
    """Puts a text together from parts and remembers where each began."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._places: list[Place] = []

    def add(self, text: str, *, label: str = "", firm: bool = False, end: str = "\n") -> None:
        text = clean(text).strip()
        if not text:
            return
        if label:
            self._places.append(Place(start=self._length, label=" ".join(clean(label).split())[:120], firm=firm))
        self._parts.append(text + end)
        self._length += len(text) + len(end)

    def reading(self, note: str = "") -> Reading:
        return Reading(text="".join(self._parts), places=tuple(self._places), note=note)
