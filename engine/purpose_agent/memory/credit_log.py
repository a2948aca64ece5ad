"""What was counted, in order, and what was said about it later: the log of which the beliefs about lessons are a fold.

Rows of `credits` are runs as they were counted; rows of `credit_rewrites` stand between them. A correction gives a run
another outcome, in its place, or none (nobody outside the model says how it went, so it counts for nothing until the
next correction); a rewind brings back what counted at a moment, corrections included.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from purpose_agent.memory.credit_model import Credited, CreditModel

Source = Literal["live", "replay"]
"""A run of somebody's own task, or a replay of a stored one."""


class CountedRun(NamedTuple):
    """One run: its kind, the keys of the lessons that were in its prompt, and its outcome as it stands.

    success  None only while the log is read: such a run is not among those that count.
    """

    run_id: str
    kind: str
    keys: tuple[str, ...]
    success: bool | None
    source: Source


class _Entry(NamedTuple):
    """One thing that happened to credit: exactly one of run, correction and rewind."""

    place: tuple[int, int]  # after which row of credits, and which rewrite there; 0 = the run itself
    at: str
    run: CountedRun | None = None
    correction: tuple[str, bool | None] | None = None
    rewind_to: str = ""


def counted_runs(db: sqlite3.Connection, *, until: datetime | None = None) -> list[CountedRun]:
    """The runs that count, in the order in which they were counted; as of a moment when one is given."""
    entries = sorted([*_runs(db), *_rewrites(db)], key=lambda entry: entry.place)
    standing = _standing(entries, until.isoformat() if until else None).values()
    return [run for run in standing if run.success is not None]


def folded(
    runs: Iterable[CountedRun],
    lesson: Callable[[str], Credited],
    after_each: Callable[[CountedRun, CreditModel], None] | None = None,
) -> CreditModel:
    """The beliefs after these runs. `lesson` gives the lesson that a key stands for."""
    model = CreditModel()
    for run in runs:
        shown = sorted(lesson(key) for key in run.keys)
        model.apply(model.predict(run.kind, shown, success=bool(run.success), replay=run.source == "replay"))
        if after_each is not None:
            after_each(run, model)
    return model


def note_correction(db: sqlite3.Connection, run_id: str, success: bool | None, phi: float | None, at: datetime) -> None:
    db.execute(
        "INSERT INTO credit_rewrites (after_credit, at, run_id, success, phi)"
        " VALUES ((SELECT coalesce(max(id), 0) FROM credits), ?, ?, ?, ?)",
        (at.isoformat(), run_id, None if success is None else int(success), phi),
    )


def note_rewind(db: sqlite3.Connection, moment: datetime, at: datetime) -> None:
    db.execute(
        "INSERT INTO credit_rewrites (after_credit, at, rewind_to)"
        " VALUES ((SELECT coalesce(max(id), 0) FROM credits), ?, ?)",
        (at.isoformat(), moment.isoformat()),
    )


def rewrites(db: sqlite3.Connection) -> int:
    """Number of the newest rewrite; when it moved, beliefs held in memory are out of date."""
    found: tuple[int] = db.execute("SELECT coalesce(max(id), 0) FROM credit_rewrites").fetchone()
    return found[0]


def _standing(entries: Sequence[_Entry], until: str | None) -> dict[str, CountedRun]:
    """What counts after these entries, as far as they were made by `until`."""
    standing: dict[str, CountedRun] = {}
    for number, entry in enumerate(entries):
        if until is not None and entry.at > until:
            continue
        if entry.run is not None:
            standing[entry.run.run_id] = entry.run
        elif entry.correction is not None:
            run_id, success = entry.correction
            if run_id in standing:
                standing[run_id] = standing[run_id]._replace(success=success)
        else:
            standing = _standing(entries[:number], entry.rewind_to)
    return standing


def _runs(db: sqlite3.Connection) -> list[_Entry]:
    rows = db.execute(
        "SELECT id, run_id, card_id, task_kind, in_prompt, success, at, source FROM credits ORDER BY id"
    ).fetchall()
    keys: dict[str, list[str]] = {}
    for _, run_id, key, _, in_prompt, *_ in rows:
        if key and in_prompt:
            keys.setdefault(run_id, []).append(key)
    return [
        _Entry((number, 0), at, CountedRun(run_id, kind, tuple(keys.get(run_id, ())), bool(success), source))
        for number, run_id, key, kind, _, success, at, source in rows
        if not key
    ]


def _rewrites(db: sqlite3.Connection) -> list[_Entry]:
    rows = db.execute("SELECT id, after_credit, at, rewind_to, run_id, success FROM credit_rewrites ORDER BY id")
    return [
        _Entry((after, number), at, rewind_to=rewind_to or "")
        if run_id is None
        else _Entry((after, number), at, correction=(run_id, None if success is None else bool(success)))
        for number, after, at, rewind_to, run_id, success in rows
    ]
