"""One transaction of the ledger: the moves a card may make, and the rows and index entries that go with them.

The fold stands as of the write lock, so what is checked here is true until the commit. Rows are folded only when they
are read back after the commit: a transaction that is rolled back leaves no trace in memory either.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection

import msgspec

from purpose_agent.memory.cards import STATUS_WORDS, CardStatus, MemoryCard, one_line
from purpose_agent.memory.errors import CardNotFound, IllegalMove, NotInQuarantine, NotInUse, ReasonNeeded
from purpose_agent.memory.fold import SCANNER, SEEN_AGAIN, TAKEN_BACK, UNDO_TO, CardView, Fold
from purpose_agent.memory.ledger_rows import MOVES, RESTORED, chained, insert, unchained
from purpose_agent.memory.scanning import Scanner, scan
from purpose_agent.memory.word_index import WordIndex
from purpose_agent.types import JSON, Record

MAX_REASON = 500
REPLACED_BY = "replaced_by"
"""Evidence key on a card that was put away because another took its place: that card's id."""


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


class Writing:
    """Rows to be appended under the write lock. `actor` is who makes them all, but for the scanners' own."""

    def __init__(
        self,
        db: Connection,
        fold: Fold,
        index: WordIndex,
        *,
        actor: str,
        scanners: Sequence[Scanner],
        clock: Callable[[], datetime],
    ) -> None:
        self.db = db
        self._actor = named(actor)
        self._fold = fold
        self._index = index
        self._scanners = scanners
        self._clock = clock
        self._last = fold.last
        self._born: dict[str, int] = {}

    def known(self, card_id: str) -> CardView:
        return known(self._fold, card_id)

    def add(self, card: MemoryCard, reason: str, evidence: Mapping[str, JSON]) -> Added:
        """A new card in quarantine, or a note on the card that says the same already."""
        twin = self._fold.same_as(card)
        if twin and twin.card_id not in card.supersedes:  # a merged card may say what one of its sources says
            noted = {**evidence, "run": card.source_run} if card.source_run else evidence
            self._append(twin.card, (twin.status, twin.status), SEEN_AGAIN, evidence=noted)
            return Added(card=twin.card, status=twin.status, is_new=False)
        if self._fold.get(card.card_id):
            raise ValueError(f"a card with this id exists already: {card.card_id}")
        card = msgspec.structs.replace(card, version=1)
        self._append(card, ("", "candidate"), reason, evidence=evidence, with_content=True)
        waits = self.quarantine(card, "candidate", "waits for a decision")
        return Added(card=card, status="quarantined" if waits else "rejected", is_new=True)

    def quarantine(self, card: MemoryCard, status: CardStatus, reason: str, *, with_content: bool = False) -> bool:
        """Scan the card and let it wait. False when a critical finding turned it down at once."""
        before = self._fold.get(card.card_id)
        if before is not None and before.is_erased:
            raise erased(card.card_id)
        findings = scan(card, self._scanners)
        found: dict[str, JSON] = {"findings": msgspec.to_builtins(findings)} if self._scanners else {}
        self._append(card, (status, "quarantined"), reason, evidence=found, with_content=with_content)
        if status == "promoted":
            self._index.remove(self.db, self._place(card))
        for finding in findings:
            if finding.severity == "critical":
                by = f"{SCANNER}{finding.scanner}"
                self._append(card, ("quarantined", "rejected"), finding.why, actor=by)
                return False
        return True

    def decide(self, view: CardView, to: CardStatus, reason: str, evidence: Mapping[str, JSON] | None = None) -> None:
        """Move a card. Raises an IllegalMove when its status forbids it, ReasonNeeded when its findings do."""
        if view.is_erased:
            raise erased(view.card_id)
        check_move(view, to)
        if to == "promoted" and not one_line(reason) and any(f.severity == "critical" for f in view.findings):
            raise ReasonNeeded(
                "A scanner found something critical in this lesson.", "Write why it may be used all the same."
            )
        self._append(view.card, (view.status, to), reason, evidence=evidence)
        if view.status == "promoted":
            self._index.remove(self.db, view.born)
        if to == "promoted":
            self._index.add(self.db, view.born, view.card)
            self._replace_others(view.card)

    def promote(self, card: MemoryCard, reason: str, *, undo_to: int) -> None:
        """Promote a card that this very transaction put into quarantine; an undo takes the whole transaction back."""
        self._append(card, ("quarantined", "promoted"), reason, evidence={UNDO_TO: undo_to})
        self._index.add(self.db, self._place(card), card)
        self._replace_others(card)

    def note(self, view: CardView, reason: str, evidence: Mapping[str, JSON]) -> None:
        self._append(view.card, (view.status, view.status), reason, evidence=evidence)

    def restore(self, view: CardView, target: CardView, reason: str, *, undo: bool = False) -> None:
        """Bring a card back to a state in which it has been: its words, its standing, its place among those in use."""
        evidence: dict[str, JSON] = {RESTORED: target.row}
        if undo:
            evidence[TAKEN_BACK] = True
        self._append(target.card, (view.status, target.status), reason, evidence=evidence)
        if view.status == "promoted":
            self._index.remove(self.db, view.born)
        if target.status == "promoted":
            self._index.add(self.db, view.born, target.card)

    def put_away(self, view: CardView, reason: str, evidence: Mapping[str, JSON] | None = None) -> None:
        """Archive a card that waits or is in use; any other is out of reach of prompts already."""
        if view.status not in ("quarantined", "promoted"):
            return
        self._append(view.card, (view.status, "archived"), reason, evidence=evidence)
        if view.status == "promoted":
            self._index.remove(self.db, view.born)

    def bring_to_rest(self, view: CardView, reason: str) -> None:
        """Put a card away from wherever it stands."""
        if view.status == "rejected":
            self._append(view.card, ("rejected", "quarantined"), reason)
            self._append(view.card, ("quarantined", "archived"), reason)
        else:
            self.put_away(view, reason)

    def name_erased(self, view: CardView, evidence: Mapping[str, JSON], reason: str) -> None:
        """Account for blanked rows of a card that was put away."""
        self._append(view.card, ("archived", "archived"), reason, evidence=evidence)

    def _replace_others(self, card: MemoryCard) -> None:
        for card_id in card.supersedes:
            replaced = self._fold.get(card_id)
            if replaced is not None and card_id != card.card_id:
                self.put_away(replaced, f"replaced by {card.card_id}", {REPLACED_BY: card.card_id})

    def _append(
        self,
        card: MemoryCard,
        move: tuple[str, str],
        reason: str,
        *,
        actor: str = "",
        evidence: Mapping[str, JSON] | None = None,
        with_content: bool = False,
    ) -> None:
        row = unchained(
            card,
            move,
            actor=actor or self._actor,
            reason=one_line(reason)[:MAX_REASON],
            at=self._clock(),
            evidence=evidence,
            with_content=with_content,
        )
        self._last = chained(self._last, row)
        insert(self.db, self._last)
        self._born.setdefault(card.card_id, self._last.position)

    def _place(self, card: MemoryCard) -> int:
        """Position of the card's first row, also when that row is of this transaction."""
        view = self._fold.get(card.card_id)
        return view.born if view else self._born[card.card_id]


def known(fold: Fold, card_id: str) -> CardView:
    view = fold.get(card_id)
    if view is None:
        raise not_found(card_id)
    return view


def not_found(card_id: str) -> CardNotFound:
    return CardNotFound(f"There is no lesson with the id {card_id}.", "Reload the list of lessons.")


def erased(card_id: str) -> IllegalMove:
    return IllegalMove(f"The lesson {card_id} was erased; nothing of it is left.", "Teach it anew if it is wanted.")


def check_move(view: CardView, to: CardStatus, only_from: CardStatus | None = None) -> None:
    legal = view.status != to and (view.status, to) in MOVES
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


def named(actor: str) -> str:
    name = one_line(actor)
    if not name:
        raise ValueError("every row of the ledger names who made it")
    return name
