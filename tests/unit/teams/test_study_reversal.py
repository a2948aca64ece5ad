"""The memory of a proof stands in the phase that is asked for, whatever the history of its lessons."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.studies.plan import PHASES, ArmKind, StudyPlan
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.study_reversal import Reversal, prepare
from tests.unit.evaluation.studies.test_proving import proof_plan


@pytest.fixture
def person(tmp_path: Path) -> Iterator[tuple[Journal, Memory]]:
    journal = Journal(tmp_path / "person.sqlite")
    yield journal, Memory(journal)
    journal.close()


@pytest.fixture
def opened() -> Iterator[list[Journal]]:
    journals: list[Journal] = []
    yield journals
    for journal in journals:
        journal.close()


def reversal_of(person: Journal, path: Path, plan: StudyPlan, opened: list[Journal]) -> Reversal:
    prepare(plan, person, path)
    opened.append(Journal(path))
    return Reversal(plan, opened[-1])


def in_use(memory: Memory) -> list[str]:
    return [lesson.card_id for lesson in memory.ledger.promoted()]


def test_only_the_chosen_lessons_go_and_come_back(
    person: tuple[Journal, Memory], tmp_path: Path, opened: list[Journal]
) -> None:
    journal, own = person
    a, b, c = (own.teach(f"Write {word} names").card_id for word in ("short", "plain", "clear"))
    plan = proof_plan(lessons=(a, c))
    reversal = reversal_of(journal, tmp_path / "copy.sqlite", plan, opened)
    reversal.enter("lessons")
    assert in_use(reversal.memory) == [a, b, c]
    reversal.enter("undone")
    assert in_use(reversal.memory) == [b]
    assert reversal.memory.ledger.card(a).status == "quarantined"
    reversal.enter("again")
    assert sorted(in_use(reversal.memory)) == sorted([a, b, c])
    assert in_use(own) == [a, b, c]


def test_what_was_found_out_about_a_lesson_since_its_approval_is_not_lost_by_the_roll_back(
    person: tuple[Journal, Memory], tmp_path: Path, opened: list[Journal]
) -> None:
    journal, own = person
    card_id = own.teach("Write short names").card_id
    own.ledger.note(card_id, by="replay", reason="tried", evidence={"replay": {"helped": 3}})
    reversal = reversal_of(journal, tmp_path / "copy.sqlite", proof_plan(lessons=(card_id,)), opened)
    for phase in ("undone", "again"):
        reversal.enter(phase)
    assert (
        reversal.memory.ledger.card(card_id).evidence == own.ledger.card(card_id).evidence == {"replay": {"helped": 3}}
    )


def test_a_lesson_that_took_the_place_of_another_leaves_that_one_where_it_stood(
    person: tuple[Journal, Memory], tmp_path: Path, opened: list[Journal]
) -> None:
    journal, own = person
    old = own.teach("Write short names").card_id
    new = own.ledger.teach(
        MemoryCard(kind="user_preference", do="Write short plain names", author="person", supersedes=(old,)),
        by="person",
    ).card_id
    own.ledger.undo(old, by="person")  # the person fetched the old one back
    assert set(in_use(own)) == {old, new}
    reversal = reversal_of(journal, tmp_path / "copy.sqlite", proof_plan(lessons=(new,)), opened)
    reversal.enter("undone")
    assert in_use(reversal.memory) == [old]
    reversal.enter("again")
    assert set(in_use(reversal.memory)) == {old, new}


def test_both_of_two_lessons_that_replace_each_other_come_back_once(
    person: tuple[Journal, Memory], tmp_path: Path, opened: list[Journal]
) -> None:
    journal, own = person
    old = own.teach("Write short names").card_id
    card = MemoryCard(kind="user_preference", do="Write short plain names", author="person", supersedes=(old,))
    new = own.ledger.teach(card, by="person").card_id
    own.ledger.undo(old, by="person")
    reversal = reversal_of(journal, tmp_path / "copy.sqlite", proof_plan(lessons=(old, new)), opened)
    for phase in PHASES:
        reversal.enter(phase)
        position = reversal.memory.ledger.position
        reversal.enter(phase)
        assert reversal.memory.ledger.position == position
        assert set(in_use(reversal.memory)) == (set() if phase == "undone" else {old, new})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_phase_can_be_entered_at_any_time_by_any_process(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("reversal")
    journal = Journal(folder / "person.sqlite")
    own = Memory(journal)
    ids = [own.teach(f"Write {word} names").card_id for word in ("short", "plain", "clear", "long")]
    for card_id in data.draw(st.lists(st.sampled_from(ids), max_size=3)):
        if own.ledger.card(card_id).status == "promoted":
            own.ledger.edit(card_id, by="person", why=f"it reads well {own.ledger.position}", approve=True)
    start = {card_id: own.ledger.card(card_id).card for card_id in ids}
    chosen = tuple(data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)))
    plan = proof_plan(lessons=chosen)
    prepare(plan, journal, folder / "copy.sqlite")
    journals = [Journal(folder / "copy.sqlite") for _ in range(2)]
    processes = [Reversal(plan, each) for each in journals]
    phases: list[ArmKind] = data.draw(st.lists(st.sampled_from(PHASES), max_size=6))
    for phase in phases:
        at_work = data.draw(st.sampled_from(processes))
        at_work.enter(phase)
        position = at_work.memory.ledger.position
        at_work.enter(phase)
        assert at_work.memory.ledger.position == position  # saying it again changes nothing
        expected = set(ids) - set(chosen) if phase == "undone" else set(ids)
        assert set(in_use(at_work.memory)) == expected
        assert all(at_work.memory.ledger.card(card_id).card == start[card_id] for card_id in ids)
    assert processes[0].memory.ledger.verify().ok
    assert set(in_use(own)) == set(ids)
    for each in (journal, *journals):
        each.close()
