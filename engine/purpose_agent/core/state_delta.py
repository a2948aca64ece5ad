"""What a step changed, told in a bounded number of characters.

The critic reads this and never the history, so judging step 100 costs what judging step 1 did. A bound must not hide
what matters: values that the purpose names (by the fact's name, or by words in the value) are shown word for word, and
only if one alone is longer than the whole room, as excerpts around the named words. All else is shortened and says how
long it was.
"""

import re
from collections.abc import Iterable

import msgspec

from purpose_agent.types import JSON, Record, State

DELTA_CHARS = 600
SHORT_CHARS = 80
LEAST_CHARS = 24
DRAFT_CHARS = 300
KEPT_AS_BEFORE = 3
ALWAYS_NAMED = frozenset({"answer"})  # the draft is what every purpose is about
NO_CHANGE = "(nothing changed)"

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_COMMON = frozenset(
    _WORD.findall(
        "about after again also and answer any are ask asks based been being but can could does each find for from get "
        "give good has have help her him his how into its just keep like look make many may more most much must need "
        "not one only our out over own please question right say should show some such task tell than that the their "
        "them then there these they this those told two use user using value very want was well were what when where "
        "which who why will with word work works would write you your"
    )
)


class Delta(Record, frozen=True, kw_only=True):
    """The names that a step changed or removed, and `text`, the bounded form.

    changes  the part of `text` that tells changes: what a critic may cite as evidence.
    """

    changed: dict[str, JSON] = msgspec.field(default_factory=dict)
    removed: tuple[str, ...] = ()
    text: str = NO_CHANGE
    changes: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.changed or self.removed)


class DeltaTeller:
    """Compares two states for one purpose. Cost follows the number of facts, not their size or the history."""

    def __init__(self, purpose: str, *, limit: int = DELTA_CHARS) -> None:
        self._words = frozenset(_telling_words(purpose))
        self._purpose = " " + " ".join(_WORD.findall(purpose.lower())) + " "
        self._limit = limit
        self._named: dict[str, bool] = {}
        self._find = re.compile("|".join(map(re.escape, sorted(self._words, key=len, reverse=True))), re.IGNORECASE)

    def compare(self, before: State, after: State) -> Delta:
        old, new = before.facts, after.facts
        changed = {name: value for name, value in new.items() if name not in old or _differs(old[name], value)}
        removed = tuple(name for name in old if name not in new) if len(old) + len(changed) > len(new) else ()
        if not changed and not removed:
            return Delta()
        changes = self._tell_changes(old, changed, removed)
        kept = self._tell_kept(new, changed, self._limit - len(changes) - 1)
        return Delta(changed=changed, removed=removed, text=changes + kept, changes=changes)

    def names(self, name: str) -> bool:
        """Whether the purpose speaks of a fact of this name."""
        known = self._named.get(name)
        if known is None:
            words = _WORD.findall(name.lower().replace("_", " "))
            known = self._named[name] = name in ALWAYS_NAMED or not self._words.isdisjoint(words)
        return known

    def _tell_changes(self, old: dict[str, JSON], changed: dict[str, JSON], removed: tuple[str, ...]) -> str:
        """One line per change, those that the purpose names first and whole as far as there is room."""
        values = {name: value_text(value) for name, value in changed.items()}
        if not removed:
            plain = self._all_short(old, changed, values)
            if plain:
                return plain
        named = [name for name in values if self.names(name) or self._speaks_of(values[name])]
        rest = [name for name in values if name not in named]
        room = _Room(self._limit)
        lines: list[str] = []
        for place, name in enumerate(named):
            share = room.share(len(named) - place, keep=min(len(rest), 3) * SHORT_CHARS // 2)
            lines += room.add(self._line(name, old, changed[name], values[name], share, whole=True))
        for place, name in enumerate(rest):
            share = min(room.share(len(rest) - place, keep=0), 3 * SHORT_CHARS)
            lines += room.add(self._line(name, old, changed[name], values[name], share, whole=False))
        for name in removed:
            lines += room.add(f"- {name}: {shorten(value_text(old[name]), SHORT_CHARS)}")
        untold = len(changed) + len(removed) - len(lines)
        return "\n".join([*lines, f"… {untold} more changed"] if untold else lines)

    def _all_short(self, old: dict[str, JSON], changed: dict[str, JSON], values: dict[str, str]) -> str:
        """The usual case, a few short values: all of them as they are. Empty when they are not so few or short."""
        lines = []
        for name, whole in values.items():
            was, value = "", whole
            if name in old:
                was, added = told_change(old[name], changed[name])
                value = whole if self.names(name) else added
            if len(value) > SHORT_CHARS or len(was) > SHORT_CHARS or len(name) > SHORT_CHARS:
                return ""
            lines.append(f"~ {name}: {was} → {value}" if name in old else f"+ {name}: {value}")
        told = "\n".join(lines)
        return told if len(told) <= self._limit else ""

    def _line(self, name: str, old: dict[str, JSON], new: JSON, value: str, share: int, *, whole: bool) -> str:
        if name in old:
            before, added = told_change(old[name], new)
            was = shorten(before, min(SHORT_CHARS, max(share // 3, LEAST_CHARS)))
            value = value if whole else added
            head = f"~ {shorten(name, SHORT_CHARS)}: {was} → "
        else:
            head = f"+ {shorten(name, SHORT_CHARS)}: "
        room = max(share - len(head), LEAST_CHARS)
        return head + (self._excerpt(value, room) if whole else shorten(value, min(room, SHORT_CHARS * 2)))

    def _tell_kept(self, new: dict[str, JSON], changed: dict[str, JSON], room: int) -> str:
        """What stays in sight when it did not change: the draft, and facts that the purpose calls by their full name.

        Without the draft, a step that only accepts it could not be judged.
        """
        told = ""
        count = 0
        for name, value in new.items():
            if count == KEPT_AS_BEFORE or name in changed or not self._called_by_name(name):
                continue
            head = f"\n= {name}: "
            width = min(DRAFT_CHARS if name in ALWAYS_NAMED else SHORT_CHARS, room - len(told) - len(head))
            if width >= LEAST_CHARS:
                told += head + self._excerpt(value_text(value), width)
                count += 1
        return told

    def _called_by_name(self, name: str) -> bool:
        if name in ALWAYS_NAMED:
            return True
        return self.names(name) and f" {name.lower().replace('_', ' ')} " in self._purpose

    def _speaks_of(self, value: str) -> bool:
        return bool(self._words) and self._find.search(value) is not None

    def _excerpt(self, value: str, room: int) -> str:
        """The value whole if it fits, else windows around the words of the purpose, else its beginning."""
        if len(value) <= room:
            return value
        spots = _first_spots(self._find.finditer(value), value) if self._words else []
        if not spots:
            return shorten(value, room)
        tail = f" ({len(value):,} characters)"
        spots = spots[: max((room - len(tail)) // (LEAST_CHARS * 2), 1)]
        width = max((room - len(tail)) // len(spots) - 2, LEAST_CHARS)
        pieces: list[str] = []
        reached = 0
        for start, end in spots:
            left = max(start - max(width - (end - start), 0) // 3, reached)
            reached = max(left + width, reached)
            pieces.append(value[left:reached])
        return ("…" + "…".join(pieces) + "…")[: room - len(tail)] + tail


class _Room:
    """Characters that are left, with one kept for each line's end."""

    def __init__(self, limit: int) -> None:
        self._left = limit - len("… 1000000 more changed")

    def share(self, among: int, *, keep: int) -> int:
        return max((self._left - keep) // among - 1, 0)

    def add(self, line: str) -> list[str]:
        if len(line) + 1 > self._left:
            return []
        self._left -= len(line) + 1
        return [line]


def value_text(value: JSON) -> str:
    """A value as it is told: text as it stands, the rest as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def told_change(old: JSON, new: JSON) -> tuple[str, str]:
    """The change of one value as (was, is now): of what has grown or changed in part, only the part that is new.

    So a log that gets a line per step is told by that line, at step 1 and at step 100 alike.
    """
    if isinstance(old, str) and isinstance(new, str):
        if len(old) < LEAST_CHARS or not new.startswith(old):
            return old, new
        return f"({len(old):,} characters)", f"… + {new[len(old) :]}"
    if isinstance(old, list) and isinstance(new, list) and old and new[: len(old)] == old:
        return f"({len(old):,} items)", f"… + {value_text(new[len(old) :])}"
    if isinstance(old, dict) and isinstance(new, dict):
        names = [name for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]]
        parts = ({name: side[name] for name in names if name in side} for side in (old, new))
        was, now = map(value_text, parts)
        return was, now
    return value_text(old), value_text(new)


def shorten(text: str, room: int) -> str:
    """The beginning, and how long it was: `first words… (1,234 characters)`."""
    if len(text) <= room:
        return text
    tail = f"… ({len(text):,} characters)"
    return text[: max(room - len(tail), 0)] + tail if room > len(tail) else text[: max(room - 1, 0)] + "…"


def _differs(old: JSON, new: JSON) -> bool:
    return old is not new and (old != new or type(old) is not type(new))


def _telling_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _COMMON and (len(word) > 3 or word.isdigit())]


def _first_spots(matches: Iterable[re.Match[str]], value: str) -> list[tuple[int, int]]:
    """Where each word of the purpose stands first, in the order of the text."""
    seen: dict[str, tuple[int, int]] = {}
    for match in matches:
        seen.setdefault(value[match.start() : match.end()].lower(), match.span())
    return sorted(seen.values())
