"""All that is asked about many runs: the DuckDB side of a workspace.

One process has it, the first that asks. Reads use a cursor of their own per call, so any thread may ask; all writing
goes through one thread. Everything about runs can be made again from events.
"""

import atexit
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from purpose_agent.runtime.events import RunEvent
from purpose_agent.storage import duck_file
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.migrations import Migration, shipped
from purpose_agent.storage.rows import READ_COLUMNS, run_row
from purpose_agent.storage.run_fold import RunRow, StepRow, fold_run
from purpose_agent.storage.stored_json import decode_events
from purpose_agent.storage.writer import KEEP_FINISHED_S, Writer

if TYPE_CHECKING:
    import duckdb

__all__ = ["RunRow", "StepRow", "Trajectories"]

FILE_NAME = "purpose.duckdb"

T = TypeVar("T")

_open: dict[Path, "Trajectories"] = {}
_open_lock = threading.RLock()

_SELECT = f"""
    SELECT {", ".join(f"runs.{column}" for column in READ_COLUMNS[:-2])}, grades.passed, grades.total
    FROM runs LEFT JOIN grades USING (run_id)"""


class Trajectories:
    """Made by `Workspace.trajectories`. Any thread may use it."""

    def __init__(self, home: Path, connection: "duckdb.DuckDBPyConnection", notices: list[str]) -> None:
        self.users = 1
        self._home = home
        self._path = home / FILE_NAME
        self._connection = connection
        self._lock = threading.Lock()
        self._journal = Journal(home / "journal.sqlite")
        try:
            self._writer = Writer(connection, self._journal, notices)
        except BaseException:
            self._journal.close()
            raise

    @classmethod
    def open(cls, home: Path, notices: list[str], *, migrations: Sequence[Migration] | None = None) -> "Trajectories":
        """Take the DuckDB file in `home`. Raises WorkspaceOwned when another process has it.

        A second workspace object of the same process shares it; DuckDB would let it in, and there would be two writers.
        """
        import duckdb

        with _open_lock:
            shared = _open.get(home)
            if shared is not None:
                shared.users += 1
                return shared
            connection = duck_file.open_duckdb(home / FILE_NAME, migrations or shipped("duckdb"), notices)
            try:
                made = _open[home] = cls(home, connection, notices)
            except duckdb.Error as error:
                connection.close()
                raise duck_file.from_duckdb(error, home / FILE_NAME) from error
            except BaseException:
                connection.close()
                raise
            duck_file.write_owner(home, "")
            return made

    def announce(self, address: str) -> None:
        """Tell other processes where the app answers."""
        duck_file.write_owner(self._home, address)

    # ---- runs

    def runs(
        self,
        *,
        text: str = "",
        team: str = "",
        model: str = "",
        status: str = "",
        notebook_id: str = "",
        cell_id: str = "",
        suite: str = "",
        replays: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> list[RunRow]:
        """Newest first. `text` is looked for in task and answer, whatever its case; the others must be equal.

        replays  those that tried lessons on past tasks, and only those; else they are left out.
        """
        where, values = _filter(
            text, replays, team=team, model=model, status=status, notebook_id=notebook_id, cell_id=cell_id, suite=suite
        )
        query = f"{_SELECT} {where} ORDER BY runs.started_at DESC, runs.run_id LIMIT ? OFFSET ?"
        return [run_row(values) for values in self._query(query, [*values, limit, offset])]

    def count(
        self,
        *,
        text: str = "",
        team: str = "",
        model: str = "",
        status: str = "",
        notebook_id: str = "",
        cell_id: str = "",
        suite: str = "",
        replays: bool = False,
    ) -> int:
        """How many runs `runs` would find without a limit."""
        where, values = _filter(
            text, replays, team=team, model=model, status=status, notebook_id=notebook_id, cell_id=cell_id, suite=suite
        )
        return int(self._query(f"SELECT count(*) FROM runs {where}", values)[0][0])

    def run(self, run_id: str) -> RunRow | None:
        for values in self._query(f"{_SELECT} WHERE runs.run_id = ?", [run_id]):
            return run_row(values)
        return None

    def events(self, run_id: str, after_seq: int = -1, limit: int | None = None) -> list[RunEvent]:
        """In order; those that the writer has not brought here yet are missing (`Workspace.events` has all)."""
        rows = self._query(
            "SELECT body FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            [run_id, after_seq, 2**31 if limit is None else limit],
        )
        return decode_events("[" + ",".join(body for (body,) in rows) + "]")

    def steps(self, run_id: str) -> list[StepRow]:
        """The run step by step, with what was known before and after each."""
        fold = fold_run(self.events(run_id))
        return [] if fold is None else [fold.steps[step] for step in sorted(fold.steps)]

    # ---- anything else

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        """Rows of one SELECT as dicts. Raises ValueError for anything that is not a SELECT."""
        import duckdb

        with self._translated(), self.cursor() as cursor:
            parsed = cursor.extract_statements(query)
            if [statement.type for statement in parsed] != [duckdb.StatementType.SELECT]:
                raise ValueError("one SELECT is expected")
            cursor.execute("BEGIN TRANSACTION READ ONLY")  # a SELECT may hide an INSERT
            try:
                found = cursor.execute(query, params or None)
                names = [column[0] for column in found.description or ()]
                return [dict(zip(names, values, strict=True)) for values in found.fetchall()]
            finally:
                cursor.execute("ROLLBACK")

    def cursor(self) -> "duckdb.DuckDBPyConnection":
        """For reading, by one thread: `with trajectories.cursor() as cursor: …` closes it."""
        with self._lock:
            return self._connection.cursor()

    def write(self, change: "Callable[[duckdb.DuckDBPyConnection], T]") -> T:
        """Run `change` in a transaction on the one writing thread; what it returns or raises arrives here.

        `change` must not call `write` itself.
        """
        return self._writer.write(change)

    def settle(self) -> None:
        """Returns when everything that is in the journal now is here as well."""
        self._writer.settle()

    def rebuild(self) -> int:
        """Make runs, steps and scores again from the events; the number of runs."""
        return self._writer.rebuild()

    def prune_journal(self, *, keep_finished_s: float = KEEP_FINISHED_S) -> int:
        """Done now and then by itself; the number of runs whose events only are here from now on."""
        return self._writer.prune(keep_finished_s)

    def rewrite(self) -> None:
        """Write all that is here into a new file in place of the old one, whose freed blocks hold what was deleted.

        Whoever reads meanwhile waits, or is told that the trajectories were closed.
        """
        with self._lock:
            self._writer.close()
            self._connection.close()
            notices: list[str] = []
            try:
                duck_file.rewrite(self._path)
            finally:
                self._connection = duck_file.open_duckdb(self._path, shipped("duckdb"), notices)
                self._writer = Writer(self._connection, self._journal, notices)

    def close(self) -> None:
        """Brings in what is pending and lets others take the file, once nobody in this process uses it any more."""
        with _open_lock:
            self.users -= 1
            if self.users > 0:
                return
            _open.pop(self._home, None)
            self._writer.close()
            self._connection.close()
            self._journal.close()
            duck_file.forget_owner(self._home)

    def _query(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._translated(), self.cursor() as cursor:
            return cursor.execute(query, values).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise duck_file.from_duckdb(error, self._path) from error


def _filter(text: str, replays: bool, **equal: str) -> tuple[str, list[object]]:
    conditions = [f"runs.{column} = ?" for column, value in equal.items() if value]
    conditions.append("runs.parent_run <> ''" if replays else "runs.parent_run = ''")
    values: list[object] = [value for value in equal.values() if value]
    if text:
        conditions.append("(contains(lower(runs.task), lower(?)) OR contains(lower(runs.answer), lower(?)))")
        values += [text, text]
    return f"WHERE {' AND '.join(conditions)}", values


@atexit.register
def _close_forgotten() -> None:
    """A program that ends without closing its workspace: what is pending is written, and DuckDB ends in good order."""
    with _open_lock:
        for forgotten in list(_open.values()):
            forgotten.users = 1
            forgotten.close()
