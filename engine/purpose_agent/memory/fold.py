"""What the ledger's rows add up to: for every card its words, its status and how it got there, now and at any moment.

The fold is refreshed by reading the rows after the last one it knows, from whichever process they come, so a warm read
costs one look at the highest position. Every row is checked against the chain and the status machine on its way in; a
row that fails either stops the fold for good, because a record that was tampered with must not feed a prompt.

Every state in which a card has ever been is kept (they share their words), so that a look at an earlier moment, an
undo and a roll-back find what was there without reading the rows again.
"""

import sqlite3
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

import msgspec

from purpose_agent.memory.cards import CardStatus, MemoryCard, Scope, duplicate_key
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.errors import LedgerDamaged
from purpose_agent.memory.ledger_rows import (
    ERASED,
    FIRST_HASH,
    RESTORED,
    SALT,
    RawRow,
    Standing,
    last_position,
    rows_after,
)
from purpose_agent.memory.scanning import Finding
from purpose_agent.types import JSON, Record

SEEN_AGAIN = "seen again"
UNDO_TO = "undo_to"
"""Evidence key: the row whose state an undo of this decision brings back, where it is not the row before."""
TAKEN_BACK = "undo"
"""Evidence key of a row that restores: it took a decision back, so the next undo goes further back."""
ERASED_WORDS = "(erased)"
"""What stands in place of a lesson that was erased at a person's request."""
SCANNER = "scanner: "
"""How the name of an actor begins that is a scanner."""

_BOOKKEEPING = frozenset({"findings", "note", "run", RESTORED, UNDO_TO, TAKEN_BACK, ERASED, SALT})

_decode_card = msgspec.json.Decoder(MemoryCard).decode
_decode_evidence = msgspec.json.Decoder(dict[str, JSON]).decode


class CardView(Record, frozen=True, kw_only=True):
    """A card with its standing. `effect` is filled in when cards are listed for a reader.

    seen          how often the same lesson came up, the first time included.
    born          position of its first row in the ledger; it never changes.
    row           position of the row that made this view.
    in_use_since  position of the row that approved it; 0 while it is not in use.
    undo_to       the row whose state an undo brings back; 0 = it was not there before, None = nothing to take back.
    versions      the highest version number ever used.
    evidence      what was noted about these very words, the latest value for each key.
    """

    card: MemoryCard
    status: CardStatus
    born: int
    changed_at: datetime
    changed_by: str = ""
    reason: str = ""
    seen: int = 1
    findings: tuple[Finding, ...] = ()
    effect: Effect | None = None
    row: int = 0
    in_use_since: int = 0
    undo_to: int | None = None
    versions: int = 1
    evidence: dict[str, JSON] = msgspec.field(default_factory=dict)

    @property
    def card_id(self) -> str:
        return self.card.card_id

    @property
    def text(self) -> str:
        return self.card.text

    @property
    def is_erased(self) -> bool:
        """Whether its words were erased at a person's request; nothing of it can be brought back."""
        return self.card.do == ERASED_WORDS and not self.card.author


class Past:
    """All cards as they stood after one row of the ledger. Read-only."""

    def __init__(self, views: Mapping[str, CardView]) -> None:
        self._views = views

    def get(self, card_id: str) -> CardView | None:
        return self._views.get(card_id)

    def newest_first(self) -> list[CardView]:
        return list(self._views.values())[::-1]

    def promoted_since(self, revision: int) -> tuple[int, Mapping[str, CardView | None]]:
        """As `Fold.promoted_since`, for a reader that begins here."""
        in_use = (view for view in self._views.values() if view.status == "promoted")
        return revision, {view.card_id: view for view in sorted(in_use, key=lambda view: view.in_use_since)}


class Fold:
    """The state of all cards. Its owner calls `refresh` with a connection before reading; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._views: dict[str, CardView] = {}
        self._states: dict[str, list[CardView]] = {}  # every state of a card, oldest first
        self._made: dict[int, CardView] = {}  # position → the state that this row made
        self._promotions: list[str] = []  # ids whose promotion was given or taken, in order
        self._by_key: dict[tuple[str, Scope], str] = {}
        self._by_run: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
        self._unnamed: dict[int, str] = {}  # erased rows that no row has named yet
        self._last: RawRow | None = None

    def refresh(self, db: sqlite3.Connection) -> None:
        """Take in what was appended since. Raises LedgerDamaged at the first row that does not belong."""
        with self._lock:
            known = self._last.position if self._last else 0
            newest = last_position(db)
            if newest == known:
                return
            if newest < known:
                raise _damaged(newest + 1)
            for row in rows_after(db, known):
                self._take(row)
            if self._unnamed:
                raise _damaged(min(self._unnamed))

    @property
    def last(self) -> RawRow | None:
        return self._last

    @property
    def position(self) -> int:
        return self._last.position if self._last else 0

    def get(self, card_id: str) -> CardView | None:
        return self._views.get(card_id)

    def at(self, position: int) -> Past:
        """All cards as they stood right after that row."""
        with self._lock:
            then = ((card_id, state_at(states, position)) for card_id, states in self._states.items())
            return Past({card_id: view for card_id, view in then if view is not None})

    def state(self, card_id: str, position: int) -> CardView | None:
        """One card as it stood right after that row; None when it was not there yet."""
        with self._lock:
            return state_at(self._states.get(card_id, ()), position)

    def states(self, card_id: str) -> list[CardView]:
        """Every state in which a card has been, oldest first."""
        with self._lock:
            return list(self._states.get(card_id, ()))

    def same_as(self, card: MemoryCard) -> CardView | None:
        """The card that already says this in this scope."""
        with self._lock:
            found = self._by_key.get(duplicate_key(card))
            return self._views[found] if found else None

    def count(self, status: CardStatus) -> int:
        return self._counts[status]

    def born_of(self, run_id: str) -> list[CardView]:
        with self._lock:
            return [self._views[card_id] for card_id in self._by_run.get(run_id, ())]

    def newest_first(self) -> list[CardView]:
        with self._lock:
            return list(reversed(self._views.values()))

    @property
    def revision(self) -> int:
        """Moves when the promoted cards or their words change."""
        return len(self._promotions)

    def promoted_since(self, revision: int) -> tuple[int, Mapping[str, CardView | None]]:
        """The revision now, and the cards whose promotion changed since: the card if it is in use, else None.

        Those in use come in order of their approval.
        """
        with self._lock:
            views = [self._views[card_id] for card_id in dict.fromkeys(self._promotions[revision:])]
            views.sort(key=lambda view: view.in_use_since)
            cards = {view.card_id: view if view.status == "promoted" else None for view in views}
            return len(self._promotions), cards

    def moved(self, since: int, until: int) -> list[str]:
        """The cards whose promotion was given or taken, or whose words in use changed, between two revisions."""
        with self._lock:
            return list(dict.fromkeys(self._promotions[since:until]))

    def _take(self, row: RawRow) -> None:
        before = self._views.get(row.card_id)
        position, previous_hash = (self._last.position, self._last.hash) if self._last else (0, FIRST_HASH)
        if row.is_erased:
            if not row.is_joined(position, previous_hash):
                raise _damaged(row.position)
            self._unnamed[row.position] = row.card_id
            self._index(before, _tombstone(row, before))
            self._last = row
            return
        earlier = self._made.get(row.restores)
        standing = Standing(earlier.card_id, earlier.card.version, earlier.status) if earlier else None
        legal = row.is_legal(before.status if before else "", standing)
        if not (legal and row.follows(position, previous_hash)):
            raise _damaged(row.position)
        try:
            after = _moved(before, row, earlier)
        except (msgspec.MsgspecError, ValueError) as error:
            raise _damaged(row.position) from error
        self._index(before, after)
        self._last = row
        if row.names_erased:
            self._forget(row)

    def _forget(self, row: RawRow) -> None:
        """A row accounts for erased rows of its card: nothing of their words is kept, also not of the past."""
        for position in row.names_erased:
            if self._unnamed.get(position) == row.card_id:
                del self._unnamed[position]
        view = self._views[row.card_id]
        if self._by_key.get(duplicate_key(view.card)) == row.card_id:
            del self._by_key[duplicate_key(view.card)]
        stone = msgspec.structs.replace(
            view,
            card=_nothing(row),
            status="archived",
            findings=(),
            evidence={},
            undo_to=None,
            in_use_since=0,
            reason="",
        )
        self._states[row.card_id] = [
            msgspec.structs.replace(stone, row=state.row, changed_at=state.changed_at)
            for state in self._states[row.card_id]
        ]
        for state in self._states[row.card_id]:
            self._made[state.row] = state
        self._views[row.card_id] = self._states[row.card_id][-1]
        for born in self._by_run.values():
            if row.card_id in born:
                born.remove(row.card_id)

    def _index(self, before: CardView | None, after: CardView) -> None:
        card_id = after.card_id
        self._views[card_id] = self._made[after.row] = after
        self._states.setdefault(card_id, []).append(after)
        self._counts[after.status] += 1
        if before is None:
            self._by_run.setdefault(after.card.source_run, []).append(card_id)
            self._by_key[duplicate_key(after.card)] = card_id
            return
        self._counts[before.status] -= 1
        has_new_words = before.card is not after.card
        if has_new_words:
            if self._by_key.get(duplicate_key(before.card)) == card_id:
                del self._by_key[duplicate_key(before.card)]
            self._by_key[duplicate_key(after.card)] = card_id
        was, is_now = before.status == "promoted", after.status == "promoted"
        if was != is_now or (is_now and has_new_words):
            self._promotions.append(card_id)


def state_at(states: Iterable[CardView], position: int) -> CardView | None:
    """The last of a card's states, oldest first, that was made by that row or an earlier one."""
    known = list(states)
    place = bisect_right(known, position, key=lambda view: view.row)
    return known[place - 1] if place else None


def _moved(before: CardView | None, row: RawRow, earlier: CardView | None) -> CardView:
    """The state that a row makes. `earlier` is the state that it brings back, if it restores one."""
    evidence = _decode_evidence(row.evidence) if row.evidence != "{}" else {}
    if before is not None and earlier is not None:
        return _restored(before, row, earlier, evidence)
    card = _decode_card(row.card) if row.card else before.card if before else None
    if card is None or card.card_id != row.card_id or card.version != row.version:
        raise _damaged(row.position)
    status = cast(CardStatus, row.to_status)
    noted = {name: value for name, value in evidence.items() if name not in _BOOKKEEPING}
    if before is None:
        return CardView(
            card=card,
            status=status,
            born=row.position,
            changed_at=datetime.fromisoformat(row.at),
            changed_by=row.actor,
            reason=row.reason,
            row=row.position,
            evidence=noted,
        )
    if row.from_status == row.to_status and not row.card:
        again = row.reason == SEEN_AGAIN
        known = before.evidence if again or not noted else {**before.evidence, **noted}
        return msgspec.structs.replace(before, seen=before.seen + again, evidence=known, row=row.position)
    # New words leave the findings and notes about the old ones behind.
    scanned = bool(row.card) or "findings" in evidence
    return msgspec.structs.replace(
        before,
        card=card,
        status=status,
        changed_at=datetime.fromisoformat(row.at),
        changed_by=row.actor,
        reason=row.reason,
        findings=msgspec.convert(evidence.get("findings", ()), tuple[Finding, ...]) if scanned else before.findings,
        row=row.position,
        in_use_since=row.position if status == "promoted" else 0,
        undo_to=_undo_to(before, row, evidence),
        versions=max(before.versions, card.version),
        evidence=noted if row.card else {**before.evidence, **noted},
    )


def _tombstone(row: RawRow, before: CardView | None) -> CardView:
    """What is left of a state whose row was erased."""
    return CardView(
        card=_nothing(row),
        status="archived",
        born=before.born if before else row.position,
        changed_at=datetime.fromisoformat(row.at),
        changed_by=row.actor,
        row=row.position,
        versions=max(before.versions if before else 1, row.version),
    )


def _nothing(row: RawRow) -> MemoryCard:
    at = datetime.fromisoformat(row.at)
    return MemoryCard(
        kind="episodic_case", do=ERASED_WORDS, card_id=row.card_id, version=row.version, author="", created_at=at
    )


def _undo_to(before: CardView, row: RawRow, evidence: Mapping[str, JSON]) -> int | None:
    if row.from_status == "candidate" or row.actor.startswith(SCANNER):
        return before.undo_to
    if evidence.get(TAKEN_BACK):
        return None  # put away, since it was not there before the decision that was taken back
    told = evidence.get(UNDO_TO)
    return told if isinstance(told, int) else before.row


def _restored(before: CardView, row: RawRow, earlier: CardView, evidence: Mapping[str, JSON]) -> CardView:
    """As it was then, with what has happened since: how often it came up, which numbers are taken, who restored it.

    An undo takes a decision back, not what was found out about the same words meanwhile; a roll-back does.
    """
    return msgspec.structs.replace(
        earlier,
        changed_at=datetime.fromisoformat(row.at),
        changed_by=row.actor,
        reason=row.reason,
        seen=before.seen,
        versions=before.versions,
        row=row.position,
        undo_to=earlier.undo_to if evidence.get(TAKEN_BACK) else before.row,
        evidence=before.evidence if evidence.get(TAKEN_BACK) and before.card == earlier.card else earlier.evidence,
    )


def _damaged(position: int) -> LedgerDamaged:
    return LedgerDamaged(
        f"The record of lessons was changed from outside at row {position}, so no lesson is used.",
        "Restore the workspace from a backup, or run without lessons; `purpose-agent memory verify` shows the row.",
    )
