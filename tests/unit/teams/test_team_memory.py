"""`team.memory`: the whole memory of a workspace for a program."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.errors import PurposeError
from purpose_agent.memory.errors import CardNotFound
from purpose_agent.models.scripted import ScriptedBackend

TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[pa.Team]:
    team = pa.purpose("Help me write Python code", model="builtin", home=tmp_path / "home")
    yield team
    team.engine.close()


def test_a_lesson_goes_through_its_whole_life(team: pa.Team, tmp_path: Path) -> None:
    (born,) = team.run("Write double(n)", tests=TESTS).born
    memory = team.memory
    assert [item.card_id for item in memory.waiting()] == [born]
    before = memory.position
    memory.later(born)
    memory.edit(born, why="it was short", approve=True)
    assert len(memory) == 1
    assert [view.card.why for view in memory] == ["it was short"]
    assert memory.undo(born).status == "quarantined"
    memory.approve(born, reason="sure")
    memory.archive(born)
    assert memory.lesson(born).status == "archived"
    assert memory.reopen(born).status == "quarantined"
    assert memory.reject(born).status == "rejected"
    assert [view.card_id for view in memory.rollback(before)] == [born]
    assert memory.lessons("quarantined")[0].card_id == born
    assert memory.as_of(before).cards() == [memory.as_of(before).card(born)]
    assert memory.history(born)[-1].actor == "person"
    assert memory.verify().ok
    assert memory.export(tmp_path / "record.jsonl") == memory.verify().rows
    with pytest.raises(CardNotFound):
        memory.lesson("never")


def test_waiting_lessons_are_tried_and_a_person_is_forgotten(team: pa.Team) -> None:
    for name in ("double", "twice"):
        team.run(f"Write {name}(n)", tests=[test.replace("double", name) for test in TESTS])
    assert "past task" in str(team.memory.plan_test(replays=4))
    found = team.memory.test(replays=4)
    assert any(evidence and evidence.replays for evidence in found.values())
    team.memory.teach("Jane Roe wants short names.")
    report = team.memory.forget(team.memory.plan_forget("Jane Roe"))
    assert report.is_proven
    assert len(team.memory) == 0


def test_the_prompt_of_an_earlier_run_comes_out_the_same_after_everything_changed(team: pa.Team) -> None:
    rule = team.teach("Keep names short.").card_id
    result = team.run("Write double(n)", tests=TESTS)
    team.memory.archive(rule)
    for card_id in result.born:
        team.approve(card_id)
    team.run("Write double(n)", tests=TESTS)
    again = team.engine.made_again(result.run_id)
    assert "Keep names short" in again.text
    assert again.is_same


def test_a_run_on_a_programs_own_model_cannot_be_made_again(team: pa.Team, tmp_path: Path) -> None:
    model = ScriptedBackend(['{"answer":"hello","done":true}'], cycle=True)
    own = pa.purpose("Write", model=model, home=tmp_path / "home")
    with pytest.raises(PurposeError, match="objects of a program"):
        team.engine.made_again(own.run("Write hello").run_id)
    with pytest.raises(PurposeError, match="Nothing is kept"):
        team.engine.made_again("never")
