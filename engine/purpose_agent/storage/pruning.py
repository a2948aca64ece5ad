"""Taking events out of the journal that DuckDB has for good, so that the journal stays small.

Only runs that ended, long enough ago, and of which every event is in DuckDB. The ledger and all other tables are never
touched. What a resumed run needs stays: where the run ended, and its last checkpoint unless it was done.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from purpose_agent.storage.journal import Journal

if TYPE_CHECKING:
    import duckdb

_RUNS_AT_ONCE = 200  # bounds the time for which other writers wait

_ENDED = """
    SELECT run_id, max(id) FROM events INDEXED BY events_of_run_ends WHERE marks > 0
    GROUP BY run_id HAVING max(marks & 2) = 2 ORDER BY max(id) LIMIT ?"""
_STORED = """
    SELECT runs.status, max(events.seq), count(*) FROM runs JOIN events USING (run_id)
    WHERE run_id = ? AND runs.finished_at < ? GROUP BY runs.status"""
_KEEP = """
    INSERT OR REPLACE INTO pruned (run_id, last_seq, step, checkpoint, at)
    VALUES (:run_id, :last_seq,
        (SELECT step FROM events WHERE run_id = :run_id AND checkpoint IS NOT NULL AND :resumable
         ORDER BY first_seq DESC LIMIT 1),
        (SELECT checkpoint FROM events WHERE run_id = :run_id AND checkpoint IS NOT NULL AND :resumable
         ORDER BY first_seq DESC LIMIT 1),
        :at)"""


def prune(journal: Journal, connection: "duckdb.DuckDBPyConnection", *, keep_finished_s: float) -> int:
    """The number of runs whose events were taken out."""
    before = datetime.now(UTC) - timedelta(seconds=keep_finished_s)
    done = 0
    for run_id, _ in journal.query(_ENDED, (_RUNS_AT_ONCE,)):
        row = connection.execute(_STORED, [run_id, before.replace(tzinfo=None)]).fetchone()
        if row is not None and row[1] + 1 == row[2]:
            done += _prune_run(journal, run_id, last_seq=row[1], resumable=row[0] != "done")
    return done


def _prune_run(journal: Journal, run_id: str, *, last_seq: int, resumable: bool) -> bool:
    with journal.write() as connection:
        newest, last_row = connection.execute(
            "SELECT max(last_seq), max(id) FROM events WHERE run_id = ?", (run_id,)
        ).fetchone()
        (end,) = connection.execute("SELECT max(id) FROM events").fetchone()
        if newest != last_seq or last_row == end:
            return False  # it went on; or it is the newest row, without which SQLite would give its number away again
        at = datetime.now(UTC).isoformat()
        connection.execute(_KEEP, {"run_id": run_id, "last_seq": last_seq, "resumable": resumable, "at": at})
        connection.execute("DELETE FROM events WHERE run_id = ?", (run_id,))
    return True
