"""A folder of Chroma's: opened by one process at a time, shared within it, and begun anew when it is damaged.

The lock is a file beside the folder and ends with the process. A damaged folder is moved aside and told of, never
repaired: what it holds can be made again.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from purpose_agent.vault.errors import IndexElsewhere, IndexFailed
from purpose_agent.vault.index.chroma_probe import is_sound, mark_closed, mark_open
from purpose_agent.vault.index.dense import Space
from purpose_agent.vault.index.turns import Turns

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_SLUG_CHARS = 80
_SEARCH_WIDTH = 200  # candidates that are looked at; at least as many as are asked for
_TRIES = 3
_PAUSE_S = 0.02
_PASSING = re.compile(  # what SQLite and the system say when the disk is full, shut, or in use: no damage
    r"\(code: (?:5|6|8|10|13|14)\)|no space|is full|permission|read-?only|locked|too many open", re.IGNORECASE
)

T = TypeVar("T")
A = TypeVar("A")


def collection_name(space: Space) -> str:
    """Readable parts, then a hash of the whole, so that two spaces never share one; within Chroma's rules for names."""
    parts = [_slug(part) for part in (space.vault, space.trust, space.embedder)]
    digest = hashlib.blake2b(msgspec.json.encode(space), digest_size=10).hexdigest()
    return ".".join((*parts, str(space.dims), digest))


def _slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", text)[:_SLUG_CHARS].strip("-") or "x"


class Opened:
    """Chroma's client and the collections that were asked for; after a damage another one takes its place."""

    def __init__(self, client: "Client") -> None:
        self.client = client
        self._changing = threading.RLock()  # spaces come and go one after the other
        self._collections: dict[Space, Collection] = {}

    def found(self, space: Space) -> "Collection | None":
        """None where the space is not there."""
        from chromadb.errors import NotFoundError

        collection = self._collections.get(space)
        if collection is not None:
            return collection
        with self._changing:
            try:
                collection = self.client.get_collection(collection_name(space), embedding_function=None)
            except NotFoundError:
                return None
            self._collections[space] = collection
            return collection

    def made(self, space: Space) -> "Collection":
        with self._changing:
            there = self.found(space)
            if there is None:
                there = self._collections[space] = self.client.get_or_create_collection(
                    collection_name(space),
                    embedding_function=None,
                    metadata={"space": msgspec.json.encode(space).decode()},
                    configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_WIDTH}},
                )
            return there

    def forget(self) -> None:
        self._collections.clear()

    def drop(self, space: Space) -> None:
        from chromadb.errors import NotFoundError

        with self._changing:
            self._collections.pop(space, None)
            try:
                self.client.delete_collection(collection_name(space))
            except NotFoundError:
                return

    def spaces(self) -> tuple[Space, ...]:
        told = [(collection.metadata or {}).get("space") for collection in self.client.list_collections()]
        return tuple(msgspec.json.decode(text, type=Space) for text in told if isinstance(text, str))


class ChromaFolder:
    """One folder of this process, its lock, and how many have it open."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock, Timeout

        self.path = path
        self.users = 0
        self.notices: list[str] = []
        self._mending = threading.RLock()
        self._turns = Turns()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(path.with_name(f".{path.name}.lock"), thread_local=False)
            self._lock.acquire(timeout=0)
        except Timeout as problem:
            raise IndexElsewhere(
                "Another Purpose Agent on this machine has the index of meanings open.",
                "Close it there, or search by words here meanwhile.",
            ) from problem
        except OSError as problem:
            raise _failed(path, problem) from problem
        try:
            self._opened = self._open()
        except BaseException:
            self._lock.release()
            raise

    def run(self, work: Callable[[Opened, A], T], given: A, *, alone: bool = False) -> T:
        """Do the work, beside that of other threads or alone. An error counts when it comes again.

        If it does, the folder is begun anew and the work done there. A space is dropped alone: whatever is at work in
        it meanwhile would fail, and in ways that look like damage.
        """
        with self._turns.alone() if alone else self._turns.shared():
            return self._done(work, given)

    def _done(self, work: Callable[[Opened, A], T], given: A) -> T:
        from chromadb.errors import ChromaError

        opened = self._opened
        for attempt in range(_TRIES):
            try:
                return work(opened, given)
            except (ChromaError, OSError, AttributeError) as problem:
                last = problem
                opened.forget()
                time.sleep(attempt * _PAUSE_S)
        self._mend(opened, last)
        try:
            return work(self._opened, given)
        except ChromaError as problem:
            raise _failed(self.path, problem) from problem

    def close(self) -> None:
        self._opened.client.close()
        try:
            mark_closed(self.path)
        except OSError:
            pass  # it is tried out when it is opened again
        finally:
            self._lock.release()

    def _open(self) -> Opened:
        if not is_sound(self.path):
            self._set_aside()
        try:
            mark_open(self.path)
            return Opened(_client(self.path))
        except _errors() as problem:
            raise _failed(self.path, problem) from problem

    def _mend(self, opened: Opened, problem: Exception) -> None:
        """Nothing to do where another thread was first: its closing of the client is what this one stumbled over."""
        with self._mending:
            if self._opened is not opened:
                return
            if isinstance(problem, AttributeError):
                raise problem
            if not _is_damage(problem):
                raise _failed(self.path, problem) from problem
            opened.client.close()
            self._set_aside()
            self._opened = Opened(_client(self.path))

    def _set_aside(self) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        self.path.rename(aside)
        self.path.mkdir()
        self.notices.append(
            f"The index of meanings was damaged and is made again from the documents; the old one lies in {aside.name}."
        )


_OPEN: dict[Path, ChromaFolder] = {}
_OPENING = threading.Lock()


def entered(path: Path) -> ChromaFolder:
    with _OPENING:
        folder = _OPEN.get(path)
        if folder is None:
            folder = _OPEN[path] = ChromaFolder(path)
        folder.users += 1
        return folder


def left(folder: ChromaFolder) -> None:
    with _OPENING:
        folder.users -= 1
        if not folder.users:
            del _OPEN[folder.path]
            folder.close()


def _client(path: Path) -> "Client":
    import chromadb
    from chromadb.config import Settings

    client: Client = chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))  # type: ignore[assignment]
    return client


def _errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError

    return (ChromaError, OSError)


def _is_damage(problem: Exception) -> bool:
    from chromadb.errors import InternalError

    return isinstance(problem, InternalError) and not _PASSING.search(str(problem))


def _failed(path: Path, problem: Exception) -> IndexFailed:
    return IndexFailed(
        f"The index of meanings in {path} cannot be used just now.",
        "Check that the disk has room and that the folder may be written.",
        details=str(problem)[:500],
    )
