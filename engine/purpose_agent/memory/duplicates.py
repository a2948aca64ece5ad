"""Which lessons say nearly the same: by meaning and by words, in the same scope or where one scope holds the other.

Vectors find the pairs; words decide. Two lessons are never the same where a word turns one of them round, where their
amounts, values or pieces of code differ, or where they hold under other conditions.
"""

from collections.abc import Mapping, Sequence

import msgspec

from purpose_agent.memory.cards import MAX_TEXT, MemoryCard
from purpose_agent.memory.contradictions import are_opposite, holds, nested, same_condition
from purpose_agent.memory.statements import NOT, Phrase, Statement, alike, statement

NEAR = 0.5
"""Cosine from which a pair is looked at."""
SAME_WORDS = 0.6
PARAPHRASE, RATHER_SAME_WORDS = 0.9, 0.4
"""Where each side has words of its own they have to mean the same ("book" is no other word for "pencil", 0.87)."""
LONGEST = 12
"""Lessons in one group at most: more than that nobody reads."""


def likeness(one: MemoryCard, other: MemoryCard, cosine: float) -> float:
    """How much two cards say the same, in [0, 1]; 0 when they do not."""
    if one.kind != other.kind or not nested(one.scope, other.scope):
        return 0.0
    return likeness_of(statement(one), statement(other), cosine)


def likeness_of(one: Statement, other: Statement, cosine: float) -> float:
    if not (same_condition(one.when, other.when) and _agree(one.do, other.do) and _agree(one.unless, other.unless)):
        return 0.0
    whole, its = one.when.words | one.do.words, other.when.words | other.do.words
    words = min(alike(one.do.words, other.do.words), alike(whole, its))
    each_has_its_own = bool(whole - its and its - whole)
    means_the_same = cosine >= PARAPHRASE
    if cosine < NEAR or (each_has_its_own and not means_the_same):
        return 0.0
    return (cosine + words) / 2 if words >= (RATHER_SAME_WORDS if means_the_same else SAME_WORDS) else 0.0


def groups(same: Mapping[frozenset[str], float]) -> list[tuple[tuple[str, ...], float]]:
    """Groups of card ids that all say the same as each other, with the likeness of the two least alike.

    same  the likeness of two ids, for those that say the same.
    """
    found: list[list[str]] = []
    place: dict[str, int] = {}
    for pair, _ in sorted(same.items(), key=lambda item: (-item[1], sorted(item[0]))):
        one, other = sorted(pair)
        if one in place and other in place:
            continue
        if one not in place and other not in place:
            place[one] = place[other] = len(found)
            found.append([one, other])
            continue
        new, there = (other, one) if one in place else (one, other)
        group = found[place[there]]
        if len(group) < LONGEST and all(frozenset((new, member)) in same for member in group):
            place[new] = place[there]
            group.append(new)
    return [
        (tuple(group), min(same[frozenset((a, b))] for number, a in enumerate(group) for b in group[:number]))
        for group in found
    ]


def merged(cards: Sequence[MemoryCard], best: MemoryCard) -> MemoryCard:
    """The card that may take the place of all: the best one's words in the widest of the scopes.

    A reason or an exception that only another gives is taken over if it still fits a prompt. Credit is not inherited:
    like any new card it has to prove itself.
    """
    widest = next((card.scope for card in cards if all(holds(card.scope, other.scope) for other in cards)), best.scope)
    ids = tuple(sorted(card.card_id for card in cards))
    made = MemoryCard(
        kind=best.kind, do=best.do, when=best.when, scope=widest, author=best.author, origin="merge",
        supersedes=ids, parents=ids,
    )  # fmt: skip
    for name in ("unless", "why"):
        told = sorted({getattr(card, name) for card in cards} - {""}, key=len)
        words = getattr(best, name) or next(iter(told), "")
        fuller = msgspec.structs.replace(made, **{name: words})
        made = fuller if len(fuller.text) <= MAX_TEXT else made
    return made


def _agree(one: Phrase, other: Phrase) -> bool:
    """Whether nothing in one turns the other round or names another thing."""
    return (
        bool(one.negation) == bool(other.negation)
        and (one.values, one.amounts, one.is_bound, one.code)
        == (other.values, other.amounts, other.is_bound, other.code)
        and (NOT in one.words) == (NOT in other.words)
        and one.labels == other.labels
        and not any(are_opposite(x, y) for x in one.poles - other.poles for y in other.poles - one.poles)
        and (one.instead == other.instead or not (one.instead[0] and other.instead[0]))
    )
