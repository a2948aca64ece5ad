"""The index of words: what it finds, in which order, and that what is removed is gone."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.vault.index import lexical

ROWS = (
    (1, "Returns", "Refunds are paid within fourteen days.", ""),
    (2, "", "The engine needs oil every thousand hours.", "Before that, check the refund."),
    (3, "Hafen", "Die Kräne im Hafen sind gelb.", ""),
    (4, "", "A refund needs the receipt; refunds without one are refused.", ""),
)


@pytest.fixture
def con() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    lexical.create(made)
    lexical.add(made, ROWS)
    yield made
    made.close()


def found(con: sqlite3.Connection, query: str, k: int = 10) -> list[int]:
    return [chunk for chunk, _ in lexical.search(con, query, k)]


def test_other_forms_of_a_word_find_it_and_the_better_match_comes_first(con: sqlite3.Connection) -> None:
    assert found(con, "refunding") == [4, 1, 2]
    scores = [score for _, score in lexical.search(con, "refunding", 10)]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0
    assert found(con, "refund", 1) == [4]
    assert found(con, "refund", 0) == []


def test_headings_and_surroundings_find_a_passage_too_but_its_own_words_weigh_more(con: sqlite3.Connection) -> None:
    assert found(con, "returns") == [1]
    assert found(con, "refund")[-1] == 2


def test_marks_on_letters_and_capitals_make_no_difference(con: sqlite3.Connection) -> None:
    assert found(con, "KRANE") == found(con, "kräne") == [3]


def test_common_words_count_only_where_there_are_no_others(con: sqlite3.Connection) -> None:
    assert found(con, "what is the engine of") == [2]
    assert found(con, "wie sind die Kräne") == [3]
    assert 1 in found(con, "are the")


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_no_query_is_an_error(query: str) -> None:
    con = sqlite3.connect(":memory:")
    lexical.create(con)
    lexical.add(con, ROWS)
    assert set(found(con, query)) <= {1, 2, 3, 4}
    con.close()


@pytest.mark.parametrize("query", ['"', "a AND", "NOT refund", "text:oil", "oil*", "NEAR(a b)", "^oil", "\x00oil", "-"])
def test_nothing_in_a_query_is_an_operator(con: sqlite3.Connection, query: str) -> None:
    found(con, query)
    assert found(con, "NOT refund") == found(con, "refund")


def test_of_many_common_words_only_the_rarest_are_ranked(con: sqlite3.Connection) -> None:
    lexical.add(con, ((100 + n, "", "widget common " + ("rare" if n == 7 else ""), "") for n in range(50)))
    query = "widget common rare"
    assert [chunk for chunk, _ in lexical.search(con, query, 100, max_rows=10)] == [107]
    assert len(lexical.search(con, query, 100, max_rows=60)) == 50
    assert len(lexical.search(con, "widget", 100, max_rows=10)) == 50  # the only word counts in any case
    assert lexical.search(con, query, 1)[0][0] == 107


def test_a_chunk_that_is_added_again_is_replaced(con: sqlite3.Connection) -> None:
    lexical.add(con, [(1, "", "Now about volcanoes.", "")])
    assert found(con, "volcano") == [1]
    assert 1 not in found(con, "refund")


def test_what_is_removed_is_gone_from_the_file_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    con = sqlite3.connect(path)
    lexical.create(con)
    with con:
        lexical.add(con, ((n, "", f"ordinary passage number {n} about harbours", "") for n in range(400)))
        lexical.add(con, [(1000, "Zirbelkiefer", "the secret word is xylothek", "beside quisquilien")])
    kept = path.read_bytes().lower()
    assert b"xylothek" in kept
    with con:
        lexical.remove(con, [1000])
        lexical.compact(con)
    left = path.read_bytes().lower()
    con.close()
    for stem in (b"xylothek", b"quisquilien", b"zirbelkief", b"ylothek"):
        assert stem not in left
    assert b"ordinari" in left


def test_surroundings_are_what_stands_just_outside() -> None:
    text = "a" * 300 + "MIDDLE" + "b" * 300
    assert lexical.surroundings(text, 300, 306) == "a" * 240 + " " + "b" * 240
    assert lexical.surroundings("only this", 0, 9) == ""
