"""The working folders of runs, and those that are left when a host was killed in the middle of one.

The code itself dies with its host and what it wrote was in memory, but the empty folder stays. The next process that
runs code removes folders whose process is gone. They must also be an hour old: where several containers share a
temporary folder, a process that we cannot see may still be alive.
"""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

_PREFIX = "purpose-agent-code-"
_MIN_AGE_S = 3600.0


def new_folder() -> Path:
    """A fresh folder that tells by its name which process it belongs to."""
    base = tempfile.gettempdir()
    sweep(base)
    return Path(tempfile.mkdtemp(prefix=own_prefix(), dir=base))


def own_prefix() -> str:
    """How the names of this process's folders begin."""
    return f"{_PREFIX}{os.getpid()}-"


@cache
def sweep(base: str) -> None:
    """Remove what dead processes left there; once per process."""
    for folder in Path(base).glob(_PREFIX + "*"):
        with suppress(OSError, ValueError):
            pid = int(folder.name.removeprefix(_PREFIX).split("-")[0])
            status = folder.lstat()
            old = time.time() - status.st_mtime > _MIN_AGE_S
            if old and status.st_uid == os.getuid() and not folder.is_symlink() and not _is_alive(pid):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
