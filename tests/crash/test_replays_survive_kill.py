"""A test of lessons whose process is killed goes on where it was: no replay is made or counted twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from purpose_agent.memory.replay_evidence import replay_of
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine

PROGRAM = Path(__file__).with_name("replay_until_killed.py")
ALL = "SELECT run_id, count(*) FROM credits WHERE card_id = '' GROUP BY run_id"


@pytest.mark.crash
@pytest.mark.parametrize("after", [1, 4, 7])
def test_a_killed_test_of_lessons_goes_on_and_counts_nothing_twice(tmp_path: Path, after: int) -> None:
    child = subprocess.Popen([sys.executable, str(PROGRAM), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [child.stdout.readline().strip() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().split()
    child.wait()
    child.stdout.close()
    engine = Engine(Workspace.open(tmp_path))
    (job,) = [job for job in engine.jobs.list() if job.kind == "replay"]
    if job.status == "interrupted":
        engine.jobs.resume(job.job_id)
    ended = engine.jobs.wait(job.job_id, 60)
    assert (ended.status, ended.what) == ("done", "")
    counted = dict(engine.workspace.journal.query(ALL))
    assert set(told) - {"done"} <= counted.keys()
    assert set(counted.values()) == {1}
    replays = [run_id for run_id in counted if run_id.startswith("replay-")]
    assert len(replays) == ended.result["replays"]  # type: ignore[call-overload,index]
    assert any(replay_of(view) for view in engine.memory.ledger.views("quarantined"))
    assert engine.memory.ledger.verify().ok
    engine.close()
