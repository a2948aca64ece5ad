"""Two documents that do not say the same are shown side by side; two that can both be right are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.answers.disagreements import MAX_SHOWN, disagreements
from purpose_agent.vault.answers.records import NumberedPassage


def apart(one: str, other: str, about: str = "") -> list[str]:
    found = disagreements([f"[1] a.md\n{one}", f"[2] b.md\n{other}"], about)
    return [disagreement.what for disagreement in found]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("The room costs 30 euros.", "The room costs 35 euros.", "30 euros, 35 euros"),
        ("The room opens on 3 May.", "The room opens on 5 May.", "3 May, 5 May"),
        ("Dogs are allowed in the garden.", "Dogs are not allowed in the garden.", "one says that it is so"),
        ("The north gate is open on Sunday.", "The north gate is closed on Sunday.", "one says that it is so"),
        ("The room costs at most 30 euros.", "The room costs 35 euros.", "30 euros, 35 euros"),
    ],
)
def test_another_amount_date_or_answer_is_a_disagreement(one: str, other: str, what: str) -> None:
    (told,) = apart(one, other)
    assert told.startswith(what)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The room costs 30 euros.", "The room costs 30 euros."),
        ("The room costs thirty euros.", "The room costs € 30."),
        ("The red room costs 30 euros.", "The blue room costs 35 euros."),
        ("A room in Bergen costs 30 euros.", "A room in Oslo costs 35 euros."),
        ("The room costs at least 30 euros.", "The room costs 35 euros."),
        ("The room costs 30 euros.", "The tour takes 35 minutes."),
        ("The room opens on 3 May.", "The room opens on 3 May 2020."),
        ("", "The room costs 35 euros."),
    ],
)
def test_what_can_both_be_right_is_none(one: str, other: str) -> None:
    assert apart(one, other) == []


def test_only_what_the_question_is_about_is_told() -> None:
    one, other = "The room costs 30 euros.", "The room costs 35 euros."
    assert apart(one, other, about="What does the room cost?")
    assert not apart(one, other, about="Who is the director?")


def test_one_document_does_not_disagree_with_itself() -> None:
    passages = [
        NumberedPassage(number=n, text=text, document="a.md")
        for n, text in enumerate(("The room costs 30 euros.", "The room costs 35 euros."), 1)
    ]
    assert disagreements(passages) == ()


def test_both_places_are_given_and_passages_that_overlap_tell_it_once() -> None:
    first, second = "Welcome. The room costs 30 euros.", "The room costs 35 euros. Goodbye."
    (found,) = disagreements([f"[1] a.md\n{first}", f"[2] b.md\n{second}", f"[3] a.md\n{first}"])
    assert (found.first.number, first[found.first.start : found.first.end]) == (1, "The room costs 30 euros.")
    assert (found.second.number, second[found.second.start : found.second.end]) == (2, "The room costs 35 euros.")


def test_no_more_are_told_than_a_person_can_read() -> None:
    things = ["room", "boat", "tent", "bike", "car", "horse", "sled"]
    one = " ".join(f"The {thing} rental costs 30 euros." for thing in things)
    assert len(apart(one, one.replace("30", "35"))) == MAX_SHOWN


@given(st.text(), st.text(), st.text())
def test_any_texts_can_be_compared(one: str, other: str, about: str) -> None:
    for found in disagreements([f"[1] a.md\n{one}", f"[2] b.md\n{other}"], about):
        assert one[found.first.start : found.first.end] == found.first.quote
        assert other[found.second.start : found.second.end] == found.second.quote
