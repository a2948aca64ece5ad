"""Alarms on a stream of runs: has something changed, for the worse or for the better?

Nobody knows the rate before the change, so the runs are compared with one another. As long as nothing changes, the
runs' order carries no information: the rank of each new value among all so far is uniform (with ties broken by a seeded
draw) and independent of the earlier ranks. Bets against that multiply a stake (conformal test martingales: Vovk et al.,
arXiv 2102.10439). Runs of different kinds of task are ranked each among its own kind.

`watch` is for a change at an unknown moment: the stakes laid at every run are summed (Shiryaev-Roberts; e-detectors:
Shin, Ramdas & Rinaldo, arXiv 2203.03532), and on average a false alarm comes no sooner than every `patience` runs.
`since` is for a known moment (a lesson, a model or a critic was changed): one stake, laid then; a false alarm ever
comes with probability at most α.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from purpose_agent.memory.paired_gate import CONFIRMED_AT

Direction = Literal["worse", "better"]

STAKES = np.array([0.25, 0.5, 0.9])
PATIENCE = 1_000
TIES = 0x71E5  # a stream of draws of its own: values simulated from the same seed must not decide their own ties


class Alarm(NamedTuple):
    at: int | None  # the run, from 0, at which the evidence first passed the limit; None: no alarm
    began: int | None  # the run from which on the change most likely holds
    evidence: list[float]  # after each run
    limit: float


def watch(
    values: Sequence[float],
    kinds: Sequence[str] | None = None,
    *,
    direction: Direction = "worse",
    patience: float = PATIENCE,
    seed: int = 0,
) -> Alarm:
    """Has the stream changed at some moment? Evidence after the first alarm goes on from there and tells nothing new.

    values   one for each run in the order of time, more is better: solved 0 or 1, Φ, or effort with its sign turned.
    kinds    the kind of task of each run; None: all alike.
    """
    factors = _factors(values, kinds, direction, seed)
    sums = np.zeros(len(STAKES))
    evidence: list[float] = []
    for factor in factors:
        sums = (sums + 1.0) * factor
        evidence.append(float(np.mean(sums)))
    return _alarm(evidence, patience, factors, 0)


def since(
    values: Sequence[float],
    changed_at: int,
    kinds: Sequence[str] | None = None,
    *,
    direction: Direction = "worse",
    limit: float = CONFIRMED_AT,
    seed: int = 0,
) -> Alarm:
    """Did the runs from index `changed_at` on become worse (or better) than those before?

    The evidence is an e-value, 1 before the change. As later runs are ranked among all, it grows as long as the runs
    before outnumber those after, and then slowly levels off. Raises ValueError for an index outside.
    """
    if not 0 <= changed_at <= len(values):
        raise ValueError(f"{changed_at=} of {len(values)} runs")
    factors = _factors(values, kinds, direction, seed)
    factors[:changed_at] = 1.0
    evidence = np.mean(np.cumprod(factors, axis=0), axis=1).tolist() if len(values) else []
    return _alarm(evidence, limit, factors, changed_at)


def _alarm(evidence: list[float], limit: float, factors: NDArray[np.float64], earliest: int) -> Alarm:
    at = next((i for i, e in enumerate(evidence) if e >= limit), None)
    if at is None:
        return Alarm(None, None, evidence, limit)
    after = np.cumsum(np.log(factors[earliest : at + 1])[::-1], axis=0)[::-1]
    return Alarm(at, earliest + int(np.argmax(after.max(axis=1))), evidence, limit)


def _factors(
    values: Sequence[float], kinds: Sequence[str] | None, direction: Direction, seed: int
) -> NDArray[np.float64]:
    """What each run multiplies the stakes by, (n_runs, stakes): 1 on average while nothing changes."""
    if kinds is not None and len(kinds) != len(values):
        raise ValueError("needs one kind for each run")
    draws = np.random.default_rng([seed, TIES]).random(len(values))
    seen: defaultdict[str, list[float]] = defaultdict(list)
    ranks = np.empty(len(values))
    for i, value in enumerate(values):
        own = seen[kinds[i] if kinds is not None else ""]
        insort(own, value)
        below, up_to = bisect_left(own, value), bisect_right(own, value)
        ranks[i] = (below + draws[i] * (up_to - below)) / len(own)
    lean = 1 - 2 * ranks if direction == "worse" else 2 * ranks - 1
    factors: NDArray[np.float64] = 1 + np.multiply.outer(lean, STAKES)
    return factors
