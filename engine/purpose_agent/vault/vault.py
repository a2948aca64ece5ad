"""A vault: documents in, their health, search, and answers that can be traced to the page.

    vault = pa.Vault.from_directory("./research_papers/")
    print(vault.ask("What was measured?"))

One broken file never spoils the rest: it gets a row that says in a sentence what is the matter with it. Text from files
is data: what gives orders to its reader is flagged, and no answer rests on it until a person has said so.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from filelock import FileLock, Timeout

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.storage.terms import Terms
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.intake import Contents, folder_of, follow, found_in, take_bytes
from purpose_agent.vault.places import Reading
from purpose_agent.vault.records import Decision, Document, Passage, Trust, VaultInfo
from purpose_agent.vault.searching import Searcher
from purpose_agent.vault.store import VaultStore, Waiting
from purpose_agent.vault.upkeep import Pace, Report, Stopped, bring_in_line, embed_waiting, read_waiting

if TYPE_CHECKING:
    from purpose_agent.models.backend import Backend
    from purpose_agent.tools.port import Tool
    from purpose_agent.vault.answers.cited import CitedAnswer
    from purpose_agent.vault.self_test import Recall
    from purpose_agent.vault.shelf import Shelf

FILE = "vault.sqlite"
AUTO = "auto"
MANY_CHUNKS = 3_000  # about a minute of the better model; a larger vault begins with the fast one, and the page says so
_LOCK_POLL_S = 0.2
_STOP_WITHIN_S = 5.0
_HELD_AT_MOST = 6


def _say_nothing(_: str, __: float | None) -> None: ...


def _go_on() -> None: ...


class Grounds(NamedTuple):
    """`held` are passages that fit but give orders to their reader, and that nobody has decided on."""

    passages: tuple[Passage, ...]
    held: tuple[Passage, ...] = ()


class Vault:
    """Documents that can be searched. Made by `from_directory`, `from_files` or a `Shelf`; for any thread."""

    def __init__(self, vault_id: str, folder: Path, shelf: "Shelf") -> None:
        self.vault_id = vault_id
        self.folder = folder
        self._shelf = shelf
        self._store = VaultStore(folder / FILE)
        self._contents = Contents(folder / "files")
        self._searcher = Searcher(self._store, vault_id, shelf.opened_chroma)
        self._closing = threading.Event()
        self._worker: threading.Thread | None = None
        self._worker_lock = threading.Lock()

    @classmethod
    def from_directory(cls, path: Path | str, *, home: Path | str | None = None) -> "Vault":
        """All readable files beneath a folder, as they are now: read, and searchable by words when this returns.

        Search by meaning comes to it in the background (`wait` waits for it). A second call reads what has changed.
        Hidden files are left out, links are not followed. Raises VaultError when the folder itself cannot be used.
        """
        return cls._following([folder_of(path)], home)

    @classmethod
    def from_files(cls, paths: Sequence[Path | str], *, home: Path | str | None = None) -> "Vault":
        """These files, and all files beneath those that are folders. A missing one is told in its row."""
        return cls._following([Path(path).expanduser() for path in paths], home)

    @classmethod
    def _following(cls, paths: Sequence[Path], home: Path | str | None) -> "Vault":
        from purpose_agent.vault.shelf import shelf_for

        vault = shelf_for(home).following(paths)
        vault.read()
        vault.start_work()
        return vault

    # ---- what it is

    @property
    def title(self) -> str:
        return str(self._store.about("title", self.vault_id))

    @property
    def home(self) -> Path:
        """The workspace folder."""
        return self._shelf.home

    @property
    def folders(self) -> tuple[str, ...]:
        """The files and folders that it follows; empty when it keeps what was put into it."""
        found = self._store.about("folders", [])
        return tuple(str(path) for path in found) if isinstance(found, list) else ()

    @property
    def trouble(self) -> str:
        """Why the last work in the background could not be done, "" when it could."""
        return str(self._store.about("trouble", ""))

    def info(self) -> VaultInfo:
        counts = self._store.counts()
        serving = self._searcher.serving
        return VaultInfo(
            vault_id=self.vault_id,
            title=self.title,
            documents=counts.documents,
            ready=counts.ready,
            waiting=counts.waiting,
            chunks=counts.chunks,
            unembedded=self._store.count_without_vector(serving.identity) if serving else counts.chunks,
            flagged=counts.flagged,
            bytes_on_disk=_bytes_beneath(self.folder),
            embedder=serving.name if serving else "",
            folders=self.folders,
        )

    def rename(self, title: str) -> None:
        self._store.say(title=title)

    # ---- documents

    @property
    def documents(self) -> list[Document]:
        """With their health, by name."""
        return self._store.documents()

    def document(self, doc_id: str) -> Document:
        """Raises VaultError when it is not there any more."""
        found = self._store.document(doc_id)
        if found is None:
            raise VaultError("This document is not in the vault any more.", "Reload the page.")
        return found

    def add_bytes(self, name: str, body: bytes, *, trust: Trust = "own") -> list[str]:
        """Put a file in line to be read; the documents' ids (several of an archive, none of one that is refused).

        A name that is there already gets the new content, once that was read. Raises VaultError for a vault that
        follows a folder.
        """
        if self.folders:
            raise VaultError(
                "This vault follows files on your computer; they are added there.",
                "Put the file into that folder, or choose another vault.",
            )
        return take_bytes(self._store, self._contents, name, body, trust=trust)

    def add_text(self, name: str, text: str) -> list[str]:
        """Pasted text, as a document of this name."""
        if not text.strip():
            raise VaultError("There is no text.", "Paste some text first.")
        name = name.strip() or " ".join(text.split())[:40]
        return self.add_bytes(name if Path(name).suffix in (".txt", ".md") else f"{name}.txt", text.encode())

    def add_files(self, paths: Sequence[Path | str]) -> list[str]:
        """Copies of these files and of all that stands beneath folders."""
        taken: list[str] = []
        for found in found_in([Path(path).expanduser() for path in paths]):
            if found.refused:
                self._store.tell(found.name, "skipped", found.refused)
            else:
                taken += self.add_bytes(found.name, found.path.read_bytes())
        return taken

    def add_web_page(self, url: str, *, allowed: bool) -> list[str]:
        """A page from the network, only when the person allows it; its text is told apart from their own."""
        from purpose_agent.vault.web import fetch

        page = fetch(url, allowed=allowed)
        return self.add_bytes(page.name, page.body, trust="web")

    def replace(self, doc_id: str, body: bytes) -> None:
        """A newer content under the same name. The older one is used until it was read."""
        self.add_bytes(self.document(doc_id).name, body)

    def read_again(self, doc_ids: Collection[str]) -> None:
        for doc_id in doc_ids:
            self._store.again(doc_id)

    def remove(self, doc_ids: Collection[str]) -> None:
        """Take documents out of every place: text, words, vectors, Chroma, and the bytes that were kept."""
        self._contents.drop(self._store.remove(doc_ids))
        self._store.compact()
        self._align()

    def follow(self, paths: Sequence[str], *, title: str) -> None:
        """Hold what stands beneath these paths, as it is now; it is read by `read`."""
        if list(paths) != list(self.folders) or title != self.title:
            self._store.say(folders=list(paths), title=title)
        with self._only_one(_go_on):
            follow(self._store, self._contents, [Path(path) for path in paths])

    def refresh(self) -> None:
        """Look through the folders that it follows for changes."""
        if self.folders:
            self.follow(self.folders, title=self.title)

    def reading(self, doc_id: str) -> Reading:
        """The text of a document with its places. Raises VaultError when it is not there any more."""
        found = self._store.reading(doc_id)
        if found is None:
            raise VaultError("This document is not in the vault any more.", "Reload the page.")
        return found

    def file_of(self, doc_id: str) -> Path:
        """Where the bytes of a document stand."""
        document = self.document(doc_id)
        kept = self._contents.path(document.sha256)
        return kept if kept.is_file() or not document.origin else Path(document.origin)

    def picture(self, doc_id: str, page: int, quote: str = "") -> bytes:
        """A page of a PDF as PNG, with the quote marked. Raises Unreadable."""
        return self._shelf.reader().picture(self.file_of(doc_id), page, quote)

    # ---- passages

    def search(self, query: str, k: int = 6, *, per_document: int = 3) -> list[Passage]:
        """The passages that fit best, best first, at most three of one document; flagged ones are among them."""
        return self._searcher.search(query, k, per_document=per_document, keep=lambda _: True)

    def grounds(self, question: str, k: int = 6, budget_chars: int = 3_600) -> Grounds:
        """What an answer may rest on, best first, together within the budget, and what was held back from it."""
        found = self._searcher.search(question, k + _HELD_AT_MOST, per_document=3, keep=lambda _: True)
        chosen: list[Passage] = []
        left = budget_chars
        for passage in found:
            if passage.may_answer and len(chosen) < k and len(passage.text) <= left:
                chosen.append(passage)
                left -= len(passage.text)
        held = [passage for passage in found[:k] if not passage.may_answer]
        return Grounds(tuple(chosen), tuple(held))

    def passages_of(self, doc_id: str) -> list[Passage]:
        return self._store.passages_of(doc_id)

    def flagged(self) -> list[Passage]:
        """Passages that give orders to their reader, those first that nobody has decided on."""
        return self._store.flagged()

    def decide(self, chunk_id: int, decision: Decision) -> None:
        """Keep (used, but quoted as data), hide, or trust a flagged passage; "" takes it back."""
        self._store.decide(chunk_id, decision)
        self.start_work()

    # ---- questions

    def ask(self, question: str, *, model: "str | Backend | None" = None) -> "CitedAnswer":
        """An answer made of what stands in the documents, each sentence with its source, checked.

        model  as in `purpose()`; None takes what is here, and without a language model sentences of the documents.
        """
        from purpose_agent.vault.asking import ask

        return ask(self, question, model)

    def as_tool(self) -> "Tool":
        """A tool by which an agent looks things up here."""
        from purpose_agent.vault.tool import SearchDocumentsTool

        return SearchDocumentsTool(self)

    def test_itself(self, questions: int = 20, k: int = 5, seed: int = 0) -> "Recall":
        """Whether what stands in here can be found: questions made of it are looked up among the first k passages."""
        from purpose_agent.vault import self_test

        candidates = [
            self_test.Candidate(chunk_id=passage.chunk_id, document=document.name, text=passage.text)
            for document in self.documents
            for passage in self.passages_of(document.doc_id)
            if passage.decision != "hide"
        ]
        asked = self_test.questions(candidates, questions, seed=seed)
        return self_test.measure(asked, lambda text, many: [p.chunk_id for p in self.search(text, many)], k)

    # ---- long work

    @property
    def has_work(self) -> bool:
        """Whether files wait to be read, or passages for search by meaning."""
        if self._store.waiting():
            return True
        wanted = self._wanted()
        if not self._store.counts().chunks:
            return False
        serving = self._searcher.serving
        if serving is None or serving.name != wanted:
            return True
        return self._store.count_without_vector(serving.identity) > 0 or self._is_behind

    @property
    def embedder_name(self) -> str:
        """What the person chose: "auto", "minilm", "static" or "ollama:<model>"."""
        return str(self._store.about("embedder", AUTO))

    def choose_embedder(self, name: str) -> None:
        """Another model for search by meaning. The one in use serves until the new one knows all passages."""
        if name != AUTO:
            embedder_named(name)
        self._store.say(embedder=name)
        self.start_work()

    def read(self, report: Report = _say_nothing, pace: Pace = _go_on) -> int:
        """Read what waits; how many files that were. They are searchable by words when this returns."""
        if not self._store.waiting():
            return 0
        with self._only_one(pace):
            return read_waiting(self._store, self._shelf.reader(), self._path_of, report=report, pace=pace)

    def catch_up(self, report: Report = _say_nothing, pace: Pace = _go_on) -> None:
        """Read what waits, and bring search by meaning up to date. Raises Stopped when `pace` says so."""
        self.read(report, pace)
        with self._only_one(pace):
            self._contents.drop_but(self._store.contents())
            wanted = self._wanted()
            embedder = embedder_named(wanted)
            embed_waiting(self._store, embedder, report=report, pace=pace)
            serving = self._searcher.serving
            if serving is None or (serving.name, serving.identity) != (wanted, embedder.identity):
                self._searcher.serve(wanted, embedder)
                self._store.drop_vectors(but=embedder.identity)
            report("Bringing the index up to date", None)
            self._align(pace)
        if self.trouble:
            self._store.say(trouble="")

    def start_work(self) -> None:
        """Have what is to be done done in the background, if there is anything."""
        if self.has_work:
            self._shelf.work(self)

    def work_in_background(self) -> None:
        """In a thread of this process. What is left when the vault is closed waits for the next time."""
        with self._worker_lock:
            if self._closing.is_set() or (self._worker is not None and self._worker.is_alive()):
                return
            self._worker = threading.Thread(target=self._work, name=f"vault-{self.vault_id}", daemon=True)
            self._worker.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until all is read and search by meaning knows it; False when the time was over before."""
        self.start_work()
        worker = self._worker
        if worker is not None:
            worker.join(timeout_s)
        return not self.has_work

    @property
    def is_closed(self) -> bool:
        return self._closing.is_set()

    def close(self) -> None:
        self._closing.set()
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(_STOP_WITHIN_S)
        self._store.close()
        self._shelf.let_go(self)

    # ---- for the shelf

    def holding(self, terms: Terms) -> list[str]:
        """Ids of the documents in whose name, text, remark or bytes one of the terms stands."""
        self.read()  # so that there is nothing whose text is not known
        found = []
        for document in self.documents:
            texts = (document.name, document.note, document.origin, self.reading(document.doc_id).text)
            kept = self._contents.path(document.sha256)
            if any(map(terms.stand_in, texts)) or (document.sha256 and terms.stand_in_file(kept)):
                found.append(document.doc_id)
        return found

    def copy_of_file(self) -> bytes:
        """A whole copy of the vault's file, as it is at one moment."""
        return self._store.copy()

    def kept_files(self) -> list[Path]:
        needed = self._store.contents()
        return sorted(path for path in (self.folder / "files").rglob("*") if path.name in needed)

    def settle_in(self, title: str) -> None:
        """After an import: what was followed elsewhere is kept as it is."""
        self._store.say(title=title, folders=[])
        self._store.forget_origins()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Vault({self.title!r}: {len(self.documents)} documents)"

    def _wanted(self) -> str:
        """The embedder that shall serve. A large vault begins with the fast one, and stays with what it has."""
        chosen = self.embedder_name
        if chosen != AUTO:
            return chosen
        serving = self._searcher.serving
        if (serving is not None and serving.name == "static") or self._store.counts().chunks > MANY_CHUNKS:
            return "static"
        return "minilm"

    def _path_of(self, waiting: Waiting) -> Path:
        kept = self._contents.path(waiting.sha256)
        return kept if kept.is_file() or not waiting.origin else Path(waiting.origin)

    @property
    def _is_behind(self) -> bool:
        """Whether Chroma is this process's, and lacks what the vault has meanwhile."""
        return self._shelf.opened_chroma() is not None and self._searcher.in_line != self._store.generation

    def _align(self, pace: Pace = _go_on) -> None:
        """Bring Chroma in line, if this process can have it."""
        serving, index = self._searcher.serving, self._shelf.chroma()
        if serving is None or index is None:
            return
        generation = self._store.generation
        bring_in_line(self._store, self.vault_id, index, serving.identity, serving.dims, pace=pace)
        for space in index.spaces():
            if space.vault == self.vault_id and space.embedder != serving.identity:
                index.drop(space)
        self._searcher.in_line = generation

    def _only_one(self, pace: Pace) -> contextlib.AbstractContextManager[None]:
        return _held(FileLock(self.folder / "upkeep.lock"), pace)

    def _work(self) -> None:
        def pace() -> None:
            if self._closing.is_set():
                raise Stopped

        try:
            self.catch_up(pace=pace)
        except Stopped:
            return
        except RuntimeError as problem:
            if "shutdown" not in str(problem):  # at its end Python starts no more threads, which Chroma would need
                raise
        except PurposeError as problem:
            if not self._closing.is_set():
                self._store.say(trouble=str(problem))  # nobody waits for a thread, so the vault itself tells it


def _bytes_beneath(folder: Path) -> int:
    """Files may vanish meanwhile: SQLite takes its journal away while somebody counts."""
    found = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                found += (Path(where) / name).stat().st_size
    return found


@contextlib.contextmanager
def _held(lock: FileLock, pace: Callable[[], None]):  # type: ignore[no-untyped-def]
    """One at a time works on a vault, of all processes; whoever waits can still be stopped."""
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_S)
            break
        except Timeout:
            pace()
    try:
        yield
    finally:
        lock.release()
