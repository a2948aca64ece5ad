"""Start the keeper with its pipes, and know which paths its child needs to be an interpreter at all."""

import errno
import marshal
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from purpose_agent.types import JSON

_HERE = Path(__file__).resolve().parent
_HIDDEN = ("_ctypes*", "_test*", "_xx*", "_interp*", "_remote_debugging*")  # ways to raw memory or other interpreters


@dataclass(frozen=True, slots=True)
class Launched:
    """A started keeper and our ends of its pipes, as descriptors."""

    process: "subprocess.Popen[bytes]"
    stdin: int
    stdout: int
    stderr: int
    request: int
    reply: int
    status: int


def launch(config: Mapping[str, JSON], folder: Path) -> Launched:
    """Start it in a session of its own with an empty environment and no descriptor but its six. Raises OSError."""
    if os.name != "posix":
        raise OSError(errno.ENOSYS, "the sandbox needs a POSIX system")
    to_it = [os.pipe() for _ in range(2)]  # standard input, requests
    from_it = [os.pipe() for _ in range(4)]  # standard output, errors, replies, status
    ours = [write for _, write in to_it] + [read for read, _ in from_it]
    theirs = [read for read, _ in to_it] + [write for _, write in from_it]
    stdin, request, stdout, stderr, reply, status = theirs
    told: dict[str, JSON] = {
        "host": os.getpid(),
        "python": interpreter(),
        "inside": str(_HERE / "inside.py"),
        "work": str(folder),
        "request_fd": request,
        "reply_fd": reply,
        "status_fd": status,
        **_paths(),
        **config,
    }
    try:
        process = subprocess.Popen(
            [interpreter(), "-I", "-S", "-X", "utf8", str(_HERE / "keeper.py"), marshal.dumps(told).hex()],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={},
            cwd=folder,
            pass_fds=(request, reply, status),
            start_new_session=True,
        )
    except BaseException:
        for descriptor in ours:
            os.close(descriptor)
        raise
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return Launched(process, ours[0], ours[2], ours[3], ours[1], ours[4], ours[5])


@cache
def interpreter() -> str:
    """The plain interpreter beneath a virtual environment: it needs no folder of the environment."""
    return str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())


@cache
def _paths() -> dict[str, list[str]]:
    """What the code may read: the standard library, shared libraries, time zones; and which files of it are hidden."""
    import sysconfig

    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix}
    library = sysconfig.get_path("stdlib", vars=base)
    readable = {library, sysconfig.get_path("platstdlib", vars=base), str(_HERE)}
    readable |= {
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/share/zoneinfo",
        "/etc/localtime",
        "/etc/ld.so.cache",
    }
    readable |= {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}
    dynamic = Path(library, "lib-dynload")
    hidden = [str(path) for pattern in _HIDDEN for path in dynamic.glob(pattern + ".so")]
    loaders = [str(path) for folder in ("/lib64", "/lib") for path in Path(folder).glob("ld-*.so*")]
    return {"readable": sorted(readable), "executable": [interpreter(), *loaders], "hidden": hidden}
