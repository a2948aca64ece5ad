"""Where the sentences of a text stand: each is a slice of it, so that it can be shown in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.models.builtin.sentences import one_line, sentence_spans, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rains. It snows! Does it? Yes", ["It rains.", "It snows!", "Does it?", "Yes"]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        ("Ask Dr. Smith at 5 p.m. today, e.g. by phone.", ["Ask Dr. Smith at 5 p.m. today, e.g. by phone."]),
        ("It weighs 2.5 kg. Ok.", ["It weighs 2.5 kg.", "Ok."]),
        ("# Head\n\nText\nover lines.", ["Text over lines."]),
        ("- one\n- two\n  goes on\n3) three", ["one", "two goes on", "three"]),
        ("| a | b |\n|---|---|\n| c | d |", ["a b", "c d"]),
        ("> quoted\n> on. And on.", ["quoted on.", "And on."]),
        ("雨が降る。雪が降る。", ["雨が降る。", "雪が降る。"]),
        ("Über Nacht. Ärger folgt.", ["Über Nacht.", "Ärger folgt."]),
        ("a\r\n\r\nb", ["a", "b"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_sentences_end_at_their_stops_at_blank_lines_and_with_their_point_or_row(
    text: str, sentences: list[str]
) -> None:
    assert split_sentences(text) == sentences


@given(st.text() | st.lists(st.sampled_from(["A b", ". ", "\n", "- ", "| ", "> ", "# ", "。", "e.g. "])).map("".join))
def test_sentences_are_slices_in_order_that_do_not_overlap(text: str) -> None:
    spans = sentence_spans(text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all("\n" not in one_line(text[span.start : span.end]) for span in spans)
