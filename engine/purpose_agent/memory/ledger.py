"""The ledger of lessons: every change of a card is an appended row, and only its promoted view feeds a prompt.

candidate → quarantined → promoted | rejected | archived. A promoted card can be put away or taken back to quarantine; a
rejected one can be appealed and an archived one fetched back, both into quarantine. A new card passes from candidate to
quarantined in the same transaction in which it is written, once the scanners have seen it. An undo and a roll-back are
rows like any other; they bring a card back only to a state in which this very card has been.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from purpose_agent.memory import ledger_rows
from purpose_agent.memory.cards import STATUSES, CardStatus, MemoryCard, Scope, one_line, tidied
from purpose_agent.memory.chain import Verification, verify
from purpose_agent.memory.effects import EffectLedger
from purpose_agent.memory.erasure import erase_cards
from purpose_agent.memory.errors import LessonChanged, NothingToUndo
from purpose_agent.memory.fold import CardView, Fold
from purpose_agent.memory.history import AsOf, Moment, moment_at, roll_back, take_back
from purpose_agent.memory.ledger_rows import LedgerRow, LedgerStore, readable, reading, rows_of
from purpose_agent.memory.ledger_writing import Added, Writing, check_move, known, not_found
from purpose_agent.memory.promoted import PromotedView, TrialLesson, on_trial
from purpose_agent.memory.scanning import Scanner
from purpose_agent.memory.word_index import WordIndex
from purpose_agent.runtime.events import now
from purpose_agent.types import JSON

__all__ = ["Added", "CardView", "Ledger", "LedgerRow", "LedgerStore", "Verification"]


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
        noted: Mapping[str, JSON] = evidence if isinstance(evidence, Mapping) else _note(evidence)
        with self._writing(actor) as writing:
            return writing.add(card, reason, noted)

    def teach(self, card: MemoryCard, *, by: str) -> Added:
        """A person's own words: written, quarantined and promoted in one transaction, through the same rows.

        Words that were turned down or put away before are scanned again and come back into use.
        """
        card = tidied(card)
        with self._writing(by) as writing:
            added = writing.add(card, "taught", {})
            if added.status == "promoted" or (added.is_new and added.status == "rejected"):
                return added
            before = self._fold.get(added.card_id)
            if added.status != "quarantined" and not writing.quarantine(added.card, added.status, "taught again"):
                return msgspec.structs.replace(added, status="rejected")
            writing.promote(added.card, "taught", undo_to=before.row if before else 0)
            return msgspec.structs.replace(added, status="promoted")

    # What a person, or a policy they switched on, decides

    def approve(self, card_id: str, *, by: str, reason: str = "", version: int | None = None) -> CardView:
        """Let a waiting lesson be used. `version`: the one on the screen; LessonChanged if it is not the latest."""
        return self._decide(card_id, "promoted", by=by, reason=reason, version=version)

    def reject(self, card_id: str, *, by: str, reason: str = "", version: int | None = None) -> CardView:
        """Turn a waiting lesson down."""
        return self._decide(card_id, "rejected", by=by, reason=reason, version=version)

    def archive(
        self, card_id: str, *, by: str, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView:
        """Put a waiting or used lesson away."""
        return self._decide(card_id, "archived", by=by, reason=reason, evidence=evidence)

    def revoke(
        self, card_id: str, *, by: str, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView:
        """Take a lesson out of use, back to where it waits for a decision."""
        return self._decide(card_id, "quarantined", by=by, reason=reason, only_from="promoted", evidence=evidence)

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
        expires: datetime | None = None,
        approve: bool = False,
    ) -> CardView:
        """Write the card's next version. New words wait for a decision of their own, or are approved with the edit.

        expires  a later end for a lesson that lapses: the same words, to be decided on once more.
        """
        given = {"when": when, "do": do, "why": why, "unless": unless, "scope": scope, "expires": expires}
        changes = {name: value for name, value in given.items() if value is not None}
        with self._writing(by) as writing:
            before = writing.known(card_id)
            card = tidied(msgspec.structs.replace(before.card, **changes))
            if card == before.card:
                if approve:
                    writing.decide(before, "promoted", reason)
            else:
                card = msgspec.structs.replace(card, version=before.versions + 1)
                waits = writing.quarantine(card, before.status, reason or "edited", with_content=True)
                if approve and waits:
                    writing.promote(card, reason or "approved with the edit", undo_to=before.row)
        return self.card(card_id)

    def note(self, card_id: str, *, by: str, reason: str, evidence: Mapping[str, JSON]) -> CardView:
        """Keep what was found out about a card's present words: each key of `evidence` goes into its view."""
        with self._writing(by) as writing:
            writing.note(writing.known(card_id), reason, evidence)
        return self.card(card_id)

    # Taking back

    def undo(self, card_id: str, *, by: str, reason: str = "") -> CardView:
        """Take the last decision about a card back; again, and the one before it. Raises NothingToUndo."""
        with self._writing(by) as writing:
            view = writing.known(card_id)
            if view.undo_to is None:
                raise NothingToUndo("Nothing has been decided about this lesson yet.", "Decide first.")
            take_back(writing, self._fold, view, reason or "taken back")
        return self.card(card_id)

    def rollback(
        self, to: int | datetime, *, by: str, reason: str = "", card_ids: Collection[str] | None = None
    ) -> list[CardView]:
        """Bring cards back to how they stood at a moment: right after a row of the ledger, or at a time.

        card_ids  None = the whole memory, what it learned about the worth of lessons included.
        Returns the cards that moved. Lessons that were not there yet are put away. It is undone by rolling back to the
        position from before it. Raises NoSuchMoment.
        """
        with self._writing(by) as writing:
            moment = self._moment(to)
            moved = roll_back(writing, self._fold, moment, reason, card_ids)
            if card_ids is None:
                self._effects.rewind(writing.db, moment.at)
        return [self.card(card_id) for card_id in moved]

    def as_of(self, to: int | datetime) -> AsOf:
        """The memory as it stood at a moment, to look at. Raises NoSuchMoment."""
        self._refresh()
        return AsOf(self._fold, self._moment(to))

    @property
    def position(self) -> int:
        """Of the newest row; every change of the memory moves it."""
        self._refresh()
        return self._fold.position

    def erase(self, card_ids: Sequence[str], *, by: str) -> int:
        """Take the words of cards out of the record for good; the number of rows that were blanked. Not undoable."""
        with self._writing(by) as writing:
            return erase_cards(writing, card_ids, self._clock())

    # What is there

    def promoted(self) -> PromotedView:
        """The lessons in use now. The only door to a prompt."""
        self._refresh()
        at = self._clock()
        with self._view_lock:
            if self._view is None or not self._view.holds(self._fold.revision, at):
                self._view = PromotedView(self._fold, at=at, earlier=self._view)
            return self._view

    def on_trial(self, card_ids: Iterable[str]) -> tuple[TrialLesson, ...]:
        """Lessons for the prompt of one replay, waiting ones too. Raises NotForTrial."""
        self._refresh()
        return on_trial(self._fold, card_ids)

    def find(self, words: Iterable[str], task_kind: str, limit: int) -> list[tuple[str, float]]:
        """Ids of lessons in use that share words, with their relevance in (0, 1], best first."""
        with reading(self._store) as db:
            return self._index.find(db, words, task_kind, limit)

    def moved(self, since: int, until: int) -> list[str]:
        """Ids of the cards that came into use, left it or were edited in use between two revisions of `promoted()`."""
        return self._fold.moved(since, until)

    def card(self, card_id: str) -> CardView:
        self._refresh()
        return self.with_effects([known(self._fold, card_id)])[0]

    def cards(
        self,
        status: str | None = None,
        text: str = "",
        limit: int = 100,
        offset: int = 0,
        *,
        where: Callable[[CardView], bool] | None = None,
    ) -> list[CardView]:
        """Cards of a status (None = all) whose words contain `text`, newest first, with their effect at home."""
        return self.with_effects(self.views(status, text, where=where)[offset : offset + limit])

    def known(self, card_ids: Iterable[str]) -> list[CardView]:
        """Where these cards stand, without what they are worth; ids that nobody knows are left out."""
        self._refresh()
        return [view for card_id in card_ids if (view := self._fold.get(card_id))]

    def views(
        self, status: str | None = None, text: str = "", *, where: Callable[[CardView], bool] | None = None
    ) -> list[CardView]:
        """The same for all of them at once, without what each is worth."""
        if status is not None and status not in STATUSES:
            raise ValueError(f"no such status: {status!r}; one of {', '.join(STATUSES)}")
        self._refresh()
        wanted = one_line(text).casefold()
        return [
            view
            for view in self._fold.newest_first()
            if (status is None or view.status == status)
            and (not wanted or wanted in view.card.text.casefold())
            and (where is None or where(view))
        ]

    def born_of(self, run_id: str) -> list[CardView]:
        """The cards that a run gave birth to, oldest first."""
        self._refresh()
        return self._fold.born_of(run_id)

    def count(self, status: CardStatus) -> int:
        self._refresh()
        return self._fold.count(status)

    def with_effects(self, views: Sequence[CardView]) -> list[CardView]:
        """The same views, each with what its lesson is worth in the task kind it is at home in."""
        by_home: dict[str, list[CardView]] = {}
        for view in views:
            by_home.setdefault(view.card.scope.task_kind, []).append(view)
        effects = {
            effect.card_id: effect
            for home, group in by_home.items()
            for effect in self._effects.effects([(v.card_id, v.card.version, home) for v in group], home)
        }
        return [msgspec.structs.replace(view, effect=effects[view.card_id]) for view in views]

    # Who, when, why

    def states(self, card_id: str) -> list[CardView]:
        """Every state in which a card has been, oldest first; the last is the present one."""
        self._refresh()
        known(self._fold, card_id)
        return self._fold.states(card_id)

    def history(self, card_id: str) -> list[LedgerRow]:
        """All rows of a card, oldest first."""
        with reading(self._store) as db:
            rows = [readable(row) for row in rows_of(db, card_id)]
        if not rows:
            raise not_found(card_id)
        return rows

    def export(self) -> Iterator[str]:
        """Every row as one line of JSON, in order: who decided what, when and why, with the hashes to check it."""
        with reading(self._store) as db:
            for row in ledger_rows.rows_after(db, 0):
                yield ledger_rows.exported(row)

    def verify(self) -> Verification:
        """Read the whole chain again and say whether every row is as it was written."""
        with reading(self._store) as db:
            return verify(db, known=self._fold.last)

    # Within

    @contextmanager
    def _writing(self, actor: str) -> Iterator[Writing]:
        with self._store.write() as db:
            self._fold.refresh(db)
            yield Writing(db, self._fold, self._index, actor=actor, scanners=self._scanners, clock=self._clock)

    def _refresh(self) -> None:
        with reading(self._store) as db:
            self._fold.refresh(db)

    def _decide(
        self,
        card_id: str,
        to: CardStatus,
        *,
        by: str,
        reason: str,
        version: int | None = None,
        only_from: CardStatus | None = None,
        evidence: Mapping[str, JSON] | None = None,
    ) -> CardView:
        with self._writing(by) as writing:
            before = writing.known(card_id)
            check_move(before, to, only_from)
            if version is not None and version != before.card.version:
                raise LessonChanged("This lesson was edited after it was shown to you.", "Reload and read it again.")
            writing.decide(before, to, reason, evidence)
        return self.card(card_id)

    def _moment(self, to: int | datetime) -> Moment:
        with reading(self._store) as db:
            return moment_at(db, to)


def _note(words: str) -> dict[str, JSON]:
    return {"note": one_line(words)} if words else {}
