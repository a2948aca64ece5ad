"""The journal: the durable truth of a workspace, in one SQLite file that any number of processes append to and read.

`append` writes what belongs together (a step's events and its checkpoint) as one row: one statement, one transaction,
one sync. A row per event would cost twice the CPU. The log is write-ahead with synchronous=FULL, so what `append` has
returned from survives a power cut; the log is moved into the file by a thread of its own, not in the path of a step.
"""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from purpose_agent.runtime.events import Event, RunEvent, RunStarted, now
from purpose_agent.storage.errors import RunWrittenElsewhere
from purpose_agent.storage.migrations import Migration, shipped
from purpose_agent.storage.sqlite_file import SqliteFile
from purpose_agent.storage.stored_json import decode_events, decode_facts, encoded
from purpose_agent.types import JSON, Record

STARTED, ENDED = 1, 2
_POSITION_BITS = 16  # a position is (row << 16) | place in the row
_ROW_EVENTS = 1 << _POSITION_BITS
_HEADS_KEPT = 4096

_INSERT = "INSERT INTO events (run_id, first_seq, last_seq, marks, step, checkpoint, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_LAST_SEQ = """
    SELECT max(
        coalesce((SELECT last_seq FROM events WHERE run_id = :run_id ORDER BY first_seq DESC LIMIT 1), -1),
        coalesce((SELECT last_seq FROM pruned WHERE run_id = :run_id), -1))"""
_EVENTS_AFTER = """
    SELECT body FROM events
    WHERE run_id = :run_id
      AND first_seq >= coalesce(
          (SELECT max(first_seq) FROM events WHERE run_id = :run_id AND first_seq <= :after_seq + 1), 0)
    ORDER BY first_seq"""
_CHECKPOINT = """
    SELECT step, checkpoint FROM (
        SELECT step, checkpoint, first_seq FROM events WHERE run_id = :run_id AND checkpoint IS NOT NULL
        UNION ALL
        SELECT step, checkpoint, last_seq FROM pruned WHERE run_id = :run_id AND checkpoint IS NOT NULL)
    ORDER BY first_seq DESC LIMIT 1"""
_RUN_IDS = """
    SELECT run_id FROM events INDEXED BY events_of_run_ends WHERE marks > 0 AND marks & 1
    AND id < coalesce((SELECT min(id) FROM events WHERE run_id = :before), 9223372036854775807)
    ORDER BY id DESC LIMIT :most"""


class Checkpoint(Record, frozen=True, kw_only=True):
    """What a run needs to be taken up again after `step`."""

    run_id: str
    step: int
    body: dict[str, JSON]


class Intent(Record, frozen=True, kw_only=True):
    """A side effect that was about to happen; `outcome` None means: nobody knows whether it did."""

    run_id: str
    key: str
    tool: str
    args: dict[str, JSON]
    outcome: dict[str, JSON] | None = None
    at: str = ""


class Grade(Record, frozen=True, kw_only=True):
    """What the check of a task said of a run's answer; `why` is for the person, and no prompt ever holds it.

    verdict  "passed", "failed" or "undecided"; "" in grades by hidden tests from before there were others.
    detail   all that was kept beside it: which check, who judged, what was quoted.
    """

    passed: int
    total: int
    detail: dict[str, JSON]
    verdict: str = ""
    why: str = ""

    @property
    def by(self) -> str:
        """Who decided, where that was a model or a person; "" where tests or words did."""
        return str(self.detail.get("by", ""))

    @property
    def is_decided(self) -> bool:
        return bool(self.total)

    @property
    def right(self) -> bool | None:
        """None while nothing is decided. By the figures, which every grade has."""
        return self.passed == self.total if self.is_decided else None


class Journal:
    """Any thread may use it. Every method raises a `WorkspaceError` when the file cannot be used."""

    def __init__(self, path: Path, *, migrations: Sequence[Migration] | None = None) -> None:
        self.path = path
        self._file = SqliteFile(path, shipped("journal") if migrations is None else migrations)
        self._heads: dict[str, int] = {}  # last seq of the runs that this process writes
        self._heads_lock = threading.Lock()

    # ---- events

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None:
        """Store events of one run that follow each other; all of them are on the disk when this returns.

        Raises ValueError when they leave a gap, RunWrittenElsewhere when another process has gone on with the run.
        A checkpoint without events goes with the last ones that were appended.
        """
        if not events:
            self._add_checkpoint(checkpoint)
            return
        run_id, first, marks = _look_over(events)
        last = first + len(events) - 1
        if self._heads.get(run_id, -2) != first - 1:
            self._find_head(run_id, first)
        body = encoded(events)
        step, kept = (None, None) if checkpoint is None else (checkpoint.step, encoded(checkpoint.body))
        try:
            self._file.connection().execute(_INSERT, (run_id, first, last, marks, step, kept, body))
        except sqlite3.IntegrityError as error:
            self._heads.pop(run_id, None)
            raise RunWrittenElsewhere(run_id) from error
        except sqlite3.Error:
            with self._file.translated():
                raise
        self._heads[run_id] = last
        self._file.wrote(len(body) + len(kept or b""))

    def events(self, run_id: str, after_seq: int = -1, limit: int | None = None) -> list[RunEvent]:
        """The run's events that are in the journal, in order. Those of a pruned run are in DuckDB."""
        found: list[RunEvent] = []
        with self._file.translated():
            for (body,) in self.read().execute(_EVENTS_AFTER, {"run_id": run_id, "after_seq": after_seq}):
                found += [event for event in decode_events(body) if event.seq > after_seq]
                if limit is not None and len(found) >= limit:
                    return found[:limit]
        return found

    def tail(self, after: int, limit: int) -> list[tuple[int, RunEvent]]:
        """Events of all runs in the order in which they were stored, each with its position.

        Start with 0; go on with the last position received.
        """
        found: list[tuple[int, RunEvent]] = []
        for row, _, body in self.rows((after >> _POSITION_BITS) - 1, limit + 1):
            start = row << _POSITION_BITS
            placed = enumerate(decode_events(body), start + 1)
            found += [(position, event) for position, event in placed if position > after]
            if len(found) >= limit:
                return found[:limit]
        return found

    def rows(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """What each append stored, oldest first: row number, run, and the events for `decode_events`."""
        return self.query("SELECT id, run_id, body FROM events WHERE id > ? ORDER BY id LIMIT ?", (after, limit))

    def last_row(self) -> int:
        """The number of the newest row, 0 when there is none; grows with every append of any process."""
        return int(self.query("SELECT coalesce(max(id), 0) FROM events")[0][0])

    def last_seq(self, run_id: str) -> int:
        """-1 when the run is not known. Also right for a run whose events were pruned."""
        return int(self.query(_LAST_SEQ, {"run_id": run_id})[0][0])

    def is_pruned(self, run_id: str, after_seq: int = -1) -> bool:
        """Whether events after that one were taken out of the journal, because they are safe in DuckDB."""
        return bool(self.query("SELECT 1 FROM pruned WHERE run_id = ? AND last_seq > ?", (run_id, after_seq)))

    def checkpoint(self, run_id: str) -> Checkpoint | None:
        """The newest one."""
        for step, body in self.query(_CHECKPOINT, {"run_id": run_id}):
            return Checkpoint(run_id=run_id, step=step, body=decode_facts(body))
        return None

    def run_ids(self, limit: int = 100, before: str = "") -> list[str]:
        """Runs whose events are in the journal, newest first; `before` is the last one of the page before."""
        return [run_id for (run_id,) in self.query(_RUN_IDS, {"before": before, "most": limit})]

    # ---- side effects

    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None:
        """Say that a side effect is about to happen. Saying it again changes nothing."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO intents (run_id, key, tool, args, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (run_id, key, tool, encoded(args).decode(), now().isoformat()),
            )

    def record_outcome(self, run_id: str, key: str, outcome: dict[str, JSON]) -> None:
        """Say what came of it. Raises ValueError when nobody said that it would happen."""
        with self.write() as connection:
            changed = connection.execute(
                "UPDATE intents SET outcome = ? WHERE run_id = ? AND key = ?", (encoded(outcome).decode(), run_id, key)
            ).rowcount
        if not changed:
            raise ValueError(f"no intent: {run_id=} {key=}")

    def intent(self, run_id: str, key: str) -> Intent | None:
        for tool, args, at, outcome in self.query(
            "SELECT tool, args, at, outcome FROM intents WHERE run_id = ? AND key = ?", (run_id, key)
        ):
            known = None if outcome is None else decode_facts(outcome)
            return Intent(run_id=run_id, key=key, tool=tool, args=decode_facts(args), at=at, outcome=known)
        return None

    # ---- grades by hidden tests and other checks

    def save_grade(self, run_id: str, passed: int, total: int, detail: dict[str, JSON] | None = None) -> None:
        """Grades are kept one after the other; the newest one counts. `total` 0: nothing is decided yet."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO grades (run_id, passed, total, detail, at) VALUES (?, ?, ?, ?, ?)",
                (run_id, passed, total, encoded(detail or {}).decode(), now().isoformat()),
            )

    def grade(self, run_id: str) -> tuple[int, int] | None:
        """Passed and total of its hidden tests, or of its one other check. None when nothing was decided."""
        found = self.graded(run_id)
        return (found.passed, found.total) if found is not None and found.is_decided else None

    def graded(self, run_id: str) -> Grade | None:
        """What its check said, also when that was nothing yet; None when no check was made."""
        return next(iter(self.grades(run_id, most=1)), None)

    def grades(self, run_id: str, most: int | None = None) -> list[Grade]:
        """All that was said of a run's answer, newest first."""
        rows = self.query(
            "SELECT passed, total, detail FROM grades WHERE run_id = ? ORDER BY id DESC LIMIT ?",
            (run_id, -1 if most is None else most),
        )
        return [_grade(passed, total, decode_facts(detail)) for passed, total, detail in rows]

    def latest_grades(self, *, by: str, most: int | None = None) -> list[tuple[str, Grade]]:
        """Runs whose newest grade was given by this one, with that grade; newest first."""
        rows = self.query(
            "SELECT run_id, passed, total, detail FROM grades WHERE id IN (SELECT max(id) FROM grades GROUP BY run_id)"
            " AND json_extract(detail, '$.by') = ? ORDER BY id DESC LIMIT ?",
            (by, -1 if most is None else most),
        )
        return [(str(run_id), _grade(passed, total, decode_facts(detail))) for run_id, passed, total, detail in rows]

    def undecided(self) -> list[str]:
        """Runs whose check waits for somebody's word, oldest first."""
        rows = self.query(
            "SELECT run_id FROM grades WHERE id IN (SELECT max(id) FROM grades GROUP BY run_id) AND total = 0"
            " ORDER BY id"
        )
        return [str(run_id) for (run_id,) in rows]

    # ---- for the rooms that keep their own tables here

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction: `with journal.write() as connection: …`. All of it is stored with one sync, or nothing."""
        return self._file.write()

    def read(self) -> sqlite3.Connection:
        """The connection of the calling thread, for reading."""
        return self._file.connection()

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one SELECT."""
        with self._file.translated():
            return self.read().execute(sql, parameters).fetchall()

    def close(self) -> None:
        """May be called twice."""
        self._file.close()

    def _add_checkpoint(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint is None:
            return
        with self.write() as connection:
            changed = connection.execute(
                "UPDATE events SET step = ?, checkpoint = ?"
                " WHERE id = (SELECT id FROM events WHERE run_id = ? ORDER BY first_seq DESC LIMIT 1)",
                (checkpoint.step, encoded(checkpoint.body), checkpoint.run_id),
            ).rowcount
        if not changed:
            raise ValueError(f"no events of {checkpoint.run_id} to go with the checkpoint")

    def _find_head(self, run_id: str, first: int) -> None:
        last = self.last_seq(run_id)
        if first <= last:
            raise RunWrittenElsewhere(run_id)
        if first != last + 1:
            raise ValueError(f"a gap in {run_id}: {first} follows {last}")
        with self._heads_lock:
            while len(self._heads) >= _HEADS_KEPT:
                self._heads.pop(next(iter(self._heads)))


def _grade(passed: int, total: int, told: dict[str, JSON]) -> Grade:
    why, verdict = told.get("why", ""), told.get("verdict", "")
    return Grade(passed=passed, total=total, verdict=str(verdict), why=str(why), detail=told)


def _look_over(events: Sequence[Event]) -> tuple[str, int, int]:
    """Run, first seq and marks of events that belong together."""
    head = events[0]
    run_id, seq = head.run_id, head.seq
    marks = STARTED if type(head) is RunStarted else 0
    for event in events:
        if event.seq != seq or event.run_id != run_id:
            raise ValueError(f"expected {run_id} {seq}, got {event.run_id} {event.seq}")
        if event.terminal:
            marks |= ENDED
        seq += 1
    if seq - head.seq >= _ROW_EVENTS:
        raise ValueError(f"at most {_ROW_EVENTS - 1} events at once, got {len(events)}")
    return run_id, head.seq, marks
