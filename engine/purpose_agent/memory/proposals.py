"""What the memory proposes to a person about lessons that are there already: records that a page can draw as they are.

Three kinds: lessons that say nearly the same (`MergeProposal`), two that say the opposite (`ContradictionProposal`),
and a rule of the person's own that is never used (`RestProposal`). Each has a title, a reason, the lessons that it is
about, and choices with ready sentences; a page shows the choices as buttons and hands the chosen `key` to
`Consolidation.resolve`. Nothing is changed before that. `proposal_id` names these very words of these very lessons: an
edit makes another proposal, and one that was answered with "keep" does not come again until the words change.
"""

import hashlib
from collections.abc import Iterable

from purpose_agent.memory.cards import STATUS_WORDS, CardStatus, MemoryCard, Scope
from purpose_agent.memory.fold import CardView
from purpose_agent.types import Record

MERGE = "merge"
KEEP_ALL = "keep all"
SPLIT = "split"
PUT_AWAY = "put away"


def use_only(card_id: str) -> str:
    """The key of the choice that keeps one lesson and puts the others away."""
    return f"use {card_id}"


class Side(Record, frozen=True, kw_only=True):
    """One of the lessons that a proposal is about, as it stood when it was proposed."""

    card_id: str
    version: int
    status: CardStatus
    text: str
    scope: Scope = Scope()

    @property
    def standing(self) -> str:
        """In the words of the screen: "in use", "waiting for you"."""
        return STATUS_WORDS[self.status]


class Choice(Record, frozen=True, kw_only=True):
    """A button: `label` stands on it, `result` says in one sentence what it does. `key` goes to `resolve`."""

    key: str
    label: str
    result: str


class Narrower(Record, frozen=True, kw_only=True):
    """A lesson's new limits in a split. None leaves that part as it is."""

    card_id: str
    scope: Scope | None = None
    when: str | None = None
    unless: str | None = None


class MergeProposal(Record, frozen=True, kw_only=True, tag="merge"):
    """Lessons that say nearly the same in the same scope, or in scopes one of which holds the other.

    sides       two or more, the one that says it best first.
    suggestion  the card that would take their place; a person may change its words before it is made.
    similarity  of the two that are least alike, in [0, 1].
    """

    proposal_id: str
    title: str
    why: str
    sides: tuple[Side, ...]
    choices: tuple[Choice, ...]
    suggestion: MemoryCard
    similarity: float


class ContradictionProposal(Record, frozen=True, kw_only=True, tag="contradiction"):
    """Two lessons that say the opposite where both apply. One item, both sides.

    clash    the two words or phrases that contradict each other ("always", "never"), in the order of the sides.
    narrower  for "split": each side as it is now, to be edited: scope and `unless`, in the order of the sides.
    """

    proposal_id: str
    title: str
    why: str
    sides: tuple[Side, Side]
    choices: tuple[Choice, ...]
    clash: tuple[str, str]
    narrower: tuple[Narrower, Narrower]


class RestProposal(Record, frozen=True, kw_only=True, tag="rest"):
    """A rule of the person's own that could rest. What a person taught is never put away without asking."""

    proposal_id: str
    title: str
    why: str
    sides: tuple[Side]
    choices: tuple[Choice, ...]


Proposal = MergeProposal | ContradictionProposal | RestProposal


class Resolved(Record, frozen=True, kw_only=True):
    """What a choice did: a sentence, and the lessons with a decision that can be undone, in the order of the acts.

    made   the new lesson of a merge; it waits for a decision like any other. Empty for every other choice.
    noted  lessons on which "keep" was noted.
    """

    proposal_id: str
    key: str
    sentence: str
    moved: tuple[str, ...] = ()
    made: str = ""
    noted: tuple[str, ...] = ()


def proposal_id(kind: str, views: Iterable[CardView]) -> str:
    """The same for the same words of the same lessons, in whatever order."""
    named = sorted(f"{view.card_id}@{view.card.version}" for view in views)
    return f"{kind}-{hashlib.blake2b('|'.join(named).encode(), digest_size=8).hexdigest()}"


def side(view: CardView) -> Side:
    card = view.card
    return Side(card_id=card.card_id, version=card.version, status=view.status, text=card.text, scope=card.scope)
