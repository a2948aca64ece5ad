"""Housekeeping: harmful lessons wait again, idle ones rest, with a reason and a way back; the person's own stay."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.homeostasis import STALE_DAYS, STALE_TASKS, Budgets
from purpose_agent.memory.housekeeping import HOUSEKEEPING, Housekeeping
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.events import now
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.lessons import Lessons
from purpose_agent.types import LessonUse

KIND = "writing"


class Clock:
    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at

    def pass_days(self, days: float) -> None:
        self.at += timedelta(days=days)


class House:
    """A memory with its housekeeping, and runs to feed it."""

    def __init__(self, journal: Journal, **options: object) -> None:
        self.clock = Clock()
        self.memory = Memory(journal, clock=self.clock)
        self.ledger = self.memory.ledger
        lessons = Lessons(self.memory, last_seq=journal.last_seq, store=journal.append)
        self.keeper = Housekeeping(
            self.ledger,
            self.memory.effects,
            journal,
            decide=lessons,
            clock=self.clock,
            **options,  # type: ignore[arg-type]
        )
        self.runs = 0

    def lesson(self, do: str = "Begin with a question.", **fields: object) -> str:
        card = MemoryCard(kind="skill_card", when="a text opens", do=do, scope=Scope(task_kind=KIND), **fields)  # type: ignore[arg-type]
        card_id = self.ledger.add_candidate(card, actor="extractor", reason="").card_id
        self.ledger.approve(card_id, by="person")
        return card_id

    def run(self, *card_ids: str, success: bool, times: int = 1, kind: str = KIND) -> None:
        for _ in range(times):
            self.runs += 1
            uses = [LessonUse(card_id=x, version=self.ledger.card(x).card.version, text="") for x in card_ids]
            self.memory.effects.record(f"run {self.runs}", kind, uses, success, None)

    def status(self, card_id: str) -> str:
        return self.ledger.card(card_id).status


@pytest.fixture
def house(journal: Journal) -> House:
    return House(journal)


def test_a_lesson_that_lowers_success_waits_for_a_decision_again_and_says_why(house: House) -> None:
    bad, fine = house.lesson(), house.lesson("End with a summary.")
    house.run(success=True, times=30)
    house.run(fine, success=True, times=8)
    house.run(bad, success=False, times=12)
    (act,) = house.keeper.after_run([bad, fine])
    assert (act.card_id, act.ground) == (bad, "harmful")
    assert house.status(bad) == "quarantined"
    assert house.status(fine) == "promoted"
    (notice,) = house.keeper.notices()
    assert notice.sentence == (
        "Runs with it do worse on writing tasks, by the 12 that had it in the prompt. It waits for your decision again."
    )
    assert house.ledger.history(bad)[-1].actor == HOUSEKEEPING
    assert house.ledger.undo(bad, by="person").status == "promoted"
    assert house.keeper.notices() == []
    assert house.keeper.after_run([bad]) == [], "who fetches it back has it tried anew first"
    house.run(bad, success=False, times=5)
    assert [again.ground for again in house.keeper.after_run([bad])] == ["harmful"]


def test_a_few_failures_prove_nothing(house: House) -> None:
    card_id = house.lesson()
    house.run(success=True, times=10)
    house.run(card_id, success=False, times=4)
    assert house.keeper.after_run([card_id]) == []


def test_a_lesson_that_helps_elsewhere_stays(house: House) -> None:
    card_id = house.lesson()
    house.run(success=True, times=30)
    house.run(card_id, success=False, times=12)
    house.run(success=False, times=20, kind="analysis")
    house.run(card_id, success=True, times=40, kind="analysis")
    assert house.keeper.after_run([card_id]) == []


def test_a_lesson_that_makes_no_difference_in_many_runs_rests(house: House) -> None:
    card_id = house.lesson()
    for _ in range(60):
        house.run(success=True, times=2)
        house.run(success=False, times=2)
        house.run(card_id, success=True)
        house.run(card_id, success=False)
    (act,) = house.keeper.after_run([card_id])
    assert act.ground == "inert"
    assert house.status(card_id) == "archived"
    assert "no clear difference" in house.keeper.notices()[0].sentence
    assert house.ledger.undo(card_id, by="person").status == "promoted"
    assert house.keeper.sweep() == []


def test_a_lesson_that_is_never_chosen_rests_only_when_its_tasks_came(house: House) -> None:
    idle, busy = house.lesson(), house.lesson("End with a summary.")
    house.clock.pass_days(STALE_DAYS + 1)
    assert house.keeper.sweep() == [], "nobody was at work"
    house.run(success=True, times=STALE_TASKS, kind="analysis")
    assert house.keeper.sweep() == [], "other tasks came"
    house.run(busy, success=True, times=1)
    house.run(success=True, times=STALE_TASKS)
    (act,) = house.keeper.sweep()
    assert (act.card_id, act.ground) == (idle, "stale")
    assert act.reason == "It was not chosen for 61 days, in which 101 tasks came that it is for."
    house.ledger.undo(idle, by="person")
    assert house.keeper.sweep() == [], "its time begins anew"


def test_replays_are_no_use_by_the_person(house: House) -> None:
    idle = house.lesson()
    house.clock.pass_days(STALE_DAYS + 1)
    house.run(success=True, times=STALE_TASKS)
    uses = [LessonUse(card_id=idle, version=1, text="")]
    house.memory.effects.record("a replay", KIND, uses, True, None, source="replay")
    assert [act.ground for act in house.keeper.sweep()] == ["stale"]


def test_an_expired_lesson_is_put_away(house: House) -> None:
    card_id = house.lesson(expires=house.clock() + timedelta(days=3))
    assert house.keeper.sweep() == []
    house.clock.pass_days(4)
    assert [act.ground for act in house.keeper.sweep()] == ["expired"]
    assert house.status(card_id) == "archived"


def test_what_a_person_taught_is_only_proposed(house: House) -> None:
    taught = house.memory.teach("Write in short sentences.").card_id
    house.clock.pass_days(STALE_DAYS + 1)
    house.run(success=True, times=STALE_TASKS)
    assert house.keeper.sweep() == []
    assert house.status(taught) == "promoted"
    assert [(act.card_id, act.ground) for act in house.keeper.proposed()] == [(taught, "stale")]


def test_beyond_a_budget_the_least_promising_rest(journal: Journal) -> None:
    house = House(journal, budgets=Budgets(lessons={"skill_card": 2}))
    best, poor, new = house.lesson("One."), house.lesson("Two."), house.lesson("Three.")
    house.run(success=True, times=4)
    house.run(success=False, times=4)
    house.run(best, success=True, times=10)
    house.run(poor, success=False, times=3)
    (act,) = house.keeper.sweep()
    assert (act.card_id, act.ground) == (poor, "over budget")
    assert (house.status(best), house.status(new)) == ("promoted", "promoted")
    house.ledger.undo(poor, by="person")
    assert [again.card_id for again in house.keeper.sweep()] != [poor], "a budget does not take what was fetched back"


def test_two_processes_that_tidy_at_once_do_each_thing_once(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "j.sqlite"), Journal(tmp_path / "j.sqlite")
    first = House(one)
    card_id = first.lesson(expires=first.clock() - timedelta(days=1))
    memory = Memory(other)
    second = Housekeeping(
        memory.ledger,
        memory.effects,
        other,
        decide=Lessons(memory, last_seq=other.last_seq, store=other.append),
    )
    found = second._found()
    assert len(first.keeper.sweep()) == 1
    assert second._do(found) == []
    assert [row.to_status for row in memory.ledger.history(card_id)].count("archived") == 1
    one.close()
    other.close()
