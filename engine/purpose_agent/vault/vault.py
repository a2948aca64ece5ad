"""Knowledge files: what is in them, whether they could be read, and the passages that answer a question.

First form: words only, by SQLite's full text search. One broken file never spoils the rest: it gets a row that says in
a sentence what is the matter with it. Text from files is data and is handed on as quoted passages.
"""

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

import msgspec

from purpose_agent.types import Record
from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.errors import Unreadable, VaultError
from purpose_agent.vault.index import Passage, PassageIndex
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading import read

FileStatus = Literal["ready", "empty", "unreadable", "skipped"]

MAX_FILE_BYTES = 50_000_000
MAX_FILES = 2_000
MAX_ALL_BYTES = 200_000_000
_FORM = "1"  # of the cached index: a new number makes old caches unused


class VaultFile(Record, frozen=True, kw_only=True):
    """The health of one file. `note` says what a person should know or do, "" when all is well."""

    name: str
    status: FileStatus
    characters: int = 0
    chunks: int = 0
    note: str = ""


class _Found(NamedTuple):
    name: str
    path: Path
    refused: str = ""  # why it is not read, "" when it is


class Vault:
    """Files that can be searched. Made by `from_directory` or `from_files`; may be used from any thread."""

    def __init__(self, files: Sequence[VaultFile], index: PassageIndex) -> None:
        self.files = tuple(files)
        self._index = index

    @classmethod
    def from_directory(cls, path: Path | str, *, cache: Path | None = None) -> "Vault":
        """All files beneath a folder. Hidden ones are left out, links are not followed.

        `cache`: a folder in which the index is kept by the content of the files, so that opening again is fast.
        Raises VaultError when the folder itself cannot be used.
        """
        root = Path(path).expanduser()
        if not root.is_dir():
            what = f"{root} is a file, not a folder." if root.exists() else f"There is no folder {root}."
            raise VaultError(what, "Check the path.")
        return cls._made(_walk(root), cache)

    @classmethod
    def from_files(cls, paths: Sequence[Path | str], *, cache: Path | None = None) -> "Vault":
        """These files, and all files beneath those that are folders. A missing one is told in its row."""
        found: list[_Found] = []
        for given in paths:
            path = Path(given).expanduser()
            if path.is_dir():
                found += [item._replace(name=f"{path.name}/{item.name}") for item in _walk(path)]
            elif path.is_file():
                found.append(_Found(path.name, path))
            else:
                found.append(_Found(path.name or str(path), path, "There is no such file."))
        return cls._made(_with_own_names(found), cache)

    @classmethod
    def _made(cls, found: Sequence[_Found] | Iterator[_Found], cache: Path | None) -> "Vault":
        loaded = list(_loaded(found))
        if cache is None:
            return cls._built(loaded, None)
        digest = hashlib.blake2b(_FORM.encode(), digest_size=16)
        for name, body, refused in loaded:
            inner = hashlib.blake2b(body, digest_size=16).hexdigest()
            digest.update(json.dumps([name, inner, refused]).encode())
        place = cache / f"vault-{digest.hexdigest()}.sqlite"
        return cls._opened(place) or cls._kept(loaded, place)

    @classmethod
    def _opened(cls, place: Path) -> "Vault | None":
        """The index kept there, or None when there is none that is whole."""
        health = place.with_suffix(".json")
        try:
            files = msgspec.json.decode(health.read_bytes(), type=list[VaultFile])
            return cls(files, PassageIndex(place)) if place.is_file() else None
        except (OSError, msgspec.DecodeError, sqlite3.DatabaseError):
            return None

    @classmethod
    def _kept(cls, loaded: list[tuple[str, bytes, str]], place: Path) -> "Vault":
        """Build beside, then move into place; the health row file comes last and says that it is whole."""
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            new = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
            vault = cls._built(loaded, new)
            vault.close()
            new.replace(place)
            told = place.with_name(f"{new.name}.json")
            told.write_bytes(msgspec.json.encode(vault.files))
            told.replace(place.with_suffix(".json"))
        except OSError as problem:
            raise VaultError(
                f"The index of the files cannot be kept in {place.parent}.",
                "Free some space there.",
                details=str(problem),
            ) from problem
        return cls(vault.files, PassageIndex(place))

    @classmethod
    def _built(cls, loaded: list[tuple[str, bytes, str]], place: Path | None) -> "Vault":
        index = PassageIndex(place)
        files = []
        for name, body, refused in loaded:
            row, passages = _taken_in(name, body, refused)
            index.add(passages)
            files.append(row)
        return cls(files, index)

    def search(self, query: str, k: int = 6) -> list[Passage]:
        """At most `k` passages that share words with the query, best first."""
        return self._index.search(query, k)

    def passages_for(self, question: str, k: int = 6, budget_chars: int = 3000) -> tuple[str, ...]:
        """Passages as they go into `Task.context`: `[1] file, place`, then the text; together within the budget."""
        told: list[str] = []
        left = budget_chars
        for passage in self.search(question, k):
            head = f"[{len(told) + 1}] {passage.file}" + (f", {passage.place}" if passage.place else "")
            text = f"{head}\n{passage.text}"
            if len(text) > left:
                break
            told.append(text)
            left -= len(text)
        return tuple(told)

    def close(self) -> None:
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _taken_in(name: str, body: bytes, refused: str) -> tuple[VaultFile, list[Passage]]:
    """The health row of a file and its passages."""
    if refused:
        return VaultFile(name=name, status="skipped", note=refused), []
    if not body.strip():
        return VaultFile(name=name, status="empty", note="The file is empty."), []
    try:
        reading = read(name, body)
    except Unreadable as problem:
        return VaultFile(name=name, status="unreadable", note=str(problem)), []
    passages = _passages(name, reading)
    if not passages:
        return VaultFile(name=name, status="empty", note="The file holds no text."), []
    row = VaultFile(name=name, status="ready", characters=len(reading.text), chunks=len(passages), note=reading.note)
    return row, passages


def _passages(name: str, reading: Reading) -> list[Passage]:
    return [
        Passage(text=reading.text[c.start : c.end], file=name, place=c.place, start=c.start, end=c.end)
        for c in chunks(reading.text, reading.places)
    ]


def _loaded(found: Sequence[_Found] | Iterator[_Found]) -> Iterator[tuple[str, bytes, str]]:
    """Name, content and why it was refused, within the limits."""
    total = 0
    for number, item in enumerate(found):
        refused, body = item.refused, b""
        if not refused and number >= MAX_FILES:
            refused = f"There are more than {MAX_FILES:,} files; this one was left out."
        if not refused:
            body, refused = _content(item.path)
        total += len(body)
        if total > MAX_ALL_BYTES:
            body, refused = b"", "All files together are too large; this one was left out."
        yield item.name, body, refused


def _content(path: Path) -> tuple[bytes, str]:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return b"", f"The file is too large ({size / 1e6:.0f} MB; at most {MAX_FILE_BYTES // 1_000_000} MB)."
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES), ""
    except PermissionError:
        return b"", "The file may not be opened: permission is missing."
    except OSError as problem:
        return b"", f"The file cannot be opened ({problem.strerror})."


def _walk(root: Path) -> Iterator[_Found]:
    """Files in the order of their names. Hidden ones do not appear; links appear as refused."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            yield _Found(folder.relative_to(root).as_posix(), folder, "The folder cannot be opened.")
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            path = Path(entry.path)
            name = path.relative_to(root).as_posix()
            if entry.is_symlink():
                yield _Found(name, path, "It is a link; links are not followed.")
            elif entry.is_file():
                yield _Found(name, path)
        waiting += [
            Path(entry.path)
            for entry in reversed(entries)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and entry.name != "__pycache__"
        ]


def _with_own_names(found: list[_Found]) -> list[_Found]:
    """Two files of one name from different folders get the name of their folder before it."""
    names = [item.name for item in found]
    named = [
        item._replace(name=f"{item.path.parent.name}/{item.name}") if names.count(item.name) > 1 else item
        for item in found
    ]
    seen: dict[str, int] = {}
    unique = []
    for item in named:
        seen[item.name] = seen.get(item.name, 0) + 1
        unique.append(item if seen[item.name] == 1 else item._replace(name=f"{item.name} ({seen[item.name]})"))
    return unique
