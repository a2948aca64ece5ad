"""Evidence without an agreed end: e-values, for live runs that nobody planned and everybody looks at.

An e-value starts at 1, and if there is no effect its expected value is never above 1, whenever one stops. So it passes
1/α ever with probability at most α (Ville's inequality; Ramdas et al., arXiv 2210.01948).
"""

import math

import numpy as np
from numpy.typing import NDArray

from purpose_agent.evaluation.statistics.outcomes import Gains

Evidence = NDArray[np.float64]  # (n, 2): for better and for worse, after each task or run

TILTS = np.array([0.1, 0.2, 0.3, 0.45, 0.65, 0.9])
"""Alternatives that share the stake: mean gains in units of the gains' root mean square."""


def paired_evidence(gains: Gains) -> Evidence:
    """After each task, the evidence that the candidate is better, and that it is worse; (n_tasks, 2).

    If the arms do not differ, each gain's sign is the toss of a fair coin, given its size. The alternatives tilt the
    coin by exp(θ·gain) / cosh(θ·gain) with θ in units of the size of the gains so far, the present one included
    (self-normalised: de la Peña, Annals of Probability 27 (1999) 537), and are mixed evenly. Exact for outcomes of any
    shape, of any difficulty, with any number of repeats.
    """
    n = len(gains)
    if n == 0:
        return np.empty((0, 2))
    scale = np.sqrt(np.cumsum(gains**2) / np.arange(1, n + 1))
    relative = np.divide(gains, scale, out=np.zeros(n), where=scale > 0)
    pull = np.multiply.outer(relative, TILTS)
    growth = np.stack([pull - _log_cosh(pull), -pull - _log_cosh(pull)], axis=1)
    return mixed(growth)


def mixed(growth: NDArray[np.float64]) -> Evidence:
    """The mean over alternatives of the products; `growth` holds log factors, (n, 2, alternatives)."""
    logs = np.cumsum(growth, axis=0)
    top = logs.max(axis=2, keepdims=True)
    found: Evidence = np.exp(np.minimum(top[..., 0] + np.log(np.mean(np.exp(logs - top), axis=2)), 700.0))
    return found


def _log_cosh(x: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(x)
    found: NDArray[np.float64] = size + np.log1p(np.exp(-2 * size)) - math.log(2)
    return found
