"""A person decides on answers without seeing where they come from, can take it back, and a study follows."""

import gc
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.records import ByPerson, Rubric
from purpose_agent.evaluation.suite_records import SuiteTask, TaskRow, suite_of
from purpose_agent.models.backend import Message
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.teams.execution import Live
from purpose_agent.teams.hand_grading import WaitingAnswer
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task

KIND = ByPerson(look_for="a joke")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def ran(engine: Engine, text: str, says: str, check: ByPerson | Rubric = KIND) -> str:
    """A run of a task of a suite; its id."""

    def reply(messages: Sequence[Message]) -> str:
        if "Judge the work" in messages[0].content:
            return '{"phi": 8, "evidence": "answer", "confidence": 0.5, "looks_like_progress": false}'
        return msgspec.json.encode({"answer": says, "done": True}).decode()

    model = ScriptedBackend([reply], name="scripted:actor", cycle=True)
    item = SuiteTask(task=Task(text=text, task_id=text[:5], suite="mine"), check=check)
    request = of_suite(RunRequest(purpose="Help me", task=item.task, live=True), item)
    return engine.run(request, live=Live(backend=model)).run_id


def test_an_answer_waits_with_its_task_and_what_to_look_for(engine: Engine) -> None:
    run_id = ran(engine, "Tell a joke.", "Knock knock.")
    (one,) = engine.hand_grading.waiting()
    assert (one.task, one.answer, one.check, one.run_ids) == ("Tell a joke.", "Knock knock.", KIND, (run_id,))
    assert one.why == "A person decides this. It waits for you."
    assert run_id not in one.key
    judged = ran(engine, "Be kind.", "Dear you.", Rubric(rubric="It is kind."))
    (why,) = [other.why for other in engine.hand_grading.waiting() if other.run_ids == (judged,)]
    assert "No judge could be asked" in why


def test_the_same_answer_is_asked_once_and_the_word_counts_for_all_of_its_runs(engine: Engine) -> None:
    runs = [ran(engine, "Tell a joke.", "Knock knock.") for _ in range(2)]
    other = ran(engine, "Tell a joke.", "A horse walks into a bar.")
    waiting = engine.hand_grading.waiting()
    assert sorted(len(one.run_ids) for one in waiting) == [1, 2]
    (both,) = [one for one in waiting if len(one.run_ids) == 2]
    engine.hand_grading.say(both.run_ids, right=True)
    assert [engine.grade(run_id) for run_id in runs] == [(1, 1), (1, 1)]
    assert [one.run_ids for one in engine.hand_grading.waiting()] == [(other,)]
    last = engine.hand_grading.take_back()
    assert last is not None
    assert (last.right, sorted(last.run_ids)) == (True, sorted(runs))
    assert [engine.grade(run_id) for run_id in runs] == [None, None]
    assert len(engine.hand_grading.waiting()) == 2


def test_words_are_taken_back_one_after_the_other_and_no_further(engine: Engine) -> None:
    runs = {says: ran(engine, "Tell a joke.", says) for says in ("Knock.", "A horse.", "A bar.")}
    for says, right in (("Knock.", True), ("A horse.", None), ("A bar.", False)):
        engine.hand_grading.say([runs[says]], right)
    (aside,) = engine.hand_grading.waiting()
    assert (aside.is_aside, aside.answer) == (True, "A horse.")
    assert engine.hand_grading.open() == ()
    engine.hand_grading.say([runs["A horse."]], right=True)  # looked at again
    taken = []
    while (last := engine.hand_grading.take_back()) is not None:
        taken.append((last.right, *last.run_ids))
    assert taken == [(True, runs["A horse."]), (False, runs["A bar."]), (True, runs["Knock."])]
    assert not any(one.is_aside for one in engine.hand_grading.waiting())
    assert len(engine.hand_grading.waiting()) == 3


def test_what_waits_is_asked_in_the_same_order_in_another_process(engine: Engine, tmp_path: Path) -> None:
    for number in range(4):
        ran(engine, f"{number % 2} jokes", f"Joke {number}")
    before = [one.key for one in engine.hand_grading.waiting()]
    tasks = [one.task for one in engine.hand_grading.waiting()]
    assert tasks in (sorted(tasks), sorted(tasks, reverse=True))  # one task after the other
    engine.close()
    again = engine_for(tmp_path / "home")
    assert [one.key for one in again.hand_grading.waiting()] == before
    again.close()


def test_no_answer_stays_in_memory_once_it_is_decided(engine: Engine, tmp_path: Path) -> None:
    kind = Rubric(rubric="It is kind.")
    runs = [ran(engine, "Be kind.", f"Dear you, {number}.", kind) for number in range(4)]
    assert len(engine.hand_grading.waiting()) == 4
    engine.hand_grading.say(runs[:2], right=True)
    engine.choose_judge(strict(tmp_path))
    assert engine.jobs.wait(engine.submit_judging().job_id, 30).result == {"asked": 2, "decided": 2}
    assert engine.hand_grading.waiting() == ()
    assert engine.hand_grading.check_of(runs[0]) == kind
    gc.collect()
    held = [one for one in gc.get_objects() if isinstance(one, WaitingAnswer)]
    assert not [one for one in held if {*one.run_ids} & {*runs}]  # another test of this process may hold its own


def test_a_run_without_a_check_takes_no_word(engine: Engine) -> None:
    with pytest.raises(PurposeError, match="not of a task that is checked"):
        engine.hand_grading.say(["nobody"], right=True)


def test_what_a_study_shows_follows_the_persons_word(engine: Engine) -> None:
    suite = suite_of(
        [
            TaskRow(
                task_id=name,
                text=f"Write {name}(n), which gives {n} times n.",
                tests=(f"assert {name}(1) == {n}", f"assert {name}(3) == {3 * n}"),
                check=ByPerson(),
            )
            for name, n in (("double", 2), ("triple", 3))
        ],
        name="mine",
    )
    plan = engine.studies.plan(suite, purpose="Help me write Python code", model="builtin", arms=("none", "lessons"))
    job = engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    assert job.status == "done", job.what
    before = engine.studies.outcomes(plan.study_id)
    assert [outcome.right for outcome in before] == [None] * 4
    waiting = engine.hand_grading.waiting()
    assert {run for one in waiting for run in one.run_ids} == {outcome.run_id for outcome in before}
    assert all(arm not in one.key for one in waiting for arm in ("none", "lessons"))
    assert all(one.check == ByPerson() for one in waiting)
    for one in waiting:
        engine.hand_grading.say(one.run_ids, right=one.task.startswith("Write double"))
    assert [outcome.right for outcome in engine.studies.outcomes(plan.study_id)] == [True, True, False, False]
    engine.hand_grading.take_back()
    after = [outcome.right for outcome in engine.studies.outcomes(plan.study_id)]
    assert after.count(None) == len(waiting[-1].run_ids)


def test_a_line_that_a_killed_process_left_in_the_middle_loses_no_later_word(engine: Engine) -> None:
    from purpose_agent.evaluation.studies.folder import StudyFolder
    from purpose_agent.evaluation.studies.outcomes import Outcome

    folder = StudyFolder(engine.workspace.home, "abc")
    folder.path.mkdir(parents=True)
    for name in ("one", "two"):
        folder.add(Outcome(run_id=name, arm="none", repeat=0, position=0, part="transfer", task_id=name))
    folder.decide("one", right=True)
    with (folder.path / "decided.jsonl").open("ab") as file:
        file.write(b'\n{"run_id":"tw')
    folder.decide("two", right=False)
    assert [outcome.right for outcome in folder.outcomes()] == [True, False]
    folder.decide("one", right=None)
    assert [outcome.right for outcome in folder.outcomes()] == [None, False]


def strict(tmp_path: Path, quote: str = "Dear you") -> str:
    file = tmp_path / "strict.json"
    file.write_text(json.dumps([json.dumps({"pass": True, "quote": quote, "reason": "It is kind."})]))
    return f"scripted:{file}"


def test_a_judge_chosen_later_decides_on_what_waits_and_a_person_has_the_last_word(
    engine: Engine, tmp_path: Path
) -> None:
    kind = Rubric(rubric="It is kind.")
    runs = [ran(engine, "Be kind.", "Dear you.", kind) for _ in range(2)]
    rude = ran(engine, "Be kind.", "Hey.", kind)
    person = ran(engine, "Tell a joke.", "Knock knock.")
    with pytest.raises(PurposeError, match="No model is chosen that judges"):
        engine.submit_judging()
    engine.choose_judge(strict(tmp_path))
    job = engine.jobs.wait(engine.submit_judging().job_id, 30)
    assert (job.status, job.result) == ("done", {"asked": 3, "decided": 2})
    assert [engine.grade(run_id) for run_id in runs] == [(1, 1), (1, 1)]
    waiting = {run for one in engine.hand_grading.waiting() for run in one.run_ids}
    assert waiting == {rude, person}  # what the judge quoted does not stand in the rude answer
    engine.hand_grading.say([runs[0]], right=False)
    assert engine.grade(runs[0]) == (0, 1)
    engine.hand_grading.take_back()
    assert engine.grade(runs[0]) == (1, 1)


def test_a_judge_is_not_asked_again_about_what_is_decided_or_put_aside(engine: Engine, tmp_path: Path) -> None:
    run_id = ran(engine, "Be kind.", "Dear you.", Rubric(rubric="It is kind."))
    engine.choose_judge(strict(tmp_path))
    engine.hand_grading.say([run_id], right=None)
    with pytest.raises(PurposeError, match="No answer waits for a judge"):
        engine.submit_judging()


def test_what_a_judge_decides_later_counts_in_the_study_with_its_name(engine: Engine, tmp_path: Path) -> None:
    row = TaskRow(
        task_id="double",
        text="Write double(n), which gives 2 times n.",
        tests=("assert double(1) == 2", "assert double(3) == 6"),
        check=Rubric(rubric="It is a function."),
    )
    plan = engine.studies.plan(
        suite_of([row], name="mine"), purpose="Help me write Python code", model="builtin", arms=("none", "lessons")
    )
    assert engine.jobs.wait(engine.studies.submit(plan).job_id, 60).status == "done"
    assert [outcome.right for outcome in engine.studies.outcomes(plan.study_id)] == [None, None]
    engine.choose_judge(strict(tmp_path, quote="def double"))
    assert engine.jobs.wait(engine.submit_judging().job_id, 30).result == {"asked": 2, "decided": 2}
    outcomes = engine.studies.outcomes(plan.study_id)
    assert [(outcome.right, outcome.judge) for outcome in outcomes] == [(True, "scripted:strict")] * 2
