import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine

TRIALS = 20
PROGRAM = Path(__file__).with_name("run_until_killed.py")


def run_and_kill(home: Path, after_s: float) -> dict[str, int]:
    """The last acknowledged seq of each run, as the program told before SIGKILL."""
    child = subprocess.Popen([sys.executable, str(PROGRAM), str(home)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(after_s)
    os.kill(child.pid, signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.wait()
    child.stdout.close()
    told: dict[str, int] = defaultdict(lambda: -1)
    for line in lines:
        parts = line.split()
        if len(parts) == 2 and parts[1].isdigit():
            told[parts[0]] = max(told[parts[0]], int(parts[1]))
    return told


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_killed_at_any_moment_no_acknowledged_event_is_lost_and_the_run_is_taken_up(tmp_path: Path) -> None:
    chance = random.Random(7)
    resumed = 0
    for trial in range(TRIALS):
        home = tmp_path / str(trial)
        told = run_and_kill(home, chance.uniform(0.0, 1.2))
        assert told, "the program was killed before it did anything"
        engine = Engine(Workspace.open(home))
        for run_id, last in told.items():
            assert [event.seq for event in engine.events(run_id)][: last + 1] == list(range(last + 1))
        cut_off = [job for job in engine.jobs.list(limit=1000) if job.status == "interrupted"]
        assert not [job for job in engine.jobs.list(limit=1000) if job.status == "running"]
        for job in cut_off:
            engine.jobs.resume(job.job_id)
            assert engine.jobs.wait(job.job_id, 60).status == "done"
            events = engine.events(str(job.spec["run_id"]))
            assert [event.seq for event in events] == list(range(len(events)))
            assert [event.terminal for event in events].count(True) == 1
            assert events[-1].terminal
            resumed += 1
        engine.close()
    assert resumed > 0


@pytest.mark.crash
def test_a_script_killed_beside_the_open_app_is_seen_within_seconds(tmp_path: Path) -> None:
    engine = Engine(Workspace.open(tmp_path))
    run_and_kill(tmp_path, 0.3)
    deadline = time.monotonic() + 15
    while any(job.is_alive for job in engine.jobs.list(limit=1000)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(job.is_alive for job in engine.jobs.list(limit=1000))
    engine.close()
