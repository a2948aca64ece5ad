"""The process that reads files: walls first, then requests from standard input until it ends.

A file that takes over its parser finds itself in a process that can write nothing, reach nothing and start nothing,
and that holds no file but the one that took it over. Started by `process.py`.
"""

import errno
import io
import json
import mimetypes
import os
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

CPU_S = 450  # more than a process may use before it is replaced, and one file on top
OPEN_FILES = 64


def main() -> None:
    told: dict[str, Any] = json.loads(sys.argv[1])
    tempfile.TemporaryFile = _in_memory  # type: ignore[assignment]  # the language model unpacks itself into one, and nothing can be written
    mimetypes.knownfiles = []  # the system's lists of file types: not readable from here, nor needed
    _walls(told["readable"], told["memory_mb"])
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    from purpose_agent.vault.reading.child_work import serve

    serve(requests, answers)


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:
    return io.BytesIO()


def _walls(readable: list[str], memory_mb: int) -> None:
    """As many as this system has. Before any parser is loaded, so that no thread is left outside of them."""
    if os.name != "posix":
        return
    from purpose_agent.sandbox import kernel_walls as kernel

    with suppress(OSError, ValueError):
        kernel.resource_limits(memory=memory_mb << 20, file_size=0, open_files=OPEN_FILES, cpu_s=CPU_S)
    if sys.platform != "linux":
        return
    with suppress(OSError):
        kernel.no_new_privileges()
    with suppress(OSError):
        rules = [(path, kernel.READ) for path in (*readable, *_SYSTEM)]
        kernel.landlock([*rules, ("/dev/null", kernel.READ | kernel.WRITE)])
    with suppress(OSError, KeyError):
        kernel.seccomp(os.getpid(), 0)  # no program lies at address 0: none can be started


_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/fonts", "/usr/share/zoneinfo",
    "/etc/localtime", "/etc/ld.so.cache", "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
)  # fmt: skip


def attempts(folder: str) -> dict[str, bool]:
    """What must fail here, and whether it did."""

    def write() -> None:
        Path(folder, "written-by-the-reader").write_bytes(b"x")

    def read() -> None:
        next(Path(folder).iterdir()).read_bytes()

    def connect() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
            line.settimeout(1.0)
            line.connect(("127.0.0.1", 9))

    def start() -> None:
        if os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}):
            return

    return {name: _is_refused(act) for name, act in
            (("write", write), ("read", read), ("connect", connect), ("start", start))}  # fmt: skip


def _is_refused(act: Any) -> bool:
    try:
        act()
    except AttributeError:
        return False  # not on this system
    except OSError as problem:
        return problem.errno in (errno.EPERM, errno.EACCES, errno.EFBIG)
    return False
