"""A person's own question to the trajectories, in SQL: answered within limits, and unable to change anything.

Two walls: one statement only, of those that read; and a transaction that DuckDB itself keeps from writing, since a
SELECT may hide an INSERT. The connection was opened without access to files, extensions and the network.

Two bounds: a watch interrupts what takes too long or too much memory. DuckDB hears it only between two batches of rows,
and its own limit does not count the texts of a batch, so functions that make a text of any length out of nothing are
refused (`repeat('x', 2000000000)` alone took 4 GB). These are no walls: what lengthens texts that are stored already
(`replace`, `||`) can still take gigabytes within one batch before the watch is heard.
"""

import contextlib
import itertools
import re
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import psutil

from purpose_agent.errors import PurposeError

if TYPE_CHECKING:
    import duckdb

    from purpose_agent.storage.trajectories import Trajectories

MOST_ROWS = 1_000
TIMEOUT_S = 10.0
MAX_CHARS = 20_000
MOST_GROWTH_MB = 1_500  # of the whole process while a question is answered
_LOOK_S = 0.05
_MOST_CELL_CHARS = 2_000
_GROWING = frozenset({
    "array_resize", "bitstring", "format", "list_resize", "lpad", "printf", "repeat", "rpad", "set_bit",
})  # fmt: skip
_LISTS, MOST_ITEMS = frozenset({"range", "generate_series"}), 1_000_000
_PLACE = re.compile(r"\n\nLINE (\d+): .*", re.DOTALL)

Cell = str | int | float | bool | None


class QueryError(PurposeError):
    """The question cannot be answered as it is written."""


class Answer(NamedTuple):
    """`is_cut`: there were more rows than are given here. What is neither a number nor a truth value is text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_cut: bool
    seconds: float


class Column(NamedTuple):
    name: str
    kind: str


class Table(NamedTuple):
    name: str
    told: str
    columns: tuple[Column, ...]


class Example(NamedTuple):
    title: str
    query: str


TABLES = {
    "runs": "One row a run: its task, model, status, score Φ, effort, and how many lessons it had. A replay or a run "
    "of a study has a parent_run.",
    "steps": "One row a step of a run: what was done, what came of it, the score after it, tokens.",
    "scores": "Every score that was given, by whom and on what evidence; the latest of a step counts.",
    "grades": "What the check of a suite's task said of a run.",
    "events": "Everything that happened, one event a row, as JSON in body.",
    "notebooks": "Your notebooks.",
    "cells": "The cells of your notebooks.",
    "cell_runs": "Which runs a cell had.",
}
_JUDGED = "phi IS NOT NULL AND tier NOT IN ('self', 'none')"
EXAMPLES = (
    Example(
        "Share solved by week",
        "SELECT date_trunc('week', started_at) AS week, count(*) AS runs,\n"
        "  round(100 * avg((phi >= 7)::INT), 1) AS solved_percent\n"
        f"FROM runs WHERE parent_run = '' AND {_JUDGED}\nGROUP BY week ORDER BY week",
    ),
    Example(
        "What each model takes",
        "SELECT model, count(*) AS runs, round(avg(seconds), 2) AS seconds_a_run,\n"
        "  round(avg(tokens)) AS tokens_a_run, sum(cost_usd) AS dollars\nFROM runs GROUP BY model ORDER BY runs DESC",
    ),
    Example(
        "With and without lessons in the prompt",
        "SELECT lessons > 0 AS had_lessons, count(*) AS runs, round(avg(phi), 2) AS mean_phi\n"
        f"FROM runs WHERE parent_run = '' AND {_JUDGED}\nGROUP BY had_lessons",
    ),
    Example(
        "Score by kind of task",
        "SELECT task_kind, count(*) AS runs, round(avg(phi), 2) AS mean_phi\n"
        f"FROM runs WHERE {_JUDGED}\nGROUP BY task_kind ORDER BY runs DESC",
    ),
    Example(
        "The longest runs",
        "SELECT started_at, task, model, steps, round(seconds, 1) AS seconds\nFROM runs ORDER BY seconds DESC LIMIT 20",
    ),
    Example(
        "Scores that a person set right",
        "SELECT run_id, step, phi, evidence FROM scores WHERE tier = 'user' ORDER BY run_id",
    ),
    Example(
        "Which tools are used, and the score after them",
        "SELECT tool, count(*) AS steps, round(avg(phi), 2) AS mean_phi\nFROM steps GROUP BY tool ORDER BY steps DESC",
    ),
    Example(
        "What happens most",
        "SELECT kind, count(*) AS times FROM events GROUP BY kind ORDER BY times DESC",
    ),
)


def ask(store: "Trajectories", query: str, *, most_rows: int = MOST_ROWS, timeout_s: float = TIMEOUT_S) -> Answer:
    """Raises QueryError with what is wrong in the question, and where."""
    import duckdb

    if not query.strip():
        raise QueryError("There is no question.", "Write a SELECT, or take one of the examples.")
    if len(query) > MAX_CHARS:
        raise QueryError(f"The question is longer than {MAX_CHARS:,} characters.", "Make it shorter.")
    with store.cursor() as cursor:
        _refuse_all_but_reading(cursor, query)
        _refuse_what_grows(query)
        watch = _Watch(cursor, timeout_s)
        began = time.perf_counter()
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            with watch:
                found = cursor.execute(query)
                names = tuple(str(column[0]) for column in found.description or ())
                rows = found.fetchmany(most_rows + 1)
        except duckdb.OutOfMemoryException as error:
            raise _too_large() from error
        except duckdb.Error as error:
            raise watch.why or _refused(error) from error
        finally:
            _end(cursor)
    told = tuple(tuple(_cell(value) for value in row) for row in rows[:most_rows])
    return Answer(names, told, len(rows) > most_rows, time.perf_counter() - began)


class _Watch:
    """Interrupts a question that takes too long or makes the process grow too much; `why`: which of them it was."""

    def __init__(self, cursor: "duckdb.DuckDBPyConnection", timeout_s: float) -> None:
        self.why: QueryError | None = None
        self._cursor = cursor
        self._timeout_s = timeout_s
        self._process = psutil.Process()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="question-watch", daemon=True)

    def __enter__(self) -> None:
        self._ends = time.monotonic() + self._timeout_s
        self._most = self._process.memory_info().rss + (MOST_GROWTH_MB << 20)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()  # so that no later question is interrupted in the place of this one

    def _look(self) -> None:
        while not self._done.wait(min(_LOOK_S, self._timeout_s)):
            if time.monotonic() > self._ends:
                self.why = QueryError(
                    f"The question took longer than {self._timeout_s:g} seconds and was stopped.",
                    "Ask for less at once.",
                )
            elif self._process.memory_info().rss > self._most:
                self.why = _too_large()
            if self.why is not None:
                self._cursor.interrupt()


def tables(store: "Trajectories") -> tuple[Table, ...]:
    """What can be asked about."""
    rows = store.sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'main' ORDER BY table_name, ordinal_position"
    )
    columns: dict[str, list[Column]] = {}
    for row in rows:
        columns.setdefault(row["table_name"], []).append(Column(row["column_name"], row["data_type"].lower()))
    return tuple(Table(name, told, tuple(columns.get(name, ()))) for name, told in TABLES.items())


def _refuse_all_but_reading(cursor: "duckdb.DuckDBPyConnection", query: str) -> None:
    import duckdb

    try:
        parsed = cursor.extract_statements(query)
    except duckdb.Error as error:
        raise _refused(error) from error
    if len(parsed) != 1:
        raise QueryError("Only one question can be asked at a time.", "Take away what follows the first “;”.")
    if parsed[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryError(
            "Questions can only read: nothing is changed from here.",
            "Begin it with SELECT, WITH, DESCRIBE or SUMMARIZE. PIVOT has to name its values: ON … IN (…).",
        )


def _refuse_what_grows(query: str) -> None:
    import duckdb

    raw = query.encode()
    starts = [start for start, _ in duckdb.tokenize(query)]
    words = [raw[start:end].decode(errors="replace").strip() for start, end in itertools.pairwise([*starts, len(raw)])]
    for name, after, first, *_ in itertools.zip_longest(words, words[1:], words[2:], fillvalue=""):
        known = name.strip('"').casefold()
        is_long_list = known in _LISTS and first.replace("_", "").isdigit() and int(first.replace("_", "")) > MOST_ITEMS
        if after.startswith("(") and (known in _GROWING or is_long_list):
            raise QueryError(
                f"Questions cannot use {known} like this: what it makes can fill the memory of this computer.",
                "Ask for the columns as they are, and for fewer at once.",
            )


def _too_large() -> QueryError:
    return QueryError(
        "The question needed too much memory and was stopped.",
        "Ask for fewer rows or shorter text: WHERE, LIMIT and left(body, 200) help.",
    )


def _refused(error: "duckdb.Error") -> QueryError:
    """DuckDB's own sentence, without the name of its kind, and the place."""
    text = str(error).partition("\n\nLINE")[0]
    kind, _, told = text.partition(": ")
    told = told or kind
    if "file system operations are disabled" in text or "external extensions" in text:
        return QueryError(
            "Questions cannot read files, extensions or the network.", "Ask about the tables listed below."
        )
    if "Traceback" in text:  # of what turns DuckDB's values into Python's
        return QueryError(
            "The answer holds values of a kind that cannot be shown here.",
            "Make them text: column::VARCHAR.",
            details=text,
        )
    if "read-only mode" in text:
        return QueryError("Questions can only read: nothing is changed from here.", "Take away what writes.")
    place = _PLACE.search(str(error))
    where = f" It is in line {place[1]}." if place else ""
    return QueryError(f"{told.strip().rstrip('.')}.{where}", "Mend the question, or begin with one of the examples.")


def _end(cursor: "duckdb.DuckDBPyConnection") -> None:
    import duckdb

    with contextlib.suppress(duckdb.Error):  # an interrupted transaction may be over already
        cursor.execute("ROLLBACK")


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= _MOST_CELL_CHARS else text[: _MOST_CELL_CHARS - 1] + "…"
