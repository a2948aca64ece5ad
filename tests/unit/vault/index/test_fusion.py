"""Two ranked lists made into one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.vault.index.fusion import DEPTH, NEURAL, STATIC, Hit, Weights, fuse, scaled, spread

EVEN = Weights(lexical=0.5, dense=0.5)


def ids(hits: list[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def test_what_both_sides_find_comes_before_what_one_finds() -> None:
    hits = fuse([(1, 9.0), (2, 8.0), (3, 1.0)], [(4, 0.9), (2, 0.8), (5, 0.1)], weights=EVEN)
    assert ids(hits)[0] == 2
    assert set(ids(hits)) == {1, 2, 3, 4, 5}
    best = hits[0]
    assert (best.lexical, best.cosine) == (8.0, 0.8)
    assert [hit.cosine for hit in hits if hit.chunk_id == 1] == [None]


def test_weights_say_which_side_wins_and_add_up_to_one() -> None:
    words, meaning = [(1, 2.0)], [(2, 0.5)]
    assert ids(fuse(words, meaning, weights=Weights(lexical=0.7, dense=0.3))) == [1, 2]
    assert ids(fuse(words, meaning, weights=Weights(lexical=0.3, dense=0.7))) == [2, 1]
    for weights in (NEURAL, STATIC):
        assert weights.lexical + weights.dense == pytest.approx(1)


def test_a_passage_that_has_no_vector_yet_keeps_its_place_by_its_words() -> None:
    words = [(1, 9.0), (2, 6.0)]
    meaning = [(2, 0.9)]
    assert ids(fuse(words, meaning, weights=EVEN)) == [2, 1]
    assert ids(fuse(words, meaning, weights=EVEN, without_vector={1})) == [1, 2]


def test_one_side_alone_decides_where_the_other_finds_nothing() -> None:
    assert ids(fuse([(1, 2.0), (2, 1.0)], [], weights=EVEN)) == [1, 2]
    assert fuse([(1, 2.0), (2, 1.0)], [], weights=EVEN)[0].score == pytest.approx(1)
    assert ids(fuse([], [(2, 0.4), (1, 0.3)], weights=EVEN)) == [2, 1]
    assert fuse([], [], weights=EVEN) == []


def test_a_full_list_goes_from_one_to_zero_and_a_short_one_keeps_zero_at_zero() -> None:
    full = scaled([(n, 200.0 - n) for n in range(DEPTH + 20)])
    assert len(full) == DEPTH
    assert (full[0], full[DEPTH - 1]) == (1.0, 0.0)
    assert scaled([(1, 4.0), (2, 2.0)]) == {1: 1.0, 2: 0.5}
    assert scaled([(1, 0.0)]) == {1: 0.0}


@given(
    st.dictionaries(st.integers(0, 50), st.floats(0, 30), max_size=40),
    st.dictionaries(st.integers(0, 50), st.floats(0, 1), max_size=40),
)
def test_scores_lie_between_zero_and_one_and_order_the_hits(words: dict[int, float], near: dict[int, float]) -> None:
    lists = [sorted(side.items(), key=lambda item: -item[1]) for side in (words, near)]
    hits = fuse(*lists, weights=NEURAL)
    assert set(ids(hits)) == set(words) | set(near)
    assert all(-1e-9 <= hit.score <= 1 + 1e-9 for hit in hits)
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def test_no_document_takes_more_than_its_share() -> None:
    hits = [Hit(chunk_id=n, score=1 - n / 100) for n in range(10)]
    assert ids(spread(hits, lambda chunk: "a" if chunk < 6 else "b", per_document=3, k=5)) == [0, 1, 2, 6, 7]
    assert ids(spread(hits, lambda _: "a", per_document=3, k=5)) == [0, 1, 2]
