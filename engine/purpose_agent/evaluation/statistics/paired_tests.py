"""Tests of "no difference" for the same tasks in two arms, for a size fixed before anyone looked.

Two-sided p-values. Whoever looks after every task needs `agreed` or `evidence` instead.
"""

import math

import numpy as np
from scipy.special import bdtr

from purpose_agent.evaluation.statistics.outcomes import Gains

EXACT_UP_TO = 18
FLIPS = 20_000


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact: the tasks that only one arm solved are tosses of a fair coin. 1 where there are none."""
    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def sign_test(gains: Gains) -> float:
    """Exact: as many tasks gained as lost? How much does not count."""
    return mcnemar(int(np.sum(gains > 0)), int(np.sum(gains < 0)))


def sign_flip(gains: Gains, *, seed: int = 0) -> float:
    """Is the mean gain larger than if each task's arms had been exchanged by the toss of a coin (Fisher 1935)?

    Tasks are the clusters: `gains` is (n_tasks,), each the mean over a task's repeats. All 2^n exchanges up to 18
    tasks that differ; beyond that 20,000 drawn by the seed, counting the one that was seen (p is never 0).
    """
    size = np.abs(gains[gains != 0])
    n = len(size)
    if n == 0:
        return 1.0
    seen = abs(math.fsum(gains)) * (1 - 1e-12)
    if n <= EXACT_UP_TO:
        sums = np.zeros(1)
        for gain in size:
            sums = np.concatenate([sums - gain, sums + gain])
        return float(np.mean(np.abs(sums) >= seen))
    signs = np.random.default_rng(seed).integers(0, 2, size=(FLIPS, n)) * 2 - 1
    return float((1 + np.sum(np.abs(signs @ size) >= seen)) / (1 + FLIPS))
