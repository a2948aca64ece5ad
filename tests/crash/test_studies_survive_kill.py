"""A study whose process is killed goes on where it was, and shows in the end what it would have shown."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine

PROGRAM = Path(__file__).with_name("study_until_killed.py")


def shown(outcomes: tuple[Outcome, ...]) -> list[tuple[object, ...]]:
    return [(o.arm, o.task_id, o.right, len(o.lessons) > 0) for o in outcomes]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    home = tmp_path_factory.mktemp("undisturbed")
    done = subprocess.run([sys.executable, str(PROGRAM), str(home)], check=True, stdout=subprocess.PIPE, text=True)
    engine = Engine(Workspace.open(home))
    outcomes = engine.studies.outcomes(done.stdout.split()[0])
    engine.close()
    return shown(outcomes)


@pytest.mark.crash
@pytest.mark.parametrize("after", [1, 6, 15])
def test_a_killed_study_goes_on_and_counts_nothing_twice(
    tmp_path: Path, after: int, undisturbed: list[tuple[object, ...]]
) -> None:
    child = subprocess.Popen([sys.executable, str(PROGRAM), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    study_id = child.stdout.readline().strip()
    told = [child.stdout.readline().strip() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().split()
    child.wait()
    child.stdout.close()
    engine = Engine(Workspace.open(tmp_path))
    kept = [outcome.run_id for outcome in engine.studies.outcomes(study_id)]
    assert set(told) - {"done"} <= set(kept)
    job = engine.studies.job_of(study_id)
    assert job is not None
    if job.status == "interrupted":
        job = engine.jobs.wait(engine.studies.resume(study_id).job_id, 120)
    assert (job.status, job.what) == ("done", "")
    outcomes = engine.studies.outcomes(study_id)
    assert [outcome.run_id for outcome in outcomes][: len(kept)] == kept
    assert len({outcome.run_id for outcome in outcomes}) == len(outcomes) == 24
    assert sorted(map(str, shown(outcomes))) == sorted(map(str, undisturbed))
    engine.close()
