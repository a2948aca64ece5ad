"""The DuckDB file: who has it, whether it can be read, and bringing it to the newest layout.

What is in it can be made again from the journal for all runs that are still there. So a file that cannot be read is
moved aside, kept, and a new one is begun; a file that is merely locked, newer, or refused by the system is not touched.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.storage.errors import (
    StoreDamaged,
    WorkspaceError,
    WorkspaceFull,
    WorkspaceOwned,
    WorkspaceReadOnly,
    WorkspaceTooNew,
)
from purpose_agent.storage.migrations import Migration

if TYPE_CHECKING:
    import duckdb

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,  # SQL cannot read or write other files
    "memory_limit": "2GB",  # a question of a person may ask for anything
}
_HEADER_BYTES = 3 * 4096
_LOCKED = re.compile(r"conflicting lock|could not set lock|used by another process", re.IGNORECASE)
_NEWER = re.compile(r"version number (\d+), but we can only read", re.IGNORECASE)
_FULL = re.compile(r"no space left|disk full", re.IGNORECASE)
_REFUSED = re.compile(r"permission denied|read-only file system|operation not permitted", re.IGNORECASE)
_DAMAGED = re.compile(
    r"not a valid duckdb|could not read enough bytes|checksum|corrupt|serializ|replaying wal|internal error",
    re.IGNORECASE,
)
_PID = re.compile(r"\(PID (\d+)\)")


def open_duckdb(path: Path, migrations: Sequence[Migration], notices: list[str]) -> "duckdb.DuckDBPyConnection":
    """Take the file. What was found and mended is told in `notices`. Raises a `WorkspaceError`."""
    try:
        return _opened(path, migrations)
    except _Damage as damage:
        kept = _move_aside(path)
        notices.append(
            f"The trajectories in {path.name} could not be read. The file is kept as {kept.name} and a new one was "
            "begun: runs that are still in the journal come back by themselves, older ones are only in the kept file. "
            f"Lessons are not concerned. ({damage})"
        )
        return _opened_or_refused(path, migrations)


class _Damage(Exception):
    """The file is not one of ours, or not whole."""


def rewrite(path: Path) -> None:
    """Copy what the file holds into a new one and put that in its place. Nobody may have it open."""
    import duckdb

    fresh = path.with_name(f"{path.name}.fresh")
    fresh.unlink(missing_ok=True)
    quoted = str(path).replace("'", "''")
    connection = duckdb.connect(str(fresh))
    try:
        (name,) = connection.execute("SELECT current_database()").fetchall()[0]
        connection.execute(f"ATTACH '{quoted}' AS before (READ_ONLY)")
        connection.execute(f'COPY FROM DATABASE before TO "{name}"')
        connection.execute("DETACH before")
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        connection.close()
        fresh.unlink(missing_ok=True)
        raise from_duckdb(error, path) from error
    connection.close()
    fresh.replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _opened_or_refused(path: Path, migrations: Sequence[Migration]) -> "duckdb.DuckDBPyConnection":
    try:
        return _opened(path, migrations)
    except _Damage as error:
        raise StoreDamaged(
            f"The trajectories in {path} cannot be written.", "Choose another folder.", details=str(error)
        ) from error


def _opened(path: Path, migrations: Sequence[Migration]) -> "duckdb.DuckDBPyConnection":
    connection = _connect(path)
    newest = migrations[-1].version
    try:
        _refuse_cut_file(connection, path)
        version = _version(connection)
        if version > newest:
            raise WorkspaceTooNew(path, str(version), str(newest))
        if version == newest:
            return connection
        if version > 0:
            connection.close()  # the copy is whole only when nobody has the file open
            _back_up(path, version)
            connection = _connect(path)
        _migrate(connection, version, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> "duckdb.DuckDBPyConnection":
    import duckdb

    try:
        return duckdb.connect(str(path), config=CONFIG)
    except duckdb.Error as error:
        if _DAMAGED.search(str(error)) and not _LOCKED.search(str(error)):
            raise _Damage(str(error).partition("\n")[0]) from error
        raise from_duckdb(error, path) from error


def from_duckdb(error: "duckdb.Error", path: Path) -> WorkspaceError:
    """DuckDB's error in the user's words."""
    text = str(error)
    if _LOCKED.search(text):
        return _owned(path.parent, text)
    if newer := _NEWER.search(text):
        return WorkspaceTooNew(path, f"of storage {newer[1]}", "older ones")
    if _FULL.search(text):
        return WorkspaceFull(path.parent, details=text)
    if _REFUSED.search(text):
        return WorkspaceReadOnly(path.parent, details=text)
    if _DAMAGED.search(text):
        return StoreDamaged(
            f"A part of {path} cannot be read.",
            "Restart the app: it keeps the file and begins a new one.",
            details=text,
        )
    return WorkspaceError(
        f"The trajectories in {path} could not be used.", "Look at the details; nothing was changed.", details=text
    )


def _refuse_cut_file(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """DuckDB reads blocks when it needs them, so it would find out only later that the end of the file is missing.

    Counted is the last block in use: a checkpoint cuts free blocks off the end, and `total_blocks` still counts them.
    """
    import duckdb

    try:
        last = connection.execute("SELECT max(block_id) FROM pragma_metadata_info()").fetchone()
        lasts = [last[0] if last else None]
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            last = connection.execute("SELECT max(block_id) FROM pragma_storage_info(?)", [table]).fetchone()
            lasts.append(last[0] if last else None)
        size = connection.execute("SELECT block_size FROM pragma_database_size()").fetchone()
    except duckdb.Error as error:
        raise _Damage(str(error).partition("\n")[0]) from error
    used = max((block for block in lasts if block is not None), default=-1) + 1
    if size is not None and path.stat().st_size < _HEADER_BYTES + used * int(size[0]):
        raise _Damage("The end of the file is missing.")


def _version(connection: "duckdb.DuckDBPyConnection") -> int:
    """0 for a file with nothing in it yet."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    if not tables:
        return 0
    if ("purpose_meta",) not in tables:
        raise _Damage("The file belongs to another program.")
    row = connection.execute("SELECT value FROM purpose_meta WHERE key = 'version'").fetchone()
    return 0 if row is None else int(row[0])


def _migrate(connection: "duckdb.DuckDBPyConnection", version: int, migrations: Sequence[Migration]) -> None:
    connection.execute("BEGIN")
    try:
        for migration in migrations:
            if migration.version > version:
                connection.execute(migration.sql)
        connection.execute("INSERT OR REPLACE INTO purpose_meta VALUES ('version', ?)", [str(migrations[-1].version)])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int) -> None:
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    shutil.copy2(path, folder / f"{path.stem}-v{version}-{_stamp()}.duckdb")


def _move_aside(path: Path) -> Path:
    kept = path.with_name(f"{path.name}.damaged-{_stamp()}")
    path.rename(kept)
    log = path.with_name(f"{path.name}.wal")
    if log.exists():
        log.rename(kept.with_name(f"{kept.name}.wal"))
    return kept


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


# ---- who has it


def _owned(home: Path, message: str) -> WorkspaceOwned:
    known_pid, address = read_owner(home)
    named = _PID.search(message)
    pid = int(named[1]) if named else known_pid
    return WorkspaceOwned(pid, address if pid == known_pid else "", details=message)


def read_owner(home: Path) -> tuple[int, str]:
    """The process that last took the trajectories and its address; 0 and "" when it told none."""
    try:
        known = json.loads((home / "owner.json").read_text("utf-8"))
        return int(known["pid"]), str(known["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


def write_owner(home: Path, address: str) -> None:
    """Tell others who has the trajectories; written beside and moved in place, so it is never read half."""
    fresh = home / f"owner.json.{os.getpid()}"
    fresh.write_text(json.dumps({"pid": os.getpid(), "address": address}), "utf-8")
    fresh.replace(home / "owner.json")


def forget_owner(home: Path) -> None:
    if read_owner(home)[0] == os.getpid():
        (home / "owner.json").unlink(missing_ok=True)
