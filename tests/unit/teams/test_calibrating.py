"""The journey of a correction: scores set right, a lesson for critics, its exam, an approval, the next verdict."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from purpose_agent.core.calibration import Exam
from purpose_agent.core.spec import AgentSpec
from purpose_agent.errors import PurposeError
from purpose_agent.memory.errors import NotForTrial
from purpose_agent.models.backend import Message
from purpose_agent.models.builtin import BuiltinBackend
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.events import ModelRequest
from purpose_agent.teams.calibrating import exam_of
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.teams.team import Team
from purpose_agent.types import RunMode, RunResult, Task

WRITER = (AgentSpec(role="writer", answers=True),)
REASON = "a claim without a source is not progress"


@pytest.fixture
def engine(own_home: Path) -> Iterator[Engine]:
    opened = engine_for()
    yield opened
    opened.close()


def verdict(phi: float) -> str:
    return json.dumps({"phi": phi, "evidence": "answer", "confidence": 0.9, "looks_like_progress": False})


def teachable(messages: Sequence[Message]) -> str:
    """Likes everything, unless it was taught to look for a source."""
    rules, shown = messages[0].content, messages[-1].content
    return verdict(3.5 if REASON in rules and "(source)" not in shown else 8)


def stubborn(messages: Sequence[Message]) -> str:
    return verdict(8)


def write(
    engine: Engine, text: str, critic: Callable[[Sequence[Message]], str] = teachable, mode: RunMode = "train"
) -> RunResult:
    answer = json.dumps({"answer": f"answer: {text}", "done": True})
    team = Team("Write", engine=engine, agents=WRITER, model=ScriptedBackend([answer, critic]), mode=mode)
    return team.run(Task(text="Write about the moon", kind="writing"))


def correct(engine: Engine, runs: int, **more: object) -> list[str]:
    """Every fourth text has a source; the person sees it. However 16 are split, six without one are held out."""
    ids = []
    for number in range(runs):
        sourced = number % 4 == 0
        result = write(engine, f"fact {number}" + (" (source)" if sourced else ""), **more)  # type: ignore[arg-type]
        engine.override_score(result.run_id, 8.5 if sourced else 3, "well founded" if sourced else REASON)
        ids.append(result.run_id)
    return ids


def test_too_few_corrections_say_how_many_more(engine: Engine) -> None:
    correct(engine, 3)
    (found,) = engine.calibrate_critic(ScriptedBackend([teachable], cycle=True))
    assert found.card_id == ""
    assert str(found) == "writing: Not enough data yet: about 7 more corrected runs."
    assert engine.memory.waiting == 0


def test_a_lesson_that_brings_the_critic_nearer_waits_with_its_figures_and_then_judges(engine: Engine) -> None:
    correct(engine, 16)
    (found,) = engine.calibrate_critic(ScriptedBackend([teachable], cycle=True), seed=3)
    assert found.exam.verdict == "better", found
    assert found.status == "quarantined", "a person decides"
    assert any("tells a critic how to judge" in told for told in engine.plan_replay().untested)
    with pytest.raises(NotForTrial):
        engine.memory.ledger.on_trial([found.card_id])
    view = engine.memory.ledger.card(found.card_id)
    assert exam_of(view.evidence) == found.exam
    assert (view.card.kind, view.card.origin) == ("critic_calibration", "correction")
    before = write(engine, "another claim")
    assert before.phi == 8
    engine.lessons.approve(found.card_id)
    after = write(engine, "another claim")
    assert after.phi == 3.5
    assert after.lessons == (), "no actor is told how it will be judged"
    requests = [event for event in engine.events(after.run_id) if isinstance(event, ModelRequest)]
    critic = next(event for event in requests if event.purpose == "critic")
    assert critic.lessons == (found.card_id,)
    assert REASON in critic.prompt
    assert not any(REASON in event.prompt for event in requests if event.purpose != "critic")
    without_memory = Team(
        "Write",
        engine=engine,
        agents=WRITER,
        model=ScriptedBackend([json.dumps({"answer": "answer: a claim", "done": True}), teachable]),
    ).run(Task(text="Write about the moon", kind="writing"), use_lessons=False)
    assert without_memory.phi == 3.5, "both arms of a comparison have the same judge"


def test_a_critic_that_does_not_listen_turns_the_lesson_down(engine: Engine) -> None:
    correct(engine, 12)
    (found,) = engine.calibrate_critic(ScriptedBackend([stubborn], cycle=True))
    assert (found.exam.verdict, found.status) == ("no clear change", "rejected")
    assert engine.memory.ledger.card(found.card_id).reason == found.exam.words
    again = ScriptedBackend([stubborn], cycle=True)
    (known,) = engine.calibrate_critic(again)
    assert known.card_id == found.card_id
    assert known.exam == found.exam
    assert again.call_count == 0, "what was turned down is not examined again"


def test_only_a_critics_scores_of_runs_that_may_teach_are_corrections(engine: Engine) -> None:
    correct(engine, 2, mode="eval")
    tested = Team("Help me write Python code", engine=engine, agents=WRITER, model="builtin").run(
        "Write f that doubles a number", tests=["assert f(2) == 4", "assert f(5) == 10"]
    )
    engine.override_score(tested.run_id, 2, "not what I meant")
    assert engine.corrections() == []
    (kept,) = correct(engine, 1)
    (found,) = engine.corrections()
    assert (found.run_id, found.machine, found.person, found.reason) == (kept, 8, 8.5, "well founded")
    assert found.shown.startswith("Purpose: Write\nTask: Write about the moon\nChanged:")
    engine.take_back_score(kept)
    assert engine.corrections() == []


def test_a_model_that_cannot_judge_is_told_so(engine: Engine) -> None:
    correct(engine, 1)
    with pytest.raises(PurposeError, match="does not judge work"):
        engine.calibrate_critic(BuiltinBackend())


def test_an_exam_reads_back_as_it_was_noted(engine: Engine) -> None:
    assert exam_of({}) is None
    assert exam_of({"calibration": {"verdict": "better", "runs": 6}}) == Exam(verdict="better", runs=6)
