"""Whether two lessons say the opposite where both apply.

A false alarm costs a person's trust, so a clash counts only where the rest is the same: the same act under the same
condition, in scopes that overlap, and exactly one thing that turns it round.
"""

from typing import NamedTuple

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.opposites import OPPOSITES
from purpose_agent.memory.statements import NOT, Phrase, Statement, alike, statement
from purpose_agent.memory.task_kinds import covers

SAME_ACT = 0.6
SAME_FRAME = 0.75
SAME_CONDITION = 0.7

_PAIRS = {frozenset(pair) for pair in OPPOSITES}


class Clash(NamedTuple):
    """The word or phrase on each side that turns the lesson round, in the order of the two cards."""

    one: str
    other: str


def clash(one: MemoryCard, other: MemoryCard) -> Clash | None:
    """What contradicts between the two; None when they can both be followed."""
    if not overlap(one.scope, other.scope):
        return None
    return clash_of(statement(one), statement(other))


def clash_of(one: Statement, other: Statement) -> Clash | None:
    if not _may_meet(one, other) or one.do.code != other.do.code:
        return None
    a, b = one.do, other.do
    if swapped := _swapped(a, b):
        return swapped
    turned = [found for found in (_negation(a, b), _poles(a, b), _values(a, b), _amounts(a, b)) if found]
    if len(turned) != 1 or not _only_that(a, b, turned[0]):
        return None
    return turned[0].clash


def overlap(one: Scope, other: Scope) -> bool:
    """Whether there can be a task that both scopes cover."""
    return _nested(one.task_kind, other.task_kind) and all(
        not a or not b or a == b for a, b in ((one.agent, other.agent), (one.tool, other.tool), (one.user, other.user))
    )


def nested(one: Scope, other: Scope) -> bool:
    """Whether one of the scopes holds the other."""
    return holds(one, other) or holds(other, one)


def holds(wide: Scope, narrow: Scope) -> bool:
    """Whether the first covers every task of the second."""
    parts = ((wide.agent, narrow.agent), (wide.tool, narrow.tool), (wide.user, narrow.user))
    return covers(wide.task_kind, narrow.task_kind) and all(not a or a == b for a, b in parts)


def are_opposite(one: str, other: str) -> bool:
    return frozenset((one, other)) in _PAIRS


class _Turn(NamedTuple):
    clash: Clash
    part: str  # which part of the phrase differs


def _nested(one: str, other: str) -> bool:
    return covers(one, other) or covers(other, one)


def _may_meet(one: Statement, other: Statement) -> bool:
    """Whether the conditions can hold together, and neither lesson excepts what the other is about."""
    return same_condition(one.when, other.when) and not (_excepts(one.unless, other) or _excepts(other.unless, one))


def same_condition(a: Phrase, b: Phrase) -> bool:
    """Whether one is part of the other, or they are worded much alike; no condition is part of any."""
    if not (a.words or a.poles) or not (b.words or b.poles):
        return True
    if (a.negation != "", NOT in a.words, *a[2:5]) != (b.negation != "", NOT in b.words, *b[2:5]):
        return False
    return a.words <= b.words or b.words <= a.words or alike(a.words, b.words) >= SAME_CONDITION


def _excepts(unless: Phrase, other: Statement) -> bool:
    if not (unless.words or unless.values):
        return False
    return len(unless.words & other.when.words) * 2 >= len(unless.words)


def _negation(a: Phrase, b: Phrase) -> _Turn | None:
    if bool(a.negation) == bool(b.negation):
        return None
    return _Turn(Clash(a.negation or "do", b.negation or "do"), "negation")


def _poles(a: Phrase, b: Phrase) -> _Turn | None:
    only_a, only_b = a.poles - b.poles, b.poles - a.poles
    pairs = [(x, y) for x in sorted(only_a) for y in sorted(only_b) if are_opposite(x, y)]
    return _Turn(Clash(*pairs[0]), "poles") if len(pairs) == 1 and len(only_a) == len(only_b) == 1 else None


def _values(a: Phrase, b: Phrase) -> _Turn | None:
    left, right = dict(a.values), dict(b.values)
    differ = [group for group in left.keys() & right.keys() if left[group] != right[group]]
    if len(differ) != 1 or left.keys() != right.keys():
        return None
    return _Turn(Clash(left[differ[0]], right[differ[0]]), "values")


def _amounts(a: Phrase, b: Phrase) -> _Turn | None:
    if len(a.amounts) != len(b.amounts):
        return None
    differ = [(x, y) for x, y in zip(a.amounts, b.amounts, strict=True) if x != y]
    if len(differ) != 1 or a.is_bound != b.is_bound or (a.is_bound and not (a.is_upper and b.is_upper)):
        return None
    return _Turn(Clash(*differ[0]), "amounts")


def _only_that(a: Phrase, b: Phrase, turn: _Turn) -> bool:
    """Whether all the rest is the same."""
    same = {
        "negation": bool(a.negation) == bool(b.negation),
        "poles": a.poles == b.poles,
        "values": a.values == b.values,
        "amounts": a.amounts == b.amounts,
    }
    if not all(is_same for part, is_same in same.items() if part != turn.part):
        return False
    least = SAME_ACT if turn.part == "negation" else SAME_FRAME
    substance = len(a.words & b.words) + len(a.poles & b.poles) + len(a.values) + len(a.amounts)
    return alike(a.words, b.words) >= least and substance >= 1


def _swapped(a: Phrase, b: Phrase) -> Clash | None:
    """Whether one says "x instead of y" and the other "y instead of x"."""
    (take_a, leave_a), (take_b, leave_b) = a.instead, b.instead
    if not (take_a and take_b) or take_a == leave_a or take_a != leave_b or take_b != leave_a:
        return None
    return Clash(" ".join(sorted(take_a - take_b)), " ".join(sorted(take_b - take_a)))
