"""What can go wrong with the workspace's files, each with what to do."""

import shutil
import sqlite3
from pathlib import Path

from purpose_agent.errors import PurposeError

_PAGE_BYTES = 64 << 10


class WorkspaceError(PurposeError):
    """Something is wrong with the workspace as a whole."""


class WorkspaceOwned(WorkspaceError):
    """Another process has the trajectories. `pid` 0 or `address` "" mean that they could not be found out."""

    def __init__(self, pid: int, address: str, *, details: str = "") -> None:
        who = f"process {pid}" if pid else "another process"
        at = f" at {address}" if address else ""
        super().__init__(
            f"This workspace is already open in {who}{at}.",
            f"Use the app that runs there{at}, or close it and try again. Runs started here still arrive in it.",
            details=details,
        )
        self.pid = pid
        self.address = address


class WorkspaceReadOnly(WorkspaceError):
    """Nothing can be written in the folder."""

    def __init__(self, home: Path, *, details: str = "") -> None:
        super().__init__(
            f"The workspace folder {home} cannot be written to.",
            "Give yourself the right to write there, or choose another folder with PURPOSE_AGENT_HOME.",
            details=details,
        )


class WorkspaceFull(WorkspaceError):
    """The disk is full. What was acknowledged before is safe."""

    def __init__(self, home: Path, *, details: str = "") -> None:
        super().__init__(
            f"The disk that holds {home} is full; nothing that was saved before is lost.",
            "Free some space, then resume the run.",
            details=details,
        )


class WorkspaceBusy(WorkspaceError):
    """Another process held the journal for longer than we wait."""

    def __init__(self, home: Path, *, details: str = "") -> None:
        super().__init__(
            f"Another program kept the workspace {home} busy for too long.",
            "Try again; if it stays so, close the other program.",
            details=details,
        )


class NotAWorkspace(WorkspaceError):
    """The path is a file, or its journal belongs to another program."""


class WorkspaceTooNew(WorkspaceError):
    """A newer version of Purpose Agent wrote it. It is not touched."""

    def __init__(self, store: Path, found: str, known: str) -> None:
        super().__init__(
            f"{store} was written by a newer version of Purpose Agent (format {found}, this one knows {known}).",
            "Update Purpose Agent, or choose another folder with PURPOSE_AGENT_HOME.",
        )


class StoreDamaged(WorkspaceError):
    """A file of the workspace cannot be read. It is kept as it is."""


class RunMovedOn(WorkspaceError):
    """The events that were asked for are in the trajectories, which this process does not have."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"The earlier events of the run {run_id} have been moved into the trajectories.",
            "Look at the run in the app, or close the app to read it from here.",
        )


class RunWrittenElsewhere(WorkspaceError):
    """Two writers went on with the same run; the second one is refused so that the run stays one story."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"The run {run_id} is being written by another process.",
            "Let that process finish, or cancel the run there first.",
        )


def from_sqlite(error: sqlite3.Error, path: Path) -> WorkspaceError:
    """The journal's error in the user's words."""
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return WorkspaceError("This workspace was closed.", "Open it again.")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    details = f"{type(error).__name__}: {error}"
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path.parent)):
        return WorkspaceFull(path.parent, details=details)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return WorkspaceReadOnly(path.parent, details=details)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return WorkspaceBusy(path.parent, details=details)
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return damaged_journal(path, details=details)
    return WorkspaceError(
        f"The journal of the workspace {path.parent} could not be used.",
        "Look at the details; nothing that was saved before is lost.",
        details=details,
    )


def _is_full(home: Path) -> bool:
    """SQLite's shared memory file meets a full disk as a plain I/O error."""
    try:
        return shutil.disk_usage(home).free < _PAGE_BYTES
    except OSError:
        return False


def damaged_journal(path: Path, *, details: str = "") -> StoreDamaged:
    """The journal is the only truth about lessons, so it is never replaced by an empty one behind a person's back."""
    return StoreDamaged(
        f"{path} is damaged or is not a journal; it was left exactly as it is.",
        f"Put a backup in its place (there may be one in {path.parent / 'backups'}), "
        "or move the file away to start with an empty memory.",
        details=details,
    )
