"""Confirming a lesson by pairs: the same past task with it and without it, and when such pairs are enough.

Only pairs that differ tell anything (McNemar): the lesson wins one, or loses one. If it did nothing, each would be a
toss of a fair coin. The evidence is the likelihood of what was seen under all coins in favour of the lesson, each alike
(uniform on 1/2 … 1), against the fair one. That is an e-value: at any moment, also when one looks after every pair and
stops at will, it passes 1/α with probability at most α if the lesson does nothing (Ville's inequality; Ramdas et al.,
arXiv 2210.01948). 20 confirms a lesson at α = 0.05. Several lessons at once share that α (e-BH, arXiv 2009.02824).

Pairs on one task are no independent proofs, so each task has one vote.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

ALPHA = 0.05
CONFIRMED_AT = 1.0 / ALPHA
LESS = 0.8
"""Effort counts as lower only below this share of what it was: some per cent more or less is noise."""
LIKELY = 0.9


class Votes(NamedTuple):
    """Tasks on which the lesson did better, and on which it did worse; the others say nothing."""

    wins: int
    losses: int


class Ratio(NamedTuple):
    """Effort with the lesson as a share of the effort without it: the median, and where it likely lies."""

    middle: float
    low: float
    high: float


def e_value(votes: Votes) -> float:
    """Evidence that the lesson helps; 1 = none. Exact, by whole numbers."""
    wins, total = votes.wins, votes.wins + votes.losses
    tail = sum(math.comb(total + 1, k) for k in range(wins + 1))
    return tail / ((total + 1) * math.comb(total, wins))


def highest(outcomes: Iterable[bool]) -> float:
    """The highest evidence that was reached on the way through wins (True) and losses, in the order of their coming."""
    wins = losses = 0
    best = 1.0
    for won in outcomes:
        wins, losses = wins + won, losses + (not won)
        best = max(best, e_value(Votes(wins, losses)))
    return best


def confirmed(evidence: Mapping[str, float], alpha: float = ALPHA) -> set[str]:
    """Which of several lessons are confirmed together: of those named, at most a share alpha do nothing (e-BH)."""
    ranked = sorted(evidence.items(), key=lambda item: (-item[1], item[0]))
    passed = [rank for rank, (_, e) in enumerate(ranked, 1) if e * rank >= len(ranked) / alpha]
    return {name for name, _ in ranked[: max(passed, default=0)]}


def votes(differences: Iterable[tuple[str, int]]) -> Votes:
    """One vote a task. `differences`: (task, +1 better / -1 worse / 0 the same) for each pair."""
    by_task: dict[str, int] = {}
    for task, better in differences:
        by_task[task] = by_task.get(task, 0) + better
    return Votes(sum(total > 0 for total in by_task.values()), sum(total < 0 for total in by_task.values()))


def effort_difference(with_it: int, without: int) -> int:
    """+1 clearly less effort with the lesson, -1 clearly more, 0 about the same or not known."""
    if with_it <= 0 or without <= 0:
        return 0
    return 1 if with_it < LESS * without else -1 if without < LESS * with_it else 0


def effort_ratio(pairs: Sequence[tuple[int, int]]) -> Ratio | None:
    """(with, without) for each pair. The interval is that of the median by order statistics: no shape is assumed."""
    ratios = sorted(with_it / without for with_it, without in pairs if with_it > 0 and without > 0)
    if not ratios:
        return None
    n = len(ratios)
    middle = ratios[n // 2] if n % 2 else math.sqrt(ratios[n // 2 - 1] * ratios[n // 2])
    cut = _cut(n)
    return Ratio(middle, ratios[cut], ratios[n - 1 - cut])


def _cut(n: int) -> int:
    """How many of the lowest and of the highest may be left out, so that the rest holds the median likely enough."""
    cut, tail = 0, 0.5**n
    while cut + 1 <= (n - 1) // 2:
        tail += math.comb(n, cut + 1) * 0.5**n
        if 2.0 * tail > 1.0 - LIKELY:
            break
        cut += 1
    return cut
