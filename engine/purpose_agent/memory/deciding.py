"""What the memory's own housekeeping and a person's answers to its proposals need to be able to do with lessons.

The engine's `Lessons` does it: the ledger's move, and the event that tells it.
"""

from collections.abc import Mapping
from typing import Protocol

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.ledger_writing import Added
from purpose_agent.types import JSON


class Decisions(Protocol):
    """Each call is one transaction, and one decision that `undo` takes back."""

    def propose(self, card: MemoryCard, *, by: str, reason: str, evidence: str | Mapping[str, JSON] = "") -> Added: ...
    def approve(self, card_id: str, *, by: str, reason: str = "", version: int | None = None) -> CardView: ...
    def archive(
        self, card_id: str, *, by: str, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView: ...
    def revoke(
        self, card_id: str, *, by: str, reason: str = "", evidence: Mapping[str, JSON] | None = None
    ) -> CardView: ...
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
    ) -> CardView: ...
    def note(self, card_id: str, *, by: str, reason: str, evidence: Mapping[str, JSON]) -> CardView: ...
    def undo(self, card_id: str, *, by: str, reason: str = "") -> CardView: ...
