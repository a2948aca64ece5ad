"""What every index of vectors keeps to, shown on each: in memory, and Chroma on disk."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from purpose_agent.models.embedding.port import Vectors, unit_rows
from purpose_agent.vault.index.chroma import ChromaIndex
from purpose_agent.vault.index.dense import DenseIndex, Space
from purpose_agent.vault.index.exact import ExactIndex

DIMS = 8
SPACE = Space(vault="handbook", trust="trusted", embedder="model-8-abc", dims=DIMS)
OTHERS = (
    Space(vault="handbook", trust="untrusted", embedder="model-8-abc", dims=DIMS),
    Space(vault="handbook", trust="trusted", embedder="ollama:bge/m3", dims=DIMS),
    Space(vault="Händbook, 2nd!", trust="trusted", embedder="model-8-abc", dims=DIMS),
)


@pytest.fixture(params=["exact", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DenseIndex]:
    made: DenseIndex = ExactIndex() if request.param == "exact" else ChromaIndex(tmp_path / "vectors")
    yield made
    made.close()


def vectors(count: int, seed: int = 0) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, DIMS)).astype(np.float32))


def test_what_is_nearest_comes_first_with_its_cosine(index: DenseIndex) -> None:
    rows = vectors(50)
    index.upsert(SPACE, range(50), rows)
    cosines = rows @ rows[7]
    expected = sorted(((float(c), at) for at, c in enumerate(cosines) if c > 0), reverse=True)[:10]
    found = index.search(SPACE, rows[7], 10)
    assert isinstance(index, DenseIndex)
    assert [at for at, _ in found] == [at for _, at in expected]
    assert [c for _, c in found] == pytest.approx([c for c, _ in expected], abs=1e-5)


def test_a_space_that_is_not_there_is_empty(index: DenseIndex) -> None:
    assert index.search(SPACE, vectors(1)[0], 5) == []
    assert index.ids(SPACE) == set()
    index.delete(SPACE, [1])
    index.drop(SPACE)
    index.upsert(SPACE, [], vectors(0))
    assert index.spaces() == ()


def test_spaces_never_mix(index: DenseIndex) -> None:
    rows = vectors(4)
    for number, space in enumerate((SPACE, *OTHERS)):
        index.upsert(space, [number], rows[number : number + 1])
    assert set(index.spaces()) == {SPACE, *OTHERS}
    assert [index.ids(space) for space in (SPACE, *OTHERS)] == [{0}, {1}, {2}, {3}]
    index.drop(OTHERS[0])
    assert index.ids(OTHERS[0]) == set()
    assert set(index.spaces()) == {SPACE, *OTHERS[1:]}
    assert index.search(SPACE, rows[1], 5) == [] or index.search(SPACE, rows[1], 5)[0][0] == 0


def test_the_last_vector_of_an_id_counts(index: DenseIndex) -> None:
    rows = vectors(3)
    index.upsert(SPACE, [5, 5], rows[:2])
    assert index.search(SPACE, rows[1], 1)[0] == (5, pytest.approx(1, abs=1e-5))
    index.upsert(SPACE, [5], rows[2:])
    assert index.search(SPACE, rows[2], 3) == [(5, pytest.approx(1, abs=1e-5))]


def test_a_zero_row_is_kept_but_matches_nothing(index: DenseIndex) -> None:
    rows = np.concatenate([vectors(2), np.zeros((1, DIMS), dtype=np.float32)])
    index.upsert(SPACE, [1, 2, 3], rows)
    assert index.ids(SPACE) == {1, 2, 3}
    assert 3 not in dict(index.search(SPACE, rows[0], 3))
    assert index.search(SPACE, rows[2], 3) == []


def test_vectors_that_do_not_belong_are_refused(index: DenseIndex) -> None:
    for ids, rows in (([1], vectors(2)), ([1, 2], vectors(1)), ([1], np.ones((1, DIMS + 1), dtype=np.float32))):
        with pytest.raises(ValueError, match="dimensions"):
            index.upsert(SPACE, ids, rows)


def test_large_ids_and_no_room_for_results(index: DenseIndex) -> None:
    rows = vectors(1)
    index.upsert(SPACE, [2**62], rows)
    assert index.ids(SPACE) == {2**62}
    assert index.search(SPACE, rows[0], 0) == []
    assert index.search(SPACE, rows[0], 500)[0][0] == 2**62


def test_threads_read_while_others_write(index: DenseIndex) -> None:
    rows = vectors(200)

    def work(part: int) -> int:
        ids = range(part * 25, part * 25 + 25)
        index.upsert(SPACE, ids, rows[part * 25 : part * 25 + 25])
        return len(index.search(SPACE, rows[part * 25], 5))

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(work, range(8))) >= 1
    assert index.ids(SPACE) == set(range(200))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("upsert"), st.lists(st.integers(0, 30), min_size=1, max_size=6)),
            st.tuples(st.just("delete"), st.lists(st.integers(0, 30), max_size=6)),
            st.tuples(st.just("drop"), st.just([])),
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_agree_whatever_happened_before(chroma: ChromaIndex, steps: list[tuple[str, list[int]]]) -> None:
    exact = ExactIndex()
    chroma.drop(SPACE)
    for seed, (kind, ids) in enumerate(steps):
        rows = vectors(len(ids), seed)
        for index in (exact, chroma):
            if kind == "upsert":
                index.upsert(SPACE, ids, rows)
            elif kind == "delete":
                index.delete(SPACE, ids)
            else:
                index.drop(SPACE)
    assert exact.ids(SPACE) == chroma.ids(SPACE)
    for asked in vectors(3, 99):
        one, other = (index.search(SPACE, asked, 40) for index in (exact, chroma))
        assert [c for _, c in one] == pytest.approx([c for _, c in other], abs=1e-5)
        assert {at for at, _ in one} == {at for at, _ in other}


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaIndex]:
    index = ChromaIndex(tmp_path / "vectors")
    yield index
    index.close()
