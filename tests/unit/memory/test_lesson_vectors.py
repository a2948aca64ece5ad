"""Search by meaning: exact, in step with what is in use, and the same whatever happened on the way there."""

import random
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.lesson_vectors import LessonVectors
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.vector_matrix import VectorMatrix, on_grid
from purpose_agent.models.embedding.choose import shipped_embedder
from purpose_agent.runtime.events import now
from purpose_agent.storage.journal import Journal
from purpose_agent.types import Task

SAYINGS = (
    ("the input may be empty", "Check for an empty list."),
    ("the text has accents", "Compare strings after normalising them."),
    ("a date is printed", "Write dates as year, month, day."),
    ("a file is read", "Close the file when done."),
    ("numbers are added", "Beware of overflow with large sums."),
)


def use(memory: Memory, when: str, do: str, **fields: object) -> str:
    card = MemoryCard(kind="skill_card", when=when, do=do, **fields)  # type: ignore[arg-type]
    card_id = memory.ledger.add_candidate(card, actor="extractor", reason="").card_id
    memory.ledger.approve(card_id, by="person")
    return card_id


def vectors(memory: Memory) -> LessonVectors:
    return LessonVectors(shipped_embedder(), memory.ledger.moved)


# The matrix alone


@given(seed=st.integers(0, 2**32), size=st.integers(1, 400), limit=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_the_nearest_are_those_of_a_full_sort(seed: int, size: int, limit: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(-3, 4, (size, 8)).astype(np.float32)  # small whole numbers: many ties, some zero rows
    query = rng.integers(-3, 4, 8).astype(np.float32)
    matrix = VectorMatrix(8)
    for number, row in enumerate(rows):
        matrix.put(f"{number:04}", f"group {number % 3}", row)
    found = matrix.nearest(query, limit, groups={"group 0", "group 2"})

    def exact(number: int) -> float:
        a, b = on_grid(rows[number]).astype(float), on_grid(query).astype(float)
        length = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(a @ b) / length if length else 0.0

    wanted = sorted((-exact(n), f"{n:04}") for n in range(size) if n % 3 != 1 and exact(n) > 1e-7)[:limit]
    assert [score for _, score in found] == pytest.approx([-cosine for cosine, _ in wanted], abs=1e-5)
    assert all(exact(int(key)) == pytest.approx(score, abs=1e-5) for key, score in found)


@given(st.lists(st.tuples(st.sampled_from("pr"), st.integers(0, 40)), max_size=120), st.randoms())
@settings(max_examples=60, deadline=None)
def test_what_is_found_depends_on_what_is_there_and_not_on_how_it_came(
    acts: list[tuple[str, int]], shuffle: random.Random
) -> None:
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((41, 256)).astype(np.float32)
    rows[20:] = rows[:21]  # exact ties
    walked, there = VectorMatrix(256), {}
    for act, number in acts:
        if act == "p":
            walked.put(f"k{number}", "", rows[number])
            there[number] = rows[number]
        else:
            walked.remove(f"k{number}")
            there.pop(number, None)
    straight = VectorMatrix(256)
    for number in shuffle.sample(sorted(there), len(there)):
        straight.put(f"k{number}", "", rows[number])
    query = rng.standard_normal(256).astype(np.float32)
    assert walked.nearest(query, 10) == straight.nearest(query, 10)
    assert len(walked) == len(there)


def test_ties_are_in_the_order_of_their_keys_and_zero_vectors_match_nothing() -> None:
    matrix = VectorMatrix(4)
    for key in ("c", "a", "b"):
        matrix.put(key, "", np.array([1, 0, 0, 0], dtype=np.float32))
    matrix.put("zero", "", np.zeros(4, dtype=np.float32))
    assert [key for key, _ in matrix.nearest(np.array([1, 0, 0, 0], dtype=np.float32), 2)] == ["a", "b"]
    assert len(matrix.nearest(np.array([1, 0, 0, 0], dtype=np.float32), 9)) == 3
    assert matrix.nearest(np.zeros(4, dtype=np.float32), 9) == []
    assert VectorMatrix(4).nearest(np.ones(4, dtype=np.float32), 9) == []


# In step with the ledger


def test_a_lesson_in_other_words_is_found(memory: Memory) -> None:
    ids = [use(memory, *saying) for saying in SAYINGS]
    found = vectors(memory).closest(memory.ledger.promoted(), "handle the case of no elements", 2)
    assert next(iter(found)) == ids[0]


def test_only_lessons_in_use_are_found_and_edits_and_undo_are_followed(memory: Memory) -> None:
    near = vectors(memory)

    def found(text: str) -> list[str]:
        return list(near.closest(memory.ledger.promoted(), text, 10, least=0.5))

    card_id = use(memory, "a date is printed", "Write dates as year, month, day.")
    waiting = memory.ledger.add_candidate(
        MemoryCard(kind="skill_card", when="a date is printed", do="Write dates in full."), actor="x", reason=""
    ).card_id
    assert found("print the date") == [card_id]
    memory.ledger.approve(waiting, by="person")
    assert set(found("print the date")) == {card_id, waiting}
    memory.ledger.archive(card_id, by="person")
    assert found("print the date") == [waiting]
    memory.ledger.undo(card_id, by="person")
    memory.ledger.edit(waiting, by="person", when="a recipe is written", do="Name the flour first.", approve=True)
    assert found("print the date") == [card_id]
    assert found("name the flour in the recipe") == [waiting]


def test_an_expired_lesson_takes_no_place_among_the_nearest(journal: Journal) -> None:
    clock = [now()]
    memory = Memory(journal, clock=lambda: clock[0])
    lapsing = use(memory, "a file is read", "Close the file.", expires=clock[0] + timedelta(days=1))
    staying = use(memory, "a file is read", "Close the file when done.")
    near = vectors(memory)
    assert len(near.closest(memory.ledger.promoted(), "close the file", 2)) == 2
    clock[0] += timedelta(days=2)
    assert list(near.closest(memory.ledger.promoted(), "close the file", 1)) == [staying] != [lapsing]


def test_lessons_for_other_kinds_of_task_are_left_out(memory: Memory) -> None:
    here = use(memory, *SAYINGS[0], scope=Scope(task_kind="code"))
    use(memory, *SAYINGS[0], scope=Scope(task_kind="writing"))
    view = memory.ledger.promoted()
    assert list(vectors(memory).closest(view, "an empty list", 9, task_kinds={"code", ""})) == [here]


@pytest.mark.parametrize("seed", range(3))
def test_a_selection_is_the_same_after_a_detour_that_was_rolled_back(tmp_path: Path, seed: int) -> None:
    journal = Journal(tmp_path / "detour.sqlite")
    memory = Memory(journal)
    ids = [use(memory, *saying) for saying in SAYINGS]
    before, task = memory.ledger.position, Task(text="print when the file of names without elements was read")

    def chosen(chooser: Memory) -> tuple[object, ...]:
        selection = chooser.selector.select(task, "other", rng=random.Random(seed))
        return selection.uses, selection.lessons

    first = chosen(memory)
    for number in range(20):
        use(memory, f"the list number {number} may have no elements", f"Stop early, {number}.")
    memory.ledger.archive(ids[2], by="person")
    memory.ledger.edit(ids[0], by="person", do="Read the file of names twice.", approve=True)
    assert chosen(memory) != first
    memory.ledger.rollback(before, by="person")
    assert chosen(memory) == first
    assert chosen(Memory(journal)) == first
    journal.close()


# In the choice for a task


def test_a_lesson_in_other_words_is_chosen_among_hundreds(memory: Memory) -> None:
    wanted = use(memory, *SAYINGS[0])
    for number in range(300):
        when, do = SAYINGS[1 + number % 4]
        use(memory, f"{when}, number {number}", f"{do[:-1]}, part {number}.")
    text = "Handle the case of no elements."
    chosen = memory.selector.select(Task(text=text), "other", rng=random.Random(1))
    assert wanted in {lesson.card_id for lesson in chosen.lessons}


@pytest.mark.parametrize(
    "text", ["Проверь, что список не пуст.", "空のリストを 先に 確認する。", "Prüfe leere Listen zuerst."]
)
def test_a_lesson_in_another_language_is_still_found_by_its_words(memory: Memory, text: str) -> None:
    wanted = use(memory, "いつも", text)
    for number in range(60):
        use(memory, f"case {number}", f"Do part {number}.")
    chosen = memory.selector.select(Task(text=f"{text} 7"), "other", rng=random.Random(1))
    assert wanted in {lesson.card_id for lesson in chosen.lessons}


@given(seed=st.integers(0, 2**32), size=st.integers(2, 60))
@settings(max_examples=25, deadline=None)
def test_pairs_are_those_of_comparing_each_with_each(seed: int, size: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((size, 4)).astype(np.float32)
    matrix = VectorMatrix(4)
    for number, row in enumerate(rows):
        matrix.put(f"{number:03}", f"group {number % 2}", row)
    found = matrix.pairs([f"{n:03}" for n in range(size)], ["group 0"], least=0.5, most=size)
    grid = np.array([on_grid(row) / np.linalg.norm(on_grid(row)) for row in rows])
    exact = grid @ grid.T
    wanted = {
        (f"{a:03}", f"{b:03}")
        for a in range(size)
        for b in range(a + 1, size)
        if exact[a, b] >= 0.5 and (a % 2 == 0 or b % 2 == 0)
    }
    assert set(found) == wanted
