"""How files come into a vault: what is taken, under which name, and what is told of those that are not.

Taking a file is quick and reads nothing in it: it is put in line to be read. The bytes of what a person puts in are
kept in the vault under their hash; a folder that a vault follows stays where it is, and is looked through for changes.
"""

import contextlib
import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from purpose_agent.vault.errors import Unreadable, VaultError
from purpose_agent.vault.names import clean_path
from purpose_agent.vault.reading.archives import members
from purpose_agent.vault.records import Trust
from purpose_agent.vault.store import VaultStore

MAX_FILE_BYTES = 50_000_000
MAX_ARCHIVE_BYTES = 500_000_000
MAX_FILES = 10_000
_CHUNK = 1 << 20
_SETTLED_S = 3_600.0


class Found(NamedTuple):
    """A file that was come upon. `refused`: why it is not read, "" when it is."""

    name: str
    path: Path
    refused: str = ""

    @property
    def stamp(self) -> str:
        """Differs when the file was changed."""
        try:
            status = self.path.stat()
        except OSError:
            return ""
        return f"{status.st_mtime_ns}:{status.st_size}"


class Contents:
    """The bytes that a vault keeps, each content once, under its hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, body: bytes) -> str:
        """The hash."""
        sha256 = hashlib.sha256(body).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.{os.getpid()}.part")
            part.write_bytes(body)
            part.replace(path)
        return sha256

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def drop(self, hashes: set[str]) -> None:
        for sha256 in hashes:
            self.path(sha256).unlink(missing_ok=True)

    def drop_but(self, needed: set[str]) -> None:
        """What a killed process left. What came just now may be on its way into the vault's file."""
        for path in self._folder.rglob("*"):
            with contextlib.suppress(OSError):
                if path.is_file() and path.name not in needed and time.time() - path.stat().st_mtime > _SETTLED_S:
                    path.unlink()


def take_bytes(store: VaultStore, contents: Contents, name: str, body: bytes, *, trust: Trust = "own") -> list[str]:
    """Put a content, or each file of an archive, in line; the documents' ids. A refused one gets a row."""
    name = clean_path(name)
    if _is_archive(name, body[:4]):
        return _take_archive(store, contents, name, body, trust=trust)
    if len(body) > MAX_FILE_BYTES:
        store.tell(name, "skipped", _too_large(len(body)), size=len(body))
        return []
    return [store.take(name, sha256=contents.keep(name, body), size=len(body), trust=trust)]


def _take_archive(
    store: VaultStore, contents: Contents, name: str, body: bytes, *, trust: Trust, origin: str = "", stamp: str = ""
) -> list[str]:
    taken = []
    try:
        for member in members(name, body):
            inner = f"{name}/{clean_path(member.name)}"
            if member.refused:
                store.tell(inner, "skipped", member.refused, origin=origin, stamp=stamp)
                continue
            taken.append(
                store.take(
                    inner, sha256=contents.keep(inner, member.body), size=len(member.body), trust=trust,
                    origin=origin, stamp=stamp,
                )
            )  # fmt: skip
    except Unreadable as problem:
        store.tell(name, "unreadable", str(problem), size=len(body), origin=origin, stamp=stamp)
    return taken


def follow(store: VaultStore, contents: Contents, paths: Sequence[Path]) -> bool:
    """Bring the documents in line with the files beneath these paths; whether there was any change.

    Only files that are new or changed are put in line; those that are gone are taken out.
    """
    known = store.stamps()
    seen: set[str] = set()
    changed = False
    for number, item in enumerate(_with_own_names(found_in(paths))):
        name, stamp = item.name, item.stamp
        origin = str(item.path)
        of_archive = {inner for inner, (from_, _) in known.items() if from_ == origin and inner != name}
        seen |= {name} | of_archive
        if number >= MAX_FILES:
            item = item._replace(refused=f"There are more than {MAX_FILES:,} files; this one was left out.")  # noqa: PLW2901
        if (origin, stamp) in {known.get(inner) for inner in (name, *of_archive)}:
            continue
        changed = True
        if item.refused:
            store.tell(name, "skipped", item.refused, origin=origin, stamp=stamp)
        else:
            seen |= _take_file(store, contents, name, item.path, origin, stamp)
    gone = set(known) - seen
    if gone:
        changed = True
        contents.drop(store.remove([d.doc_id for d in store.documents() if d.name in gone]))
        store.compact()
    return changed


def _take_file(store: VaultStore, contents: Contents, name: str, path: Path, origin: str, stamp: str) -> set[str]:
    """The names that it became."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
            if _is_archive(name, start) and size <= MAX_ARCHIVE_BYTES:
                body = start + file.read()
                ids = _take_archive(store, contents, name, body, trust="own", origin=origin, stamp=stamp)
                return {d.name for d in store.documents() if d.doc_id in ids} | {name}
            if size > MAX_FILE_BYTES:
                store.tell(name, "skipped", _too_large(size), size=size, origin=origin, stamp=stamp)
                return {name}
            digest = hashlib.sha256(start)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except PermissionError:
        store.tell(name, "skipped", "The file may not be opened: permission is missing.", origin=origin, stamp=stamp)
    except OSError as problem:
        note = f"The file cannot be opened ({problem.strerror})."
        store.tell(name, "skipped", note, origin=origin, stamp=stamp)
    else:
        store.take(name, sha256=digest.hexdigest(), size=size, origin=origin, stamp=stamp)
    return {name}


def found_in(paths: Sequence[Path]) -> list[Found]:
    """All files beneath folders, and files by themselves. Raises VaultError for a path where there is nothing."""
    found: list[Found] = []
    for path in paths:
        if path.is_dir():
            inner = walk(path)
            found += inner if len(paths) == 1 else (item._replace(name=f"{path.name}/{item.name}") for item in inner)
        elif path.exists():
            found.append(Found(path.name, path))
        else:
            found.append(Found(path.name or str(path), path, "There is no such file."))
    return found


def folder_of(path: Path | str) -> Path:
    """Raises VaultError when it is no folder."""
    root = Path(path).expanduser().resolve()
    if not root.is_dir():
        what = f"{root} is a file, not a folder." if root.exists() else f"There is no folder {root}."
        raise VaultError(what, "Check the path.")
    return root


def walk(root: Path) -> Iterator[Found]:
    """Files in the order of their names. Hidden ones do not appear; links appear as refused."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            yield Found(folder.relative_to(root).as_posix(), folder, "The folder cannot be opened.")
            continue
        folders = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            path = Path(entry.path)
            name = path.relative_to(root).as_posix()
            if entry.is_symlink():
                yield Found(name, path, "It is a link; links are not followed.")
            elif entry.is_dir():
                folders.append(path)
            elif entry.is_file():
                yield Found(name, path)
            else:
                yield Found(name, path, "It is not a plain file.")
        waiting += reversed(folders)


def _with_own_names(found: list[Found]) -> list[Found]:
    """Two files of one name from different folders get the name of their folder before it."""
    clean = [item._replace(name=clean_path(item.name)) for item in found]
    often = Counter(item.name for item in clean)
    named = [
        item._replace(name=clean_path(f"{item.path.parent.name}/{item.name}")) if often[item.name] > 1 else item
        for item in clean
    ]
    seen: dict[str, int] = {}
    unique = []
    for item in named:
        seen[item.name] = seen.get(item.name, 0) + 1
        unique.append(item if seen[item.name] == 1 else item._replace(name=f"{item.name} ({seen[item.name]})"))
    return unique


def _is_archive(name: str, start: bytes) -> bool:
    return PurePosixPath(name).suffix.lower() == ".zip" and start == b"PK\x03\x04"


def _too_large(size: int) -> str:
    return f"The file is too large ({size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES // 1_000_000} MB)."
