"""A citation leads to the very characters of a document, and whatever has to be marked is told with the answer."""

from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.memory.immune.fence import quoted_as_data
from purpose_agent.types import Source
from purpose_agent.vault.answers.cited import CitedAnswer, cited, is_cited

DOCUMENT = "# Returns\n\nOld rules are void. We refund the full price\nwithin 30 days. Shipping is not refunded.\n"
START = DOCUMENT.index("We refund")
PASSAGE = DOCUMENT[START:].strip()
SOURCE = Source(
    vault="v", document="d", name="returns.md", start=START, end=START + len(PASSAGE), place="Returns", page=4
)


def answered(answer: str, *passages: str) -> CitedAnswer:
    return cited("How long?", answer, passages or (f"[1] returns.md, Returns\n{PASSAGE}",), [SOURCE])


def test_a_citation_counts_the_characters_of_the_document_and_knows_its_place() -> None:
    found = answered("We refund the full price within 30 days [1].")
    (citation,) = found.citations
    assert DOCUMENT[citation.start : citation.end] == "We refund the full price\nwithin 30 days." == citation.quote
    assert (citation.place, citation.source) == ("returns.md, Returns", SOURCE)


def test_a_quote_is_placed_at_its_words_alone() -> None:
    (citation,) = answered('We refund the price [1: "full price within 30 days"].').citations
    assert DOCUMENT[citation.start : citation.end] == "full price\nwithin 30 days"


def test_a_passage_that_the_model_read_line_by_line_as_data_is_placed_as_it_stands_in_the_document() -> None:
    shown = f"[1] returns.md, Returns\n{quoted_as_data(PASSAGE, 'returns.md')}"
    (citation,) = answered("Shipping is not refunded [1].", shown).citations
    assert DOCUMENT[citation.start : citation.end] == "Shipping is not refunded."


def test_a_source_that_is_not_there_leads_nowhere() -> None:
    (citation,) = answered("Whales sing at night [7].").citations
    assert (citation.source, citation.place, citation.verdict) == (None, "", "no_such_passage")


def test_a_passage_that_came_from_elsewhere_has_a_place_and_nowhere_to_open() -> None:
    found = cited("", "It rains [1].", ["[1] weather.txt\nIt rains."], [])
    (citation,) = found.citations
    assert (citation.place, citation.source, found.sentences[0].support) == ("weather.txt", None, "supported")


def test_text_without_a_number_is_no_passage_that_could_be_cited() -> None:
    assert cited("", "It rains [1].", ["It rains."], []).sentences[0].support == "unsupported"


def test_the_printed_answer_names_its_sources_once_and_says_what_is_not_carried() -> None:
    found = answered("We refund within 90 days [1]. Shipping is not refunded [1].")
    assert str(found) == (
        "We refund within 90 days [1]. Shipping is not refunded [1].\n\n"
        "Not carried by the documents: “We refund within 90 days.” [1] says 30 days, not 90 days.\n\n"
        "[1] returns.md, Returns"
    )


def test_an_answer_is_never_shortened() -> None:
    answer = "# Refunds\n\nWe refund nothing. Shipping is not refunded [1].\n\n```\ncode\n```\n"
    found = answered(answer)
    assert found.text == answer
    assert [s.text for s in found.sentences] == [
        "Refunds", "We refund nothing.", "Shipping is not refunded.", "```\ncode\n```",
    ]  # fmt: skip
    assert [s.is_marked for s in found.sentences] == [True, True, False, False]


def test_documents_that_disagree_are_told_with_both_places() -> None:
    passages = (
        "[1] new.md\nWe refund the full price within 30 days.",
        "[2] old.md\nWe refund the full price within 14 days.",
    )
    found = cited("How long do we refund?", "We refund within 30 days [1].", passages, [])
    (apart,) = found.disagreements
    assert (apart.what, apart.first.place, apart.second.place) == ("30 days, 14 days", "new.md", "old.md")
    assert "Your documents disagree (30 days, 14 days)" in str(found)


def test_whether_an_answer_names_a_source() -> None:
    assert is_cited("It rains [1].")
    assert not is_cited("It rains.")


@given(st.text(min_size=1), st.text(), st.integers(0, 50))
def test_every_span_lies_inside_its_passage(text: str, answer: str, start: int) -> None:
    source = Source(vault="v", document="d", name="f", start=start, end=start + len(text))
    found = cited("", f"{answer} [1]. {text} [1]", [f"[1] f\n{text}"], [source])
    for citation in found.citations:
        if citation.source is not None and citation.verdict != "quote_not_found":
            assert start <= citation.start <= citation.end <= start + len(text)
