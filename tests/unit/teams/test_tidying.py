"""A run that learned is followed by housekeeping: its own lessons each time, all of them once a day."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.housekeeping import HOUSEKEEPING
from purpose_agent.memory.proposals import KEEP_ALL, ContradictionProposal
from purpose_agent.memory.task_kinds import task_kind
from purpose_agent.runtime.events import now
from purpose_agent.teams.memory_care import TIDIED_AT
from purpose_agent.teams.requests import RunRequest, new_run_id
from purpose_agent.teams.team import Team
from purpose_agent.types import LessonUse, Task

TASK = Task(text="Write double(n).", tests=("assert double(2) == 4", "assert double(5) == 10"))


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    team = pa.purpose("Help me write Python code", model="builtin", home=tmp_path)
    yield team
    team.engine.close()


def harmful(team: Team, do: str) -> str:
    """A lesson in use that was in the prompt of twelve failures."""
    kind = task_kind(TASK)
    card = MemoryCard(kind="skill_card", when="a number is doubled", do=do, scope=Scope(task_kind=kind))
    card_id = team.engine.lessons.propose(card, by="extractor", reason="learned").card_id
    team.engine.lessons.approve(card_id)
    use = LessonUse(card_id=card_id, version=1, text=card.text)
    for number in range(30):
        team.engine.memory.effects.record(f"{do} without {number}", kind, [], True, None)
    for number in range(12):
        team.engine.memory.effects.record(f"{do} with {number}", kind, [use], False, None)
    return card_id


def status(team: Team, card_id: str) -> str:
    return team.engine.memory.ledger.card(card_id).status


def test_the_first_run_of_a_day_looks_at_all_lessons_and_tells_what_it_did(team: Team) -> None:
    first = harmful(team, "Add one instead.")
    team.run(TASK)
    assert status(team, first) == "quarantined"
    assert team.engine.memory.ledger.history(first)[-1].actor == HOUSEKEEPING
    assert team.engine.events(f"memory:{first}")[-1].kind == "memory.quarantined"
    assert [notice.card_id for notice in team.engine.housekeeping.notices()] == [first]
    second = harmful(team, "Subtract one instead.")
    team.run(TASK)
    assert status(team, second) == "promoted", "not in this run's prompt, and the day is not over"
    team.engine.workspace.set_setting(TIDIED_AT, (now() - timedelta(days=2)).isoformat())
    team.run(TASK)
    assert status(team, second) == "quarantined"


def test_an_evaluation_run_tidies_nothing(team: Team) -> None:
    card_id = harmful(team, "Add one instead.")
    before = team.engine.memory.ledger.position
    purpose = "Help me write Python code"
    team.engine.run(RunRequest(run_id=new_run_id(), purpose=purpose, task=TASK, model="builtin", mode="eval"))
    assert (status(team, card_id), team.engine.memory.ledger.position) == ("promoted", before)


def test_on_a_workspace_without_lessons_nothing_is_looked_at(team: Team) -> None:
    team.run(TASK)
    assert team.engine.workspace.setting(TIDIED_AT) is None


def test_the_engine_proposes_and_tells_what_was_decided(team: Team) -> None:
    team.teach("Always name the source.")
    team.teach("Never name the source.")
    (proposal,) = team.engine.consolidation.proposals()
    assert isinstance(proposal, ContradictionProposal)
    loser = proposal.sides[0].card_id
    team.engine.consolidation.resolve(proposal, proposal.choices[1].key, by="person")
    assert team.engine.events(f"memory:{loser}")[-1].kind == "memory.archived"
    assert KEEP_ALL in {choice.key for choice in proposal.choices}
