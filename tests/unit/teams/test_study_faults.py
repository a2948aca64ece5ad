"""A model that goes away in the middle of a study and comes back: what broke off is taken up again, nothing else."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.evaluation.studies.outcomes import MOST_TRIES, Outcome
from purpose_agent.evaluation.studies.plan import StudyPlan
from purpose_agent.evaluation.suite_records import Suite, SuiteTask
from purpose_agent.models.errors import ModelMissing
from purpose_agent.models.resolve import Resolved
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.jobs import Job
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task

RIGHT, WRONG = "```python\ndef same(n):\n    return n\n```", "```python\ndef same(n):\n    return -n\n```"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "w")
    yield engine
    engine.close()


class Model:
    """A scripted model whose script can be changed while a study goes on; without replies it is away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.spec = f"scripted:{path}"
        self.says(RIGHT)

    def says(self, *replies: str) -> None:
        self._path.write_text(json.dumps(replies))

    def goes_away(self) -> None:
        self.says()


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model(tmp_path / "model.json")


def suite_of(tasks: int) -> Suite:
    items = [
        SuiteTask(task=Task(text=f"Write same(n): {n}", tests=(f"assert same({n}) == {n}",), task_id=f"t{n}"))
        for n in range(1, tasks + 1)
    ]
    return Suite(name="same", title="Same", tasks=tuple(items))


def planned(engine: Engine, model: Model, *, tasks: int = 4) -> StudyPlan:
    items = [
        SuiteTask(
            task=Task(text=f"Write same(n), once more: {n}", tests=(f"assert same({n}) == {n}",), task_id=f"t{n}")
        )
        for n in range(1, tasks + 1)
    ]
    suite = Suite(name="same", title="Same", tasks=tuple(items))
    arms = ("none", "empty", "episodes", "lessons")
    return engine.studies.plan(suite, purpose="Write Python code", model=model.spec, arms=arms, repeats=1)


def ended(engine: Engine, job: Job) -> Job:
    return engine.jobs.wait(job.job_id, 60)


def half_done(engine: Engine, plan: StudyPlan) -> None:
    job = engine.studies.submit(plan)
    while len(engine.studies.outcomes(plan.study_id)) < 2:
        engine.jobs.wait(job.job_id, 0.01)
    engine.studies.pause(plan.study_id)
    assert ended(engine, job).status == "cancelled"


def settled(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    return [outcome for outcome in outcomes if not outcome.broke_off]


def test_a_model_that_goes_away_and_comes_back_wastes_no_run(engine: Engine, model: Model) -> None:
    plan = planned(engine, model, tasks=10)
    half_done(engine, plan)
    before = settled(engine.studies.outcomes(plan.study_id))
    model.goes_away()
    away = ended(engine, engine.studies.resume(plan.study_id))
    assert away.status == "failed"
    assert "3 runs in a row broke off" in away.what
    broken = [outcome for outcome in engine.studies.outcomes(plan.study_id) if outcome.broke_off]
    assert broken
    assert all(outcome.right is None and outcome.is_open for outcome in broken)
    model.says(RIGHT)
    assert ended(engine, engine.studies.resume(plan.study_id)).status == "done"
    outcomes = engine.studies.outcomes(plan.study_id)
    assert len(outcomes) == plan.size
    assert all(outcome.right for outcome in outcomes)
    assert {o.run_id for o in outcomes if o.tries > 1} == {o.run_id for o in broken}
    assert [o for o in outcomes if o.run_id in {b.run_id for b in before}] == before
    assert engine.studies.findings(plan.study_id).headline.verdict.tasks == 10


def test_what_was_done_before_the_fault_stays_done(engine: Engine, model: Model) -> None:
    plan = planned(engine, model, tasks=1)
    model.says(WRONG)  # a draft that fails; the second call meets nobody
    assert ended(engine, engine.studies.submit(plan)).status == "failed"
    kept = engine.studies.outcomes(plan.study_id)
    assert [(outcome.broke_off, outcome.steps) for outcome in kept] == [(True, 1)] * 2
    model.says(RIGHT)
    assert ended(engine, engine.studies.resume(plan.study_id)).status == "done"
    again = {outcome.run_id: outcome for outcome in engine.studies.outcomes(plan.study_id)}
    assert all((again[o.run_id].steps, again[o.run_id].tries, again[o.run_id].right) == (2, 2, True) for o in kept)


def test_a_fault_that_comes_again_each_time_is_given_up_and_its_task_left_out_in_both_arms(
    engine: Engine, model: Model
) -> None:
    plan = planned(engine, model, tasks=1)
    model.goes_away()
    jobs = [ended(engine, engine.studies.submit(plan))]
    while jobs[-1].status == "failed":
        jobs.append(ended(engine, engine.studies.resume(plan.study_id)))
        assert len(jobs) < 20
    outcomes = engine.studies.outcomes(plan.study_id)
    assert jobs[-1].result == {
        "study_id": plan.study_id,
        "ended": "All of it was done. 4 runs broke off each time and count for no arm.",
    }
    assert {(outcome.tries, outcome.right) for outcome in outcomes} == {(MOST_TRIES, None)}
    assert engine.studies.findings(plan.study_id).headline.verdict.tasks == 0


class Wavering:
    """Gives each run its model, in the order in which they ask; away for those whose place is named."""

    def __init__(self, *away: int) -> None:
        self._away = away
        self._asked = itertools.count()

    def __call__(self, _: str | None) -> Resolved:
        is_away = next(self._asked) in self._away
        reply = ModelMissing("The model did not answer.", "Start it.") if is_away else RIGHT
        return Resolved(ScriptedBackend([reply]), "a test")


def test_a_single_fault_is_taken_up_at_the_end_of_the_same_job(
    engine: Engine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(engine, model)
    monkeypatch.setattr("purpose_agent.teams.execution.resolve_backend", Wavering(5))
    job = ended(engine, engine.studies.submit(plan))
    assert (job.status, job.what) == ("done", "")
    outcomes = engine.studies.outcomes(plan.study_id)
    assert [outcome.tries for outcome in outcomes] == [1] * 15 + [2]
    assert all(outcome.right for outcome in outcomes)


def test_while_a_run_is_left_that_can_be_taken_up_the_study_is_not_done(
    engine: Engine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(engine, model)
    monkeypatch.setattr("purpose_agent.teams.execution.resolve_backend", Wavering(5, 16))
    job = ended(engine, engine.studies.submit(plan))
    assert job.status == "failed"
    assert job.what == "1 run broke off and can be taken up again: The model did not answer."
    assert job.fix == "Start it. Then go on with the study; all that was done is kept."
    assert engine.studies.findings(plan.study_id).done == plan.size
    assert ended(engine, engine.studies.resume(plan.study_id)).status == "done"


def test_a_study_that_is_decided_does_not_wait_for_a_run_that_broke_off(
    engine: Engine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = "It ended early: nothing is in doubt."
    monkeypatch.setattr(
        "purpose_agent.teams.studying.may_end", lambda _, outcomes: decided if len(outcomes) >= 8 else ""
    )
    monkeypatch.setattr("purpose_agent.teams.execution.resolve_backend", Wavering(5))
    plan = planned(engine, model)
    job = ended(engine, engine.studies.submit(plan))
    assert (job.status, job.result) == ("done", {"study_id": plan.study_id, "ended": decided})
    assert [outcome.is_open for outcome in engine.studies.outcomes(plan.study_id)].count(True) == 1


def test_the_runs_of_a_proof_find_their_phase_again(
    engine: Engine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = engine.memory.teach("Return what was given")
    plan = engine.studies.proof(suite_of(2), purpose="Write Python code", model=model.spec, repeats=1)
    # In the first phase every second one only looks at the prompt without the lessons.
    monkeypatch.setattr("purpose_agent.teams.execution.resolve_backend", Wavering(2, 5))
    job = ended(engine, engine.studies.submit(plan))
    assert (job.status, job.what) == ("done", "")
    outcomes = engine.studies.outcomes(plan.study_id)
    assert [(outcome.arm, outcome.tries) for outcome in outcomes] == [
        ("lessons", 1), ("undone", 1), ("again", 1), ("again", 1), ("lessons", 2), ("undone", 2)
    ]  # fmt: skip
    assert all(bool(outcome.lessons) == (outcome.arm != "undone") for outcome in outcomes)
    assert engine.memory.ledger.card(card.card_id).status == "promoted"
    proof = engine.studies.findings(plan.study_id).proof
    assert proof is not None
    assert (proof.prompts_again, proof.prompts_undone) == ((2, 2), (2, 2))
