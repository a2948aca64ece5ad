"""Parts of a suite share no family and no task that says nearly the same, and the same seed gives the same parts."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.splits import SplitImpossible, near_duplicates, split
from purpose_agent.evaluation.suite_records import Suite, TaskRow, suite_of
from purpose_agent.evaluation.suites import load_suite

TEXT = "sum list even odd numbers count words string longest reverse first last digit power series mean label"
WORDS = TEXT.split()


def made(*families: str, texts: dict[int, str] | None = None) -> Suite:
    rows = [
        TaskRow(task_id=f"t{n}", text=(texts or {}).get(n, f"Task {n} of {family}"), family=family)
        for n, family in enumerate(families)
    ]
    return suite_of(rows, name="mine")


def ids(suite: Suite) -> list[str]:
    return [item.task.task_id for item in suite.tasks]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=60), st.integers(0, 5))
def test_parts_share_no_family_and_lose_no_task(families: list[int], seed: int) -> None:
    suite = made(*(f"family {number}" if number else "" for number in families))
    try:
        parts = split(suite, seed=seed)
    except SplitImpossible:
        assert len({number for number in families if number}) + families.count(0) < 3
        return
    assert sorted(task for part in parts.parts for task in ids(part)) == sorted(ids(suite))
    assert all(part.tasks for part in parts.parts)
    for one in parts.parts:
        for other in parts.parts:
            assert one is other or not set(one.families) & set(other.families)
    assert split(suite, seed=seed) == parts


def test_the_shipped_stream_is_parted_as_asked_and_keeps_its_order() -> None:
    suite = load_suite("related_stream")
    parts = split(suite, shares=(50, 25, 25), seed=3)
    assert [part.name for part in parts.parts] == [f"related_stream-{p}" for p in ("train", "validation", "eval")]
    assert abs(len(parts.train.tasks) / len(suite.tasks) - 0.5) < 0.15
    order = ids(suite)
    assert all(ids(part) == sorted(ids(part), key=order.index) for part in parts.parts)
    assert len({split(suite, seed=seed).eval.version for seed in range(8)}) > 1


def test_a_split_that_would_leak_is_refused_with_the_reason() -> None:
    with pytest.raises(SplitImpossible, match="1 family that has nothing in common"):
        split(made("a", "a", "a", "a"))
    with pytest.raises(SplitImpossible, match="“a” and “b”"):
        split(made("a", "b", "c", texts={0: "Sum a list of numbers", 1: "sum the list of numbers!"}))
    with pytest.raises(ValueError, match="three shares"):
        split(made("a", "b", "c"), shares=(1, 1))


def test_families_with_a_task_in_common_stay_together_and_it_is_told() -> None:
    long = " ".join(random.Random(1).choices(WORDS, k=60))
    texts = {0: long, 1: f"{long} please"}
    parts = split(made("a", "b", "c", "d", "e", texts=texts))
    assert any({"t0", "t1"} <= set(ids(part)) for part in parts.parts)
    assert "“a” and “b”" in parts.notices[0]


def test_a_family_that_is_most_of_the_suite_is_told() -> None:
    parts = split(made(*["big"] * 18, "b", "c"))
    assert any("train has 90%" in notice for notice in parts.notices)


def test_short_texts_are_near_when_one_word_of_many_differs() -> None:
    texts = [
        "Add all numbers of a list that are even and positive",
        "Add all numbers of a list that are odd and positive",
        "Add two numbers",
        "Multiply two numbers",
        "add two numbers.",
        "Count the words of a text that begin with a capital letter",
    ]
    assert near_duplicates(texts) == [(0, 1), (2, 4)]


def test_many_texts_are_compared_quickly() -> None:
    rng = random.Random(5)
    texts = [" ".join(rng.choices(WORDS, k=40)) for _ in range(600)]
    texts += [f"{text} indeed" for text in texts[:20]]
    assert {(n, 600 + n) for n in range(20)} <= set(near_duplicates(texts))
