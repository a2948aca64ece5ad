"""What a check expects reaches the grader alone; its verdict is kept with its reason; a person has the last word."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

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
from purpose_agent.evaluation.suite_records import SuiteTask
from purpose_agent.models.backend import Message
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.storage.journal import Grade
from purpose_agent.teams.execution import JUDGE_MODEL, Live
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.run_jobs import batch_spec
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import RunResult, Task

SECRET = "xylophone"
PASSAGE = "[1] rules.md\nThe yearly fee is 40 euros."
CHECKS: dict[str, Check] = {
    "tests": HiddenTests(tests=(f"assert f() == '{SECRET}'",)),
    "exact": ExactMatch(answers=(SECRET,)),
    "numeric": NumericMatch(value=8841732.25, unit=SECRET),
    "regex": PatternMatch(pattern=SECRET),
    "cited": CitedWords(answers=(SECRET,), documents=(SECRET,)),
    "not_there": NotThere(),
    "rubric": Rubric(rubric=f"It says {SECRET}.", judge=f"scripted:{SECRET}"),
    "person": ByPerson(look_for=SECRET),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def ran(
    engine: Engine, item: SuiteTask, *, says: str = "forty", judge: ScriptedBackend | None = None
) -> tuple[RunResult, ScriptedBackend, Grade | None]:
    model = ScriptedBackend([_role(says)], name="scripted:actor", cycle=True)
    request = of_suite(RunRequest(purpose="Help me", task=item.task, live=True), item)
    result = engine.run(request, live=Live(backend=model, judge=judge))
    return result, model, engine.graded(result.run_id)


def _role(says: str):  # type: ignore[no-untyped-def]
    """An actor that answers at once, and a critic and a distiller that say little."""

    def reply(messages: Sequence[Message]) -> str:
        if "Judge the work" in messages[0].content:
            return '{"phi": 8, "evidence": "answer", "confidence": 0.5, "looks_like_progress": false}'
        return msgspec.json.encode({"answer": says, "done": True}).decode()

    return reply


def question(check: Check, **more: object) -> SuiteTask:
    task = Task(text="How much is the fee?", kind="question", context=(PASSAGE,), task_id="fee", suite="mine")
    return SuiteTask(task=task, check=check)


@pytest.mark.parametrize("kind", CHECKS)
def test_nothing_of_a_check_reaches_a_prompt_an_event_or_a_lesson(engine: Engine, kind: str) -> None:
    task = Task(text="Say how much it is.", task_id="fee", suite="mine", context=(PASSAGE,))
    judge = ScriptedBackend(['{"pass": false, "quote": "forty", "reason": "No."}'], name="scripted:judge")
    result, model, graded = ran(engine, SuiteTask(task=task, check=CHECKS[kind]), judge=judge)
    assert result.status == "done"
    assert model.call_count >= 1
    seen = [message.content for call in model.calls for message in call]
    seen += [msgspec.json.encode(event).decode() for event in engine.events(result.run_id)]
    seen += [str(row) for row in engine.workspace.journal.query("SELECT * FROM ledger")]
    assert not [text for text in seen if SECRET in text or "8841732" in text]
    assert graded is not None
    assert graded.why


@pytest.mark.parametrize("kind", CHECKS)
def test_a_check_survives_in_the_order_of_a_job(kind: str) -> None:
    request = of_suite(RunRequest(purpose="x", task=Task(text="y")), question(CHECKS[kind]))
    (stored,) = msgspec.json.decode(msgspec.json.encode(batch_spec([request])))["requests"]
    assert msgspec.convert(stored, RunRequest).grading == CHECKS[kind]


def test_a_task_with_a_check_is_tried_again_in_a_replay_without_it(engine: Engine) -> None:
    task = Task(
        text="Write double(n)",
        tests=("assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"),
        task_id="x",
    )
    item = SuiteTask(task=task, check=HiddenTests(tests=("assert double(7) == 14",)))
    result = engine.run(of_suite(RunRequest(purpose="Help me write Python code", task=task, model="builtin"), item))
    assert engine.grade(result.run_id) == (1, 1)
    job = engine.jobs.wait(engine.submit_replay(engine.plan_replay(replays=4)).job_id, 60)
    assert job.status == "done"
    assert engine.workspace.journal.query("SELECT run_id, passed, total FROM grades") == [(result.run_id, 1, 1)]


def test_orders_from_before_there_were_other_checks_are_graded_too() -> None:
    stored = {"purpose": "x", "task": {"text": "y"}, "hidden_tests": ["assert f(1) == 2"]}
    assert msgspec.convert(stored, RunRequest).grading == HiddenTests(tests=("assert f(1) == 2",))


def test_an_answer_is_held_against_the_passages_of_its_prompt(engine: Engine) -> None:
    item = question(CitedWords(answers=("40 euros",)))
    result, _, graded = ran(engine, item, says="The yearly fee is 40 euros [1].")
    assert engine.grade(result.run_id) == (1, 1)
    assert graded is not None
    assert graded.detail["check"] == "cited"
    assert "so does its source [1]" in graded.why
    assert engine.grade(ran(engine, item, says="It is 40 euros.")[0].run_id) == (0, 1)


def test_a_judge_sees_the_answer_and_its_price_is_kept(engine: Engine) -> None:
    judge = ScriptedBackend(['{"pass": true, "quote": "forty", "reason": "It is named."}'], name="scripted:judge")
    _, _, graded = ran(engine, question(Rubric(rubric="It names the fee.")), judge=judge)
    assert graded is not None
    assert (graded.verdict, graded.by, graded.detail["quote"]) == ("passed", "scripted:judge", "forty")
    assert graded.detail["tokens"]


def test_the_model_that_answered_does_not_judge(engine: Engine) -> None:
    own = ScriptedBackend(["{}"], name="scripted:actor")
    result, _, graded = ran(engine, question(Rubric(rubric="It names the fee.")), judge=own)
    assert graded is not None
    assert graded.verdict == "undecided"
    assert engine.grade(result.run_id) is None
    assert own.call_count == 0


def test_without_a_judge_a_rubric_waits_and_says_why(engine: Engine) -> None:
    result, _, graded = ran(engine, question(Rubric(rubric="It names the fee.")))
    assert graded is not None
    assert "No model is named that judges" in graded.why
    engine.workspace.set_setting(JUDGE_MODEL, "builtin:search")  # as one could choose it once
    again, _, graded = ran(engine, question(Rubric(rubric="It names the fee.")))
    assert graded is not None
    assert "cannot judge" in graded.why
    assert engine.workspace.journal.undecided() == [result.run_id, again.run_id]


def test_a_person_decides_what_waits_and_may_overrule(engine: Engine) -> None:
    result, _, _ = ran(engine, question(ByPerson()))
    run_id = result.run_id
    trajectories = engine.workspace.trajectories()
    trajectories.settle()
    row = trajectories.run(run_id)
    assert row is not None
    assert row.hidden_total is None
    assert engine.workspace.journal.undecided() == [run_id]
    engine.hand_grading.say([run_id], True, "It is kind.")
    assert engine.grade(run_id) == (1, 1)
    assert engine.workspace.journal.undecided() == []
    engine.hand_grading.say([run_id], False)
    graded = engine.graded(run_id)
    assert graded is not None
    assert (graded.passed, graded.why, graded.by) == (0, "A person decided.", "person")
    trajectories.settle()
    row = trajectories.run(run_id)
    assert row is not None
    assert (row.hidden_passed, row.hidden_total) == (0, 1)


def test_a_run_of_no_checked_task_is_not_graded_by_hand(engine: Engine) -> None:
    from purpose_agent.errors import PurposeError

    result, _, graded = ran(engine, SuiteTask(task=Task(text="Say it.")))
    assert graded is None
    with pytest.raises(PurposeError, match="not of a task that is checked"):
        engine.hand_grading.say([result.run_id], True)


def test_a_run_that_ended_without_its_grade_gets_it_when_the_work_goes_on(engine: Engine) -> None:
    item = question(CitedWords(answers=("40 euros",)))
    result, _, _ = ran(engine, item, says="It is 40 euros [1].")
    with engine.workspace.journal.write() as connection:
        connection.execute("DELETE FROM grades")
    request = msgspec.structs.replace(of_suite(RunRequest(purpose="x", task=item.task), item), run_id=result.run_id)
    asyncio.run(engine.execution.grade_if_missing(request, result))
    assert engine.grade(result.run_id) == (1, 1)


def test_the_documents_of_a_suite_that_do_not_say_it_have_to_be_refused(engine: Engine) -> None:
    item = SuiteTask(
        task=Task(text="How many moons has Saturn?", kind="question", context=(PASSAGE,)), check=NotThere()
    )
    request = of_suite(RunRequest(purpose="Answer", task=item.task, model="builtin"), item)
    assert request.ask
    result = asyncio.run(engine.execution.run(request, cancel=CancelToken()))
    assert engine.grade(result.run_id) == (1, 1), result
