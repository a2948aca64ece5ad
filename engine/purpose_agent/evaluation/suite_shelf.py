"""Suites that a workspace keeps, by name and version: one file each, in our own form, never changed once written.

A kept suite is named as `mine` (its newest version) or `mine@1f2e3d`, the beginning of its version. What was measured
on a version can so be measured again, also after the suite has grown.
"""

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from purpose_agent.evaluation.suite_formats.own_json import suite_bytes
from purpose_agent.evaluation.suite_records import SHORT_VERSION, Suite, SuiteError, SuiteMissing
from purpose_agent.evaluation.suites import load_suite, read_suite, shipped_names
from purpose_agent.runtime.events import now
from purpose_agent.types import Record

MAX_NAME_CHARS = 100
_NOT_IN_NAMES = re.compile(r"[@/\\\x00-\x1f\x7f]")
_SLUG_CHARS = 40
_FILE = re.compile(r"[a-z0-9-]+\.\d{8}T\d{12}\.[0-9a-f]{64}\.json")


class KeptSuite(Record, frozen=True, kw_only=True):
    """A version of a suite on the shelf. `families`: how many; `checks`: how many tasks carry a check."""

    name: str
    title: str
    version: str
    tasks: int
    families: int
    checks: int
    kept_at: datetime
    file: str

    @property
    def ref(self) -> str:
        """How it is named when exactly this version is meant."""
        return f"{self.name}@{self.version[:SHORT_VERSION]}"

    @property
    def ref_in_full(self) -> str:
        """The same with the whole version, which is never another's beginning."""
        return f"{self.name}@{self.version}"


class Newest(NamedTuple):
    """The newest version of a suite, and how many earlier ones there are."""

    kept: KeptSuite
    earlier: int


class Deleted(Record, frozen=True, kw_only=True):
    """A version that was deleted, with all that brings it back."""

    kept: KeptSuite
    body: bytes


class _TaskHead(Record, frozen=True, kw_only=True):
    family: str = ""
    hidden_tests: msgspec.Raw = msgspec.Raw(b"[]")
    check: msgspec.Raw = msgspec.Raw(b"null")


class _Head(Record, frozen=True, kw_only=True):
    """As much of a suite's file as a list needs: several times faster to read than all of it."""

    name: str
    title: str = ""
    tasks: tuple[_TaskHead, ...] = ()


class SuiteShelf:
    """Several processes may use one folder: files are put in place whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heads: dict[str, KeptSuite] = {}  # by file

    def list(self) -> tuple[KeptSuite, ...]:
        """Newest first."""
        return tuple(sorted(self._kept(), key=lambda kept: (kept.kept_at, kept.name), reverse=True))

    def keep(self, suite: Suite, name: str = "") -> KeptSuite:
        """Keep this version under its name, or another. One that is kept already becomes the newest."""
        name = _name(name or suite.name)
        if not suite.tasks:
            raise SuiteError(f"“{name}” has no tasks.", "Give it at least one.")
        suite = _called(suite, name)
        version = suite.version
        before = [kept for kept in self._matching(name) if kept.version == version]
        file = _file(name, now(), version)
        self._write(file, suite_bytes(suite), name)
        for kept in before:
            (self._folder / kept.file).unlink(missing_ok=True)
        return self._read(self._folder / file)

    def copy(self, suite: Suite, name: str) -> KeptSuite:
        """Keep it under another name. Raises SuiteError when a suite has that name."""
        name = _name(name)
        self._refuse_taken(name, "Give the copy another name.")
        return self.keep(suite, name)

    def take_out(self, name: str, task_id: str) -> KeptSuite:
        """Keep the newest version without this task. Raises SuiteError when it has no such task, or no other."""
        suite = self.load(self._versions(name)[0].ref_in_full)
        rest = tuple(item for item in suite.tasks if item.task.task_id != task_id)
        if len(rest) == len(suite.tasks):
            raise SuiteError(f"The newest version of “{suite.name}” has no task {task_id}.", "Look at it again.")
        if not rest:
            raise SuiteError("This is the only task of the suite.", "Delete the suite instead.")
        return self.keep(msgspec.structs.replace(suite, tasks=rest))

    def load(self, source: str | Path) -> Suite:
        """A kept suite by name or name@version, a suite that ships with the package, or one from a file."""
        found = self._find(source) if isinstance(source, str) else None
        if found is None:
            try:
                return load_suite(source)
            except SuiteMissing as error:
                names = sorted({kept.name for kept in self._kept()})
                yours = f"Yours are {', '.join(names)}. " if names else ""
                raise SuiteMissing(error.what, f"{yours}{error.fix}") from error
        path = self._folder / found.file
        suite = read_suite(path).suite
        if suite.version != found.version:
            raise SuiteError(
                f"The file of “{found.name}” was changed since it was kept, so it is no longer what was measured on.",
                f"Add {path} again under a name of its own, or put it back as it was.",
            )
        return suite

    def about(self, source: str) -> KeptSuite | None:
        """What is known of a kept suite; None when none is called so."""
        return self._find(source)

    def rename(self, source: str, name: str) -> KeptSuite:
        """All versions of a suite under another name, with the times at which they were kept. Gives the newest.

        A process that dies on the way leaves some versions under both names, never one under none.
        Raises SuiteError when another suite has that name, or a version was changed since it was kept.
        """
        name = _name(name)
        found = self._versions(source)
        old = found[0].name
        if name.casefold() != old.casefold():
            self._refuse_taken(name, "Give it another name, or delete that one.")
        suites = [(kept, _called(self.load(kept.ref_in_full), name)) for kept in found]
        for kept, suite in suites:
            renamed = msgspec.structs.replace(suite, title=name)
            file = _file(name, kept.kept_at, kept.version)
            self._write(file, suite_bytes(renamed), name)
            if file != kept.file:
                (self._folder / kept.file).unlink(missing_ok=True)
        return self._versions(name)[0]

    def delete(self, source: str) -> tuple[Deleted, ...]:
        """One version (name@version), or all of a name. What is gone, for `restore`. Raises SuiteError for none."""
        gone = []
        for kept in self._versions(source):
            path = self._folder / kept.file
            gone.append(Deleted(kept=kept, body=path.read_bytes()))
            path.unlink(missing_ok=True)
        return tuple(gone)

    def restore(self, deleted: Iterable[Deleted]) -> None:
        """Undo of `delete`: the same versions, kept when they were kept."""
        for one in deleted:
            self._write(one.kept.file, one.body, one.kept.name)

    def versions(self, source: str) -> tuple[KeptSuite, ...]:
        """Of a name, newest first; none when no suite is called so."""
        return tuple(sorted(self._matching(source), key=lambda kept: kept.kept_at, reverse=True))

    def newest(self) -> tuple[Newest, ...]:
        """Each suite once, the latest that was kept first."""
        found: dict[str, Newest] = {}
        for kept in self.list():
            known = found.get(kept.name.casefold())
            found[kept.name.casefold()] = known._replace(earlier=known.earlier + 1) if known else Newest(kept, 0)
        return tuple(found.values())

    def _refuse_taken(self, name: str, fix: str) -> None:
        if self._matching(name):
            raise SuiteError(f"You have a suite called “{name}” already.", fix)

    def _versions(self, source: str) -> tuple[KeptSuite, ...]:
        found = self.versions(source)
        if not found:
            raise SuiteMissing(f"You have no suite called “{source}”.", "See `purpose-agent suite list`.")
        return found

    def _write(self, file: str, body: bytes, name: str) -> None:
        try:
            self._folder.mkdir(exist_ok=True)
            _put(self._folder / file, body)
            self._heads.pop(file, None)  # written anew when only the case of its name changes
        except OSError as error:
            raise SuiteError(
                f"“{name}” could not be kept: {error.strerror}.", "Make room on the disk, and try again."
            ) from error

    def _find(self, source: str) -> KeptSuite | None:
        found = self._matching(source)
        if "@" in source and len({kept.version for kept in found}) > 1:
            raise SuiteError(f"Several versions begin like “{source}”.", "Give more of its letters.")
        return max(found, key=lambda kept: kept.kept_at, default=None)

    def _matching(self, source: str) -> tuple[KeptSuite, ...]:
        name, _, prefix = source.strip().partition("@")
        return tuple(
            kept
            for kept in self._kept()
            if kept.name.casefold() == name.strip().casefold() and kept.version.startswith(prefix.strip().lower())
        )

    def _kept(self) -> Iterator[KeptSuite]:
        """A file that this shelf did not write, or that is damaged, is none of its suites."""
        for path in self._folder.glob("*.json"):
            if _FILE.fullmatch(path.name):
                try:
                    kept = self._heads.get(path.name) or self._read(path)
                except (OSError, msgspec.DecodeError):
                    continue
                self._heads[path.name] = kept
                yield kept

    @staticmethod
    def _read(path: Path) -> KeptSuite:
        _, stamp, version, _ = path.name.split(".")
        head = msgspec.json.decode(path.read_bytes(), type=_Head)
        return KeptSuite(
            name=head.name,
            title=head.title or head.name,
            version=version,
            tasks=len(head.tasks),
            families=len({task.family for task in head.tasks if task.family}),
            checks=sum(bytes(task.check) != b"null" or bytes(task.hidden_tests) != b"[]" for task in head.tasks),
            kept_at=datetime.strptime(stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
            file=path.name,
        )


def _name(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > MAX_NAME_CHARS or _NOT_IN_NAMES.search(name):
        raise SuiteError(
            f"“{name[:MAX_NAME_CHARS]}” cannot be a suite's name.",
            f"Give it one of at most {MAX_NAME_CHARS} characters without @ and slashes.",
        )
    if name.casefold() in shipped_names():
        raise SuiteError(f"“{name}” is the name of a suite that comes with Purpose Agent.", "Give it another name.")
    return name


def _called(suite: Suite, name: str) -> Suite:
    """The suite under this name; a task's run tells the name of its suite."""
    if suite.name == name:
        return suite
    title = name if suite.title == suite.name else suite.title
    tasks = tuple(
        msgspec.structs.replace(item, task=msgspec.structs.replace(item.task, suite=name)) for item in suite.tasks
    )
    return Suite(name=name, title=title, tasks=tasks)


def _file(name: str, kept_at: datetime, version: str) -> str:
    return f"{_slug(name)}.{kept_at:%Y%m%dT%H%M%S%f}.{version}.json"


def _slug(name: str) -> str:
    """A name that every file system can hold, and that differs for names that differ."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold().encode("ascii", "ignore").decode()).strip("-")[:_SLUG_CHARS]
    return f"{plain or 'suite'}-{hashlib.sha256(name.casefold().encode()).hexdigest()[:8]}"


def _put(path: Path, body: bytes) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(body)
    os.replace(draft, path)  # noqa: PTH105 - the same as Path.replace, and atomic by contract
