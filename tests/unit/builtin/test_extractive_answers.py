"""Answers are sentences that stand in the sources, each with its citation."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.models.builtin.extractive import answer_from_sources, read_passages, split_sentences, stems
from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.vault.answers.checking import check_answer

SHOP = """[1] policy.md, lines 1-4
# Refunds
You can return goods within 30 days, e.g. by post. Money is paid back within 14 days
after the parcel arrives at Dr. Smith's depot.

[2] shipping.md, lines 1-3
- Parcels to Norway take 5 days.
- Parcels to Spain take 3 days and cost 7.50 euros.

[3] about.md, line 1
The shop was founded by Ada Larsen in 1999! It sells tea."""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the shop founded?", "The shop was founded by Ada Larsen in 1999! [3]"),
        ("How long do parcels to Spain take?", "Parcels to Spain take 3 days and cost 7.50 euros. [2]"),
        ("Within how many days can I return goods?", "You can return goods within 30 days, e.g. by post. [1]"),
    ],
)
def test_the_sentence_that_covers_the_question_is_the_answer(question: str, answer: str) -> None:
    found = answer_from_sources(question, SHOP)
    assert found is not None
    assert found.startswith(answer) or answer in found


@pytest.mark.parametrize(
    "question", ["Who is the president of France?", "What is the price of a gold watch?", "", "???"]
)
def test_a_question_beyond_the_sources_has_no_answer(question: str) -> None:
    assert answer_from_sources(question, SHOP) is None


def test_an_answer_has_three_sentences_at_most_and_each_is_cited() -> None:
    sources = "\n\n".join(f"[{n}] f{n}.md\nThe red lamp number {n} shines in hall {n}." for n in range(1, 8))
    answer = answer_from_sources("Where does the red lamp shine?", sources)
    assert answer is not None
    assert 1 <= answer.count("[") <= 3


def test_passages_keep_their_numbers_and_a_bracket_in_the_text_opens_none() -> None:
    passages = read_passages("[1] a.md\nsee\n[7] in the list\n\n[2] b.md\nsecond")
    assert [(p.number, p.text) for p in passages] == [(1, "see\n[7] in the list"), (2, "second")]


def test_sentences_end_at_their_end() -> None:
    text = "It costs 7.50 euros, e.g. in May. Dr. Who agrees! Why not? See\nthe next line.\n\nNew paragraph"
    assert split_sentences(text) == [
        "It costs 7.50 euros, e.g. in May.", "Dr. Who agrees!", "Why not?", "See the next line.", "New paragraph",
    ]  # fmt: skip


def test_forms_of_a_word_meet() -> None:
    assert stems("refunds") == stems("refund")
    assert stems("policies") == stems("policy")
    assert stems("shipping") == stems("shipped")


def test_marks_of_the_source_itself_do_not_read_as_citations_of_the_answer() -> None:
    answer = answer_from_sources("Who found radium?", "[1] a.md\nRadium was found by Marie Curie.[3][4, 5]")
    assert answer == "Radium was found by Marie Curie. [1]"


def test_a_question_in_other_words_is_answered_by_meaning_and_not_without() -> None:
    sources = "[1] leave.md\nStaff get 25 days off in each calendar year.\n\n[2] tea.md\nThe tea is green."
    question = "How many vacation days do employees have?"
    assert answer_from_sources(question, sources) is None
    assert answer_from_sources(question, sources, best_shipped_embedder()) == (
        "Staff get 25 days off in each calendar year. [1]"
    )


def test_every_sentence_of_an_answer_is_supported_by_the_passage_it_names() -> None:
    for question in ("How long do parcels take?", "Who founded the shop?", "When is money paid back?"):
        answer = answer_from_sources(question, SHOP, best_shipped_embedder())
        assert answer is not None
        found = check_answer(question, answer, re.split(r"\n\n(?=\[)", SHOP))
        assert {sentence.support for sentence in found.sentences} == {"supported"}


def test_sources_without_a_number_are_not_answered_from() -> None:
    assert answer_from_sources("Who founded the shop?", "The shop was founded by Ada Larsen.") is None
    assert read_passages("") == read_passages("[2] b.md\nbegins with two") == []


@given(st.text(), st.text())
def test_any_question_and_text_can_be_asked(question: str, text: str) -> None:
    answer = answer_from_sources(question, f"[1] a.md\n{text}")
    assert answer is None or answer.endswith("[1]")
