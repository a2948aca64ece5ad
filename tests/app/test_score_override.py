"""A person scores a run on its page, sees the machine's score beside theirs, and takes it back."""

import json

import pytest

from purpose_agent.core.spec import AgentSpec
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.service import Engine
from purpose_agent.teams.team import Team
from purpose_agent.types import Task
from tests.app.conftest import OpenApp
from tests.app.words import text_of

WRITER = (AgentSpec(role="writer", answers=True),)
PRAISE = '{"phi":9.1,"evidence":"cheese","confidence":0.9,"looks_like_progress":false}'
ANSWER = json.dumps({"answer": "The moon is made of cheese.", "done": True})


def write(engine: Engine) -> str:
    team = Team("Write", engine=engine, agents=WRITER, model=ScriptedBackend([ANSWER, PRAISE]))
    run_id = team.run(Task(text="Write about the moon", kind="writing")).run_id
    engine.workspace.trajectories().settle()
    return run_id


@pytest.fixture
def run_id(engine: Engine) -> str:
    return write(engine)


def test_a_run_is_scored_on_its_page_and_the_score_taken_back(open_app: OpenApp, run_id: str, engine: Engine) -> None:
    app = open_app("runs", run=run_id)
    assert "by you" not in text_of(app)
    app.number_input(key=f"runs_score_{run_id}_run").set_value(4.0)
    app.text_input(key=f"runs_reason_{run_id}_run").set_value("a claim without a source")
    next(button for button in app.button if button.label == "Set the score").click().run()
    assert not app.exception
    told = text_of(app)
    assert "Φ 4 by you · was 9.1, judged by the same model. The reason: a claim without a source" in told
    assert "You set the critic right in 1 run of this kind of task. After about 9 more" in told
    app.button(key=f"runs_take_back_{run_id}_run").click().run()
    assert "by you" not in text_of(app)
    result = engine.result(run_id)
    assert result is not None
    assert result.phi == 9.1


def test_a_score_without_a_reason_is_asked_for_one(open_app: OpenApp, run_id: str) -> None:
    app = open_app("runs", run=run_id)
    next(button for button in app.button if button.label == "Set the score").click().run()
    assert "The score has no reason." in text_of(app).replace("\\", "")


def test_one_step_is_scored_in_its_own_place(open_app: OpenApp, run_id: str) -> None:
    app = open_app("runs", run=run_id)
    app.session_state[f"runs_step_{run_id}_0"] = True
    app.run()
    app.number_input(key=f"runs_score_{run_id}_0").set_value(2.0)
    app.text_input(key=f"runs_reason_{run_id}_0").set_value("no source")
    [button for button in app.button if button.label == "Set the score"][-1].click().run()
    assert not app.exception
    app.session_state[f"runs_step_{run_id}_0"] = True
    app.run()
    assert "Φ 2 by you · was 9.1, judged by the same model. The reason: no source" in text_of(app)


def test_with_enough_corrections_the_page_says_what_teaching_costs(open_app: OpenApp, engine: Engine) -> None:
    runs = [write(engine) for _ in range(10)]
    for each in runs:
        engine.override_score(each, 4, "a claim without a source")
    app = open_app("runs", run=runs[-1])
    assert "You set the critic right in 10 runs of this kind of task. To try takes 12 calls of" in text_of(app)
    app.button(key="runs_teach_critic").click().run()
    assert "does not judge work, so there is no critic to teach" in text_of(app).replace("\\", "")


def test_a_cell_and_the_list_of_runs_show_the_persons_score(
    open_app: OpenApp, run_id: str, engine: Engine, store: NotebookStore
) -> None:
    notebook = store.create("Write")
    cell = store.add_cell(notebook.notebook_id, "task", "Write about the moon")
    store.record_runs({cell.cell_id: run_id})
    engine.override_score(run_id, 4, "a claim without a source")
    engine.workspace.trajectories().settle()
    assert "Φ 4" in text_of(open_app("runs"))
    told = text_of(open_app("notebook", notebook=notebook.notebook_id))
    assert "Φ 4" in told
    assert "checked by you" in told


def test_a_used_lesson_says_what_it_does_and_how_we_know(open_app: OpenApp, engine: Engine) -> None:
    engine.lessons.teach("Name your sources")
    run_id = write(engine)
    engine.override_score(run_id, 9, "just right")
    told = text_of(open_app("runs", run=run_id))
    assert "What it does: Not enough data yet" in told or "What it does: Not measured yet" in told
    assert "How we know: from 1 run of your own." in told or "How we know: not measured yet." in told
