"""The one thread that writes to DuckDB: it drains the journal and does what other threads ask to have written.

It looks for new rows of the journal every 50 ms, whichever process wrote them, so a run shows on the pages a moment
after its first event. Two threads that write would collide in DuckDB; one cannot.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from purpose_agent.errors import PurposeError
from purpose_agent.storage.drainer import Drainer, Transaction
from purpose_agent.storage.errors import StoreDamaged
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.pruning import prune

if TYPE_CHECKING:
    import duckdb

LOOK_S = 0.05
KEEP_FINISHED_S = 3600.0  # a script beside the app reads its own finished run from the journal
_PRUNE_EVERY_S = 60.0
_PAUSE_S = 1.0
_CLOSE_S = 30.0

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Writer:
    """Has the writing connection. Any thread may ask."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", journal: Journal, notices: list[str]) -> None:
        self._connection = connection
        self._journal = journal
        self._notices = notices
        self._drainer = Drainer(connection, journal, self._tell)
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._broken = ""
        self._next_prune = time.monotonic() + _PRUNE_EVERY_S
        self._thread = threading.Thread(target=self._work, name="trajectories-writer", daemon=True)
        self._thread.start()

    def write(self, change: "Callable[[duckdb.DuckDBPyConnection], T]") -> T:
        """Run `change` in a transaction on the writing thread and return what it returns; its errors arrive here."""

        def in_transaction() -> T:
            with Transaction(self._connection):
                return change(self._connection)

        return self._on_thread(in_transaction)

    def settle(self) -> None:
        """Returns when everything that is in the journal now is in DuckDB as well."""
        self._on_thread(self._drain_all)

    def rebuild(self) -> int:
        """Make the derived tables again from the events; the number of runs."""
        return self._on_thread(self._drainer.rebuild)

    def prune(self, keep_finished_s: float) -> int:
        """Take events of runs that ended so long ago out of the journal, once they are safe here; number of runs."""

        def drain_and_prune() -> int:
            self._drain_all()
            return prune(self._journal, self._connection, keep_finished_s=keep_finished_s)

        return self._on_thread(drain_and_prune)

    def close(self) -> None:
        """Writes what is pending, then ends the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._asked.put(None)
        self._thread.join(_CLOSE_S)

    def _on_thread(self, work: Callable[[], T]) -> T:
        done: Future[T] = Future()

        def answer() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it belongs to the thread that asked
                done.set_exception(error)

        with self._lock:
            if self._closed or self._broken:
                raise StoreDamaged(self._broken or "The trajectories were closed.", "Open the workspace again.")
            self._asked.put(answer)
        return done.result()

    # ---- the thread

    def _work(self) -> None:
        next_look = time.monotonic()
        while True:
            try:
                asked = self._asked.get(timeout=max(0.0, next_look - time.monotonic()))
            except queue.Empty:
                more = self._drain_safely()
                next_look = time.monotonic() + (0.0 if more else LOOK_S)
                continue
            if asked is None:
                while self._drain_safely():
                    pass
                return
            asked()

    def _drain_all(self) -> None:
        while self._drainer.drain():
            pass

    def _drain_safely(self) -> bool:
        """Whether there is more. A trouble is told once and tried again; the journal keeps everything until then."""
        import duckdb

        if self._broken:
            return False
        try:
            more = self._drainer.drain()
            if time.monotonic() > self._next_prune:
                self._next_prune = time.monotonic() + _PRUNE_EVERY_S
                prune(self._journal, self._connection, keep_finished_s=KEEP_FINISHED_S)
        except duckdb.FatalException as error:
            self._broken = "The trajectories cannot be written any more."
            self._tell(f"{self._broken} Runs go on and are kept in the journal; restart the app. ({error})")
        except (duckdb.Error, PurposeError) as error:
            self._tell(f"Runs could not be brought into the trajectories; it is tried again. ({error})")
            if not self._closed:
                time.sleep(_PAUSE_S)
        else:
            return more
        return False

    def _tell(self, notice: str) -> None:
        if notice not in self._notices:
            _logger.warning(notice)
            self._notices.append(notice)
