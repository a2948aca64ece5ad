"""ZIP archives: their members one by one, under names that cannot lead anywhere.

An archive is a way to add many files at once, not a document. What its maker wrote into it — paths that climb, links,
a terabyte of zeros, an archive inside of an archive inside of an archive — is taken for what it is: each such member is
refused with a sentence, and the rest is used.
"""

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from purpose_agent.types import Record
from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading.limits import DAMAGE, MAX_FILE_BYTES

MAX_MEMBERS = 2_000
MAX_ALL_BYTES = 200_000_000
_MAX_RATIO = 200
_RATIO_FROM_BYTES = 5_000_000
_NAME_CHARS = 200
_PART_CHARS = 120
_ARCHIVES = (".zip", ".jar", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f]')
_DRIVE = re.compile(r"^[A-Za-z]:")


class Member(Record, frozen=True, kw_only=True):
    """A file of an archive. `refused` says why its body is empty, "" when it is not."""

    name: str
    body: bytes = b""
    refused: str = ""


def members(name: str, content: "bytes | Path") -> Iterator[Member]:
    """The files in their order; hidden ones and folders do not appear. Raises Unreadable for the archive as a whole.

    `name` is the archive's own, for sentences. Nothing is written, and one member at a time is in memory.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content)
        entries = archive.infolist()
    except FileNotFoundError as problem:
        raise Unreadable(f"There is no archive {name}.", "Add it again.") from problem
    except (zipfile.BadZipFile, *DAMAGE) as problem:
        raise Unreadable(
            f"{clean(name)} is damaged or not a ZIP archive.", "Make or download it again, or add its files one by one."
        ) from problem
    if len(entries) > MAX_MEMBERS * 10:
        archive.close()
        raise Unreadable(f"The archive holds {len(entries):,} files.", f"Add at most {MAX_MEMBERS:,} at once.")
    return _members(archive, entries)


def _members(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[Member]:
    seen: dict[str, int] = {}
    count = total = 0
    with archive:
        for entry in entries:
            name = clean_name(entry.filename)
            if entry.is_dir() or _is_unseen(name):
                continue
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name = _numbered(name, seen[name])
            count += 1
            refused = _refusal(entry, name)
            if not refused and count > MAX_MEMBERS:
                refused = f"The archive holds more than {MAX_MEMBERS:,} files; this one was left out."
            if not refused and total + entry.file_size > MAX_ALL_BYTES:
                refused = f"The archive unpacks to more than {MAX_ALL_BYTES // 1_000_000} MB; this file was left out."
            if refused:
                yield Member(name=name, refused=refused)
                continue
            total += entry.file_size
            yield _unpacked(archive, entry, name)


def clean_name(name: str) -> str:
    """A relative path that stays where it is put, on every system: "../../C:\\a\\b.txt" is "a/b.txt"."""
    parts = []
    for part in clean(name.encode("utf-8", "replace").decode()).replace("\n", " ").replace("\\", "/").split("/"):
        kept = _NOT_IN_NAMES.sub("_", _DRIVE.sub("", part)).strip().rstrip(". ")
        if kept.strip("."):
            parts.append(_short(kept, _PART_CHARS))
    while len(parts) > 1 and sum(len(part) + 1 for part in parts) > _NAME_CHARS:
        parts.pop(0)
    return "/".join(parts) or "unnamed"


def _short(part: str, limit: int) -> str:
    """Cut in the middle, so that the ending stays."""
    ending = PurePosixPath(part).suffix[:12]
    return part if len(part) <= limit else part[: limit - len(ending)] + ending


def _numbered(name: str, number: int) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def _is_unseen(name: str) -> bool:
    """Hidden files, and what macOS adds to every archive."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _refusal(entry: zipfile.ZipInfo, name: str) -> str:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "It is a link; links are not followed."
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "It is not a file but a device or a pipe."
    if entry.flag_bits & 1:
        return "It is protected by a password. Make the archive without one."
    if name.lower().endswith(_ARCHIVES):
        return "It is an archive inside of the archive. Unpack it, and add what it holds."
    if entry.file_size > MAX_FILE_BYTES:
        size = f"{entry.file_size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES // 1_000_000} MB"
        return f"The file is too large ({size})."
    if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
        return f"It unpacks to {entry.file_size // 1_000_000} MB from almost nothing; it was not opened."
    return ""


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Member:
    try:
        body = archive.read(entry)  # never more than the entry declares, which was checked
    except (zipfile.BadZipFile, *DAMAGE, zlib.error, lzma.LZMAError):
        return Member(name=name, refused="It is damaged in the archive, or packed in a way that is not known.")
    if body.startswith(b"PK\x03\x04") and not name.lower().endswith(_ZIP_DOCUMENTS):
        return Member(name=name, refused="It is an archive inside of the archive. Unpack it, and add what it holds.")
    return Member(name=name, body=body)


_ZIP_DOCUMENTS = (
    ".docx", ".docm", ".dotx", ".pptx", ".pptm", ".ppsx", ".potx", ".xlsx", ".xlsm", ".xltx", ".epub", ".odt", ".ods",
    ".odp",
)  # fmt: skip
