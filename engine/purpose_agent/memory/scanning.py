"""The seam where scanners look at a lesson before it may wait for a decision.

A scanner takes a card and returns what it found. A critical finding turns the card down in the same breath; anything
less is kept with the card, for the person who decides.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.types import Record

Severity = Literal["critical", "high", "medium", "low"]


class Finding(Record, frozen=True, kw_only=True):
    """What a scanner saw: `why` in plain words, `start` and `end` its place in the card's text."""

    scanner: str
    severity: Severity
    why: str
    start: int = 0
    end: int = 0


Scanner: TypeAlias = Callable[[MemoryCard], Sequence[Finding]]


def scan(card: MemoryCard, scanners: Sequence[Scanner]) -> tuple[Finding, ...]:
    return tuple(finding for scanner in scanners for finding in scanner(card))


def immune_system(card: MemoryCard) -> Sequence[Finding]:
    """The five scanners of the immune system. Their lexicons and weights are loaded for the first card, not before."""
    from purpose_agent.memory.immune.scan import scan_card

    return scan_card(card)


DEFAULT_SCANNERS: tuple[Scanner, ...] = (immune_system,)
