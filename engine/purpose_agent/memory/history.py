"""Looking back and going back: the memory as it stood at any moment, one decision undone, or all of it rolled back.

Nothing is ever removed for it: a roll-back appends, for each card that stands otherwise than it did, one row that names
the state it brings back. So what was rolled back can be looked at, and brought back, in the same way.
"""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from purpose_agent.memory.cards import CardStatus
from purpose_agent.memory.errors import NoSuchMoment
from purpose_agent.memory.fold import TAKEN_BACK, CardView, Fold
from purpose_agent.memory.ledger_rows import last_position, last_position_at, moment_of
from purpose_agent.memory.ledger_writing import REPLACED_BY, Writing, not_found
from purpose_agent.memory.promoted import PromotedView


class Moment(NamedTuple):
    """A place in the ledger, and the time up to which everything else counts."""

    position: int
    at: datetime


class AsOf:
    """The memory as it stood at a moment. Read-only; its lessons are those that were in use then."""

    def __init__(self, fold: Fold, moment: Moment) -> None:
        self.position, self.at = moment
        self._past = fold.at(moment.position)

    def promoted(self) -> PromotedView:
        return PromotedView(self._past, at=self.at)

    def card(self, card_id: str) -> CardView:
        view = self._past.get(card_id)
        if view is None:
            raise not_found(card_id)
        return view

    def cards(self, status: CardStatus | None = None) -> list[CardView]:
        """Newest first."""
        return [view for view in self._past.newest_first() if status in (None, view.status)]


def moment_at(db: sqlite3.Connection, to: int | datetime) -> Moment:
    """A row's position, 0 for the empty memory, or a time with its zone."""
    if isinstance(to, datetime):
        if to.tzinfo is None:
            raise NoSuchMoment("The time does not say in which zone it is.", "Add the zone, for example +00:00.")
        return Moment(last_position_at(db, to), to)
    if to == 0:
        return Moment(0, datetime.min.replace(tzinfo=UTC))
    at = moment_of(db, to)
    if at is None:
        raise NoSuchMoment(
            f"The record of lessons has no row {to}.", f"Choose a row between 1 and {last_position(db)}."
        )
    return Moment(to, at)


def take_back(writing: Writing, fold: Fold, view: CardView, reason: str) -> None:
    """Undo the last decision about a card; cards that it took the place of come back with it."""
    target = fold.state(view.card_id, view.undo_to or 0)
    if target is None:
        writing.put_away(view, reason, {TAKEN_BACK: True})
    else:
        writing.restore(view, target, reason, undo=True)
    if view.status != "promoted":
        return
    for card_id in view.card.supersedes:
        replaced = fold.get(card_id)
        if replaced and replaced.status == "archived" and replaced.evidence.get(REPLACED_BY) == view.card_id:
            take_back(writing, fold, replaced, reason)


def roll_back(writing: Writing, fold: Fold, moment: Moment, reason: str, card_ids: Collection[str] | None) -> list[str]:
    """Append what brings the cards back to how they stood then; the ids of those that moved."""
    views = [writing.known(card_id) for card_id in card_ids] if card_ids is not None else fold.newest_first()
    moved = []
    for view in reversed(views):
        target = fold.state(view.card_id, moment.position)
        if target is None and view.status in ("quarantined", "promoted"):
            writing.put_away(view, reason or "it was not there yet at the time gone back to")
        elif target is not None and _differs(view, target):
            writing.restore(view, target, reason or "rolled back")
        else:
            continue
        moved.append(view.card_id)
    return moved


def _differs(view: CardView, target: CardView) -> bool:
    return (
        view.card != target.card
        or view.status != target.status
        or view.in_use_since != target.in_use_since
        or view.evidence != target.evidence
    )
