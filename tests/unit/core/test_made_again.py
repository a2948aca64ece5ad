"""The prompt of any earlier run can be made again from the record, whatever was decided about its lessons since."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.core.learning import choose
from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec, RunUnknown
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.models.backend import Capabilities
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.events import ModelRequest, RunStarted
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse, RunMode, Task

AGENTS = (AgentSpec(role="writer", answers=True),)


class Solo(ScriptedBackend):
    """Does not judge its own work."""

    capabilities = Capabilities(critic=False, local=True, free=True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


def test_after_an_edit_and_a_removal_the_first_prompt_is_the_same_to_the_byte(journal: Journal) -> None:
    memory = Memory(journal)
    kept, edited, removed = (memory.teach(f"Keep to rule {name}.").card_id for name in ("one", "two", "three"))
    model = Solo(['{"thought":"","answer":"Here it is.","done":true}'] * 2)
    orchestrator = Orchestrator(backend=model, journal=journal, memory=memory)
    asyncio.run(orchestrator.run(RunSpec(run_id="r", task=Task(text="Write a note"), purpose="Write", agents=AGENTS)))
    memory.ledger.edit(edited, by="person", do="Something else.", approve=True)
    memory.ledger.archive(removed, by="person")
    events = journal.events("r")
    started = next(event for event in events if isinstance(event, RunStarted))
    sent = next(event for event in events if isinstance(event, ModelRequest))
    assert {use.card_id for use in started.lessons} == {kept, edited, removed}
    again = orchestrator.first_prompt("r", memory.ledger.as_of(started.at).promoted())
    assert (again.sha256, again.text) == (sent.prompt_sha256, sent.prompt)
    assert orchestrator.first_prompt("r", memory.ledger.promoted()).sha256 != sent.prompt_sha256
    with pytest.raises(RunUnknown):
        orchestrator.first_prompt("never", memory.ledger.promoted())


@pytest.mark.parametrize(("mode", "left_out"), [("train", True), ("validation", False), ("eval", False)])
def test_a_lesson_is_left_out_on_purpose_only_where_something_is_learned_from_it(
    journal: Journal, mode: RunMode, left_out: bool
) -> None:
    memory = Memory(journal)
    card = MemoryCard(kind="skill_card", when="a note is short", do="Say it in one line.")
    card_id = memory.ledger.add_candidate(card, actor="extractor", reason="solved").card_id
    memory.ledger.approve(card_id, by="person")
    memory.effects.record("first", "writing", [LessonUse(card_id=card_id, version=1, text="")], True, 9.0)
    withheld = 0
    for seed in range(100):
        task = Task(text="Write a short note", kind="writing")
        spec = RunSpec(run_id=f"r{seed}", task=task, purpose="Write", agents=AGENTS, mode=mode)
        withheld += any(use.withheld for use in choose(memory, spec, "writing").uses)
    assert (withheld > 0) == left_out
