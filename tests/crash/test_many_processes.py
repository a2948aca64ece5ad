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


@pytest.mark.crash
def test_a_script_that_comes_and_goes_leaves_the_log_of_the_open_app_alone(tmp_path: Path) -> None:
    """The app opens the journal twice, and the log holds what is not in the file yet: it is the app's to remove."""
    workspace = Workspace.open(tmp_path)
    store = workspace.trajectories()
    log = tmp_path / "journal.sqlite-wal"
    for number in range(3):
        workspace.set_setting(f"before {number}", number)
        assert subprocess.run([sys.executable, str(PROGRAM), str(tmp_path), "2"], check=False).returncode == 0
        assert log.exists(), "the script removed the log under the app's open connections"
        workspace.set_setting(f"after {number}", number)
        assert workspace.setting(f"before {number}") == number
    store.settle()
    assert store.count(status="done") == 6
    assert workspace.journal.query("PRAGMA integrity_check") == [("ok",)]
    workspace.close()
