"""Processes killed at random moments, and many that write at once: what was acknowledged is there."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import ENVIRONMENT

HERE = Path(__file__).parent
TRIALS = 20
PROCESSES, RUNS = 4, 50


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_twenty_of_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """One workspace through all trials; every second victim owns the trajectories and dies draining as well."""
    moments = random.Random(20)
    told: dict[str, int] = {}
    for trial in range(TRIALS):
        told |= _killed(tmp_path, f"t{trial}", own=trial % 2 == 1, after_s=moments.uniform(0.0, 0.5))
    assert len(told) > TRIALS
    workspace = Workspace.open(tmp_path)
    for run_id, acknowledged in told.items():
        seqs = [event.seq for event in workspace.journal.events(run_id)]
        assert seqs == list(range(len(seqs)))
        assert len(seqs) > acknowledged
    store = workspace.trajectories()
    store.settle()
    assert workspace.notices == []
    for run_id in told:
        assert store.events(run_id) == workspace.journal.events(run_id)
    stored = store.sql("SELECT count(*) AS runs, count(*) FILTER (status = 'done') AS done FROM runs")[0]
    run_ids = workspace.journal.run_ids(limit=stored["runs"])
    open_runs = [run_id for run_id in run_ids if not workspace.journal.events(run_id)[-1].terminal]
    assert stored["runs"] >= len(told)
    assert stored["runs"] - stored["done"] == len(open_runs)
    assert len(open_runs) <= TRIALS
    workspace.close()


def _killed(home: Path, name: str, *, own: bool, after_s: float) -> dict[str, int]:
    """What a writer acknowledged before it was killed: the last seq of each run."""
    program = str(HERE / "append_for_ever.py")
    arguments = [sys.executable, program, str(home), name, "own" if own else "beside"]
    told: dict[str, int] = {}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as victim:
        assert victim.stdout is not None
        lines = [victim.stdout.readline()]
        time.sleep(after_s)
        victim.kill()
        lines += victim.stdout.readlines()
    for line in lines:
        if line.endswith("\n"):
            run_id, seq = line.split()
            told[run_id] = int(seq)
    assert told
    return told


@pytest.mark.crash
@pytest.mark.timeout(180)
def test_what_four_processes_write_at_once_arrives_at_the_owner(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    store = workspace.trajectories()
    program = str(HERE / "finish_runs_in_the_journal.py")
    writers = [
        subprocess.Popen([sys.executable, program, str(tmp_path), f"p{number}", str(RUNS)], env=ENVIRONMENT)
        for number in range(PROCESSES)
    ]
    assert [writer.wait(150) for writer in writers] == [0] * PROCESSES
    deadline = time.monotonic() + 10
    while store.count(status="done") < PROCESSES * RUNS and time.monotonic() < deadline:
        time.sleep(0.05)
    assert store.count(status="done") == PROCESSES * RUNS
    assert store.sql("SELECT count(*) AS n FROM events")[0]["n"] == PROCESSES * RUNS * 26
    assert store.sql("SELECT count(*) AS n FROM steps")[0]["n"] == PROCESSES * RUNS * 3
    assert workspace.notices == []
    workspace.close()


@pytest.mark.crash
@pytest.mark.timeout(120)
def test_processes_that_open_a_new_workspace_at_once_do_not_collide(tmp_path: Path) -> None:
    program = str(HERE / "finish_runs_in_the_journal.py")
    for trial in range(3):
        home = tmp_path / str(trial)
        writers = [
            subprocess.Popen([sys.executable, program, str(home), f"p{number}", "1"], env=ENVIRONMENT)
            for number in range(4)
        ]
        assert [writer.wait(60) for writer in writers] == [0] * 4
        workspace = Workspace.open(home)
        assert len(workspace.journal.run_ids()) == 4
        workspace.close()
