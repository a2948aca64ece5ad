"""The lesson that fits is found by the next task of its family."""

import random
from typing import Any

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.selection import Selection, Selector
from purpose_agent.memory.task_kinds import task_kind
from purpose_agent.types import LessonUse, Task

LIST_TO_NUMBER = "code: list of numbers → number"
FAMILIES = {
    "sum even": ("fold(add, is_even)", "Write sum_even(numbers): the sum of the even numbers in a list."),
    "largest gap": ("fold(max, difference)", "Write largest_gap(numbers): the largest gap between neighbours."),
    "count negative": ("count(is_negative)", "Write count_negative(numbers): how many are negative."),
    "product positive": ("fold(multiply, is_positive)", "Write product_positive(numbers): the product of positives."),
    "second largest": ("index(sorted, -2)", "Write second_largest(numbers): the second largest number."),
    "alternating sum": ("fold(add, alternate)", "Write alternating_sum(numbers): add and subtract in turns."),
}


def learn(memory: Memory, when: str, do: str, *, scope: Scope | None = None, approve: bool = True) -> str:
    card = MemoryCard(kind="skill_card", when=when, do=do, scope=scope or Scope())
    card_id = memory.ledger.add_candidate(card, actor="extractor", reason="").card_id
    if approve:
        memory.ledger.approve(card_id, by="person")
    return card_id


def learn_method(memory: Memory, about: str, method: str, kind: str = LIST_TO_NUMBER) -> str:
    when = f"the task is {kind}, about {about}"
    return learn(memory, when, f"Try the method `{method}` first.", scope=Scope(task_kind=kind))


def task(text: str) -> Task:
    return Task(text=text, tests=("assert f([1, 2]) == 2",))


def select(memory: Memory, text: str, seed: int = 1, **scope: Any) -> Selection:
    chosen = task(text)
    return memory.selector.select(chosen, task_kind(chosen), rng=random.Random(seed), **scope)


def ids(selection: Selection) -> list[str]:
    return [lesson.card_id for lesson in selection.lessons]


def test_without_lessons_nothing_is_selected(memory: Memory) -> None:
    assert select(memory, "Write f").lessons == ()


def test_the_lesson_of_the_family_is_found_among_those_of_the_same_kind(memory: Memory) -> None:
    by_family = {about: learn_method(memory, about, method) for about, (method, _) in FAMILIES.items()}
    for about, (_, text) in FAMILIES.items():
        assert ids(select(memory, text))[0] == by_family[about], about


def test_it_is_still_found_after_it_was_used_and_others_are_new(memory: Memory) -> None:
    about, (method, text) = next(iter(FAMILIES.items()))
    old = learn_method(memory, about, method)
    for number in range(12):
        memory.effects.record(f"run {number}", LIST_TO_NUMBER, select(memory, text).uses, number % 4 > 0, None)
    for other, (other_method, _) in list(FAMILIES.items())[1:]:
        learn_method(memory, other, other_method)
    assert ids(select(memory, text))[0] == old


def test_in_a_stream_of_related_tasks_the_right_lesson_is_nearly_always_at_hand(memory: Memory) -> None:
    """Six families in one task kind; a family's lesson helps there alone, and all of them fail now and then."""
    rng = random.Random(11)
    known: dict[str, str] = {}
    at_hand = []
    for number in range(80):
        about, (method, text) = rng.choice(list(FAMILIES.items()))
        chosen = select(memory, f"{text} Variant {number}.", number)
        found = known.get(about) in ids(chosen)
        at_hand += [found] if about in known else []
        success = rng.random() < (0.95 if found else 0.75)
        memory.effects.record(f"run {number}", LIST_TO_NUMBER, chosen.uses, success, None)
        if success and about not in known:
            known[about] = learn_method(memory, about, method)
    assert sum(at_hand) / len(at_hand) > 0.9


def test_lessons_with_the_same_advice_do_not_fill_the_prompt(memory: Memory) -> None:
    for number in range(20):
        learn_method(memory, f"sum even {number}", "fold(add, is_even)")
    other = learn_method(memory, "sum odd", "fold(add, is_odd)")
    chosen = select(memory, "Write sum_even(numbers): the sum of the even numbers.")
    assert len(chosen.lessons) == 2
    assert other in ids(chosen)


def test_a_waiting_lesson_is_never_selected(memory: Memory) -> None:
    learn(memory, "the task is about sums", "Use sum().", approve=False)
    assert ids(select(memory, "A task about sums")) == []


@pytest.mark.parametrize(
    ("scope", "asked", "fits"),
    [
        (Scope(task_kind="code"), {}, True),
        (Scope(task_kind="writing"), {}, False),
        (Scope(task_kind="code: text → number"), {}, False),
        (Scope(agent="coder"), {"agent": "coder"}, True),
        (Scope(agent="coder"), {"agent": "tester"}, False),
        (Scope(agent="coder"), {}, False),
        (Scope(tool="python_exec"), {"tools": ["python_exec"]}, True),
        (Scope(tool="python_exec"), {"tools": ["calculator"]}, False),
        (Scope(tool="python_exec"), {}, True),
        (Scope(user="ann"), {"user": "bob"}, False),
        (Scope(user="ann"), {"user": "ann"}, True),
    ],
)
def test_a_lesson_stays_within_its_scope(memory: Memory, scope: Scope, asked: dict[str, Any], fits: bool) -> None:
    card_id = learn(memory, "numbers are added", "Use sum().", scope=scope)
    assert (card_id in ids(select(memory, "Write a function in which numbers are added", **asked))) is fits


def test_a_lesson_of_many_runs_is_selected_though_no_word_is_shared(memory: Memory) -> None:
    card_id = learn(memory, "something unrelated comes up", "Be careful.")
    for number in range(200):
        use = LessonUse(card_id=card_id, version=1, text="")
        shown = number % 2 == 0
        memory.effects.record(f"run {number}", LIST_TO_NUMBER, [use] if shown else [], shown, None)
    chosen = select(memory, "Write sum_even(numbers)")
    assert ids(chosen) == [card_id]
    assert not chosen.uses[0].exploring


def test_a_lesson_of_the_kind_is_found_though_no_word_is_shared(memory: Memory) -> None:
    card_id = learn_method(memory, "zebras", "magic")
    assert ids(select(memory, "Write f")) == [card_id]


def test_taught_preferences_are_in_every_prompt(memory: Memory) -> None:
    taught = memory.teach("Answer in British English")
    assert ids(select(memory, "Write sum_even(numbers)")) == [taught.card_id]


def test_the_uses_tell_what_was_tried_and_what_was_left_out(memory: Memory) -> None:
    card_id = learn_method(memory, "sum even", "fold(add, is_even)")
    first = select(memory, "sum even")
    assert [(use.card_id, use.exploring, use.withheld) for use in first.uses] == [(card_id, True, False)]
    for number in range(3):
        memory.effects.record(f"run {number}", LIST_TO_NUMBER, first.uses, True, None)
    always = Selector(memory.ledger, memory.effects, holdout=1.0)
    chosen = always.select(task("sum even"), LIST_TO_NUMBER, rng=random.Random(1))
    assert chosen.lessons == ()
    assert chosen.withheld is not None
    assert chosen.withheld.card_id == card_id
    assert [(use.card_id, use.withheld) for use in chosen.uses] == [(card_id, True)]
    kept = always.select(task("sum even"), LIST_TO_NUMBER, may_withhold=False, rng=random.Random(1))
    assert [lesson.card_id for lesson in kept.lessons] == [card_id]


def test_the_same_seed_selects_the_same(memory: Memory) -> None:
    for about, (method, _) in FAMILIES.items():
        learn_method(memory, about, method)
    for seed in range(20):
        assert select(memory, "sum of numbers", seed).uses == select(memory, "sum of numbers", seed).uses


@pytest.mark.parametrize(
    "text", ["", '"', "a OR b AND NOT c*", "NEAR(x y)", "😀 % ' ;--", "x" * 100_000, "w " * 50_000]
)
def test_any_text_can_be_searched_for(memory: Memory, text: str) -> None:
    card_id = learn(memory, "anything comes", "Carry on.", scope=Scope(task_kind=LIST_TO_NUMBER))
    assert ids(select(memory, text)) == [card_id]


def test_an_edited_lesson_is_found_by_its_new_words_only(memory: Memory) -> None:
    card_id = learn(memory, "the task is about apples", "Count them.")
    memory.ledger.edit(card_id, by="person", when="the task is about pears", approve=True)
    assert memory.ledger.find(["pears"], "", 5) == [(card_id, 1.0)]
    assert memory.ledger.find(["apples"], "", 5) == []
    memory.ledger.revoke(card_id, by="person")
    assert memory.ledger.find(["pears"], "", 5) == []
