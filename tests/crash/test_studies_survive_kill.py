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


def done_in(home: Path, *how: str) -> list[tuple[object, ...]]:
    """What a study shows that nobody disturbs."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(home), *how], check=True, stdout=subprocess.PIPE, text=True
    )
    engine = Engine(Workspace.open(home))
    outcomes = engine.studies.outcomes(done.stdout.split()[0])
    engine.close()
    return shown(outcomes)


def killed_and_taken_up(home: Path, after: int, *how: str, runs: int) -> Engine:
    """The engine in which a study that was killed after so many runs has been done to its end."""
    child = subprocess.Popen([sys.executable, str(PROGRAM), str(home), *how], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    study_id = child.stdout.readline().strip()
    told = [child.stdout.readline().strip() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().split()
    child.wait()
    child.stdout.close()
    engine = Engine(Workspace.open(home))
    kept = [outcome.run_id for outcome in engine.studies.outcomes(study_id)]
    assert set(told) - {"done"} <= set(kept)
    job = engine.studies.job_of(study_id)
    assert job is not None
    if job.status == "interrupted":
        job = engine.jobs.wait(engine.studies.resume(study_id).job_id, 120)
    assert (job.status, job.what) == ("done", "")
    outcomes = engine.studies.outcomes(study_id)
    assert [outcome.run_id for outcome in outcomes][: len(kept)] == kept
    assert len({outcome.run_id for outcome in outcomes}) == len(outcomes) == runs
    return engine


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    return done_in(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.crash
@pytest.mark.parametrize("after", [1, 6, 15])
def test_a_killed_study_goes_on_and_counts_nothing_twice(
    tmp_path: Path, after: int, undisturbed: list[tuple[object, ...]]
) -> None:
    engine = killed_and_taken_up(tmp_path, after, runs=24)
    (plan,) = engine.studies.list()
    assert sorted(map(str, shown(engine.studies.outcomes(plan.study_id)))) == sorted(map(str, undisturbed))
    engine.close()


@pytest.fixture(scope="module")
def undisturbed_proof(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    return done_in(tmp_path_factory.mktemp("undisturbed-proof"), "proof")


@pytest.mark.crash
@pytest.mark.parametrize("after", [2, 9, 15])  # in each of its three phases
def test_a_killed_proof_goes_on_in_its_phase(
    tmp_path: Path, after: int, undisturbed_proof: list[tuple[object, ...]]
) -> None:
    engine = killed_and_taken_up(tmp_path, after, "proof", runs=18)
    (plan,) = engine.studies.list()
    outcomes = engine.studies.outcomes(plan.study_id)
    assert shown(outcomes) == undisturbed_proof
    proof = engine.studies.findings(plan.study_id).proof
    assert proof is not None
    assert proof.prompts_again.is_whole
    assert proof.prompts_undone.is_whole
    assert not any(outcome.lessons for outcome in outcomes if outcome.arm == "undone")
    engine.close()
