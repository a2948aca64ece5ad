"""The sentences of an answer and the sources they name, in the many ways in which models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.answers.citations import Cited, cited_numbers, read_sentences


def read(answer: str) -> list[tuple[str, list[int]]]:
    return [(said.text, [cited.number for cited in said.cited]) for said in read_sentences(answer)]


@pytest.mark.parametrize(
    "answer",
    [
        "It rains [1].",
        "It rains. [1]",
        "It rains.[1]",
        "It rains [source 1].",
        "It rains [Source: 1].",
        "It rains (source 1).",
        "It rains (Source: [1]).",
        "It rains [^1].",
        "It rains 【1】.",
        "It rains [1](http://shop.example/a_(b).html).",
        "[1] It rains.",
        "According to [1], it rains.",
        "As stated in [1], it rains.",
        "[1] says that it rains.",
    ],
)
def test_a_source_may_stand_anywhere_and_is_no_part_of_the_sentence(answer: str) -> None:
    assert read(answer) == [("It rains.", [1])]


@pytest.mark.parametrize(
    ("mark", "numbers"),
    [
        ("[1, 3]", [1, 3]),
        ("[1][3]", [1, 3]),
        ("[1-3]", [1, 2, 3]),
        ("[1–3; 5]", [1, 2, 3, 5]),
        ("[1 and 2]", [1, 2]),
        ("[2, 2]", [2]),
        ("[1-900]", [1, 900]),
        ("[0]", [0]),
    ],
)
def test_several_sources_are_read_one_by_one(mark: str, numbers: list[int]) -> None:
    assert read(f"It rains {mark}.") == [("It rains.", numbers)]


@pytest.mark.parametrize(
    "mark", ["[a]", "[]", "[1.5]", "(1)", "[12345]", "[see below]", "x[i]", "`x[1]`", "`x` or `y[1]`"]
)
def test_other_brackets_name_no_source(mark: str) -> None:
    assert cited_numbers(f"It rains {mark}.") == []


def test_a_source_after_code_in_a_line_counts() -> None:
    assert read("Use `x[2]` for it [1].") == [("Use `x[2]` for it.", [1])]


def test_a_source_belongs_to_the_sentence_before_it() -> None:
    assert read("It rains. [1] It snows. [2]") == [("It rains.", [1]), ("It snows.", [2])]
    assert read("It rains. [2] says that it snows.") == [("It rains.", []), ("It snows.", [2])]


@pytest.mark.parametrize(
    "answer",
    [
        'It rains [1: "it pours down"].',
        'It rains [1] "it pours down".',
        "It rains [1: “it pours down”].",
        'It rains [1, "it pours down"].',
    ],
)
def test_quoted_words_go_with_their_source(answer: str) -> None:
    (said,) = read_sentences(answer)
    assert (said.text, said.cited) == ("It rains.", (Cited(1, "it pours down"),))


def test_words_in_quotation_marks_are_said_to_stand_in_the_only_source() -> None:
    (said,) = read_sentences("The note reads “it pours down today” [2].")
    assert said.cited == (Cited(2, "it pours down today"),)
    (said,) = read_sentences("They call it “rain” [2].")  # a word is no quotation
    assert said.cited == (Cited(2),)


def test_points_headings_and_rows_are_sentences() -> None:
    answer = "# Weather [1]\n\n- It rains [1]\n- It snows [2]\n\n1. It hails [3]\n\n| Wind | strong [4] |\n|---|---|\n"
    assert read(answer) == [
        ("Weather", [1]), ("It rains", [1]), ("It snows", [2]), ("It hails", [3]), ("Wind strong", [4]),
    ]  # fmt: skip


def test_each_sentence_knows_how_it_begins() -> None:
    answer = "# Weather\nIt rains. It pours.\n\nThen:\n\n- It snows [1]. A lot.\n- It hails\n2) It blows\n\nAll day."
    assert [(said.mark, said.text) for said in read_sentences(answer)] == [
        ("#", "Weather"), ("¶", "It rains."), ("", "It pours."), ("¶", "Then:"), ("-", "It snows."), ("", "A lot."),
        ("-", "It hails"), ("2)", "It blows"), ("¶", "All day."),
    ]  # fmt: skip


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_what_stands_in_a_fence_is_code_and_names_no_source(fence: str) -> None:
    code = f"{fence}python\nx = a[1]  # It rains. [2]\n{fence}"
    said = read_sentences(f"It rains [1].\n\n{code}\nIt snows [2].")
    assert [(s.text, s.is_code) for s in said] == [("It rains.", False), (code, True), ("It snows.", False)]
    assert cited_numbers(code) == []


def test_a_fence_that_is_not_closed_is_code_to_the_end() -> None:
    assert [s.is_code for s in read_sentences("It rains [1].\n```\nx[1]\nand on")] == [False, True]


def test_a_japanese_sentence_keeps_its_stop() -> None:
    assert read("雨が降る [1]。雪が降る。[2]") == [("雨が降る。", [1]), ("雪が降る。", [2])]


def test_numbers_are_told_once_and_in_order() -> None:
    assert cited_numbers("It rains [3]. It snows [1, 3].") == [1, 3]


@given(st.text() | st.lists(st.sampled_from(["[1]", "[2", "]", '"', ". ", "```", "\n", "a b"])).map("".join))
def test_any_text_can_be_read(text: str) -> None:
    for said in read_sentences(text):
        assert said.text
        assert all(0 <= cited.number <= 999 for cited in said.cited)
