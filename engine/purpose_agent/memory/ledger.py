"""The ledger of lessons: every change of a card is an appended row, and only its promoted view feeds a prompt.

candidate → quarantined → promoted | rejected | archived. A promoted card can be put away or taken back to quarantine; a
rejected one can be appealed and an archived one fetched back, both into quarantine. A new card passes from candidate to
quarantined in the same transaction in which it is written, once the scanners have seen it. Rollback is one more row.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from sqlite3 import Connection
from typing import cast

import msgspec

from purpose_agent.memory import ledger_rows
from purpose_agent.memory.cards import STATUS_WORDS, STATUSES, CardStatus, MemoryCard, Scope, one_line, tidied
from purpose_agent.memory.chain import Verification, verify
from purpose_agent.memory.effects import EffectLedger
from purpose_agent.memory.errors import CardNotFound, IllegalMove, LessonChanged, NotInQuarantine, NotInUse
from purpose_agent.memory.fold import SEEN_AGAIN, CardView, Fold
from purpose_agent.memory.ledger_rows import LedgerRow, LedgerStore, chained, insert, readable, rows_of, unchained
from purpose_agent.memory.promoted import PromotedView
from purpose_agent.memory.scanning import Scanner, scan
from purpose_agent.memory.word_index import WordIndex
from purpose_agent.runtime.events import now
from purpose_agent.types import JSON, Record

__all__ = ["Added", "CardView", "Ledger", "LedgerRow", "LedgerStore", "Verification"]

MAX_REASON = 500


class Added(Record, frozen=True, kw_only=True):
    """What became of a card that was handed in. `is_new` is false when the same lesson was there already."""

    card: MemoryCard
    status: CardStatus
    is_new: bool

    @property
    def card_id(self) -> str:
        return self.card.card_id

    @property
    def text(self) -> str:
        return self.card.text


class _Writing:
    """One transaction: the state of the cards as of its lock, and the rows appended so far."""

    def __init__(self, db: Connection, fold: Fold) -> None:
        self.db = db
        self.fold = fold
        self._last = fold.last
        self._born: dict[str, int] = {}

    def append(self, row: ledger_rows.RawRow) -> None:
        self._last = chained(self._last, row)
        insert(self.db, self._last)
        self._born.setdefault(row.card_id, self._last.position)

    def born(self, card_id: str) -> int:
        """Position of the card's first row, also when that row is of this transaction."""
        known = self.fold.get(card_id)
        return known.born if known else self._born[card_id]


class Ledger:
    """Cards, their history and the gate. Safe from any thread; any number of processes may append."""

    def __init__(
        self,
        store: LedgerStore,
        *,
        scanners: Sequence[Scanner] = (),
        effects: EffectLedger | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store = store
        self._scanners = tuple(scanners)
        self._effects = effects or EffectLedger(store)
        self._clock = clock
        self._fold = Fold()
        self._index = WordIndex()
        self._view_lock = threading.Lock()
        self._view: PromotedView | None = None

    # What comes in

    def add_candidate(
        self, card: MemoryCard, *, actor: str, reason: str, evidence: str | Mapping[str, JSON] = ""
    ) -> Added:
        """Write a new card and move it into quarantine, or note that the same lesson came up again.

        A card that says the same in the same scope stays as it is, whatever was decided about it; a lesson that was
        turned down does not come back to be asked about again. A critical finding turns the card down at once.
        """
        card = tidied(card)
        with self._writing() as writing:
            return self._add(writing, card, _actor(actor), reason, _evidence(evidence))

    def teach(self, card: MemoryCard, *, by: str) -> Added:
        """A person's own words: written, quarantined and promoted in one transaction, through the same rows."""
        card, by = tidied(card), _actor(by)
        with self._writing() as writing:
            added = self._add(writing, card, by, "taught", {})
            if added.status == "promoted" or (added.is_new and added.status == "rejected"):
                return added
            if added.status != "quarantined":
                writing.append(self._row(added.card, (added.status, "quarantined"), by, "taught again"))
            self._promote(writing, added.card, by, "taught")
            return msgspec.structs.replace(added, status="promoted")

    # What a person, or a policy they switched on, decides

    def approve(self, card_id: str, *, by: str, reason: str = "", version: int | None = None) -> CardView:
        """Let a waiting lesson be used. `version`: the one on the screen; LessonChanged if it is not the latest."""
        return self._decide(card_id, "promoted", by=by, reason=reason, version=version)

    def reject(self, card_id: str, *, by: str, reason: str = "", version: int | None = None) -> CardView:
        """Turn a waiting lesson down."""
        return self._decide(card_id, "rejected", by=by, reason=reason, version=version)

    def archive(self, card_id: str, *, by: str, reason: str = "") -> CardView:
        """Put a waiting or used lesson away."""
        return self._decide(card_id, "archived", by=by, reason=reason)

    def revoke(self, card_id: str, *, by: str, reason: str = "") -> CardView:
        """Take a lesson out of use, back to where it waits for a decision."""
        return self._decide(card_id, "quarantined", by=by, reason=reason, only_from="promoted")

    def reopen(self, card_id: str, *, by: str, reason: str = "") -> CardView:
        """Let a lesson that was turned down or put away wait for a decision again."""
        return self._decide(card_id, "quarantined", by=by, reason=reason)

    def edit(
        self,
        card_id: str,
        *,
        by: str,
        reason: str = "",
        when: str | None = None,
        do: str | None = None,
        why: str | None = None,
        unless: str | None = None,
        scope: Scope | None = None,
        approve: bool = False,
    ) -> CardView:
        """Write the card's next version. New words wait for a decision of their own, or are approved with the edit."""
        given = {"when": when, "do": do, "why": why, "unless": unless, "scope": scope}
        changes = {name: value for name, value in given.items() if value is not None}
        by = _actor(by)
        with self._writing() as writing:
            before = _known(writing.fold, card_id)
            card = tidied(msgspec.structs.replace(before.card, **changes))
            refused = False
            if card == before.card:
                if approve:
                    _check_move(before, "promoted", None)
            else:
                card = msgspec.structs.replace(card, version=card.version + 1)
                refused = self._quarantine(writing, card, before.status, by, reason or "edited", with_content=True)
                if before.status == "promoted":
                    self._index.remove(writing.db, before.born)
            if approve and not refused:
                self._promote(writing, card, by, reason or "approved with the edit")
        return self.card(card_id)

    # What is there

    def promoted(self) -> PromotedView:
        """The lessons in use now. The only door to a prompt."""
        self._refresh()
        at = self._clock()
        with self._view_lock:
            if self._view is None or not self._view.holds(self._fold.revision, at):
                self._view = PromotedView(self._fold, at=at, earlier=self._view)
            return self._view

    def find(self, words: Iterable[str], task_kind: str, limit: int) -> list[tuple[str, float]]:
        """Ids of lessons in use that share words, with their relevance in (0, 1], best first."""
        return self._index.find(self._store.read(), words, task_kind, limit)

    def card(self, card_id: str) -> CardView:
        self._refresh()
        return self._with_effects([_known(self._fold, card_id)])[0]

    def cards(self, status: str | None = None, text: str = "", limit: int = 100, offset: int = 0) -> list[CardView]:
        """Cards of a status (None = all) whose words contain `text`, newest first, with their effect at home."""
        if status is not None and status not in STATUSES:
            raise ValueError(f"no such status: {status!r}; one of {', '.join(STATUSES)}")
        self._refresh()
        wanted = one_line(text).casefold()
        found = [
            view
            for view in self._fold.newest_first()
            if (status is None or view.status == status) and (not wanted or wanted in view.card.text.casefold())
        ]
        return self._with_effects(found[offset : offset + limit])

    def born_of(self, run_id: str) -> list[CardView]:
        """The cards that a run gave birth to, oldest first."""
        self._refresh()
        return self._fold.born_of(run_id)

    def count(self, status: CardStatus) -> int:
        self._refresh()
        return self._fold.count(status)

    # Who, when, why

    def history(self, card_id: str) -> list[LedgerRow]:
        """All rows of a card, oldest first."""
        rows = [readable(row) for row in rows_of(self._store.read(), card_id)]
        if not rows:
            raise _not_found(card_id)
        return rows

    def export(self) -> Iterator[str]:
        """Every row as one line of JSON, in order: who decided what, when and why, with the hashes to check it."""
        for row in ledger_rows.rows_after(self._store.read(), 0):
            yield ledger_rows.exported(row)

    def verify(self) -> Verification:
        """Read the whole chain again and say whether every row is as it was written."""
        return verify(self._store.read(), known=self._fold.last)

    # Within

    @contextmanager
    def _writing(self) -> Iterator[_Writing]:
        with self._store.write() as db:
            self._fold.refresh(db)
            yield _Writing(db, self._fold)

    def _refresh(self) -> None:
        self._fold.refresh(self._store.read())

    def _row(
        self,
        card: MemoryCard,
        move: tuple[str, str],
        actor: str,
        reason: str,
        evidence: Mapping[str, JSON] | None = None,
        *,
        with_content: bool = False,
    ) -> ledger_rows.RawRow:
        reason = one_line(reason)[:MAX_REASON]
        at = self._clock()
        return unchained(card, move, actor=actor, reason=reason, at=at, evidence=evidence, with_content=with_content)

    def _add(self, writing: _Writing, card: MemoryCard, actor: str, reason: str, evidence: Mapping[str, JSON]) -> Added:
        twin = writing.fold.same_as(card)
        if twin:
            noted = {**evidence, "run": card.source_run} if card.source_run else evidence
            writing.append(self._row(twin.card, (twin.status, twin.status), actor, SEEN_AGAIN, noted))
            return Added(card=twin.card, status=twin.status, is_new=False)
        if writing.fold.get(card.card_id):
            raise ValueError(f"a card with this id exists already: {card.card_id}")
        card = msgspec.structs.replace(card, version=1)
        writing.append(self._row(card, ("", "candidate"), actor, reason, evidence, with_content=True))
        refused = self._quarantine(writing, card, "candidate", "quarantine", "waits for a decision")
        return Added(card=card, status="rejected" if refused else "quarantined", is_new=True)

    def _quarantine(
        self, writing: _Writing, card: MemoryCard, status: str, actor: str, reason: str, *, with_content: bool = False
    ) -> bool:
        """Scan the card and let it wait. True when a critical finding turned it down at once."""
        findings = scan(card, self._scanners)
        found: dict[str, JSON] = {"findings": msgspec.to_builtins(findings)} if findings else {}
        move = (status, "quarantined")
        writing.append(self._row(card, move, actor, reason, found, with_content=with_content))
        critical = next((finding for finding in findings if finding.severity == "critical"), None)
        if critical:
            by = f"scanner: {critical.scanner}"
            writing.append(self._row(card, ("quarantined", "rejected"), by, critical.why))
        return critical is not None

    def _promote(self, writing: _Writing, card: MemoryCard, actor: str, reason: str) -> None:
        writing.append(self._row(card, ("quarantined", "promoted"), actor, reason))
        self._index.add(writing.db, writing.born(card.card_id), card)

    def _decide(
        self,
        card_id: str,
        to: CardStatus,
        *,
        by: str,
        reason: str,
        version: int | None = None,
        only_from: CardStatus | None = None,
    ) -> CardView:
        by = _actor(by)
        with self._writing() as writing:
            before = _known(writing.fold, card_id)
            _check_move(before, to, only_from)
            if version is not None and version != before.card.version:
                raise LessonChanged("This lesson was edited after it was shown to you.", "Reload and read it again.")
            if to == "promoted":
                self._promote(writing, before.card, by, reason)
            else:
                writing.append(self._row(before.card, (before.status, to), by, reason))
            if before.status == "promoted":
                self._index.remove(writing.db, before.born)
        return self.card(card_id)

    def _with_effects(self, views: Sequence[CardView]) -> list[CardView]:
        by_home: dict[str, list[CardView]] = {}
        for view in views:
            by_home.setdefault(view.card.scope.task_kind, []).append(view)
        effects = {
            effect.card_id: effect
            for home, group in by_home.items()
            for effect in self._effects.effects([(v.card_id, v.card.version, home) for v in group], home)
        }
        return [msgspec.structs.replace(view, effect=effects[view.card_id]) for view in views]


def _known(fold: Fold, card_id: str) -> CardView:
    view = fold.get(card_id)
    if view is None:
        raise _not_found(card_id)
    return view


def _not_found(card_id: str) -> CardNotFound:
    return CardNotFound(f"There is no lesson with the id {card_id}.", "Reload the list of lessons.")


def _check_move(view: CardView, to: CardStatus, only_from: CardStatus | None) -> None:
    legal = view.status != to and (view.status, to) in ledger_rows.MOVES
    if legal and only_from in (None, view.status):
        return
    words = STATUS_WORDS[view.status]
    if to in ("promoted", "rejected"):
        raise NotInQuarantine(
            f"This lesson is {words}, it does not wait for a decision.",
            "Reload the list." if view.status == to else "Take it back first, then decide again.",
        )
    if only_from == "promoted":
        raise NotInUse(f"This lesson is {words}, not in use, so it cannot be taken back.", "Reload the list.")
    fix = "Reload the list." if view.status == to else "Open it again first."
    raise IllegalMove(f"This lesson is {words}; from there it cannot become “{STATUS_WORDS[to]}”.", fix)


def _actor(name: str) -> str:
    name = one_line(name)
    if not name:
        raise ValueError("every row of the ledger names who made it")
    return name


def _evidence(evidence: str | Mapping[str, JSON]) -> Mapping[str, JSON]:
    if isinstance(evidence, str):
        return cast(Mapping[str, JSON], {"note": one_line(evidence)} if evidence else {})
    return evidence
