"""A SQLite file of ours, the journal or a vault: how it is opened, migrated, backed up and checkpointed.

One connection per thread (SQLite's are cheap, and a shared one would need a lock around every step). Connections of
threads that ended are closed when the next one is opened.
"""

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from purpose_agent.storage.errors import (
    NotAWorkspace,
    WorkspaceError,
    WorkspaceTooNew,
    damaged_journal,
    from_sqlite,
)
from purpose_agent.storage.migrations import Migration

APPLICATION_ID = 0x50414A31  # "PAJ1": tells our journal from any other program's SQLite file
VAULT_ID = 0x50415631  # "PAV1"
_MAGIC = b"SQLite format 3\0"
_WAIT_S = 10.0
_SOON_BYTES = 16 << 20  # of the write-ahead log, then a thread moves it into the file
_NOW_BYTES = 48 << 20  # a writer so fast that the thread gets no turn waits for it
_PAGES_TOUCHED_BYTES = 3 * 4096
_AUTOCHECKPOINT_PAGES = 16_384  # SQLite's own bound, 64 MB, for writes that are not counted here
_WAL_KEPT_BYTES = 64 << 20

_logger = logging.getLogger(__name__)

_in_use: Counter[Path] = Counter()  # files that this process has open
_in_use_lock = threading.Lock()


class SqliteFile:
    """The file and this process's connections to it.

    secure_delete  what is deleted is overwritten at once, so that no page of the file keeps it.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migration],
        *,
        application_id: int = APPLICATION_ID,
        secure_delete: bool = False,
    ) -> None:
        self.path = path
        self._secure_delete = secure_delete
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        self._checkpointing: threading.Thread | None = None
        self._unmoved = 0
        _take_in_use(path)
        try:
            with self.translated():
                connection = self._connect()
                try:
                    _migrate(connection, path, migrations, application_id)
                except BaseException:
                    connection.close()
                    raise
                self._keep(connection)
        except BaseException:
            _let_go(path)
            raise

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns SQLite's errors into ours; a broken constraint stays the caller's to understand."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error

    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread, in autocommit mode."""
        try:
            found: sqlite3.Connection = self._local.connection
        except AttributeError:
            with self.translated():
                found = self._connect()
            self._keep(found)
        return found

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that may write; all of it is stored, with one sync, or nothing."""
        connection = self.connection()
        with self.translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def wrote(self, count: int) -> None:
        """Count what went into the write-ahead log, and have it moved into the file when it is long.

        A thread of its own does that, so that no step waits for the syncs, unless the log has become very long.
        """
        self._unmoved += count + _PAGES_TOUCHED_BYTES
        if self._unmoved < _SOON_BYTES:
            return
        moving = self._checkpointing
        if moving is None or not moving.is_alive():
            self._checkpoint_soon()
        elif self._unmoved > _NOW_BYTES:
            moving.join(_WAIT_S)

    def _checkpoint_soon(self) -> None:
        with self._lock:
            if not self._closed:
                self._checkpointing = threading.Thread(target=self._checkpoint, name="journal-checkpoint", daemon=True)
                self._checkpointing.start()

    def close(self) -> None:
        """Closes every connection of this process; the last one out checkpoints. May be called twice."""
        with self._lock:
            was_open, self._closed = not self._closed, True
            checkpointing, self._checkpointing = self._checkpointing, None
        if checkpointing is not None:
            checkpointing.join(_WAIT_S)
        with self._lock:
            connections = list(self._open.values())
            self._open.clear()
        for connection in connections:
            connection.close()
        if was_open:
            _let_go(self.path)

    def _checkpoint(self) -> None:
        left = _SOON_BYTES // 2  # tried again when as much has come again
        try:
            connection = self._connect()
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()  # the bulk, beside the writers
                (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()  # the rest: some ms
                left = left if is_busy else 0
            finally:
                connection.close()
        except sqlite3.Error:
            _logger.warning("the journal's log could not be shortened now; it is tried again later", exc_info=True)
        self._unmoved = left

    def _keep(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed:
                connection.close()
                raise WorkspaceError("This workspace was closed.", "Open it again.")
            for thread in [thread for thread in self._open if not thread.is_alive()]:
                self._open.pop(thread).close()
            self._open[threading.current_thread()] = connection
        self._local.connection = connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            _use_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA secure_delete={'ON' if self._secure_delete else 'OFF'}")
            connection.execute(f"PRAGMA wal_autocheckpoint={_AUTOCHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit={_WAL_KEPT_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection


def _take_in_use(path: Path) -> None:
    """Count the file as open in this process, after a look at it when it is the first time.

    Only then may it be read past SQLite: closing a file gives up every lock that the process has on it. Another process
    would take itself for the last one, and remove the log under the connections that are still open here.
    """
    with _in_use_lock:
        if not _in_use[path.resolve()]:
            _refuse_foreign_file(path)
        _in_use[path.resolve()] += 1


def _let_go(path: Path) -> None:
    with _in_use_lock:
        _in_use[path.resolve()] -= 1


def _refuse_foreign_file(path: Path) -> None:
    """SQLite would take some broken files for new ones, so the first bytes are looked at before it may touch them."""
    if not path.exists():
        return
    if not path.is_file():
        raise NotAWorkspace(f"{path} is not a file.", "Choose another folder with PURPOSE_AGENT_HOME.")
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start and start != _MAGIC:
        raise damaged_journal(path, details=f"The file begins with {start!r}.")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Two processes that open a new file at once collide here, and SQLite's own waiting does not cover it."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration], application_id: int) -> None:
    newest = migrations[-1].version
    version = _version(connection, path, application_id)
    if version == newest:
        return
    if version > newest:
        raise WorkspaceTooNew(path, str(version), str(newest))
    if version > 0:
        _back_up(connection, path, version)
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, application_id)  # another process may have been first
        for migration in migrations:
            if migration.version > version:
                for statement in statements(migration.sql):
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id={application_id}")
        connection.execute(f"PRAGMA user_version={max(version, newest)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path, application_id: int) -> int:
    """0 for a file with nothing in it yet."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != application_id and (tables or version):
        raise NotAWorkspace(
            f"{path} belongs to another program.", "Choose another folder with PURPOSE_AGENT_HOME; nothing was changed."
        )
    return int(version)


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """A whole copy, made by SQLite itself so that it is consistent while others write."""
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    copy = sqlite3.connect(folder / f"{path.stem}-v{version}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite")
    try:
        connection.backup(copy)
    finally:
        copy.close()


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one; `executescript` would commit behind our back."""
    gathered = ""
    for line in sql.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    if gathered.strip():
        raise ValueError("the script ends in the middle of a statement")
