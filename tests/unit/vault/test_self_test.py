"""Whether the vault finds what is in it, by questions made from its own passages."""

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.vault.index import lexical
from purpose_agent.vault.self_test import FEWEST_WORDS, MOST_WORDS, Candidate, Question, measure, questions

SUBJECTS = ("harbour", "engine", "garden", "violin", "glacier", "bakery", "tunnel", "lantern")
ACTS = ("repaired", "painted", "measured", "inspected", "abandoned", "flooded", "photographed", "insured")


def chunk(number: int, document: str) -> Candidate:
    subject, act = SUBJECTS[number % 8], ACTS[number // 8 % 8]
    text = (
        f"The {subject} number{number}x was {act} by surveyor Kim{number} during winter{number % 5}. Ask the office. "
        f"Its {act} beams cost dollars{number * 7} according to ledger page{number}."
    )
    return Candidate(chunk_id=number, document=document, text=text)


CHUNKS = tuple(chunk(n, "large.pdf" if n < 40 else "small.md" if n < 42 else f"note-{n}.txt") for n in range(48))


def test_questions_are_spread_over_all_documents_and_about_different_passages() -> None:
    asked = questions(CHUNKS, 20)
    assert len(asked) == len({question.chunk_id for question in asked}) == 20
    assert {question.document for question in asked} == {candidate.document for candidate in CHUNKS}


def test_with_more_documents_than_questions_the_smallest_are_asked_about_too() -> None:
    many = [chunk(n, f"doc-{n // 3}") for n in range(300)] + [chunk(300, "tiny.txt")]
    asked = questions(many, 10)
    assert len({question.document for question in asked}) == 10
    assert "tiny.txt" in {question.document for question in asked}


def test_a_question_holds_a_few_words_of_its_passage_and_is_no_quotation() -> None:
    by_id = {candidate.chunk_id: candidate for candidate in CHUNKS}
    for question in questions(CHUNKS, 48):
        text = by_id[question.chunk_id].text.lower()
        words = question.text.split()
        assert FEWEST_WORDS <= len(words) <= MOST_WORDS
        assert set(words) <= set(re.findall(r"\w+", text))
        assert question.text not in text
        places = [text.index(word) for word in words]
        assert places != sorted(places)


def test_the_same_seed_asks_the_same_whatever_the_order_and_another_asks_something_else() -> None:
    assert questions(CHUNKS, 20, seed=3) == questions(CHUNKS[::-1], 20, seed=3)
    assert questions(CHUNKS, 20, seed=3) != questions(CHUNKS, 20, seed=4)


def test_sentences_that_stand_in_several_passages_are_not_asked_about() -> None:
    copies = [Candidate(chunk_id=n, document="d", text="Copper kettles whistle loudly every morning.") for n in (1, 2)]
    assert questions(copies, 5) == ()
    assert questions([], 5) == questions(CHUNKS, 0) == ()


@given(st.lists(st.text(max_size=60), max_size=8), st.integers(0, 12), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_questions_or_none(texts: list[str], n: int, seed: int) -> None:
    some = [Candidate(chunk_id=at, document=f"d{at % 3}", text=text) for at, text in enumerate(texts)]
    assert len(questions(some, n, seed=seed)) <= n


def test_a_search_by_words_finds_nearly_all_and_the_interval_holds_the_share() -> None:
    con = sqlite3.connect(":memory:")
    lexical.create(con)
    lexical.add(con, ((c.chunk_id, "", c.text, "") for c in CHUNKS))
    recall = measure(questions(CHUNKS, 40), lambda text, k: [found for found, _ in lexical.search(con, text, k)])
    assert recall.total == 40
    assert recall.found >= 36
    assert recall.low < recall.found / recall.total <= recall.high
    con.close()


def test_the_worst_document_comes_first_and_what_was_missed_is_told() -> None:
    asked = [Question(text=f"q{n}", chunk_id=n, document="bad" if n < 4 else "good") for n in range(10)]
    recall = measure(asked, lambda text, k: [int(text[1:])] if int(text[1:]) > 2 else [])
    assert [(row.document, row.found, row.total) for row in recall.by_document] == [("bad", 1, 4), ("good", 6, 6)]
    assert [question.chunk_id for question in recall.missed] == [0, 1, 2]
    assert (recall.low, recall.high) == (pytest.approx(0.397, abs=0.001), pytest.approx(0.892, abs=0.001))


def test_only_the_first_k_count_and_no_questions_say_nothing() -> None:
    asked = [Question(text="q", chunk_id=9, document="d")]
    assert measure(asked, lambda text, k: [1, 2, 9], k=2).found == 0
    assert measure(asked, lambda text, k: [1, 2, 9], k=3).found == 1
    nothing = measure([], lambda text, k: [])
    assert (nothing.total, nothing.low, nothing.high) == (0, 0.0, 1.0)
