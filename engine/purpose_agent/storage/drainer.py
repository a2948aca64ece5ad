"""Bringing the journal into DuckDB: events, and the rows folded from them.

One transaction stores a batch together with the place up to which the journal was read, so after a crash nothing is
lost; rows go in by their key, so nothing stands twice, also when the journal has to be read again from the beginning.
Rows travel through the appender into a staging table: some 100,000 a second where single inserts make 500.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from purpose_agent.runtime.events import RunEvent, encode
from purpose_agent.storage.errors import StoreDamaged
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.rows import event_values, run_values, score_values, step_values
from purpose_agent.storage.run_fold import RunFold
from purpose_agent.storage.stored_json import decode_events

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 500  # rows of the journal, about 4,000 events
_FOLDS_KEPT = 256
_REBUILT_AT_ONCE = 20

Stored = tuple[str, list[RunEvent]]


class Drainer:
    """Used by the writing thread only. `tell` gets a sentence for a person when something could not be read."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", journal: Journal, tell: Callable[[str], None]) -> None:
        self._connection = connection
        self._journal = journal
        self._tell = tell
        self._folds: OrderedDict[str, RunFold] = OrderedDict()
        for table in ("events", "runs", "steps", "scores"):
            connection.execute(f"CREATE TEMP TABLE staged_{table} AS SELECT * FROM {table} LIMIT 0")
        self._row, self._grade = self._places()

    def drain(self) -> bool:
        """Store the next batch; whether there may be more."""
        more = False
        if self._journal.last_row() > self._row:
            more = self._drain_events()
        self._drain_grades()
        return more

    def rebuild(self) -> int:
        """Make runs, steps and scores again from the stored events; the number of runs."""
        run_ids = self._connection.execute("SELECT DISTINCT run_id FROM events ORDER BY run_id").fetchall()
        self._folds.clear()
        with Transaction(self._connection):
            for table in ("runs", "steps", "scores"):
                self._connection.execute(f"DELETE FROM {table}")
            for start in range(0, len(run_ids), _REBUILT_AT_ONCE):
                chunk = run_ids[start : start + _REBUILT_AT_ONCE]
                self._store_folds([self._replayed(run_id) for (run_id,) in chunk])
            (runs,) = self._connection.execute("SELECT count(*) FROM runs").fetchall()[0]
        return int(runs)

    # ---- events

    def _places(self) -> tuple[int, int]:
        """How far the journal and its grades were read; from the beginning when another journal took its place."""
        known = dict(self._connection.execute("SELECT key, value FROM purpose_meta").fetchall())
        journal_id = self._journal.query("SELECT value FROM settings WHERE key = 'journal_id'")[0][0]
        row = int(known.get("row", 0))
        if known.get("journal_id") != journal_id or row > self._journal.last_row():
            with Transaction(self._connection):
                self._remember("journal_id", journal_id)
                self._remember("row", 0)
                self._remember("grade", 0)
            return 0, 0
        return row, int(known.get("grade", 0))

    def _drain_events(self) -> bool:
        import duckdb

        last, stored = self._read()
        try:
            with Transaction(self._connection):
                self._stage("events", [event_values(event, encode(event)) for _, events in stored for event in events])
                self._connection.execute("INSERT INTO events SELECT * FROM staged_events ON CONFLICT DO NOTHING")
                self._fold(stored)
                self._remember("row", last)
        except (duckdb.ConstraintException, duckdb.DataError) as error:
            self._folds.clear()  # they ran ahead of the tables
            self._store_one_by_one(last, stored, str(error))
        except BaseException:
            self._folds.clear()
            raise
        self._row = last
        return last < self._journal.last_row()

    def _read(self) -> tuple[int, list[Stored]]:
        found: list[Stored] = []
        rows = self._journal.rows(self._row, BATCH_ROWS)
        for _, run_id, body in rows:
            try:
                found.append((run_id, decode_events(body)))
            except StoreDamaged as error:
                self._tell(f"A part of the run {run_id} cannot be read; it is left in the journal. ({error.details})")
        return rows[-1][0], found

    def _store_one_by_one(self, last: int, stored: Sequence[Stored], why: str) -> None:
        """Something in the batch is not accepted: store the rest, leave that in the journal, and say so."""
        import duckdb

        for run_id, events in stored:
            try:
                with Transaction(self._connection):
                    for event in events:
                        self._connection.execute(
                            "INSERT INTO events VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                            event_values(event, encode(event)),
                        )
                    self._fold([(run_id, events)])
            except (duckdb.ConstraintException, duckdb.DataError):
                self._folds.pop(run_id, None)
                self._tell(f"A part of the run {run_id} was not accepted; it is left in the journal. ({why})")
        self._remember("row", last)

    def _remember(self, place: str, value: int | str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO purpose_meta VALUES (?, ?)", [place, str(value)])

    # ---- rows folded from events

    def _fold(self, stored: Sequence[Stored]) -> None:
        touched: dict[str, RunFold] = {}
        for run_id, events in stored:
            fold = touched.get(run_id) or self._fold_before(run_id, events[0].seq)
            touched[run_id] = fold
            for event in events:
                if event.seq > fold.last_seq:  # a replay has seen the new ones as well
                    fold.apply(event)
        self._store_folds(list(touched.values()))

    def _fold_before(self, run_id: str, seq: int) -> RunFold:
        """The run's fold up to `seq`; from the stored events when it is not at hand."""
        fold = self._folds.get(run_id)
        if fold is None or fold.last_seq != seq - 1:
            fold = self._folds[run_id] = self._replayed(run_id) if seq > 0 else RunFold(run_id)
        self._folds.move_to_end(run_id)
        while len(self._folds) > _FOLDS_KEPT:
            self._folds.popitem(last=False)
        return fold

    def _replayed(self, run_id: str) -> RunFold:
        fold = RunFold(run_id)
        rows = self._connection.execute("SELECT body FROM events WHERE run_id = ? ORDER BY seq", [run_id]).fetchall()
        for event in decode_events("[" + ",".join(body for (body,) in rows) + "]"):
            fold.apply(event)
        return fold

    def _store_folds(self, folds: Sequence[RunFold]) -> None:
        self._replace("runs", [run_values(fold.row) for fold in folds if fold.row is not None])
        self._replace("steps", [step_values(fold.steps[step]) for fold in folds for step in sorted(fold.touched)])
        self._replace("scores", [score_values(score) for fold in folds for score in fold.scores])
        for fold in folds:
            fold.touched.clear()
            fold.scores.clear()

    def _replace(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._stage(table, rows)
            self._connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM staged_{table}")

    def _stage(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.execute(f"DELETE FROM staged_{table}")
        appender = self._connection.appender(f"staged_{table}")
        try:
            appender.append_rows(rows)
            appender.flush()
        except BaseException:
            appender.clear()
            raise

    # ---- grades

    def _drain_grades(self) -> None:
        rows = self._journal.query(
            "SELECT id, run_id, passed, total, detail, at FROM grades WHERE id > ? ORDER BY id", (self._grade,)
        )
        if not rows:
            return
        with Transaction(self._connection):
            newest = {row[1]: row for row in rows}
            for _, run_id, passed, total, detail, at in newest.values():
                if not total:  # not decided: no grade to reckon with
                    self._connection.execute("DELETE FROM grades WHERE run_id = ?", [run_id])
                    continue
                self._connection.execute(
                    "INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?)",
                    [run_id, passed, total, detail, datetime.fromisoformat(at)],
                )
            self._remember("grade", rows[-1][0])
        self._grade = rows[-1][0]


class Transaction:
    """`with Transaction(connection): …`: all or nothing."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        import duckdb

        if kind is None:
            self._connection.execute("COMMIT")
            return
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # it is over already; the error that ended it is on its way to the caller
