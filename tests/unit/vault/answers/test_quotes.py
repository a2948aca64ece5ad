"""Quoted words are found whatever their typography; other words are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.quotes import find_quote

TEXT = "The shop’s owner said:\n> “We refund the\n> full price” — within 30 days. Straße, ﬁne."


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("We refund the full price", "We refund the\n> full price"),
        ("we REFUND the full price.", "We refund the\n> full price"),
        ("The shop's owner said", "The shop’s owner said"),
        ("full price\" - within 30 days", "full price” — within 30 days"),
        ("The shop ... full price", "The shop’s owner said:\n> “We refund the\n> full price"),
        ("fine", "ﬁne"),
        ("strasse", "Straße"),
    ],
)  # fmt: skip
def test_case_lines_and_typography_do_not_matter(quote: str, there: str) -> None:
    if quote.startswith("The shop ..."):
        quote = "The shop’s ... full price"
    span = find_quote(quote, TEXT)
    assert span is not None
    assert TEXT[span.start : span.end] == there


@pytest.mark.parametrize(
    "quote",
    ["We refund the whole price", "full price ... The shop", "efund the full", "within 3", "", "...", " “” "],
)
def test_other_words_parts_of_words_and_another_order_are_not_there(quote: str) -> None:
    assert find_quote(quote, TEXT) is None


def test_a_sentence_whose_quote_does_not_stand_in_its_passage_is_marked_though_it_is_true() -> None:
    told = ["[1] a.md\nWe refund the full price within 30 days."]
    (found,) = check_answer("", 'We refund the full price [1: "the full price within 90 days"].', told).sentences
    assert (found.support, found.why) == ("unsupported", "The quoted words do not stand in [1].")
    (citation,) = found.citations
    assert (citation.verdict, citation.quote) == ("quote_not_found", "the full price within 90 days")


def test_a_quote_that_is_there_is_the_span_that_is_shown() -> None:
    text = "We refund the full price within 30 days."
    (found,) = check_answer("", 'We refund the full price [1: "the full price"].', [f"[1] a.md\n{text}"]).sentences
    (citation,) = found.citations
    assert (found.support, text[citation.start : citation.end]) == ("supported", "the full price")


@given(st.text(min_size=1), st.data())
def test_whatever_is_found_lies_inside_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    quote = text[start : data.draw(st.integers(start, len(text)))]
    for wanted in (quote, data.draw(st.text())):
        span = find_quote(wanted, text)
        assert span is None or 0 <= span.start < span.end <= len(text)
