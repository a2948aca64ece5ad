"""Answers are sentences that stand in the sources, each with its citation."""

import pytest

from purpose_agent.models.builtin.extractive import answer_from_sources, read_passages, split_sentences, stems

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
