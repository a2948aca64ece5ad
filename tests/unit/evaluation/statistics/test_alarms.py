"""A changed stream raises an alarm soon; an unchanged one as seldom as promised."""

import numpy as np
import pytest

from purpose_agent.evaluation.statistics.alarms import since, watch


def stream(seed: int, *parts: tuple[int, float]) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(rng.random() < rate) for n, rate in parts for _ in range(n)]


def test_without_a_change_alarms_come_no_sooner_on_average_than_was_agreed() -> None:
    waits = []
    for seed in range(200):
        found = watch(stream(seed, (600, 0.7)), patience=50, seed=seed)
        waits.append(600 if found.at is None else found.at + 1)
    assert np.mean(waits) - 2 * np.std(waits) / np.sqrt(200) >= 50


def test_a_known_moment_without_a_change_alarms_in_at_most_five_of_a_hundred() -> None:
    alarms = sum(since(stream(seed, (300, 0.7)), 100, seed=seed).at is not None for seed in range(300))
    assert alarms <= 0.05 * 300


def test_a_fall_from_seventy_to_forty_per_cent_is_seen_within_some_dozens_of_runs_and_dated() -> None:
    delays, dated = [], []
    for seed in range(60):
        found = watch(stream(seed, (100, 0.7), (150, 0.4)), seed=seed)
        if found.at is not None and found.at >= 100:
            assert found.began is not None
            delays.append(found.at - 99)
            dated.append(found.began)
    assert len(delays) >= 50
    assert np.median(delays) <= 45
    assert abs(np.median(dated) - 100) <= 10


def test_a_change_at_a_known_moment_is_dated_no_earlier() -> None:
    found = since(stream(3, (80, 0.9), (80, 0.4)), 80)
    assert found.at is not None
    assert found.began is not None
    assert 80 <= found.began <= found.at
    assert found.evidence[:80] == [1.0] * 80


def test_a_rise_is_no_alarm_for_the_worse_but_one_for_the_better() -> None:
    better = stream(1, (100, 0.3), (100, 0.8))
    assert watch(better, direction="worse").at is None
    assert (watch(better, direction="better").at or 0) > 100


def test_another_mix_of_tasks_is_no_change_when_kinds_are_told() -> None:
    rng = np.random.default_rng(4)
    kinds = ["easy"] * 150 + ["hard" if rng.random() < 0.9 else "easy" for _ in range(150)]
    values = [float(rng.random() < (0.9 if kind == "easy" else 0.2)) for kind in kinds]
    assert watch(values).at is not None
    assert watch(values, kinds).at is None


def test_only_the_order_of_values_matters_and_the_seed_makes_it_repeatable() -> None:
    values = np.random.default_rng(5).gamma(2.0, size=60)
    assert watch(values.tolist(), seed=3) == watch(np.log(values).tolist(), seed=3)


def test_nothing_yet_is_no_alarm_and_a_wrong_index_is_refused() -> None:
    assert watch([]).at is None
    assert since([], 0).evidence == []
    with pytest.raises(ValueError, match="changed_at"):
        since([1.0], 2)
    with pytest.raises(ValueError, match="kind"):
        watch([1.0], [])
