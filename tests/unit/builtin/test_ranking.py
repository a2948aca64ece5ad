"""Which sentences answer a question: by the words they cover, by their meaning, and by the sort of thing asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.models.builtin.alike import meanings
from purpose_agent.models.builtin.ranking import Passage, Wanted, fits, rank, wanted, why_not
from purpose_agent.models.embedding.choose import best_shipped_embedder

SHOP = [
    Passage(1, "The shop is in Bergen. It sells tea and coffee."),
    Passage(2, "Parcels to Norway take 5 days. Parcels to Spain take 3 days."),
]


def best(question: str, *, by_meaning: bool = False) -> str:
    return rank(question, SHOP, best_shipped_embedder() if by_meaning else None)[0].sentence.text


def test_the_sentence_that_covers_most_of_the_question_is_first() -> None:
    assert best("How long do parcels to Spain take?") == "Parcels to Spain take 3 days."
    assert best("How long do parcels to Norway take?") == "Parcels to Norway take 5 days."


def test_a_sentence_that_goes_on_with_it_counts_the_words_of_the_one_before() -> None:
    assert best("What does the shop sell?") == "It sells tea and coffee."


def test_a_question_in_other_words_is_found_by_meaning() -> None:
    assert best("Which hot drinks can I purchase?", by_meaning=True) == "It sells tea and coffee."


def test_coverage_and_nearness_stay_two_numbers() -> None:
    without, with_ = rank("Where is the shop?", SHOP)[0], rank("Where is the shop?", SHOP, best_shipped_embedder())[0]
    assert without.nearness is None
    assert with_.nearness is not None
    assert with_.nearness > 0.5
    assert without.covered == with_.covered == 1.0


def test_a_question_without_content_or_without_passages_ranks_nothing() -> None:
    assert rank("What is it?", SHOP) == rank("", SHOP) == rank("Where is the shop?", []) == []
    assert why_not("What is it?", []) == "No passage has a word in common with the question."


@pytest.mark.parametrize(
    ("question", "want"),
    [
        ("How many days?", "amount"),
        ("What does it cost?", "amount"),
        ("What is the price?", "amount"),
        ("When does it open?", "time"),
        ("How long does it take?", "time"),
        ("Who wrote it?", "person"),
        ("Why is it red?", "any"),
    ],
)
def test_the_sort_of_thing_that_is_asked_for(question: str, want: Wanted) -> None:
    assert wanted(question) == want


@pytest.mark.parametrize(
    ("want", "text", "does"),
    [
        ("amount", "It takes three days.", True),
        ("amount", "It takes a while.", False),
        ("time", "It opens on Monday.", True),
        ("time", "It opens the door.", False),
        ("person", "It was written by Ada.", True),
        ("person", "It was written in haste.", False),
        ("any", "", True),
    ],
)
def test_whether_a_sentence_holds_such_a_thing(want: Wanted, text: str, *, does: bool) -> None:
    assert fits(want, text) == does


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bought", "purchase"),
        ("founded", "established"),
        ("kids", "children"),
        ("annual", "year"),
        ("refunded", "repay"),
        ("Genève", "Geneve"),
    ],
)
def test_irregular_forms_and_near_synonyms_mean_the_same(one: str, other: str) -> None:
    assert meanings(one) == meanings(other) != []


def test_words_that_carry_no_meaning_are_left_out() -> None:
    assert meanings("What is it that they have?") == []
    assert meanings("") == []


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_texts_can_be_ranked_best_first(question: str, texts: list[str]) -> None:
    ranked = rank(question, [Passage(i, text) for i, text in enumerate(texts, 1)])
    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True)
    for one in ranked:
        assert 0 <= one.covered <= one.around <= 1.0 + 1e-9
        assert 1 <= one.sentence.passage <= len(texts)


def test_a_sentence_about_another_place_is_no_answer_where_the_one_asked_for_stands_nowhere() -> None:
    question = "How long do parcels to Brazil take?"
    assert why_not(question, rank(question, SHOP)) == "The nearest sentence speaks of “Norway”, not of “Brazil”."
    assert why_not("How long do parcels to Spain take?", rank("How long do parcels to Spain take?", SHOP)) == ""
