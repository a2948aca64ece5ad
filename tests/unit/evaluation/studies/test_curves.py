"""A curve tells where an arm stood after each task, with a band that repeats do not make narrower than they should."""

import math

import numpy as np
import pytest
from scipy import stats

from purpose_agent.evaluation.studies.curves import curve
from purpose_agent.evaluation.studies.outcomes import Outcome


def outcome(task: int, *, repeat: int = 0, right: bool | None = True, **fields: object) -> Outcome:
    usual: dict[str, object] = {
        "run_id": f"{repeat}-{task}", "arm": "lessons", "repeat": repeat, "position": task, "part": "transfer",
        "task_id": f"t{task}", "right": right, "tokens": 10, "seconds": 0.5, "steps": 2, "model": "a",
    }  # fmt: skip
    return Outcome(**{**usual, **fields})  # type: ignore[arg-type]


def score_interval(share: float, n: int) -> tuple[float, float]:
    """The two shares p that lie 1.96 standard errors of p from what was seen: roots of a parabola."""
    z2 = stats.norm.isf(0.025) ** 2
    low, high = sorted(np.roots([n + z2, -(2 * n * share + z2), n * share**2]))
    return float(low), float(high)


def test_the_band_is_wilsons_and_sums_run_along() -> None:
    points = list(curve([outcome(n, right=n % 3 > 0) for n in range(12)], "transfer", "tokens"))
    assert [point.n for point in points] == list(range(1, 13))
    last = points[-1]
    assert last.solved is not None
    assert last.solved == pytest.approx((8 / 12, *score_interval(8 / 12, 12)))
    assert (last.tokens, last.seconds, last.steps, last.runs) == (120, 6.0, 24, 12)


def test_repeats_of_a_task_count_as_one_task() -> None:
    rows = [outcome(task, repeat=repeat, right=repeat > 0) for repeat in range(3) for task in range(10)]
    points = list(curve(rows, "transfer", "tokens"))
    assert [len(point.run_ids) for point in points] == [3] * 10
    last = points[-1].solved
    assert last is not None
    assert last == pytest.approx((2 / 3, *score_interval(2 / 3, 10)))
    assert points[-1].runs == 30


def test_repeats_in_another_order_meet_at_their_places() -> None:
    rows = [outcome(n) for n in range(4)]
    rows += [outcome(3 - n, repeat=1, right=False, position=n, run_id=f"1-{n}") for n in range(4)]
    points = list(curve(rows, "transfer", "tokens"))
    assert [point.run_ids for point in points][:2] == [("0-0", "1-0"), ("0-1", "1-1")]
    assert points[-1].solved is not None
    assert points[-1].solved.estimate == 0.5


def test_what_nobody_can_judge_moves_no_share() -> None:
    points = list(curve([outcome(0), outcome(1, right=None)], "transfer", "tokens"))
    assert points[0].solved == points[1].solved
    assert next(curve([outcome(0, right=None)], "transfer", "tokens")).solved is None


def test_parts_are_curves_of_their_own() -> None:
    rows = [outcome(0), outcome(1, part="harm", right=False), outcome(2, part="retry", turn=1)]
    assert [len(list(curve(rows, part, "tokens"))) for part in ("transfer", "retry", "harm")] == [1, 1, 1]
    assert not list(curve([], "transfer", "tokens"))


def test_scores_without_evidence_are_left_out() -> None:
    rows = [outcome(0, phi=8.0, tier="given_tests"), outcome(1, phi=2.0, tier="self")]
    assert math.isclose(list(curve(rows, "transfer", "tokens"))[-1].phi or 0, 8.0)


def test_another_model_or_judge_begins_an_axis_and_a_task_without_a_judge_does_not() -> None:
    judges = ("", "x", "", "x", "y", "")
    points = list(curve([outcome(n, judge=judge) for n, judge in enumerate(judges)], "transfer", "tokens"))
    assert [point.judges for point in points] == [(), ("x",), ("x",), ("x",), ("y",), ("y",)]
    begins = [place for place in range(1, len(points)) if points[place].begins_axis(points[place - 1])]
    assert begins == [4]
    first, other = curve([outcome(0), outcome(1, model="b")], "transfer", "tokens")
    assert other.begins_axis(first)
