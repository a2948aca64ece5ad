"""Breeding in a workspace: from runs of a team to candidates that wait, and nothing that a prompt could see before."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.events import ModelRequest
from purpose_agent.sandbox.probe import probe
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import LessonUse

needs_walls = pytest.mark.skipif(not probe().holds, reason="no wall holds here, so no code is run")
KIND = "code: list of numbers → number"


@pytest.fixture
def engine(own_home: Path) -> Iterator[Engine]:
    opened = engine_for()
    yield opened
    opened.close()


def proven(
    engine: Engine, do: str = "Filter first, then add up all 3 columns", *, runs: int = 12, why: str = ""
) -> str:
    card = MemoryCard(kind="skill_card", when="a list is filtered", do=do, why=why, scope=Scope(task_kind=KIND))
    card_id = engine.memory.ledger.add_candidate(card, actor="extractor", reason="solved").card_id
    engine.lessons.approve(card_id)
    for number in range(2 * runs):
        uses = [LessonUse(card_id=card_id, version=1, text="")] if number % 2 else []
        engine.memory.effects.record(f"{card_id} {number}", KIND, uses, bool(uses), None)
    return card_id


def test_nothing_is_bred_of_an_empty_memory(engine: Engine) -> None:
    assert engine.evolve() == []


@pytest.mark.parametrize("limit", [0, -1, 13])
def test_only_a_few_at_a_time(engine: Engine, limit: int) -> None:
    with pytest.raises(PurposeError, match="Ask for 1 to 12"):
        engine.evolve(limit=limit)


def test_a_child_waits_tells_its_parents_and_is_inert(engine: Engine) -> None:
    parent = proven(engine)
    (child,) = engine.evolve()
    assert (child.parents, child.status) == ((parent,), "quarantined")
    view = engine.memory.ledger.card(child.card_id)
    assert (view.card.origin, view.card.scope) == ("mutation", Scope(task_kind="code"))
    assert [event.kind for event in engine.events(f"memory:{child.card_id}")] == [
        "memory.candidate",
        "memory.quarantined",
    ]
    assert [lesson.card_id for lesson in engine.memory.ledger.promoted()] == [parent]
    assert engine.evolve() == [], "it is known now"
    engine.lessons.approve(child.card_id)
    assert [lesson.card_id for lesson in engine.memory.ledger.promoted()] == [child.card_id]
    engine.lessons.undo(child.card_id)
    assert [lesson.card_id for lesson in engine.memory.ledger.promoted()] == [parent]


def test_a_child_that_was_turned_down_ends_the_line(engine: Engine) -> None:
    proven(engine)
    (child,) = engine.evolve()
    engine.lessons.reject(child.card_id)
    assert engine.evolve(seed=5) == []


def test_a_model_may_say_it_shorter_but_not_otherwise(engine: Engine) -> None:
    proven(engine)
    (short,) = engine.evolve(model=ScriptedBackend([json.dumps({"do": "Filter, then add 3 columns"})]))
    assert "Filter, then add 3 columns" in short.text
    assert engine.memory.ledger.card(short.card_id).card.author == "scripted:demo"


@pytest.mark.parametrize("said", ["{}", "no json", '{"do":"Filter, then add up"}', '{"do":"%s"}' % ("3 " * 90)])
def test_a_rewording_that_loses_a_number_or_grows_is_not_taken(engine: Engine, said: str) -> None:
    proven(engine)
    (child,) = engine.evolve(model=ScriptedBackend([said]))
    assert "Filter first, then add up all 3 columns" in child.text


@needs_walls
def test_from_a_teams_own_runs_with_the_built_in_model(engine: Engine) -> None:
    team = pa.purpose("Help me write Python code", model="builtin", trust_tested_lessons=True)
    for number in range(9):
        numbers = [number, number + 2, number + 5]
        right = sum(n for n in numbers if n % 2 == 0)
        team.run(
            f"Write even_total_{number}(xs), the sum of the even numbers",
            tests=[
                f"assert even_total_{number}([2, 4, 7]) == 6",
                f"assert even_total_{number}({numbers}) == {right}",
                f"assert even_total_{number}([]) == 0",
                f"assert even_total_{number}([1, 3]) == 0",
                f"assert even_total_{number}([8]) == 8",
            ],
        )
    children = engine.evolve(limit=3, seed=1)
    in_use = {lesson.card_id for lesson in engine.memory.ledger.promoted()}
    assert children
    assert all(set(child.parents) <= in_use and child.status == "quarantined" for child in children)
    last = team.run(
        "Write even_sum(xs), the sum of the even numbers",
        tests=["assert even_sum([2, 3]) == 2", "assert even_sum([]) == 0", "assert even_sum([4, 4]) == 8"],
    )
    prompts = [event for event in engine.events(last.run_id) if isinstance(event, ModelRequest)]
    assert not {child.card_id for child in children} & {card_id for event in prompts for card_id in event.lessons}
