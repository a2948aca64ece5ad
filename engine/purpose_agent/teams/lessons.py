"""Decisions about lessons, as every face of the product makes them: the ledger's move, and the event that tells it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.ledger import Added
from purpose_agent.memory.memory import TESTED_POLICY, Memory
from purpose_agent.runtime.events import (
    Event,
    MemoryArchived,
    MemoryCandidate,
    MemoryPromoted,
    MemoryQuarantined,
    MemoryRejected,
    SkillRollback,
    now,
)
from purpose_agent.types import JSON, Score

PERSON = "person"


class Lessons:
    """`last_seq` and `store` are the log's; a decision is nobody's run, so it goes to the event stream of its card."""

    def __init__(
        self, memory: Memory, *, last_seq: Callable[[str], int], store: Callable[[Sequence[Event]], None]
    ) -> None:
        self._memory = memory
        self._ledger = memory.ledger
        self._last_seq = last_seq
        self._store = store

    def teach(self, text: str, *, by: str = PERSON, scope: Scope | None = None) -> MemoryCard:
        """A person's own rule: in use from the next run on."""
        card = self._memory.teach(text, by=by, scope=scope)
        self._tell(card.card_id, partial(MemoryPromoted, by=by, reason="taught"))
        return card

    def propose(self, card: MemoryCard, *, by: str, reason: str, evidence: str | Mapping[str, JSON] = "") -> Added:
        """A lesson that no run made: it waits for a decision, unless a scanner turns it down or it was known."""
        added = self._ledger.add_candidate(card, actor=by, reason=reason, evidence=evidence)
        if added.is_new:
            self._tell(added.card_id, partial(MemoryCandidate, text=added.text))
            waits = added.status == "quarantined"
            self._tell(
                added.card_id,
                partial(MemoryQuarantined, reason="waits for a decision")
                if waits
                else partial(MemoryRejected, by="scanner", reason="a scanner turned it down"),
            )
        return added

    def approve(self, card_id: str, *, by: str = PERSON, reason: str = "", version: int | None = None) -> CardView:
        """Let a waiting lesson be used. `version`: the one that the person read."""
        view = self._ledger.approve(card_id, by=by, reason=reason, version=version)
        self._tell(card_id, partial(MemoryPromoted, by=by, reason=reason))
        return view

    def approve_if_trusted(self, card_id: str, score: Score) -> bool:
        """The policy that a person switched on: what their own tests confirmed is used without asking."""
        approved = self._memory.approve_if_trusted(card_id, score)
        if approved:
            self._tell(card_id, partial(MemoryPromoted, by=TESTED_POLICY))
        return approved

    def reject(self, card_id: str, *, by: str = PERSON, reason: str = "", version: int | None = None) -> CardView:
        """Turn a waiting lesson down."""
        view = self._ledger.reject(card_id, by=by, reason=reason, version=version)
        self._tell(card_id, partial(MemoryRejected, by=by, reason=reason))
        return view

    def archive(
        self, card_id: str, *, by: str = PERSON, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView:
        """Put a waiting or used lesson away."""
        view = self._ledger.archive(card_id, by=by, reason=reason, evidence=evidence)
        self._tell(card_id, partial(MemoryArchived, by=by, reason=reason))
        return view

    def revoke(
        self, card_id: str, *, by: str = PERSON, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView:
        """Take a lesson out of use, back to where it waits for a decision."""
        return self._told_waiting(self._ledger.revoke(card_id, by=by, reason=reason, evidence=evidence), reason)

    def reopen(self, card_id: str, *, by: str = PERSON, reason: str = "") -> CardView:
        """Let a lesson that was turned down or put away wait for a decision again."""
        return self._told_waiting(self._ledger.reopen(card_id, by=by, reason=reason), reason)

    def edit(
        self,
        card_id: str,
        *,
        by: str = PERSON,
        reason: str = "",
        when: str | None = None,
        do: str | None = None,
        why: str | None = None,
        unless: str | None = None,
        scope: Scope | None = None,
        approve: bool = False,
    ) -> CardView:
        """Write the lesson's next version; it waits for a decision, or is approved with the edit."""
        view = self._ledger.edit(
            card_id, by=by, reason=reason, when=when, do=do, why=why, unless=unless, scope=scope, approve=approve
        )
        match view.status:
            case "promoted":
                self._tell(card_id, partial(MemoryPromoted, by=by, reason=reason or "approved with the edit"))
            case "rejected":
                self._tell(card_id, partial(MemoryRejected, by=view.changed_by, reason=view.reason))
            case _:
                self._told_waiting(view, reason or "edited")
        return view

    def note(self, card_id: str, *, by: str, reason: str, evidence: Mapping[str, JSON]) -> CardView:
        """Keep what was found out about a lesson; nothing is decided by it, so there is no event."""
        return self._ledger.note(card_id, by=by, reason=reason, evidence=evidence)

    def undo(self, card_id: str, *, by: str = PERSON, reason: str = "") -> CardView:
        """Take the last decision about a lesson back; again, and the one before it."""
        view = self._ledger.undo(card_id, by=by, reason=reason)
        self._told_back(view, by, reason or "taken back")
        return view

    def rollback(
        self, to: int | datetime, *, by: str = PERSON, reason: str = "", card_ids: Collection[str] | None = None
    ) -> list[CardView]:
        """Bring one lesson, or the whole memory, back to how it stood at a moment; the lessons that moved."""
        moved = self._ledger.rollback(to, by=by, reason=reason, card_ids=card_ids)
        for view in moved:
            self._told_back(view, by, reason or "rolled back")
        return moved

    def _told_waiting(self, view: CardView, reason: str) -> CardView:
        self._tell(view.card_id, partial(MemoryQuarantined, reason=reason))
        return view

    def _told_back(self, view: CardView, by: str, reason: str) -> None:
        self._tell(view.card_id, partial(SkillRollback, to_version=view.card.version, by=by, reason=reason))

    def _tell(self, card_id: str, make: Callable[..., Event]) -> None:
        stream = f"memory:{card_id}"
        self._store([make(run_id=stream, seq=self._last_seq(stream) + 1, at=now(), card_id=card_id)])
