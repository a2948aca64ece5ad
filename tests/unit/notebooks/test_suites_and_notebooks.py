"""A suite as a notebook shows nothing of its checks, is graded by them all the same, and comes back whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.evaluation.checks.records import (
    ByPerson,
    Check,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NumericMatch,
    Rubric,
)
from purpose_agent.evaluation.suite_records import Suite, SuiteError, SuiteTask
from purpose_agent.notebooks.export import to_ipynb, to_markdown
from purpose_agent.notebooks.html_export import to_html
from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.samples import from_suite
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.notebooks.suite_making import Way, check_of, suite_of_notebook
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task

SECRET = "xylophone"
PASSAGE = "[1] rules.md\nThe yearly fee is 40 euros."


def suite() -> Suite:
    checks = (
        HiddenTests(tests=(f"assert f() == '{SECRET}'",)),
        ExactMatch(answers=(SECRET,)),
        NumericMatch(value=8841732.25),
        Rubric(rubric=SECRET),
    )
    tasks = [
        SuiteTask(task=Task(text=f"Do {n}.", task_id=f"t{n}", suite="mine", tests=("assert f(1)",)), check=check)
        for n, check in enumerate(checks)
    ]
    asked = Task(text="How much is the yearly fee?", task_id="q", suite="mine", kind="question", context=(PASSAGE,))
    tasks.append(SuiteTask(task=asked, check=CitedWords(answers=("40 euros",), documents=(SECRET, "rules.md"))))
    return Suite(name="mine", title="Mine", tasks=tuple(tasks))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def test_no_form_of_a_suites_notebook_holds_what_its_checks_expect() -> None:
    document = from_suite(suite())
    for text in (to_ipynb(document), to_markdown(document), to_html(document)):
        assert SECRET not in text
        assert "8841732" not in text
    assert [cell.kind for cell in document.cells] == ["task"] * 4 + ["ask"]


def test_a_cell_of_a_kept_suite_runs_with_its_passages_and_is_graded_by_its_check(engine: Engine) -> None:
    kept = engine.suites.keep(suite())
    store = NotebookStore(engine.workspace.trajectories())
    document = store.add(from_suite(suite(), name=kept.ref))
    request = CellRunner(engine, store).request(document.notebook, document.cells[-1])
    assert request.task.context == (PASSAGE,)
    assert request.ask
    assert request.grading == suite().tasks[-1].check
    result = engine.run(request)
    assert engine.grade(result.run_id) == (1, 1)


def test_the_notebook_of_a_suite_gives_the_suite_back(engine: Engine) -> None:
    engine.suites.keep(suite())
    document = from_suite(suite())
    made = suite_of_notebook(document, name="again", load=engine.suites.load)
    assert made.suite.version == suite().version
    assert made.notices == ()


def test_a_notebook_without_checks_gives_no_suite() -> None:
    document = from_suite(Suite(name="mine", title="Mine", tasks=(SuiteTask(task=Task(text="Do it.", task_id="t")),)))
    with pytest.raises(SuiteError, match="No cell of “Mine” has a check"):
        suite_of_notebook(document)


@pytest.mark.parametrize(
    ("way", "said", "check"),
    [
        ("number", "12.5 km", NumericMatch(value=12.5, unit="km")),
        ("number", "twelve", None),
        ("person", "", ByPerson()),
        ("rubric", "It is kind.", Rubric(rubric="It is kind.")),
        ("rubric", "", None),
        ("words", "Paris | the city of Paris", ExactMatch(answers=("Paris", "the city of Paris"))),
        ("words", " | ", None),
    ],
)
def test_what_is_right_is_read_as_it_is_meant(way: Way, said: str, check: Check | None) -> None:
    assert check_of(way, said) == check
