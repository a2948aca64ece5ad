"""A p that may be looked at after every task: it agrees with the word, and errs no more often than it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.agreed import looks
from purpose_agent.evaluation.statistics.outcomes import PHI, SOLVED
from purpose_agent.evaluation.statistics.sequential_p import sequential_p

tosses = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=40)


@given(tosses, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_it_is_within_five_per_cent_exactly_where_the_test_decides_now(found: list[float], agreed: int) -> None:
    gains = np.array(found)
    decided = bool(found) and looks(gains, agreed, SOLVED.unit)[-1].decision != 0
    p = sequential_p(gains, SOLVED, agreed)
    assert (p <= 0.05) == decided
    assert p == 1.0 or 0 < p <= 0.05
    assert p == sequential_p(-gains, SOLVED, agreed)


def test_more_of_the_same_is_less_likely() -> None:
    ps = [sequential_p(np.array([1.0] * wins + [0.0] * (30 - wins)), SOLVED, 30) for wins in range(6, 20, 2)]
    assert ps == sorted(ps, reverse=True)
    assert ps[-1] < 0.001


@pytest.mark.parametrize(("alpha", "most"), [(0.05, 0.05), (0.01, 0.01)])
def test_whoever_stops_at_the_best_moment_still_errs_no_more_often_than_it_says(alpha: float, most: float) -> None:
    """1,500 histories of 20 tasks in which nothing differs, looked at after every one: the smallest p of each."""
    rng = np.random.default_rng(5)
    erred = 0
    for _ in range(1_500):
        gains = rng.choice([-1.0, 1.0], size=20) * rng.choice([0.0, 2.0, 7.5], size=20)
        decided = [place for place, look in enumerate(looks(gains, 20, PHI.unit, alpha)) if look.decision]
        erred += any(sequential_p(gains[: place + 1], PHI, 20) <= alpha for place in decided)
    assert erred <= 1_500 * most + 2.6 * (1_500 * most * (1 - most)) ** 0.5
