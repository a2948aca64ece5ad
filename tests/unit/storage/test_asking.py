"""A person's question in SQL is answered, within limits, and can change, read or reach nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.storage.asking import EXAMPLES, TABLES, QueryError, ask, tables
from purpose_agent.storage.errors import WorkspaceError
from purpose_agent.storage.trajectories import Trajectories
from purpose_agent.teams.service import Engine, engine_for

TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = engine_for(tmp_path_factory.mktemp("asking") / "home")
    pa.purpose("Help me write Python code", home=engine.workspace.home).run("Write double(n)", tests=TESTS)
    engine.workspace.trajectories().settle()
    yield engine
    engine.close()


@pytest.fixture
def store(engine: Engine) -> Trajectories:
    return engine.workspace.trajectories()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_every_example_is_answered(store: Trajectories, example: object) -> None:
    answer = ask(store, example.query)  # type: ignore[attr-defined]
    assert answer.columns
    assert not answer.is_cut


def test_what_can_be_asked_about_is_told_and_is_there(store: Trajectories) -> None:
    told = {table.name: table for table in tables(store)}
    assert set(told) == set(TABLES)
    assert all(table.columns and table.told for table in told.values())
    assert "phi" in {column.name for column in told["runs"].columns}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM runs", "UPDATE runs SET phi = 10", "DROP TABLE runs", "INSERT INTO grades SELECT * FROM grades",
        "WITH x AS (DELETE FROM runs RETURNING run_id) SELECT * FROM x",
        "WITH x AS (INSERT INTO purpose_meta VALUES ('a', 'b') RETURNING key) SELECT * FROM x",
        "WITH x AS (UPDATE runs SET phi = 10 RETURNING phi) SELECT * FROM x",
        "SELECT 1; DROP TABLE runs", "CREATE TABLE mine AS SELECT 1", "COPY runs TO '{folder}/runs.csv'",
        "EXPORT DATABASE '{folder}/all'", "ATTACH '{folder}/other.db'", "SET threads = 9", "RESET memory_limit",
        "PRAGMA database_list", "CALL pragma_version()", "INSTALL httpfs", "LOAD httpfs", "CHECKPOINT", "VACUUM",
        "PREPARE p AS DELETE FROM runs", "USE main", "SELECT * FROM force_checkpoint()",
        "EXPLAIN ANALYZE WITH x AS (DELETE FROM runs RETURNING 1) SELECT * FROM x", "BEGIN", "COMMIT",
    ],
)  # fmt: skip
def test_nothing_is_changed_by_a_question(store: Trajectories, tmp_path: Path, query: str) -> None:
    before = store.sql("SELECT * FROM runs")
    with pytest.raises(QueryError) as refused:
        ask(store, query.format(folder=tmp_path))
    assert refused.value.fix
    assert store.sql("SELECT * FROM runs") == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')", "FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')", "FROM sniff_csv('/etc/passwd')", "SELECT * FROM read_blob('journal.sqlite')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')", "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM duckdb_secrets()", "SELECT getenv('HOME')",
        "SELECT * FROM query('FROM read_text(''/etc/passwd'')')",
    ],
)  # fmt: skip
def test_no_file_no_extension_and_no_network_is_reached(store: Trajectories, query: str) -> None:
    with pytest.raises(QueryError):
        ask(store, query)


def test_a_question_that_takes_too_long_is_stopped(store: Trajectories) -> None:
    with pytest.raises(QueryError, match="longer than"):
        ask(
            store,
            "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3",
            timeout_s=0.3,
        )
    assert ask(store, "SELECT 1").rows == ((1,),)


def test_many_rows_are_cut_and_it_is_told(store: Trajectories) -> None:
    answer = ask(store, "SELECT range AS n, array_to_string(range(5000), '-') AS long FROM range(5000)", most_rows=100)
    assert (len(answer.rows), answer.is_cut) == (100, True)
    assert len(str(answer.rows[0][1])) == 2_000


def test_a_slip_is_told_with_its_line(store: Trajectories) -> None:
    with pytest.raises(QueryError) as refused:
        ask(store, "SELECT run_id,\n  fhi\nFROM runs")
    assert "fhi" in refused.value.what
    assert "line 2" in refused.value.what
    assert "Error" not in refused.value.what


@pytest.mark.parametrize(
    ("query", "told"), [("", "no question"), ("   ", "no question"), ("x" * 30_000, "longer than")]
)
def test_what_is_no_question_is_said(store: Trajectories, query: str, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        ask(store, query)


def test_the_stores_own_questions_cannot_write_either(store: Trajectories) -> None:
    with pytest.raises(WorkspaceError):
        store.sql("WITH x AS (DELETE FROM runs RETURNING run_id) SELECT * FROM x")
    assert store.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT repeat('x', 2000000000)", "SELECT 'x'.repeat (9)", 'SELECT "Repeat"(task, 9) FROM runs',
        "SELECT é FROM (SELECT lpad('x', 9, 'y') AS é)", "SELECT length(rpad('x', 9, 'y'))", "SELECT printf('%9d', 1)",
        "SELECT list_transform([1], one -> repeat('x', 9))", "SELECT array_to_string(range(300_000_000), '-')",
    ],
)  # fmt: skip
def test_what_makes_texts_of_any_length_is_refused_by_name(store: Trajectories, query: str) -> None:
    with pytest.raises(QueryError, match="can fill the memory"):
        ask(store, query)


def test_a_name_of_such_a_function_in_a_text_or_a_column_is_none(store: Trajectories) -> None:
    assert ask(store, "SELECT 'repeat(3)' AS repeat /* lpad( */").rows == (("repeat(3)",),)


def test_a_pivot_names_its_values_and_values_that_cannot_be_shown_are_told_in_words(store: Trajectories) -> None:
    assert ask(store, "PIVOT runs ON status IN ('done') USING count(*) GROUP BY mode").columns == ("mode", "done")
    with pytest.raises(QueryError) as refused:
        ask(store, "PIVOT runs ON status USING count(*) GROUP BY mode")
    assert "PIVOT has to name its values" in refused.value.fix
    with pytest.raises(QueryError) as refused:
        ask(store, "SELECT * FROM test_all_types()")
    assert "Traceback" not in refused.value.what
    assert "cannot be shown" in refused.value.what


def test_a_question_that_makes_the_app_grow_is_stopped_and_the_next_one_is_answered(
    store: Trajectories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("purpose_agent.storage.asking.MOST_GROWTH_MB", 64)
    doubling = (
        "WITH RECURSIVE grown AS (SELECT 'x' AS text, 0 AS n UNION ALL"
        " SELECT text || text, n + 1 FROM grown WHERE n < 34) SELECT max(length(text)) FROM grown"
    )
    with pytest.raises(QueryError, match="too much memory"):
        ask(store, doubling)
    assert ask(store, "SELECT count(*) FROM runs").rows == ((1,),)
