"""The gate: the one place where a lesson becomes something that a prompt may hold.

Whoever needs lessons takes `Sequence[PromotedLesson]`. Only a PromotedView makes them, only from a ledger's fold, and
only for cards whose last move was a promotion and that have not expired. The type is final, cannot be filled in by
hand, copied with changes or unpickled. A lesson that waits can be tried in replays of past tasks: as a TrialLesson,
which a prompt takes only when it is compiled for a replay. (Python can always be forced with `object.__setattr__`; this
is a gate against mistakes and shortcuts, while the ledger's chain guards the data.)
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Final, NoReturn, TypeAlias, final, overload

from purpose_agent.memory.cards import CardKind, MemoryCard, Scope
from purpose_agent.memory.errors import NotForTrial
from purpose_agent.memory.fold import CardView, Fold, Past
from purpose_agent.memory.task_kinds import covers

_KEY: Final = object()


class _Sealed:
    """A lesson as it stood when it was read. Immutable; only this module can make one."""

    __slots__ = ("_card", "_text")

    _card: MemoryCard
    _text: str

    def __init__(self, card: MemoryCard, key: object) -> None:
        if key is not _KEY:
            raise TypeError(f"A {type(self).__name__} comes only from the ledger.")
        object.__setattr__(self, "_card", card)
        object.__setattr__(self, "_text", card.text)

    def __init_subclass__(cls) -> None:
        if cls.__module__ != __name__ or cls.__bases__ != (_Sealed,):
            raise TypeError("The kinds of sealed lessons are final.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A sealed lesson cannot be changed; edit the card in the ledger.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("A sealed lesson cannot be changed; edit the card in the ledger.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sealed lesson cannot be copied or pickled; read it from the ledger where it is needed.")

    @property
    def card(self) -> MemoryCard:
        return self._card

    @property
    def text(self) -> str:
        return self._text

    @property
    def card_id(self) -> str:
        return self._card.card_id

    @property
    def version(self) -> int:
        return self._card.version

    @property
    def kind(self) -> CardKind:
        return self._card.kind

    @property
    def scope(self) -> Scope:
        return self._card.scope

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Sealed) and self._card == other._card

    def __hash__(self) -> int:
        return hash((self._card.card_id, self._card.version))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._card.card_id!r}, {self._text!r})"


@final
class PromotedLesson(_Sealed):
    """A lesson that was approved."""

    __slots__ = ()


@final
class TrialLesson(_Sealed):
    """A lesson on trial, approved or not: for the prompt of a replay, which nobody's work depends on, and no other."""

    __slots__ = ()


ShownLesson: TypeAlias = PromotedLesson | TrialLesson
"""What may stand in some prompt."""


def on_trial(fold: Fold, card_ids: Iterable[str]) -> tuple[TrialLesson, ...]:
    """Lessons for one replay, in the given order. Raises NotForTrial.

    Only what waits or is in use can be tried, and nothing in which a scanner found something critical. What tells a
    critic how to judge is examined on people's corrections instead: no actor reads it.
    """
    found = []
    for card_id in card_ids:
        view = fold.get(card_id)
        if view is None or view.status not in ("quarantined", "promoted"):
            raise NotForTrial(f"The lesson {card_id} neither waits nor is in use.", "Open it again, then try it.")
        if view.card.kind == "critic_calibration":
            raise NotForTrial(
                f"This tells a critic how to judge, so no task shows its worth: {view.text}", "Decide on it."
            )
        if any(finding.severity == "critical" for finding in view.findings):
            raise NotForTrial(f"A scanner found something critical in: {view.text}", "Decide on it without a trial.")
        found.append(TrialLesson(view.card, _KEY))
    return tuple(found)


@final
class PromotedView(Sequence[PromotedLesson]):
    """All lessons in use at one moment, oldest approval first. Made from an earlier view and what changed since."""

    def __init__(self, fold: Fold | Past, *, at: datetime, earlier: "PromotedView | None" = None) -> None:
        self.revision: int
        self.revision, changes = fold.promoted_since(earlier.revision if earlier else 0)
        self._by_id: dict[str, PromotedLesson] = dict(earlier._by_id) if earlier else {}
        self._by_task_kind: dict[str, dict[str, PromotedLesson]] = dict(earlier._by_task_kind) if earlier else {}
        self._taught: dict[str, PromotedLesson] = dict(earlier._taught) if earlier else {}
        self._critics: dict[str, PromotedLesson] = dict(earlier._critics) if earlier else {}
        self._expiring: dict[str, datetime] = dict(earlier._expiring) if earlier else {}
        self._since: dict[str, int] = dict(earlier._since) if earlier else {}
        self._own_groups: set[str] = set()
        newest = max(self._since.values(), default=0)
        for card_id, view in changes.items():
            self._drop(card_id)
            if view is not None:
                self._take(PromotedLesson(view.card, _KEY), view)
        if any(view is not None and view.in_use_since < newest for view in changes.values()):
            self._put_in_order()
        for card_id in [card_id for card_id, expires in self._expiring.items() if expires <= at]:
            self._drop(card_id)
        self._valid_until = min(self._expiring.values(), default=None)

    def holds(self, revision: int, at: datetime) -> bool:
        """Whether the view is still what a fresh one would be."""
        return self.revision == revision and (self._valid_until is None or at < self._valid_until)

    def get(self, card_id: str) -> PromotedLesson | None:
        return self._by_id.get(card_id)

    def newest(self, task_kind: str, limit: int) -> list[PromotedLesson]:
        """The lessons scoped to exactly this task kind ("" = any), the latest promotion first."""
        return list(islice(reversed(self._by_task_kind.get(task_kind, {}).values()), limit))

    def preferences(self, limit: int | None = None) -> list[PromotedLesson]:
        """What the person taught in so many words, the latest first."""
        return list(islice(reversed(self._taught.values()), limit))

    def for_critics(self, task_kind: str, limit: int) -> list[PromotedLesson]:
        """What critics of such tasks were taught by people's corrections, the latest first; never for an actor."""
        fitting = (lesson for lesson in reversed(self._critics.values()) if covers(lesson.scope.task_kind, task_kind))
        return list(islice(fitting, limit))

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[PromotedLesson]:
        return iter(self._by_id.values())

    @overload
    def __getitem__(self, index: int) -> PromotedLesson: ...
    @overload
    def __getitem__(self, index: slice) -> list[PromotedLesson]: ...
    def __getitem__(self, index: int | slice) -> PromotedLesson | list[PromotedLesson]:
        return self._in_order[index]

    @cached_property
    def _in_order(self) -> list[PromotedLesson]:
        return list(self._by_id.values())

    def _take(self, lesson: PromotedLesson, view: CardView) -> None:
        self._by_id[lesson.card_id] = lesson
        self._since[lesson.card_id] = view.in_use_since
        self._group(lesson.scope.task_kind)[lesson.card_id] = lesson
        if lesson.kind == "user_preference" and lesson.card.author == "person":
            self._taught[lesson.card_id] = lesson
        if lesson.kind == "critic_calibration":
            self._critics[lesson.card_id] = lesson
        if lesson.card.expires is not None:
            self._expiring[lesson.card_id] = lesson.card.expires

    def _drop(self, card_id: str) -> None:
        lesson = self._by_id.pop(card_id, None)
        if lesson is not None:
            self._group(lesson.scope.task_kind).pop(card_id)
        self._taught.pop(card_id, None)
        self._critics.pop(card_id, None)
        self._expiring.pop(card_id, None)
        self._since.pop(card_id, None)

    def _put_in_order(self) -> None:
        """After an undo or a roll-back: a lesson that is in use again stands where it stood before."""
        self._by_id = self._ordered(self._by_id)
        self._taught = self._ordered(self._taught)
        self._critics = self._ordered(self._critics)
        self._by_task_kind = {kind: self._ordered(group) for kind, group in self._by_task_kind.items()}

    def _ordered(self, lessons: dict[str, PromotedLesson]) -> dict[str, PromotedLesson]:
        return dict(sorted(lessons.items(), key=lambda item: self._since[item[0]]))

    def _group(self, task_kind: str) -> dict[str, PromotedLesson]:
        """The view's own copy of a group: groups that did not change are shared with the earlier view."""
        if task_kind not in self._own_groups:
            self._own_groups.add(task_kind)
            self._by_task_kind[task_kind] = dict(self._by_task_kind.get(task_kind, {}))
        return self._by_task_kind[task_kind]
