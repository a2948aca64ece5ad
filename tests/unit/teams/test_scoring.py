"""A person's word on a score: it counts everywhere, the machine's stays beside it, and it can be taken back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.core.spec import AgentSpec
from purpose_agent.memory.effects import Effect
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.notebooks.event_words import event_line
from purpose_agent.notebooks.run_view import RunFold, RunView
from purpose_agent.runtime.events import ScoreComputed
from purpose_agent.teams.scoring import ScoreRefused
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.teams.team import Team
from purpose_agent.types import OVERRIDE, RunMode, RunResult, Task

WRITER = (AgentSpec(role="writer", answers=True),)
DRAFT = json.dumps({"answer": "The moon is made of cheese.", "done": False})
DONE = json.dumps({"answer": "The moon is made of cheese, they say.", "done": True})
PRAISE = '{"phi":9.1,"evidence":"The moon is made of cheese","confidence":0.9,"looks_like_progress":false}'
REASON = "a claim without a source is not progress"


@pytest.fixture
def engine(own_home: Path) -> Iterator[Engine]:
    opened = engine_for()
    yield opened
    opened.close()


def write(engine: Engine, *, mode: RunMode = "train") -> RunResult:
    model = ScriptedBackend([DRAFT, PRAISE, DONE, PRAISE])
    team = Team("Write", engine=engine, agents=WRITER, model=model, mode=mode)
    return team.run(Task(text="Write about the moon", kind="writing"))


def view_of(engine: Engine, run_id: str) -> RunView:
    return RunFold(run_id).feed(engine.events(run_id))


def row_of(engine: Engine, run_id: str) -> tuple[float | None, str]:
    store = engine.workspace.trajectories()
    store.settle()
    row = store.run(run_id)
    assert row is not None
    return row.phi, row.tier


def test_everybody_who_reads_the_run_sees_the_persons_score_and_the_machines_beside_it(engine: Engine) -> None:
    run_id = write(engine).run_id
    engine.override_score(run_id, 4, REASON, by="Ada")
    result = engine.result(run_id)
    assert result is not None
    assert (result.phi, result.score.tier, result.score.evidence, result.success) == (4.0, "user", REASON, False)
    assert row_of(engine, run_id) == (4.0, "user")
    view = view_of(engine, run_id)
    assert (view.score.phi, view.settled_by) == (4.0, "Ada")
    assert view.machine_score is not None
    assert (view.machine_score.phi, view.machine_score.tier) == (9.1, "self")
    assert len(view.steps) == 2, "a word on the whole run is no step"
    scores = engine.workspace.trajectories().sql(
        "SELECT phi, judged_by FROM scores WHERE run_id = ? ORDER BY seq", [run_id]
    )
    assert scores[-1] == {"phi": 4.0, "judged_by": "Ada"}
    assert {score["phi"] for score in scores[:-1]} == {9.1}
    assert event_line(engine.events(run_id)[-1]) == f"Ada gave the run Φ 4: {REASON}"


def test_a_score_can_be_given_again_and_taken_back(engine: Engine) -> None:
    run_id = write(engine).run_id
    engine.override_score(run_id, 4, REASON)
    engine.override_score(run_id, 8, "there was a source after all")
    assert row_of(engine, run_id) == (8.0, "user")
    engine.take_back_score(run_id)
    assert row_of(engine, run_id) == (9.1, "self")
    view = view_of(engine, run_id)
    assert (view.score.phi, view.machine_score, view.settled_by) == (9.1, None, "")
    with pytest.raises(ScoreRefused, match="Nobody gave this another score"):
        engine.take_back_score(run_id)
    engine.override_score(run_id, 2, "on second thoughts")
    assert row_of(engine, run_id) == (2.0, "user")


def test_a_word_on_one_step_changes_that_step_alone(engine: Engine) -> None:
    run_id = write(engine).run_id
    engine.override_score(run_id, 1, REASON, step=0)
    assert row_of(engine, run_id) == (9.1, "self")
    first, second = view_of(engine, run_id).steps
    assert first.score is not None
    assert first.machine_score is not None
    assert (first.score.phi, first.machine_score.phi, second.machine_score) == (1.0, 9.1, None)
    stored = engine.workspace.trajectories().sql("SELECT step, phi FROM steps WHERE run_id = ? ORDER BY step", [run_id])
    assert [row["phi"] for row in stored] == [1.0, 9.1]
    engine.take_back_score(run_id, step=0)
    assert view_of(engine, run_id).steps[0].machine_score is None


def effect_of(engine: Engine, card_id: str) -> Effect:
    return engine.memory.effects.effect(card_id, "writing")


def test_credit_follows_the_persons_word_and_goes_back_with_it(engine: Engine) -> None:
    taught = engine.lessons.teach("Name your sources").card_id
    run_id = write(engine).run_id
    before = effect_of(engine, taught)
    assert before.uses == 0, "the model's own opinion counts for nothing"
    engine.override_score(run_id, 9, "exactly what I wanted")
    good = effect_of(engine, taught)
    assert good.mean > 0
    assert good.uses == 1
    engine.override_score(run_id, 2, REASON)
    bad = effect_of(engine, taught)
    assert bad.mean < 0
    assert bad.uses == 1, "one run is one run, whatever is said of it"
    engine.take_back_score(run_id)
    assert effect_of(engine, taught) == before
    engine.override_score(run_id, 9, "exactly what I wanted")
    assert effect_of(engine, taught) == good


def test_a_run_that_tests_decided_is_counted_by_the_person_and_then_by_the_tests_again(engine: Engine) -> None:
    taught = engine.lessons.teach("Write it plainly").card_id
    team = Team("Help me write Python code", engine=engine, agents=WRITER, model="builtin")
    result = team.run("Write f that doubles a number", tests=["assert f(2) == 4", "assert f(5) == 10"])
    assert result.success
    kind = next(event.task_kind for event in engine.events(result.run_id) if event.kind == "run.started")
    by_tests = engine.memory.effects.effect(taught, kind)
    engine.override_score(result.run_id, 3, "it must refuse texts")
    assert engine.memory.effects.effect(taught, kind).mean < by_tests.mean
    engine.take_back_score(result.run_id)
    assert engine.memory.effects.effect(taught, kind) == by_tests


@pytest.mark.parametrize("mode", ["validation", "eval"])
def test_a_run_that_may_not_teach_is_scored_and_moves_no_credit(engine: Engine, mode: RunMode) -> None:
    taught = engine.lessons.teach("Name your sources").card_id
    run_id = write(engine, mode=mode).run_id
    engine.override_score(run_id, 9, "good")
    assert row_of(engine, run_id) == (9.0, "user")
    assert effect_of(engine, taught).uses == 0


def test_a_run_of_long_ago_whose_events_were_moved_is_scored_too(engine: Engine) -> None:
    run_id, newer = write(engine).run_id, write(engine).run_id
    assert newer
    store = engine.workspace.trajectories()
    store.settle()
    assert store.prune_journal(keep_finished_s=-60) >= 1
    assert engine.workspace.journal.is_pruned(run_id)
    engine.override_score(run_id, 4, REASON)
    assert row_of(engine, run_id) == (4.0, "user")
    assert view_of(engine, run_id).score.phi == 4.0
    store.rebuild()
    assert row_of(engine, run_id) == (4.0, "user")
    engine.take_back_score(run_id)
    assert row_of(engine, run_id) == (9.1, "self")


def test_a_scored_run_is_still_done_and_not_run_again(engine: Engine) -> None:
    run_id = write(engine).run_id
    engine.override_score(run_id, 4, REASON)
    events = len(engine.events(run_id))
    job = engine.job_of(run_id)
    assert job is not None
    from purpose_agent.core.ending import tell_result

    told = tell_result(engine.workspace.journal, run_id)
    assert told is not None
    assert (told.status, told.phi) == ("done", 4.0)
    assert len(engine.events(run_id)) == events


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"phi": 11}, "from 0 to 10"),
        ({"phi": float("nan")}, "from 0 to 10"),
        ({"phi": True}, "from 0 to 10"),
        ({"reason": " \n"}, "no reason"),
        ({"step": 7}, "no step 8"),
        ({"run_id": "never"}, "no such run"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_words(engine: Engine, change: dict[str, object], what: str) -> None:
    run_id = write(engine).run_id
    before = len(engine.events(run_id))
    with pytest.raises(ScoreRefused, match=what):
        engine.override_score(**{"run_id": run_id, "phi": 4, "reason": REASON, **change})  # type: ignore[arg-type]
    assert len(engine.events(run_id)) == before


def test_who_watches_hears_of_it(engine: Engine) -> None:
    run_id = write(engine).run_id
    with engine.bus.subscribe(run_id) as watching:
        engine.override_score(run_id, 4, REASON)
        event = watching.get(5)
    assert isinstance(event, ScoreComputed)
    assert OVERRIDE in event.score.flags
