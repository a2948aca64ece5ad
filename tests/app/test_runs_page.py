"""The Runs page: find a run, look at it step by step, put two side by side."""

from collections.abc import Callable

import pytest

from purpose_agent.notebooks.model import CellSettings
from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.runtime.events import (
    ModelRequest,
    ModelResponse,
    RunFinished,
    RunStarted,
    ScoreComputed,
    StateDelta,
    StateSnapshot,
    now,
)
from purpose_agent.teams.service import Engine
from purpose_agent.types import Action, Score, State, Task, Usage
from tests.app.conftest import OpenApp
from tests.app.words import text_of

CHECKS = CellSettings(checks=("double(4) -> 8", "double(0) -> 0", "double(-3) -> -6"))


@pytest.fixture
def runs(store: NotebookStore, runner: CellRunner, wait: Callable[[], None]) -> list[str]:
    """Two runs of one cell."""
    notebook = store.create("Help me write Python code")
    cell = store.add_cell(notebook.notebook_id, "task", "Write a function double(n).", settings=CHECKS)
    made = []
    for _ in range(2):
        made.append(runner.run(notebook, cell))
        wait()
    return made


def test_with_no_run_the_page_says_what_it_is_for(open_app: OpenApp) -> None:
    assert "No runs yet." in text_of(open_app("runs"))


def test_runs_are_listed_and_found_by_their_words(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs")
    assert "2 runs, newest first." in text_of(app)
    app.text_input(key="runs_text").set_value("double").run()
    assert "2 runs, newest first." in text_of(app)
    app.text_input(key="runs_text").set_value("nothing like this").run()
    assert "No run fits these filters." in text_of(app)
    app.button(key="runs_clear").click().run()
    assert "2 runs, newest first." in text_of(app)


def test_runs_are_filtered_by_status(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs")
    app.selectbox(key="runs_status").set_value("done").run()
    assert not app.exception
    assert "2 runs" in text_of(app)


def test_a_run_shows_its_answer_its_evidence_and_every_step(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs", run=runs[0])
    told = text_of(app)
    assert "def double" in told
    assert "checked by your tests · 3 of 3" in told
    assert "Steps (1)" in told


def test_an_open_step_shows_what_was_sent_what_came_back_and_what_changed(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs", run=runs[0])
    app.session_state[f"runs_step_{runs[0]}_0"] = True
    app.run()
    told = text_of(app)
    assert not app.exception
    assert "# Task" in told
    assert "What it changed" in told
    assert "Fingerprint" in told


def test_all_events_are_listed_in_words(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs", run=runs[0])
    app.session_state[f"runs_events_{runs[0]}"] = True
    app.run()
    assert "The run starts: coder on Built-in search." in text_of(app)


def test_two_runs_stand_side_by_side_under_a_verdict(open_app: OpenApp, runs: list[str]) -> None:
    app = open_app("runs", run=runs[0], compare=runs[1])
    told = text_of(app)
    assert "Two runs side by side" in told
    assert [heading.value for heading in app.subheader] == ["Earlier", "Later"]
    assert "No difference in score" in told or "same score" in told


def test_replays_stand_apart_and_say_what_they_are(open_app: OpenApp, engine: Engine, runs: list[str]) -> None:
    plan = engine.plan_replay(replays=2)
    ended = engine.jobs.wait(engine.submit_replay(plan).job_id, 60)
    assert ended.status == "done"
    engine.workspace.trajectories().settle()
    app = open_app("runs")
    assert "2 runs, newest first." in text_of(app)
    app.segmented_control(key="runs_which").set_value("Replays of past tasks").run()
    (row,) = engine.workspace.trajectories().runs(replays=True, limit=1)
    told = text_of(open_app("runs", run=row.run_id))
    assert "A replay of a past task, to see what lessons do." in told


def test_a_run_that_is_not_here_gets_a_sentence(open_app: OpenApp) -> None:
    assert "This run is not in this workspace" in text_of(open_app("runs", run="none")).replace("\\", "")


def test_a_run_without_an_end_whose_process_is_gone_is_called_interrupted(open_app: OpenApp, engine: Engine) -> None:
    started = RunStarted(run_id="lost", seq=0, at=now(), task=Task(text="Never ended"), team="coder", model="m")
    engine.workspace.journal.append([started])
    engine.workspace.trajectories().settle()
    app = open_app("runs", run="lost")
    assert "Interrupted." in text_of(app)
    assert [button.label for button in app.button].count("Resume") == 1


def test_of_a_run_of_a_thousand_steps_only_a_window_is_drawn(open_app: OpenApp, engine: Engine) -> None:
    _write_long_run(engine, "long", 1000)
    app = open_app("runs", run="long")
    assert "Steps (1,000)" in text_of(app)
    assert len(app.expander) < 60


def _write_long_run(engine: Engine, run_id: str, steps: int) -> None:
    seq = iter(range(10**6))

    def base() -> dict[str, object]:
        return {"run_id": run_id, "seq": next(seq), "at": now()}

    events: list[object] = [
        RunStarted(**base(), task=Task(text="A long one"), team="coder", model="scripted:demo"),
        StateSnapshot(**base(), step=0, state=State(facts={"n": 0})),
    ]
    for step in range(steps):
        prompt = "x" * 2000
        events += [
            ModelRequest(**base(), step=step, purpose="actor", prompt=prompt, prompt_sha256="0" * 64),
            ModelResponse(**base(), step=step, purpose="actor", text="{}"),
            StateDelta(**base(), step=step, agent="coder", action=Action(tool="count"), changed={"n": step + 1}),
            ScoreComputed(**base(), step=step, score=Score(phi=step / steps * 10, tier="judge"), by="critic"),
        ]
    events.append(
        RunFinished(**base(), status="done", answer="done", score=Score(), usage=Usage(seconds=1), steps=steps)
    )
    engine.workspace.journal.append(events)  # type: ignore[arg-type]
    engine.workspace.trajectories().settle()
