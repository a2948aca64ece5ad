"""Finding words in everything a workspace stores, taking out what holds them, and looking again.

A run goes as a whole: its events, checkpoint, side effects, grade and working folder. What a database has freed is
still in its file, so the journal is vacuumed and the trajectories are written into a new file. Only then are all files
read.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.terms import Terms, files_of
from purpose_agent.storage.trajectories import Trajectories
from purpose_agent.types import Record

if TYPE_CHECKING:
    import duckdb

Place = tuple[str, str]
"""Table and id, as in ("runs", "20260131-…")."""

_BY_RUN = ("events", "pruned", "intents", "grades")
_RUN_TEXTS = (
    "SELECT run_id, body FROM events",
    "SELECT run_id, checkpoint FROM events WHERE checkpoint IS NOT NULL",
    "SELECT run_id, checkpoint FROM pruned WHERE checkpoint IS NOT NULL",
    "SELECT run_id, args FROM intents",
    "SELECT run_id, outcome FROM intents WHERE outcome IS NOT NULL",
    "SELECT run_id, detail FROM grades",
)
_STORE_BY_RUN = ("events", "runs", "steps", "scores", "grades", "cell_runs")
_OWN_FILES = ("journal.sqlite", "purpose.duckdb", "owner.json")
_OWN_FOLDERS = ("vaults", "chroma", "suites", "studies")  # asked themselves, but for Chroma, which holds numbers only


class Holdings(Record, frozen=True, kw_only=True):
    """What holds the words, by place. Card ids are those of the ledger, `documents` are "vault/document"."""

    cards: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in self.__struct_fields__ if getattr(self, name)}


def runs_in_journal(journal: Journal, terms: Terms) -> set[str]:
    return {run_id for query in _RUN_TEXTS for run_id, text in journal.query(query) if terms.stand_in(text)}


def cards_in_journal(journal: Journal, terms: Terms, user: str = "") -> set[str]:
    """Cards with a row that holds the words, or that are for this user alone."""
    rows = journal.query("SELECT card_id, card, reason, evidence, actor FROM ledger")
    mine = f'"user":"{user}"' if user else ""
    return {
        card_id
        for card_id, card, *others in rows
        if terms.stand_in(card) or any(map(terms.stand_in, others)) or (mine and mine in card)
    }


def jobs_in_journal(journal: Journal, terms: Terms) -> set[str]:
    return {job_id for job_id, body in journal.query("SELECT job_id, body FROM jobs") if terms.stand_in(body)}


def settings_in_journal(journal: Journal, terms: Terms) -> set[str]:
    return {key for key, value in journal.query("SELECT key, value FROM settings") if terms.stand_in(value)}


def places_in_store(store: Trajectories, terms: Terms) -> set[Place]:
    """(table, id) of every row of the trajectories that holds the words; runs by their run id."""
    with store.cursor() as cursor:
        columns = cursor.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND NOT internal"
            " AND database_name = current_database()"
        ).fetchall()
        found: set[Place] = set()
        for table, column in columns:
            key = _key_of(table)
            if key is None:
                continue
            rows = cursor.execute(f"SELECT {key}, {column} FROM {table}").fetchall()
            found |= {(table, str(row_id)) for row_id, text in rows if terms.stand_in(text)}
    return found


def other_files(home: Path, terms: Terms, text_of: Callable[[Path], str]) -> tuple[list[Path], list[Path]]:
    """Files beside the databases that hold the words, and the backups, which are whole copies from before.

    text_of  the text of a document whose bytes do not show it.
    """
    held, backups = [], []
    for path in files_of(home):
        parts = path.relative_to(home).parts
        if parts[0] == "backups" or ".damaged-" in parts[0]:
            backups.append(path)
        elif parts[0].startswith(_OWN_FILES) or parts[0] in _OWN_FOLDERS:
            continue
        elif terms.stand_in(str(path.relative_to(home))) or terms.stand_in_file(path) or terms.stand_in(text_of(path)):
            held.append(path)
    return held, backups


def suites_holding(home: Path, terms: Terms) -> list[str]:
    """Kept suites, each whole, as paths within the workspace: without one of its tasks it would be another version."""
    folder = home / "suites"
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return [
        str(path.relative_to(home))
        for path in paths
        if terms.stand_in_file(path) or terms.stand_in(path.read_bytes()) or terms.stand_in(path.name)
    ]


def studies_holding(home: Path, terms: Terms) -> list[str]:
    """Studies, each whole, as paths within the workspace: without one of its tasks it would show something else."""
    folder = home / "studies"
    return [
        str(study.relative_to(home))
        for study in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if any(terms.stand_in_file(path) for path in study.rglob("*") if path.is_file())
    ]


def remove_studies(home: Path, studies: Iterable[str]) -> None:
    for name in studies:
        shutil.rmtree(home / name, ignore_errors=True)


def take_out_of_journal(db: sqlite3.Connection, holdings: Holdings) -> None:
    """Within a transaction. The ledger's own rows are not touched here."""
    for table in _BY_RUN:
        db.executemany(f"DELETE FROM {table} WHERE run_id = ?", [(run_id,) for run_id in holdings.runs])
    db.executemany("DELETE FROM jobs WHERE job_id = ?", [(job_id,) for job_id in holdings.jobs])
    db.executemany("DELETE FROM settings WHERE key = ?", [(key,) for key in holdings.settings])


def take_out_of_store(store: Trajectories, holdings: Holdings) -> None:
    def change(connection: "duckdb.DuckDBPyConnection") -> None:
        execute = connection.execute
        for run_id in holdings.runs:
            execute("UPDATE cells SET last_run_id = '' WHERE last_run_id = ?", [run_id])
            for table in _STORE_BY_RUN:
                execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])
        for cell_id in holdings.cells:
            execute("DELETE FROM cells WHERE cell_id = ?", [cell_id])
            execute("DELETE FROM cell_runs WHERE cell_id = ?", [cell_id])
        for notebook_id in holdings.notebooks:
            execute(
                "UPDATE notebooks SET title = '(erased)', team = '{}', settings = '{}' WHERE notebook_id = ?",
                [notebook_id],
            )

    store.write(change)


def remove_files(paths: Iterable[Path], home: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
        folder = path.parent
        while folder != home and folder.is_relative_to(home) and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def remove_working_folders(home: Path, run_ids: Iterable[str]) -> None:
    for run_id in run_ids:
        folder = home / "work" / run_id
        if run_id and "/" not in run_id and folder.is_dir():
            shutil.rmtree(folder)


def free_the_journal(journal: Journal) -> None:
    """Write the journal's file anew, so that nothing is left in its free pages, its log or its word index."""
    connection = journal.read()
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("INSERT INTO cards_fts (cards_fts) VALUES ('rebuild')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute("VACUUM")
    (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise PurposeError(
            "The words are taken out, but another program is still reading the old pages of the journal.",
            "Close other programs that use this workspace and erase again.",
        )


def where_bytes_stand(home: Path, terms: Terms) -> list[str]:
    """Files of the workspace in whose bytes the words still stand.

    Read by another process: closing a database's file by hand would let go of all the locks that this one has on it.
    """
    asked = msgspec.json.encode({"home": str(home), "terms": terms.words})
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "purpose_agent.storage.byte_search"],
        input=asked,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    if done.returncode:
        raise PurposeError(
            "The words are taken out, but the files could not be read once more to prove it.",
            "Erase again to have the proof.",
            details=done.stderr.decode(errors="replace"),
        )
    return msgspec.json.decode(done.stdout, type=list[str])


def _key_of(table: str) -> str | None:
    if table in _STORE_BY_RUN:
        return "run_id"
    return {"cells": "cell_id", "notebooks": "notebook_id"}.get(table)
