import subprocess
import sys
import time
from pathlib import Path

import pytest

from purpose_agent.storage.workspace import Workspace

PROGRAM = Path(__file__).with_name("finish_runs.py")
PROCESSES, RUNS = 4, 50


@pytest.mark.crash
@pytest.mark.timeout(180)
def test_runs_of_other_processes_all_arrive_in_the_store_of_the_owner(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    store = workspace.trajectories()
    started = [subprocess.Popen([sys.executable, str(PROGRAM), str(tmp_path), str(RUNS)]) for _ in range(PROCESSES)]
    assert [process.wait(timeout=150) for process in started] == [0] * PROCESSES
    deadline = time.monotonic() + 20
    while (found := store.count(status="done")) < PROCESSES * RUNS and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == PROCESSES * RUNS
    workspace.close()
