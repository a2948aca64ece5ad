"""A suite says in plain words how its tasks are checked, and what a study of it could not show."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.evaluation.checks.records import (
    ByPerson,
    Check,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
)
from purpose_agent.evaluation.checks.telling import told
from purpose_agent.evaluation.suite_records import Suite, TaskRow, suite_of
from purpose_agent.evaluation.suite_review import changes, found_tasks, how_checked, joined, remarks, size_words
from purpose_agent.evaluation.suites import load_suite

SAID: tuple[tuple[Check | None, str], ...] = (
    (HiddenTests(tests=("assert f(1) == 2",)), "1 hidden test, run after the answer, passes."),
    (HiddenTests(tests=("assert f(1) == 2", "assert f(2) == 3")), "2 hidden tests, run after the answer, pass."),
    (ExactMatch(answers=("Paris", "the city")), "The whole answer is “Paris” or “the city”."),
    (ExactMatch(answers=tuple("abcdef")), "“d” or one of 2 more."),
    (NumericMatch(value=12, unit="km"), "The number that the answer ends on is 12 km."),
    (NumericMatch(value=12, relative=0.01), "is 12, give or take 1 %."),
    (NumericMatch(value=12, absolute=0.5, unit="m"), "is 12 m, give or take 0.5 m."),
    (NumericMatch(value=8841732.25), "is 8841732.25."),
    (PatternMatch(pattern=r"\d+", ignore_case=True), r"Something in the answer fits the pattern \d+; capitals do not"),
    (PatternMatch(pattern="a", whole=True), "The whole answer fits the pattern a."),
    (CitedWords(answers=("40 euros",)), "The answer says “40 euros”, and names a passage that says it too."),
    (CitedWords(answers=("40 euros",), share=0.6, documents=("fees.md",)), "at least 60% of the words that matter in"),
    (CitedWords(answers=("x",), documents=("fees.md",)), "names a passage of “fees.md” that says it too."),
    (NotThere(), "The answer says that the documents do not tell."),
    (Rubric(rubric="It is kind."), "The judge you chose decides by this rubric: It is kind."),
    (Rubric(rubric="It is kind.", judge="ollama:x"), "ollama:x decides by this rubric: It is kind."),
    (ByPerson(look_for="a joke"), "You decide. Look for this: a joke"),
    (ByPerson(), "You decide."),
    (None, "Nothing decides whether the answer is right."),
)


def made(*rows: TaskRow) -> Suite:
    return suite_of(rows, name="mine")


def looked_at(suite: Suite, *, judge: str = "", code_runs: bool = True, vaults: tuple[str, ...] = ()) -> str:
    return "\n".join(remarks(suite, vaults=vaults, judge=judge, code_runs=code_runs))


@pytest.mark.parametrize(("check", "sentence"), SAID)
def test_a_check_says_what_has_to_hold(check: Check | None, sentence: str) -> None:
    assert sentence in told(check)


def test_given_tests_decide_where_there_is_no_other_check() -> None:
    assert told(None, ("assert f(1) == 2",)) == "The 1 given test of the task passes."


def test_how_a_suite_is_checked_is_counted_the_most_first() -> None:
    suite = made(
        TaskRow(task_id="a", text="A", check=ByPerson()),
        TaskRow(task_id="b", text="B", check=ExactMatch(answers=("b",))),
        TaskRow(task_id="c", text="C", check=ExactMatch(answers=("c",))),
        TaskRow(task_id="d", text="D"),
        TaskRow(task_id="e", text="E", tests=("assert e() == 1",)),
    )
    assert list(how_checked(suite).items()) == [
        ("exact words", 2), ("a person", 1), ("nothing", 1), ("given tests", 1),
    ]  # fmt: skip


def test_a_shipped_suite_of_enough_tasks_has_nothing_to_remark() -> None:
    assert looked_at(load_suite("related_stream")) == ""
    assert "1 test" not in looked_at(load_suite("classic"))
    assert "a study can never say “no clear change”" in looked_at(load_suite("classic"))


def test_what_a_study_could_not_show_is_told_with_the_tasks() -> None:
    suite = made(
        TaskRow(task_id="bare", text="Do it."),
        TaskRow(task_id="again", text="do it!", check=ByPerson()),
        TaskRow(task_id="asked", text="How much?", vaults=("gone",), check=NotThere()),
        TaskRow(task_id="judged", text="Be kind.", check=Rubric(rubric="It is kind.")),
        TaskRow(task_id="open", text="Write f.", tests=("assert f(1) == 2",)),
    )
    said = looked_at(suite, code_runs=False)
    for sentence in (
        "1 task has nothing that decides (bare): it cannot count in a study.",
        "1 task asks a vault that is not here (asked): it cannot be answered.",
        "1 task needs a judge, and none is chosen (judged): it will wait for you.",
        "1 task is checked by tests, and code is off here (open).",
        "1 task is decided by tests that it shows (open): it can be answered to the tests alone",
        "1 task says the same as an earlier one (again).",
        "1 task waits for your word after each run.",
        "With 5 tasks a study can never say “no clear change”; that takes 20 or more.",
    ):
        assert sentence in said
    said = looked_at(suite, judge="ollama:x", vaults=("gone",))
    assert not any(word in said for word in ("judge", "vault", "code is off"))


ANSWERS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(("1", "2")), min_size=1)


def of(answers: dict[str, str]) -> Suite:
    return made(*(TaskRow(task_id=k, text=k, check=ExactMatch(answers=(v,))) for k, v in answers.items()))


@given(ANSWERS, ANSWERS)
def test_joined_suites_hold_every_task_once_and_the_newer_of_two(old: dict[str, str], new: dict[str, str]) -> None:
    both = joined(of(old), of(new))
    found = {item.task.task_id: item.check for item in both.tasks}
    assert len(found) == len(both.tasks)
    assert found == {item.task.task_id: item.check for item in of({**old, **new}).tasks}
    assert [item.task.task_id for item in both.tasks][: len(old)] == list(old)


@given(ANSWERS, ANSWERS)
def test_changes_count_every_task_of_both_versions_once(old: dict[str, str], new: dict[str, str]) -> None:
    told = changes(of(old), of(new))
    counted = [int(n) for n in re.findall(r"\d+", told)]
    assert sum(counted) == len(old.keys() | new.keys())
    assert ("stay" in told) == any(old.get(k) == v for k, v in new.items())


def test_tasks_are_found_by_words_of_all_that_is_told_of_them() -> None:
    suite = load_suite("classic")
    everything = found_tasks(suite, "")
    assert [item for _, item in everything] == list(suite.tasks)
    place, item = everything[1]
    assert (place, item) in found_tasks(suite, f"{item.task.task_id.upper()} HIDDEN")
    assert found_tasks(suite, f"{item.task.task_id} nowhere") == []
    related = load_suite("related_stream")
    family = related.families[1]
    assert {item.family for _, item in found_tasks(related, "", family)} == {family}


def test_the_size_of_a_suite_is_told_with_what_checks_it() -> None:
    assert size_words(load_suite("related_stream")) == "54 tasks in 8 families, checked by hidden tests"
    mixed = suite_of(
        [
            TaskRow(task_id="a", text="Is it?", family="one", check=Rubric(rubric="It is kind.")),
            TaskRow(task_id="b", text="And this?"),
        ],
        name="mixed",
    )
    assert size_words(mixed) == "2 tasks in 1 family; checked by another model by a rubric (1), nothing (1)"
