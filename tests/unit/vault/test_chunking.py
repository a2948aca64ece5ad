"""Passages end where sentences end, stay short, overlap a little and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.chunking import MAX_CHARS, chunks
from purpose_agent.vault.places import Place

_words = st.sampled_from(
    ["one ", "Two. ", "three!\n", "\n\n", "- item\n", "e.g. ", "x" * 250, "x" * 700, "。", "? ", "\t"]
)
texts = st.lists(_words, max_size=60).map("".join) | st.text(max_size=300)


@given(texts, st.lists(st.integers(0, 5000), max_size=6), st.booleans())
def test_every_visible_character_is_in_a_passage_and_none_is_too_long(text: str, starts: list[int], firm: bool) -> None:
    places = [Place(start=start, label=str(start), firm=firm) for start in starts]
    found = chunks(text, places)
    covered: set[int] = set()
    for chunk in found:
        assert 0 < chunk.end - chunk.start <= MAX_CHARS
        assert text[chunk.start : chunk.end].strip() == text[chunk.start : chunk.end]
        covered.update(range(chunk.start, chunk.end))
        if firm:
            assert not any(chunk.start < start < chunk.end for start in starts)
    assert all(text[index].isspace() for index in range(len(text)) if index not in covered)
    assert [chunk.start for chunk in found] == sorted({chunk.start for chunk in found})


def test_a_passage_ends_with_a_sentence_and_the_next_takes_a_short_one_up_again() -> None:
    long = (
        "The committee met and talked about the harbour for a very long time indeed, as it always does in spring. " * 5
    )
    text = long + "Nobody voted. " + long
    first, second, *_ = chunks(text)
    assert text[first.start : first.end].endswith(".")
    assert text[first.start : first.end].endswith("Nobody voted.")
    assert text[second.start : second.end].startswith(("The committee", "Nobody voted."))
    assert second.start < first.end


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    text = ("Ask Dr. Meier. " + "y" * 590) + ". End."
    assert text[chunks(text)[0].start : chunks(text)[0].end] == "Ask Dr. Meier."


def test_a_passage_knows_the_place_it_begins_in() -> None:
    text = "Alpha text.\nBeta text.\n"
    places = [Place(start=0, label="page 1", firm=True), Place(start=12, label="page 2", firm=True)]
    assert [(text[c.start : c.end], c.place) for c in chunks(text, places)] == [
        ("Alpha text.", "page 1"),
        ("Beta text.", "page 2"),
    ]
