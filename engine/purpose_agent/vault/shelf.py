"""All vaults of a workspace, and what they share: Chroma, the process that reads files, and who does long work.

`vaults/<id>/` holds a vault whole: its file, and the bytes of what was put in. `chroma/` holds vectors and numbers
only, no text, and can be made again from the vaults. One process has Chroma at a time; others search the vectors in the
vault itself, one by one, which finds the same.
"""

import atexit
import contextlib
import hashlib
import re
import secrets
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from purpose_agent.storage.terms import Terms
from purpose_agent.storage.workspace import Workspace
from purpose_agent.vault.errors import IndexElsewhere, VaultError
from purpose_agent.vault.index.chroma import ChromaIndex
from purpose_agent.vault.index.dense import DenseIndex
from purpose_agent.vault.intake import MAX_ARCHIVE_BYTES
from purpose_agent.vault.reading.process import ReaderProcess
from purpose_agent.vault.records import VaultInfo
from purpose_agent.vault.vault import FILE, Vault

VAULTS, CHROMA = "vaults", "chroma"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MAX_TITLE_CHARS = 120
_MAX_EXPORT_BYTES = 20 * MAX_ARCHIVE_BYTES


class Shelf:
    """The vaults in the workspace folder `home`. One per process and folder: see `shelf_for`.

    work  called with a vault that has something to do; by default a thread of its own does it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.notices: list[str] = []
        self.work: Callable[[Vault], None] = _in_a_thread
        self._lock = threading.RLock()
        self._open: dict[str, Vault] = {}
        self._chroma: ChromaIndex | None = None
        self._reader: ReaderProcess | None = None
        self._closed = False

    # ---- vaults

    def vaults(self) -> list[VaultInfo]:
        """All that there are, by title."""
        found = []
        for vault_id in self.ids():
            with contextlib.suppress(VaultError):  # one that is damaged tells so when it is opened
                found.append(self.open(vault_id).info())
        return sorted(found, key=lambda info: (info.title.casefold(), info.vault_id))

    def ids(self) -> list[str]:
        folder = self.home / VAULTS
        return sorted(path.parent.name for path in folder.glob(f"*/{FILE}")) if folder.is_dir() else []

    def create(self, title: str) -> Vault:
        """An empty vault. Raises VaultError for a title that is empty or taken."""
        title = " ".join(title.split())[:_MAX_TITLE_CHARS]
        if not title:
            raise VaultError("The vault has no name.", "Write one, for example what the documents are about.")
        if any(info.title.casefold() == title.casefold() for info in self.vaults()):
            raise VaultError(f"There is a vault called “{title}” already.", "Choose another name.")
        return self._made(secrets.token_hex(6), title)

    def open(self, vault_id: str) -> Vault:
        """Raises VaultError when there is none of this id."""
        with self._lock:
            vault = self._open.get(vault_id)
            if vault is None:
                folder = self._folder(vault_id)
                if not (folder / FILE).is_file():
                    raise VaultError("This vault is not there any more.", "Choose another one.")
                vault = self._open[vault_id] = Vault(vault_id, folder, self)
            return vault

    def let_go(self, vault: Vault) -> None:
        """It was closed; who opens it again gets a new one."""
        with self._lock:
            if self._open.get(vault.vault_id) is vault:
                del self._open[vault.vault_id]

    def named(self, name: str) -> Vault:
        """By its title, whatever its capitals, or by its id. Raises VaultError."""
        for info in self.vaults():
            if name.casefold() in (info.title.casefold(), info.vault_id):
                return self.open(info.vault_id)
        there = ", ".join(info.title for info in self.vaults()) or "none yet"
        raise VaultError(f"There is no vault called “{name}”.", f"Vaults here: {there}.")

    def following(self, paths: Sequence[Path], *, vault_id: str = "", title: str = "") -> Vault:
        """The vault that holds what stands beneath these paths, as it is now. It is made when there is none."""
        roots = [str(path.expanduser().resolve()) for path in paths]
        vault_id = vault_id or "of-" + hashlib.sha256("\0".join(sorted(roots)).encode()).hexdigest()[:16]
        named = title or " + ".join(Path(root).name or root for root in roots)[:_MAX_TITLE_CHARS]
        with self._lock:
            is_there = (self._folder(vault_id) / FILE).is_file()
            vault = self.open(vault_id) if is_there else self._made(vault_id, named)
        vault.follow(roots, title=title or vault.title)
        return vault

    def delete(self, vault_id: str) -> None:
        """Take a vault away, from every place where something of it stands."""
        with self._lock:
            vault = self._open.pop(vault_id, None)
            if vault is not None:
                vault.close()
            if index := self.chroma():
                for space in index.spaces():
                    if space.vault == vault_id:
                        index.drop(space)
            shutil.rmtree(self._folder(vault_id), ignore_errors=True)

    def put_away(self, vault_id: str, file: Path) -> None:
        """Write a vault into one file that can be taken in elsewhere."""
        vault = self.open(vault_id)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(FILE, vault.copy_of_file())
            for path in vault.kept_files():
                archive.write(path, path.relative_to(vault.folder).as_posix())

    def take_in(self, file: Path, *, title: str = "") -> Vault:
        """The vault that `put_away` wrote, under a new id. Raises VaultError for any other file."""
        vault_id = secrets.token_hex(6)
        folder = self._folder(vault_id)
        part = folder.with_name(f".{vault_id}.part")
        wrong = VaultError(f"{file.name} is not an export of a vault.", "Choose a file that was exported here.")
        try:
            with zipfile.ZipFile(file) as archive:
                entries = [entry for entry in archive.infolist() if _EXPORTED.fullmatch(entry.filename)]
                if FILE not in {entry.filename for entry in entries}:
                    raise wrong
                if sum(entry.file_size for entry in entries) > _MAX_EXPORT_BYTES:
                    raise VaultError(f"{file.name} unpacks to more than 10 GB.", "Export it in parts.")
                for entry in entries:
                    archive.extract(entry, part)
            part.replace(folder)
            vault = self.open(vault_id)
            vault.settle_in(title or self._free_title(vault))
        except (zipfile.BadZipFile, OSError, VaultError) as problem:
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            raise wrong from problem
        self.work(vault)
        return vault

    # ---- taking words out

    def holding(self, terms: Terms) -> list[str]:
        """The documents in which one of the terms stands, as "vault/document"; a vault by its name, as "vault/"."""
        found = []
        for vault_id in self.ids():
            vault = self.open(vault_id)
            if any(map(terms.stand_in, (vault.title, *vault.folders))):
                found.append(f"{vault_id}/")
            found += [f"{vault_id}/{doc_id}" for doc_id in vault.holding(terms)]
        return found

    def erase(self, documents: Iterable[str]) -> None:
        """Take out what `holding` found. A vault whose name holds a term loses the name, and what it followed."""
        by_vault: dict[str, list[str]] = {}
        for found in documents:
            vault_id, _, doc_id = found.partition("/")
            by_vault.setdefault(vault_id, []).append(doc_id)
        for vault_id, doc_ids in by_vault.items():
            vault = self.open(vault_id)
            if "" in doc_ids:
                vault.settle_in("(erased)")
            vault.remove([doc_id for doc_id in doc_ids if doc_id])

    # ---- what vaults share

    def chroma(self) -> DenseIndex | None:
        """Chroma, opened when it is first needed; None as long as another process has it."""
        with self._lock:
            if self._chroma is None:
                try:
                    self._chroma = ChromaIndex(self.home / CHROMA)
                except IndexElsewhere:
                    return None
                self.notices += self._chroma.notices
            return self._chroma

    def opened_chroma(self) -> DenseIndex | None:
        """Chroma if it is open already: opening takes a second, which no question should wait for."""
        return self._chroma

    def reader(self) -> ReaderProcess:
        """The process that reads files. Raises VaultError once all is closed: nobody would end a new one."""
        with self._lock:
            if self._closed:
                raise VaultError("The vaults were closed.", "Open them again.")
            if self._reader is None:
                self._reader = ReaderProcess()
            return self._reader

    def close(self) -> None:
        """Stop what is at work and let go of the files. May be called twice."""
        with self._lock:
            self._closed = True
            vaults, self._open = list(self._open.values()), {}
            chroma, self._chroma = self._chroma, None
            reader, self._reader = self._reader, None
        for vault in vaults:
            vault.close()
        if chroma is not None:
            chroma.close()
        if reader is not None:
            reader.close()

    def _made(self, vault_id: str, title: str) -> Vault:
        folder = self._folder(vault_id)
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            vault = self._open[vault_id] = Vault(vault_id, folder, self)
        vault.rename(title)
        return vault

    def _folder(self, vault_id: str) -> Path:
        if not _ID.fullmatch(vault_id):
            raise VaultError("This is not the name of a vault.", "Choose one from the list.")
        return self.home / VAULTS / vault_id

    def _free_title(self, vault: Vault) -> str:
        title, number = vault.title, 1
        taken = {info.title for info in self.vaults() if info.vault_id != vault.vault_id}
        while (name := f"{title} ({number})" if number > 1 else title) in taken:
            number += 1
        return name


_EXPORTED = re.compile(rf"{re.escape(FILE)}|files/[0-9a-f]{{2}}/[0-9a-f]{{64}}")

_shelves: dict[Path, Shelf] = {}
_shelves_lock = threading.Lock()


def shelf_for(home: Path | str | None = None) -> Shelf:
    """The vaults of a workspace folder in this process. None = the usual workspace of this person."""
    folder = Workspace.folder(home)
    with _shelves_lock:
        if folder not in _shelves:
            if not _shelves:
                atexit.register(close_shelves)  # a thread inside of a C library at the end would end in a crash
            _shelves[folder] = Shelf(folder)
        return _shelves[folder]


def close_shelves() -> None:
    """All that this process has open."""
    for home in list(_shelves):
        close_shelf(home)


def close_shelf(home: Path) -> None:
    with _shelves_lock:
        shelf = _shelves.pop(home, None)
    if shelf is not None:
        shelf.close()


def _in_a_thread(vault: Vault) -> None:
    vault.work_in_background()
