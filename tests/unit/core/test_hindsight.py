"""What a failed run did achieve is kept as a case, and counts as a success nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.core.hindsight import relabel
from purpose_agent.memory.memory import Memory
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.sandbox.probe import probe
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Budget, Score, Task
from tests.unit.core.test_learning import Searcher, draft, go
from tests.unit.core.test_what_becomes_a_lesson import FAILED, draft_step, episode, tool_step

TESTS = ("assert f([1]) == 1", "assert f([2, 3]) == 5", "assert f([4]) == 4", "assert f([]) == 0")
TASK = Task(text="Write f that adds up a list", tests=TESTS)
NEARLY = "```python\ndef f(xs):\n    return sum(xs) if xs else 1\n```"
THREE = Score(phi=7.5, tier="given_tests", passed=3, total=4)
TWO = Score(phi=5.0, tier="given_tests", passed=2, total=4)

needs_walls = pytest.mark.skipif(not probe().holds, reason="no wall holds here, so no code is run")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


def test_a_draft_that_passed_half_of_the_tests_says_what_it_can_and_what_not() -> None:
    step = draft_step(3, passed=2, total=4, failing=(f"{TESTS[1]} (it gave 2)", f"{TESTS[3]} (IndexError)"))
    (card,) = relabel(episode(step, task=TASK, outcome=TWO))
    assert (card.kind, card.origin, card.source_step) == ("episodic_case", "hindsight", 3)
    assert "A past draft passed 2 of 4 tests: right for `f([1]) == 1`, `f([4]) == 4`" in card.do
    assert "not achieved: `f([2, 3]) == 5`, `f([]) == 0`" in card.do
    assert card.evidence.startswith("the run failed; its best draft passed 2 of 4 tests: draft 3")


def test_the_simpler_thing_that_it_computes_is_named_where_one_case_explains_every_failure() -> None:
    step = draft_step(0, passed=3, total=4, failing=(f"{TESTS[3]} (IndexError)",))
    (card,) = relabel(episode(step, task=TASK, outcome=Score(phi=6.9, tier="given_tests", passed=3, total=4)))
    assert "it is right but for an empty list; not achieved: `f([]) == 0`" in card.do


def test_where_only_the_first_failures_are_known_nothing_is_claimed_of_the_rest() -> None:
    tests = tuple(f"assert f({n}) == {n}" for n in range(12))
    failing = tuple(f"{test} (no)" for test in (tests[1], tests[3], tests[5]))
    step = draft_step(0, passed=7, total=12, failing=failing)
    (card,) = relabel(episode(step, task=Task(text="f", tests=tests), outcome=FAILED))
    assert "f(0) == 0" in card.do
    assert "f(6)" not in card.do


@pytest.mark.parametrize("passed", [0, 1])
def test_a_few_lucky_tests_are_no_achievement(passed: int) -> None:
    assert relabel(episode(draft_step(0, passed=passed, total=4), task=TASK, outcome=FAILED)) == []


def test_a_success_is_not_relabelled() -> None:
    assert relabel(episode(draft_step(0, passed=3, total=4), task=TASK, outcome=THREE)) == []


def test_without_a_verdict_from_outside_nothing_has_failed() -> None:
    assert relabel(episode(draft_step(0, passed=2, total=4), task=TASK, outcome=None)) == []


def test_a_tool_path_that_worked_is_kept_when_the_task_failed() -> None:
    steps = (
        tool_step(0, ok=True, text="a.csv b.csv", folder="data"),
        tool_step(1, ok=False, text="No such file", path="c.csv"),
        tool_step(2, ok=True, text="1,2,3", path="a.csv"),
    )
    (card,) = relabel(episode(*steps, end="limit", what="stopped at its limit of 3 steps"))
    assert 'fetch {"folder":"data"}, then fetch {"path":"a.csv"}; not achieved: the task itself' in card.do


def test_hindsight_moves_no_credit_and_no_rate(journal: Journal) -> None:
    taught = Memory(journal).teach("Mind the empty list")
    result, events, memory = go(journal, Searcher([draft(NEARLY)]), task=TASK, budget=Budget(steps=1))
    assert result.phi == 7.5  # by the fixed scale a success: nothing to relabel
    assert all(memory.ledger.card(born).card.origin != "hindsight" for born in result.born)
    half = Task(text=TASK.text, tests=(*TESTS, "assert f([0]) == 1", "assert f([9]) == 1"))
    result, events, memory = go(journal, Searcher([draft(NEARLY)]), task=half, budget=Budget(steps=1), run_id="r2")
    (case,) = [view for view in memory.born("r2") if view.card.origin == "hindsight"]
    assert not result.success
    kind = events[0].task_kind
    assert memory.effects.snapshot().base(kind).uses == 2
    with journal.write() as db:
        rows = db.execute("SELECT card_id, success FROM credits WHERE run_id = 'r2'").fetchall()
    assert {success for _, success in rows} == {0}
    assert case.card_id not in {key.partition("@")[0] for key, _ in rows}
    assert taught.card_id in {key.partition("@")[0] for key, _ in rows}


def test_no_policy_approves_hindsight_whatever_score_it_is_shown(journal: Journal) -> None:
    half = Task(text=TASK.text, tests=(*TESTS, "assert f([0]) == 1", "assert f([9]) == 1"))
    _, _, memory = go(journal, Searcher([draft(NEARLY)]), task=half, budget=Budget(steps=1))
    (case,) = [view for view in memory.born("r") if view.card.origin == "hindsight"]
    for tier in ("user", "given_tests", "generated_tests", "judge"):
        assert not memory.approve_if_trusted(case.card_id, Score(phi=10.0, tier=tier, passed=9, total=9))
    assert memory.ledger.card(case.card_id).status == "quarantined"


@pytest.fixture
def engine(own_home: Path) -> Iterator[Engine]:
    opened = engine_for()
    yield opened
    opened.close()


@needs_walls
def test_through_the_team_a_failed_run_leaves_a_case_and_stays_a_failure(engine: Engine) -> None:
    model = ScriptedBackend([draft(NEARLY), "{}"])
    team = pa.purpose("Help me write Python code", model=model, trust_tested_lessons=True)
    tests = (*TESTS, "assert f([0]) == 1", "assert f([9]) == 1")
    result = team.run(Task(text=TASK.text, tests=tests), budget=Budget(steps=1))
    assert not result.success
    (case,) = [view for view in team.lessons() if view.card.origin == "hindsight"]
    assert case.status == "quarantined"
    store = engine.workspace.trajectories()
    store.settle()
    row = store.run(result.run_id)
    assert row is not None
    assert (row.phi, row.passed, row.total) == (pytest.approx(10 * 3 / 6), 3, 6)
