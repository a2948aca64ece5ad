from pathlib import Path

import pytest

from purpose_agent.runtime.events import AgentProgress
from purpose_agent.sandbox import probe as probing
from purpose_agent.sandbox.probe import Wall, Walls
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import engine_for
from purpose_agent.types import Task
from tests.unit.cli.conftest import Command

NONE = Wall(verdict="does not hold", how="tried for this test")


@pytest.fixture
def no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_found", [Walls(network=NONE, files=NONE, processes=NONE, memory=NONE)])


def test_the_walls_of_this_machine_are_told_in_sentences(command: Command) -> None:
    done = command("sandbox")
    assert done.code == 0
    assert "network" in done.out


def test_without_walls_code_is_off_until_the_person_turns_it_on(
    command: Command, no_walls: None, tmp_path: Path
) -> None:
    engine = engine_for(tmp_path)
    task = Task(text="Double a number", tests=("assert double(1) == 2", "assert double(4) == 8"))
    request = RunRequest(purpose="Code helper", task=task, model="builtin")
    unchecked = engine.run(request)
    assert unchecked.phi is None, "what was not run is not scored"
    assert not unchecked.success
    told = [event.text for event in engine.events(unchecked.run_id) if isinstance(event, AgentProgress)]
    assert any("sandbox --allow" in text for text in told)
    engine.code_without_walls = True
    assert engine.run(request).success
    engine.code_without_walls = False
    assert not engine.run(request).success
    engine.close()
