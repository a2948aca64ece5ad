"""What the ledger's rows add up to: for every card its words, its status and how it got there.

The fold is refreshed by reading the rows after the last one it knows, from whichever process they come, so a warm read
costs one look at the highest position. Every row is checked against the chain and the status machine on its way in; a
row that fails either stops the fold for good, because a record that was tampered with must not feed a prompt.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import msgspec

from purpose_agent.memory.cards import CardStatus, MemoryCard, Scope, duplicate_key
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.errors import LedgerDamaged
from purpose_agent.memory.ledger_rows import FIRST_HASH, RawRow, last_position, rows_after
from purpose_agent.memory.scanning import Finding
from purpose_agent.types import Record

SEEN_AGAIN = "seen again"

_decode_card = msgspec.json.Decoder(MemoryCard).decode


class _Findings(Record, frozen=True, kw_only=True):
    findings: tuple[Finding, ...] = ()


_decode_findings = msgspec.json.Decoder(_Findings).decode


class CardView(Record, frozen=True, kw_only=True):
    """A card with its standing. `effect` is filled in when cards are listed for a reader.

    seen       how often the same lesson came up, the first time included.
    born       position of its first row in the ledger; it never changes.
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

    @property
    def card_id(self) -> str:
        return self.card.card_id

    @property
    def text(self) -> str:
        return self.card.text


class Fold:
    """The state of all cards. Its owner calls `refresh` with a connection before reading; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._views: dict[str, CardView] = {}
        self._promotions: list[str] = []  # ids whose promotion was given or taken, in order
        self._by_key: dict[tuple[str, Scope], str] = {}
        self._by_run: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
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

    @property
    def last(self) -> RawRow | None:
        return self._last

    def get(self, card_id: str) -> CardView | None:
        return self._views.get(card_id)

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

    def promoted_since(self, revision: int) -> tuple[int, Mapping[str, MemoryCard | None]]:
        """The revision now, and the cards whose promotion changed since: the card if it is in use, else None.

        In the order of their latest change, so those in use come in order of their promotion.
        """
        with self._lock:
            changed = self._promotions[revision:]
            latest = dict.fromkeys(reversed(changed))
            views = ((card_id, self._views[card_id]) for card_id in reversed(latest))
            cards = {card_id: view.card if view.status == "promoted" else None for card_id, view in views}
            return len(self._promotions), cards

    def _take(self, row: RawRow) -> None:
        before = self._views.get(row.card_id)
        position, previous_hash = (self._last.position, self._last.hash) if self._last else (0, FIRST_HASH)
        if not (row.is_legal(before.status if before else "") and row.follows(position, previous_hash)):
            raise _damaged(row.position)
        try:
            after = _moved(before, row)
        except (msgspec.MsgspecError, ValueError) as error:
            raise _damaged(row.position) from error
        self._index(before, after)
        self._last = row

    def _index(self, before: CardView | None, after: CardView) -> None:
        card_id = after.card_id
        if before is None:
            self._by_run.setdefault(after.card.source_run, []).append(card_id)
        elif before.card is not after.card and self._by_key.get(duplicate_key(before.card)) == card_id:
            del self._by_key[duplicate_key(before.card)]
        if before is None or before.card is not after.card:
            self._by_key[duplicate_key(after.card)] = card_id
        if before:
            self._counts[before.status] -= 1
        self._counts[after.status] += 1
        self._views[card_id] = after
        if (before is not None and before.status == "promoted") != (after.status == "promoted"):
            self._promotions.append(card_id)


def _moved(before: CardView | None, row: RawRow) -> CardView:
    card = _decode_card(row.card) if row.card else before.card if before else None
    if card is None or card.card_id != row.card_id or card.version != row.version:
        raise _damaged(row.position)
    status = cast(CardStatus, row.to_status)
    at = datetime.fromisoformat(row.at)
    if before is None:
        return CardView(
            card=card, status=status, born=row.position, changed_at=at, changed_by=row.actor, reason=row.reason
        )
    if row.from_status == row.to_status and not row.card:
        return msgspec.structs.replace(before, seen=before.seen + (row.reason == SEEN_AGAIN))
    scanned = bool(row.card) or '"findings"' in row.evidence  # new words leave the findings about the old ones behind
    findings = _decode_findings(row.evidence).findings if scanned else before.findings
    return msgspec.structs.replace(
        before, card=card, status=status, changed_at=at, changed_by=row.actor, reason=row.reason, findings=findings
    )


def _damaged(position: int) -> LedgerDamaged:
    return LedgerDamaged(
        f"The record of lessons was changed from outside at row {position}, so no lesson is used.",
        "Restore the workspace from a backup, or run without lessons; `purpose-agent memory verify` shows the row.",
    )
