"""Which processes are alive. An id alone says little, since ids are used again; id and start time name one process."""

import os

_SAME_S = 2.0  # the clocks behind it tick in 10 ms; a reused id is far further away


def started(pid: int | None = None) -> float:
    """When a process (None: this one) began, in seconds since 1970; 0.0 when there is none that we may look at."""
    import psutil

    try:
        return float(psutil.Process(os.getpid() if pid is None else pid).create_time())
    except (psutil.NoSuchProcess, psutil.AccessDenied, ValueError):
        return 0.0


def is_same(pid: int, began: float) -> bool:
    """Whether the process that had this id and began then is still alive."""
    return pid > 0 and abs(started(pid) - began) <= _SAME_S
