"""Files beneath one folder, and nothing outside it.

A path is walked part by part from a descriptor of the folder, each part opened with O_NOFOLLOW: a symbolic link
anywhere on the way is refused, also one that is put there between a check and the use, because there is no separate
check. Where the system cannot open relative to a descriptor (Windows) the resolved path is compared instead.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from purpose_agent.tools.errors import ToolError

_BY_DESCRIPTOR = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_LINK = "The path {!r} leads through a link."
_FIX = "Give a path inside the working folder, such as notes/plan.md."


def read_bytes(root: Path, path: str, *, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes of a regular file, and whether there were more. Raises ToolError."""
    parts = _parts(path)
    with _folder(root, parts[:-1], path, create=False) as folder, _in_words(path):
        descriptor = _open(folder, parts[-1], os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ToolError(f"{path!r} is not a file.", "Give the path of a file.")
            body = file.read(limit + 1)
    return body[:limit], len(body) > limit


def write_bytes(root: Path, path: str, body: bytes) -> bool:
    """Write the file whole or not at all, making folders on the way. True when it replaced one. Raises ToolError."""
    parts = _parts(path)
    with _folder(root, parts[:-1], path, create=True) as folder, _in_words(path):
        replaced = _may_be_replaced(folder, parts[-1], path)
        new = f".{parts[-1][:100]}.{secrets.token_hex(4)}.new"
        descriptor = _open(folder, new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            _replace(folder, new, parts[-1])
        except BaseException:
            _remove(folder, new)
            raise
    return replaced


def _parts(path: str) -> tuple[str, ...]:
    if "\0" in path or not path.strip():
        raise ToolError("The path is empty or holds a NUL character.", _FIX)
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        raise ToolError(f"The path {path!r} is outside the working folder.", _FIX)
    return parts


@contextmanager
def _folder(root: Path, parts: tuple[str, ...], path: str, *, create: bool) -> Iterator[int | Path]:
    """The folder of the file: a descriptor, or a checked path where descriptors cannot be used."""
    if not _BY_DESCRIPTOR:
        yield _checked_folder(root, parts, path, create=create)
        return
    with _in_words(path):
        current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts:
            with _in_words(path):
                if create and not _exists(current, part):
                    os.mkdir(part, 0o755, dir_fd=current)
                following = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
            os.close(current)
            current = following
        yield current
    finally:
        os.close(current)


def _checked_folder(root: Path, parts: tuple[str, ...], path: str, *, create: bool) -> Path:
    base = root.resolve()
    folder = base.joinpath(*parts)
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() != folder:
        raise ToolError(_LINK.format(path), _FIX)
    return folder


@contextmanager
def _in_words(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.EMLINK):
            raise ToolError(_LINK.format(path), _FIX) from problem
        words = {
            errno.ENOENT: "is not there", errno.EISDIR: "is a folder", errno.ENOTDIR: "leads through a file or a link",
            errno.EACCES: "may not be opened", errno.ENOSPC: "does not fit: the disk is full",
            errno.ENAMETOOLONG: "has a name that is too long",
        }  # fmt: skip
        why = words.get(problem.errno or 0, f"cannot be used ({problem.strerror})")
        raise ToolError(f"{path!r} {why}.", "Check the path and try again.") from problem


def _open(folder: int | Path, name: str, flags: int) -> int:
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    if isinstance(folder, int):
        return os.open(name, flags, 0o644, dir_fd=folder)
    if (folder / name).is_symlink():
        raise OSError(errno.ELOOP, "a link")
    return os.open(folder / name, flags, 0o644)


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _may_be_replaced(folder: int | Path, name: str, path: str) -> bool:
    """Whether a regular file stands there; anything else that stands there is refused."""
    try:
        if isinstance(folder, int):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        else:
            found = (folder / name).lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):
        raise ToolError(_LINK.format(path), _FIX)
    if not stat.S_ISREG(found.st_mode):
        raise ToolError(f"{path!r} is not a file.", "Give the path of a file.")
    return True


def _replace(folder: int | Path, old: str, new: str) -> None:
    if isinstance(folder, int):
        os.replace(old, new, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        (folder / old).replace(folder / new)


def _remove(folder: int | Path, name: str) -> None:
    if isinstance(folder, int):
        os.unlink(name, dir_fd=folder)
    else:
        (folder / name).unlink(missing_ok=True)
