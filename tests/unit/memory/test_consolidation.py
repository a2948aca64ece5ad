"""Proposals about lessons that are there, and what an answer does: nothing is lost, all of it can be taken back."""

from datetime import timedelta

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.consolidation import REPLACES, Consolidation
from purpose_agent.memory.errors import LessonEmpty, LessonTooLong
from purpose_agent.memory.homeostasis import STALE_DAYS, STALE_TASKS
from purpose_agent.memory.housekeeping import Housekeeping
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.proposals import (
    KEEP_ALL,
    MERGE,
    PUT_AWAY,
    SPLIT,
    ContradictionProposal,
    MergeProposal,
    Narrower,
    Proposal,
    RestProposal,
    use_only,
)
from purpose_agent.runtime.events import now
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.lessons import Lessons


class Desk:
    """A memory, its proposals, and a person who answers them."""

    def __init__(self, journal: Journal) -> None:
        self.at = now()
        self.memory = Memory(journal, clock=lambda: self.at)
        self.ledger = self.memory.ledger
        lessons = Lessons(self.memory, last_seq=journal.last_seq, store=journal.append)
        keeper = Housekeeping(self.ledger, self.memory.effects, journal, decide=lessons, clock=lambda: self.at)
        self.consolidation = Consolidation(self.ledger, keeper, decide=lessons)

    def lesson(self, do: str, when: str = "a report is written", *, used: bool = True, **fields: object) -> str:
        card = MemoryCard(kind="skill_card", when=when, do=do, **fields)  # type: ignore[arg-type]
        card_id = self.ledger.add_candidate(card, actor="extractor", reason="").card_id
        if used:
            self.ledger.approve(card_id, by="person")
        return card_id

    def only(self) -> Proposal:
        (proposal,) = self.consolidation.proposals()
        return proposal

    def status(self, *card_ids: str) -> list[str]:
        return [self.ledger.card(card_id).status for card_id in card_ids]

    def in_use(self) -> list[str]:
        return [lesson.text for lesson in self.ledger.promoted()]


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def sides(proposal: Proposal) -> set[str]:
    return {one.card_id for one in proposal.sides}


# Near-duplicates


def test_lessons_that_say_nearly_the_same_are_one_proposal(desk: Desk) -> None:
    ids = {
        desk.lesson("Put the summary first."),
        desk.lesson("Always put the summary first."),
        desk.lesson("Put a summary first.", used=False),
    }
    desk.lesson("Round to 2 decimals.", "numbers are printed")
    proposal = desk.only()
    assert isinstance(proposal, MergeProposal)
    assert sides(proposal) == ids
    assert proposal.title == "3 lessons say nearly the same"
    assert "2 of them in use" in proposal.why
    assert proposal.sides[0].standing == "in use"
    assert {choice.key for choice in proposal.choices} == {use_only(proposal.sides[0].card_id), MERGE, KEEP_ALL}


def test_a_merged_lesson_waits_and_takes_the_place_of_its_sources_only_when_approved(desk: Desk) -> None:
    one, other = desk.lesson("Put the summary first."), desk.lesson("Always put the summary first.")
    before = desk.in_use()
    resolved = desk.consolidation.resolve(desk.only(), MERGE, by="person")
    assert desk.status(resolved.made, one, other) == ["quarantined", "promoted", "promoted"]
    assert desk.in_use() == before
    assert desk.consolidation.proposals() == [], "what is being merged is not proposed again"
    desk.ledger.approve(resolved.made, by="person")
    assert desk.status(resolved.made, one, other) == ["promoted", "archived", "archived"]
    assert len(desk.in_use()) == 1
    desk.ledger.undo(resolved.made, by="person")
    assert desk.in_use() == before
    assert desk.ledger.card(one).card.version == 1, "the sources were never rewritten"


def test_a_merge_can_be_worded_by_the_person_and_taken_back(desk: Desk) -> None:
    desk.lesson("Put the summary first.")
    desk.lesson("Always put the summary first.")
    proposal = desk.only()
    assert isinstance(proposal, MergeProposal)
    worded = MemoryCard(kind="skill_card", when="a report is written", do="Lead with the summary.")
    resolved = desk.consolidation.resolve(proposal, MERGE, by="person", card=worded)
    view = desk.ledger.card(resolved.made)
    assert (view.card.do, view.card.origin) == ("Lead with the summary.", "merge")
    assert set(view.card.supersedes) == sides(proposal)
    desk.consolidation.take_back(resolved, by="person")
    assert desk.status(resolved.made) == ["archived"]
    assert desk.only().proposal_id == proposal.proposal_id


def test_keeping_one_of_them_puts_the_others_away_with_a_reason(desk: Desk) -> None:
    one, other = desk.lesson("Put the summary first."), desk.lesson("Always put the summary first.")
    proposal = desk.only()
    winner = proposal.sides[0].card_id
    loser = ({one, other} - {winner}).pop()
    resolved = desk.consolidation.resolve(proposal, use_only(winner), by="person")
    assert desk.status(winner, loser) == ["promoted", "archived"]
    assert desk.ledger.card(loser).reason == f"replaced by {winner}"
    assert desk.ledger.card(winner).evidence[REPLACES] == [loser]
    desk.consolidation.take_back(resolved, by="person")
    assert desk.status(winner, loser) == ["promoted", "promoted"]


def test_lessons_for_different_work_are_not_merged(desk: Desk) -> None:
    desk.lesson("Put the summary first.", scope=Scope(task_kind="writing"))
    desk.lesson("Always put the summary first.", scope=Scope(task_kind="analysis"))
    assert desk.consolidation.proposals() == []


# Contradictions


def test_a_contradiction_is_one_item_with_both_sides(desk: Desk) -> None:
    one = desk.lesson("Always put the summary first.")
    other = desk.lesson("Never put the summary first.", used=False)
    proposal = desk.only()
    assert isinstance(proposal, ContradictionProposal)
    assert [side.card_id for side in proposal.sides] == [one, other]
    assert proposal.clash == ("do", "never")
    assert [choice.key for choice in proposal.choices] == [use_only(one), use_only(other), SPLIT, KEEP_ALL]
    assert all(choice.label and choice.result.endswith(".") for choice in proposal.choices)


def test_the_one_that_is_chosen_takes_the_place_of_the_other(desk: Desk) -> None:
    old = desk.lesson("Indent with 2 spaces.", "code is written")
    new = desk.lesson("Indent with 4 spaces.", "code is written", used=False)
    resolved = desk.consolidation.resolve(desk.only(), use_only(new), by="person", reason="our house style")
    assert desk.status(old, new) == ["archived", "promoted"]
    assert desk.ledger.card(old).reason == "our house style"
    desk.consolidation.take_back(resolved, by="person")
    assert desk.status(old, new) == ["promoted", "quarantined"]


def test_split_by_scope_narrows_both_and_both_stay_in_use(desk: Desk) -> None:
    general = desk.memory.teach("Answer in German.").card_id
    special = desk.memory.teach("Answer in English.").card_id
    proposal = desk.only()
    assert isinstance(proposal, ContradictionProposal)
    with pytest.raises(LessonEmpty):
        desk.consolidation.resolve(proposal, SPLIT, by="person", narrower=proposal.narrower)
    resolved = desk.consolidation.resolve(
        proposal,
        SPLIT,
        by="person",
        narrower=[
            Narrower(card_id=general, unless="the question is in English"),
            Narrower(card_id=special, when="the question is in English"),
        ],
    )
    assert desk.in_use() == [
        "Answer in German, unless the question is in English.",
        "When the question is in English: Answer in English.",
    ]
    assert desk.consolidation.proposals() == []
    desk.consolidation.take_back(resolved, by="person")
    assert desk.in_use() == ["Answer in German.", "Answer in English."]


def test_the_general_one_of_two_is_offered_the_other_as_its_exception(desk: Desk) -> None:
    general = desk.memory.teach("Answer in German.").card_id
    desk.lesson("Answer in English.", "the user writes English")
    proposal = desk.only()
    assert isinstance(proposal, ContradictionProposal)
    assert Narrower(card_id=general, unless="the user writes English") in proposal.narrower
    desk.consolidation.resolve(proposal, SPLIT, by="person", narrower=proposal.narrower)
    assert desk.consolidation.proposals() == []


def test_keep_both_is_remembered_until_the_words_change(desk: Desk) -> None:
    one = desk.lesson("Always put the summary first.")
    desk.lesson("Never put the summary first.")
    proposal = desk.only()
    resolved = desk.consolidation.resolve(proposal, KEEP_ALL, by="person", reason="they are for different readers")
    assert desk.consolidation.proposals() == []
    assert desk.ledger.history(one)[-1].reason == "they are for different readers"
    desk.consolidation.take_back(resolved, by="person")
    assert desk.only().proposal_id == proposal.proposal_id
    desk.consolidation.resolve(proposal, KEEP_ALL, by="person")
    desk.ledger.edit(one, by="person", do="Always put a summary first.", approve=True)
    assert desk.only().proposal_id != proposal.proposal_id


# The person's own rules


def test_a_rule_of_the_person_that_is_never_used_is_only_proposed_to_rest(desk: Desk) -> None:
    taught = desk.memory.teach("Write in short sentences.").card_id
    desk.at += timedelta(days=STALE_DAYS + 1)
    for number in range(STALE_TASKS):
        desk.memory.effects.record(f"r{number}", "writing", [], True, None)
    proposal = desk.only()
    assert isinstance(proposal, RestProposal)
    assert sides(proposal) == {taught}
    assert proposal.why.startswith("It was not chosen for 61 days")
    resolved = desk.consolidation.resolve(proposal, PUT_AWAY, by="person")
    assert desk.status(taught) == ["archived"]
    desk.consolidation.take_back(resolved, by="person")
    assert desk.status(taught) == ["promoted"]
    assert desk.consolidation.proposals() == [], "its time begins anew"


# What cannot be


def test_a_choice_that_is_not_offered_is_refused(desk: Desk) -> None:
    desk.lesson("Always put the summary first.")
    desk.lesson("Never put the summary first.")
    with pytest.raises(ValueError, match="no choice"):
        desk.consolidation.resolve(desk.only(), MERGE, by="person")


def test_merged_words_that_do_not_fit_are_refused_and_nothing_changes(desk: Desk) -> None:
    desk.lesson("Put the summary first.")
    desk.lesson("Always put the summary first.")
    before = desk.ledger.position
    with pytest.raises(LessonTooLong):
        desk.consolidation.resolve(
            desk.only(), MERGE, by="person", card=MemoryCard(kind="skill_card", when="x", do="y " * 200)
        )
    assert desk.ledger.position == before


def test_lessons_in_a_script_that_the_model_does_not_know_are_compared_by_their_words(desk: Desk) -> None:
    one = desk.memory.teach("Всегда проверяй пустой список первым.").card_id
    other = desk.memory.teach("Проверяй пустой список всегда первым.").card_id
    assert sides(desk.only()) == {one, other}


def test_proposals_do_not_depend_on_the_way_the_memory_got_there(desk: Desk, journal: Journal) -> None:
    for number in range(6):
        desk.lesson(f"Put the summary first, part {'abcdef'[number]}.")
        desk.consolidation.proposals()
    desk.ledger.archive(desk.lesson("Put the summary last."), by="person")
    fresh = Desk(journal)
    here, there = desk.consolidation.proposals(), fresh.consolidation.proposals()
    assert [(one.proposal_id, one.sides, one.why) for one in here] == [(x.proposal_id, x.sides, x.why) for x in there]
