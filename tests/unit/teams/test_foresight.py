"""Before a study it is said what it takes, where each figure comes from, and whether it can see what matters."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.models.resolve import VARIABLE
from purpose_agent.teams.foresight import Foresight, Measured, Took, foresee
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task
from tests.unit.evaluation.studies.test_plans import plan_of


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "w")
    yield engine
    engine.close()


def planned(engine: Engine, **fields: object) -> StudyPlan:
    usual: dict[str, object] = {"purpose": "Code", "model": "builtin"}
    return engine.studies.plan(load_suite("related_stream"), **{**usual, **fields})  # type: ignore[arg-type]


def seen(plan: StudyPlan, *sources: Measured, is_builtin: bool = False, is_free: bool = False) -> Foresight:
    return foresee(plan, sources, is_builtin=is_builtin, is_free=is_free)


# ---- repeats and the model are decided with the plan


def test_a_language_model_does_each_task_three_times_and_the_built_in_one_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.json").write_text(json.dumps(["Hello"]))
    scripted = f"scripted:{tmp_path / 'model.json'}"
    assert planned(engine).repeats == 1
    assert planned(engine, model=scripted).repeats == 3
    assert planned(engine, model=scripted, repeats=2).repeats == 2
    monkeypatch.setenv(VARIABLE, scripted)
    unnamed = planned(engine, model=None)
    assert (unnamed.model, unnamed.repeats) == (scripted, 3)
    monkeypatch.setenv(VARIABLE, "builtin")
    assert planned(engine, model=None).repeats == 1


@pytest.mark.parametrize("model", ["scripted:/nowhere.json", "builtin:nothing", "openai:gpt-5-mini"])
def test_a_model_that_cannot_be_had_is_told_with_the_plan(
    engine: Engine, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(PurposeError) as told:
        planned(engine, model=model)
    assert told.value.what
    assert told.value.fix


# ---- what matters to the person


def test_whether_the_study_can_see_what_matters_is_said_and_what_it_would_take(engine: Engine) -> None:
    small = engine.studies.foresee(planned(engine, smallest_effect=0.1))
    assert (small.asked, small.can_see) == (0.1, False)
    assert small.tasks_needed is not None
    assert small.tasks_needed > 54
    assert "You said that 10 points matter: this study may well miss that; it would take about" in str(small)
    large = engine.studies.foresee(planned(engine, smallest_effect=0.4))
    assert (large.can_see, large.tasks_needed, large.repeats_needed) == (True, None, None)
    assert "You said that 40 points matter: a difference as large as that would show" in str(large)


def test_what_it_would_take_is_enough() -> None:
    plan = plan_of(56, smallest_effect=0.2)
    told = seen(plan)
    assert told.can_see is False
    assert told.repeats_needed is not None
    assert told.tasks_needed is not None
    more = plan_of(56, smallest_effect=0.2, repeats=told.repeats_needed)
    assert seen(more).can_see
    assert not seen(plan_of(56, smallest_effect=0.2, repeats=told.repeats_needed - 1)).can_see
    assert seen(plan_of(told.tasks_needed, smallest_effect=0.2)).can_see


@pytest.mark.parametrize(("measure", "effect", "told"), [("phi", 1.0, "1 Φ"), ("effort", 0.5, "50 %")])
def test_it_speaks_in_the_measure_that_decides(measure: str, effect: float, told: str) -> None:
    foresight = seen(plan_of(56, measure=measure, smallest_effect=effect))
    assert f"You said that {told} matter" in str(foresight)
    assert foresight.smallest is not None


def test_a_difference_that_cannot_be_is_refused(engine: Engine) -> None:
    for effect in (0.0, -1.0, 2.0):
        with pytest.raises(StudyError, match="no difference that could matter"):
            planned(engine, smallest_effect=effect)


# ---- where figures come from


def test_without_any_measurement_tokens_are_a_guess_that_is_called_one() -> None:
    told = seen(plan_of(10, repeats=3))
    assert (told.tokens, told.seconds, told.cost_usd) == (180_000, None, None)
    assert told.tokens_from == "about 1,500 tokens a run is a guess: nothing was measured yet on this model"
    assert "How long that takes is not known yet, about 180,000 tokens" in str(told)
    assert "About 1,500 tokens a run is a guess" in str(told)
    assert told.cost_from == "not known: nothing tells what this model costs"


def test_what_is_free_is_said_to_be_free() -> None:
    told = seen(plan_of(10), is_free=True)
    assert (told.cost_usd, told.cost_from) == (0.0, "it costs nothing: the work is done on this machine")


def test_earlier_studies_come_before_ordinary_runs() -> None:
    studies = Measured([Took(2.0, 100, 0.01)] * 4, "runs of earlier studies on this model")
    runs = Measured([Took(9.0, 900, 0.0)], "of your latest runs on this model")
    plan = plan_of(10)
    told = seen(plan, studies, runs)
    assert (told.seconds, told.tokens) == (80.0, 4_000)
    assert told.cost_usd == pytest.approx(0.4)
    assert told.seconds_from == told.tokens_from == told.cost_from == "by 4 runs of earlier studies on this model"
    assert seen(plan, Measured([], "runs of earlier studies on this model"), runs).seconds_from == (
        "by 1 of your latest runs on this model"
    )
    assert str(told).startswith("40 runs. About 80 seconds, about 4,000 tokens and $0.40;")
    assert str(told).endswith("By 4 runs of earlier studies on this model.")


def test_the_persons_ordinary_runs_tell_how_long_it_takes(engine: Engine) -> None:
    task = Task(text="Write double(n)", tests=("assert double(2) == 4", "assert double(5) == 10"))
    engine.run(RunRequest(purpose="Help me write Python code", task=task, model="builtin"))
    told = engine.studies.foresee(planned(engine))
    assert told.seconds is not None
    assert told.seconds_from == "by 1 of your latest runs on this model"
    assert not engine.workspace.is_owner  # asking takes the trajectories from nobody
    engine.workspace.trajectories()
    assert engine.studies.foresee(planned(engine)) == told
