"""Suites are checked when they are read, and their hidden tests are those of plain reference solutions."""

import json
from pathlib import Path
from typing import Any

import pytest

from purpose_agent.evaluation.suites import SuiteError, grade, load_suite, shipped_suites
from tests.bench.make_suites import SHIPPED, as_json, interleaved


def written(tmp_path: Path, body: object) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def task(**changes: Any) -> dict[str, Any]:
    return {
        "task_id": "t1",
        "text": "Double it",
        "tests": ["assert f(1) == 2"],
        "hidden_tests": ["assert f(4) == 8"],
        **changes,
    }


def test_three_suites_are_shipped() -> None:
    assert [suite.name for suite in shipped_suites()] == ["classic", "related_stream", "unrelated"]


@pytest.mark.parametrize(("name", "title", "families"), SHIPPED, ids=[name for name, _, _ in SHIPPED])
def test_a_shipped_suite_is_what_its_reference_solutions_give(name: str, title: str, families: dict[str, Any]) -> None:
    made = as_json(name, title, families)
    suite = load_suite(name)
    assert suite.title == title
    for item, row, (_, spec) in zip(suite.tasks, made["tasks"], interleaved(families), strict=True):
        assert item.task.text == row["text"]
        assert list(item.task.tests) == row["tests"]
        assert list(item.hidden_tests) == row["hidden_tests"]
        for test in (*item.task.tests, *item.hidden_tests):
            exec(test, {spec.name: spec.reference})


def test_the_stream_is_long_enough_and_mixes_its_families() -> None:
    stream = load_suite("related_stream")
    assert len(stream.tasks) >= 36
    assert len({item.family for item in stream.tasks}) >= 6
    for before, after in zip(stream.tasks, stream.tasks[1:], strict=False):
        assert before.family != after.family
    for item in stream.tasks:
        assert len(item.hidden_tests) >= 6
        assert not {test.split(" == ")[0] for test in item.task.tests} & {
            test.split(" == ")[0] for test in item.hidden_tests
        }


def test_no_text_of_the_stream_names_a_method() -> None:
    for item in load_suite("related_stream").tasks:
        assert not any(
            word in item.task.text for word in ("fold(", "recurrence", "comprehension", "is_even", "reducer")
        )


def test_a_suite_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, {"name": "mine", "tasks": [task()]}))
    assert suite.tasks[0].task.suite == "mine"
    assert suite.tasks[0].hidden_tests == ("assert f(4) == 8",)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "is not a suite"),
        ({"name": "x"}, "is not a suite"),
        ({"name": "x", "tasks": []}, "no tasks"),
        ({"name": "x", "tasks": [task(), task()]}, "Task 2"),
        ({"name": "x", "tasks": [task(text=" ")]}, "no text"),
        ({"name": "x", "tasks": [task(tests=["print(1)"])]}, "not an assert"),
        ({"name": "x", "tasks": [task(hidden_tests=["assert f(1) == 2"])]}, "shows one of its hidden tests"),
        ({"name": "x", "tasks": [task(surprise=1)]}, "surprise"),
    ],
)
def test_a_broken_suite_is_refused_in_a_sentence(tmp_path: Path, body: object, says: str) -> None:
    with pytest.raises(SuiteError, match=says) as refused:
        load_suite(written(tmp_path, body))
    assert refused.value.fix


@pytest.mark.parametrize("source", ["no_such_suite", "./missing.json", ""])
def test_a_suite_that_is_not_there_is_said_so(source: str) -> None:
    with pytest.raises(SuiteError):
        load_suite(source)


def test_an_answer_is_graded_by_the_hidden_tests_in_the_sandbox() -> None:
    hidden = load_suite("classic").tasks[2].hidden_tests
    right = "def factorial(n):\n    return 1 if n == 0 else n * factorial(n - 1)\n"
    assert grade(right, hidden).passed == len(hidden)
    assert grade("def factorial(n):\n    return n\n", hidden).passed < len(hidden)
    assert grade("this is no program", hidden).passed == 0
