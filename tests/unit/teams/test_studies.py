"""A study from its plan to its verdict, on the built-in model: what each arm meets, and whose memory."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

import purpose_agent as pa
from purpose_agent.evaluation.checks.records import Rubric
from purpose_agent.evaluation.studies.exporting import recomputed
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import Arm, Limits, StudyError, StudyPlan
from purpose_agent.evaluation.studies.words import arms_of
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.runtime.events import ModelRequest, RunStarted, now
from purpose_agent.runtime.jobs import Job
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.teams.service import Engine, engine_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "w")
    yield engine
    engine.close()


def part_of(name: str, *task_ids: str) -> Suite:
    suite = load_suite(name)
    by_id = {item.task.task_id: item for item in suite.tasks}
    return msgspec.structs.replace(suite, tasks=tuple(by_id[task_id] for task_id in task_ids))


RELATED = ("sum_evens", "odd_squares", "sum_threes")
UNRELATED = ("area", "greeting")


def planned(engine: Engine, **fields: object) -> StudyPlan:
    usual: dict[str, object] = {
        "purpose": "Help me write Python code", "model": "builtin", "unrelated": part_of("unrelated", *UNRELATED),
    }  # fmt: skip
    return engine.studies.plan(part_of("related_stream", *RELATED), **{**usual, **fields})  # type: ignore[arg-type]


def done(engine: Engine, plan: StudyPlan) -> list[Outcome]:
    job = engine.jobs.wait(engine.studies.submit(plan).job_id, 120)
    assert (job.status, job.what) == ("done", "")
    return list(engine.studies.outcomes(plan.study_id))


@dataclass(frozen=True)
class Whole:
    """One study of every arm, done once for all tests that only look at it, in a memory that held a lesson before."""

    engine: Engine
    plan: StudyPlan
    outcomes: list[Outcome]
    taught: str  # the id of that lesson
    ledger_before: object


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    engine = engine_for(tmp_path_factory.mktemp("whole") / "w")
    taught = engine.memory.teach("Write short names").card_id
    before = engine.memory.ledger.verify()
    plan = planned(engine, seed=3)
    yield Whole(engine, plan, done(engine, plan), taught, before)
    engine.close()


def prompts(engine: Engine, outcome: Outcome) -> str:
    asked = [event for event in engine.events(outcome.run_id) if isinstance(event, ModelRequest)]
    return "\n".join(str(event) for event in asked)


def test_every_arm_does_every_task_and_only_lessons_learn(whole: Whole) -> None:
    outcomes = whole.outcomes
    assert len(outcomes) == 20
    assert all(outcome.right is not None for outcome in outcomes)
    by_arm = {arm: [o for o in outcomes if o.arm == arm] for arm in ("none", "empty", "episodes", "lessons")}
    assert all([o.task_id for o in rows] == [*RELATED, *UNRELATED] for rows in by_arm.values())
    assert any(o.lessons for o in by_arm["lessons"])
    assert any(o.born for o in by_arm["lessons"])
    assert not any(o.lessons or o.born for arm in ("none", "empty", "episodes") for o in by_arm[arm])
    assert not any(o.born for o in outcomes if o.part == "harm")


def test_a_task_that_was_declined_counts_with_the_lowest_score(engine: Engine) -> None:
    """Left out, an arm that declines what it cannot do would look better than one that tries."""
    plan = planned(engine, unrelated=part_of("unrelated", "just_one"), arms=("empty", "lessons"))
    outcomes = [outcome for outcome in done(engine, plan) if outcome.part == "harm"]
    assert [(o.status, o.right, o.counted_phi) for o in outcomes] == [("failed", False, 0.0)] * 2
    assert {each.verdict.tasks for each in engine.studies.findings(plan.study_id).comparisons if each.part == "harm"
            and each.scale == "phi"} == {1}  # fmt: skip


def test_the_persons_own_memory_is_neither_read_nor_written_by_a_study_that_learns(whole: Whole) -> None:
    assert whole.engine.memory.ledger.verify() == whole.ledger_before
    assert whole.engine.memory.waiting == 0
    assert whole.taught not in {card for outcome in whole.outcomes for card in outcome.lessons}


def test_approved_lessons_are_put_to_the_test_as_they_stood_at_the_start(engine: Engine) -> None:
    card = engine.memory.teach("Write short names")
    other = engine.memory.teach("Say what a name means")
    arms = ("none", "empty", "lessons")
    plan = planned(engine, learns=False, arms=arms, leave_out=(card.card_id,))
    later = engine.memory.teach("Came later")
    outcomes = done(engine, plan)
    used = {arm: {c for o in outcomes if o.arm == arm for c in o.lessons} for arm in {o.arm for o in outcomes}}
    assert used == {
        "none": set(), "empty": set(), "lessons": {card.card_id, other.card_id},
        f"without-{card.card_id}": {other.card_id},
    }  # fmt: skip
    assert later.card_id not in set().union(*used.values())
    left_out = engine.studies.findings(plan.study_id).worth[0]
    assert arms_of(left_out, plan) == "approved lessons against all but lesson 1 (“Write short names”)"
    assert {mode for o in outcomes for mode in modes(engine, o)} == {"validation"}


def test_only_a_lesson_in_use_can_be_left_out(engine: Engine) -> None:
    engine.memory.teach("Write short names")
    with pytest.raises(StudyError, match="The lesson lesson-gone is not in use"):
        planned(engine, learns=False, leave_out=("lesson-gone",))


def modes(engine: Engine, outcome: Outcome) -> set[str]:
    return {event.mode for event in engine.events(outcome.run_id) if isinstance(event, RunStarted)}


def test_the_arm_of_episodes_is_shown_its_own_earlier_runs_and_no_other_arm_is(whole: Whole) -> None:
    told = {(o.arm, o.task_id): "An earlier task:" in prompts(whole.engine, o) for o in whole.outcomes}
    assert not told["episodes", RELATED[0]]
    assert told["episodes", RELATED[1]]
    assert not any(told[arm, task] for arm in ("none", "empty", "lessons") for task in (*RELATED, *UNRELATED))


def test_no_prompt_holds_a_hidden_test(whole: Whole) -> None:
    sent = "\n".join(prompts(whole.engine, outcome) for outcome in whole.outcomes)
    hidden = [test for task in whole.plan.tasks for test in task.item.hidden_tests]
    assert hidden
    assert [test for test in hidden if test in sent] == []


def test_a_paused_study_goes_on_and_does_nothing_twice(engine: Engine) -> None:
    plan = planned(engine)
    job = engine.studies.submit(plan)
    while not engine.studies.outcomes(plan.study_id):
        assert engine.jobs.wait(job.job_id, 0.02) is not None
    engine.studies.pause(plan.study_id)
    paused = engine.jobs.wait(job.job_id, 10)
    assert paused.status == "cancelled"
    half = engine.studies.outcomes(plan.study_id)
    assert 0 < len(half) < plan.size
    assert engine.studies.findings(plan.study_id).headline.verdict.word == "not enough data"
    ended = engine.jobs.wait(engine.studies.resume(plan.study_id).job_id, 120)
    assert ended.status == "done"
    whole = engine.studies.outcomes(plan.study_id)
    assert whole[: len(half)] == half
    assert len({outcome.run_id for outcome in whole}) == len(whole) == plan.size


def test_it_stops_at_the_limits_that_were_agreed(engine: Engine) -> None:
    plan = planned(engine, limits=Limits(seconds=0.0))
    job = engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    assert job.result == {"study_id": plan.study_id, "ended": "The time agreed for this study is used up."}
    assert engine.studies.outcomes(plan.study_id) == ()


def test_the_same_seed_gives_the_same_study_also_by_an_executor(engine: Engine, whole: Whole) -> None:
    """To the byte of every prompt, and to the id of every lesson learned."""
    plan = planned(engine, seed=3)
    with ThreadPoolExecutor(2) as pool:
        job = engine.jobs.wait(engine.studies.submit(plan, executor=pool).job_id, 120)
    assert job.status == "done"
    assert [timeless(o) for o in engine.studies.outcomes(plan.study_id)] == [timeless(o) for o in whole.outcomes]


def timeless(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, run_id="", seconds=0.0)


def test_a_model_that_is_not_there_ends_it_in_a_sentence(engine: Engine) -> None:
    plan = planned(engine, model="ollama:nothing-here")
    job = engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    assert job.status == "failed"
    assert job.what
    assert job.fix


def test_its_runs_are_no_past_tasks_for_trying_lessons(whole: Whole) -> None:
    assert whole.engine.plan_replay([]).tasks == ()


def test_before_the_start_it_is_said_what_it_takes_and_what_it_could_show(engine: Engine, whole: Whole) -> None:
    assert str(engine.studies.foresee(planned(engine))) == (
        "20 runs. How long that takes is not known yet; these are too few tasks to show any difference."
    )
    after_one = whole.engine.studies.foresee(planned(whole.engine))
    assert after_one.seconds is not None
    large = engine.studies.plan(load_suite("related_stream"), purpose="Code", model="builtin", repeats=3)
    assert 0.1 < (engine.studies.foresee(large).smallest or 1) < 0.35


def test_it_is_three_lines_of_python(tmp_path: Path) -> None:
    study = pa.Study(part_of("related_stream", *RELATED), model="builtin", home=tmp_path, arms=("empty", "lessons"))
    assert study.plan.size == 6
    found = study.run()
    assert found.headline == study.headline
    assert study.headline.verdict.word == "not enough data"
    again = pa.Study.open(study.plan.study_id, home=tmp_path)
    assert again.outcomes == study.outcomes
    assert again.run().done == 6
    engine_for(tmp_path).close()


def test_a_study_can_be_taken_away(engine: Engine) -> None:
    plan = planned(engine, arms=("empty", "lessons"))
    done(engine, plan)
    engine.studies.remove(plan.study_id)
    assert engine.studies.list() == []
    with pytest.raises(StudyError):
        engine.studies.findings(plan.study_id)


def test_arms_are_named_once() -> None:
    assert [Arm(kind="without", card_id="c1").name, Arm(kind="none").name] == ["without-c1", "none"]


def test_the_judge_of_a_rubric_stands_beside_the_outcome(engine: Engine, tmp_path: Path) -> None:
    reply = tmp_path / "strict.json"
    reply.write_text(json.dumps(['{"pass": true, "quote": "def", "reason": "It is a function."}']))
    engine.choose_judge(f"scripted:{reply}")
    whole = part_of("related_stream", *RELATED)
    first, *others = whole.tasks
    judged = msgspec.structs.replace(first, check=Rubric(rubric="It is a function."))
    suite = msgspec.structs.replace(whole, tasks=(judged, *others))
    plan = engine.studies.plan(suite, purpose="Help me write Python code", model="builtin", arms=("empty", "lessons"))
    outcomes = done(engine, plan)
    assert {(o.task_id, o.judge) for o in outcomes} == {
        ("sum_evens", "scripted:strict"), ("odd_squares", ""), ("sum_threes", ""),
    }  # fmt: skip
    assert all(o.right for o in outcomes)
    export = tmp_path / "exported"
    engine.studies.export(plan.study_id, export)
    assert recomputed(export)[1]


def test_a_study_knows_its_job_however_many_others_came_since(engine: Engine) -> None:
    plan = planned(engine, unrelated=None, arms=("empty", "lessons"))
    done(engine, plan)
    store = JournalJobStore(engine.workspace.journal)
    for number in range(120):
        store.add(Job(job_id=f"other-{number}", kind="vault", title="Other work", created=now(), status="done"))
    job = engine.studies.job_of(plan.study_id)
    assert job is not None
    assert job.status == "done"
    assert engine.studies.is_whole(plan.study_id)


def test_where_tasks_come_round_again_all_of_it_is_done(engine: Engine) -> None:
    """Ended early, the tasks that come again would not be there, and the curve of them would be missing."""
    assert planned(engine).stops_early
    assert not planned(engine, passes=2).stops_early
