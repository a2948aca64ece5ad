"""When the program that runs code is killed, the code dies with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")]
ENGINE = Path(__file__).resolve().parents[2] / "engine"

_HOST = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from purpose_agent.sandbox.run import run_python
from purpose_agent.sandbox.tests import run_tests
forever = {"timeout_s": 60, "allow_unwalled": True}
threading.Thread(target=run_python, args=("while True: pass",), kwargs=forever).start()
run_tests("def f():\\n    while True: pass", ["assert f() == 1"], **forever)
"""


def descendants(root: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def is_running(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_code_does_not_outlive_a_host_that_was_killed(tmp_path: Path) -> None:
    host = subprocess.Popen([sys.executable, "-c", _HOST, str(ENGINE)], env={"TMPDIR": str(tmp_path)})
    deadline = time.monotonic() + 20
    started: set[int] = set()
    while len(started) < 4 and time.monotonic() < deadline:  # two keepers, two programs
        time.sleep(0.05)
        started = descendants(host.pid)
    assert len(started) == 4
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
    while any(map(is_running, started)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_running, started))
    assert all(not list(folder.iterdir()) for folder in tmp_path.iterdir())  # what the code wrote was in memory
