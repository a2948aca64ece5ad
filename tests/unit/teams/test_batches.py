from pathlib import Path

import pytest

from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.requests import RunRequest, new_run_id
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task

DOUBLE = ("assert double(1) == 2", "assert double(5) == 10", "assert double(0) == 0")


def request(text: str, *, model: str | None = "builtin", tests: tuple[str, ...] = DOUBLE) -> RunRequest:
    return RunRequest(run_id=new_run_id(), purpose="Code helper", task=Task(text=text, tests=tests), model=model)


@pytest.mark.timeout(60)
def test_a_run_that_cannot_begin_fails_alone_and_the_others_go_on(tmp_path: Path) -> None:
    engine = Engine(Workspace.open(tmp_path))
    requests = [request("Double a number"), request("Double it", model="nosuch:model"), request("Double again")]
    job = engine.submit_batch(requests, "Three cells")
    assert engine.jobs.wait(job.job_id, 50).status == "done"
    results = [engine.result(item.run_id) for item in requests]
    assert [result.status for result in results if result is not None] == ["done", "failed", "done"]
    assert results[1] is not None
    assert results[1].what
    assert results[1].fix
    engine.close()


def test_one_process_has_one_engine_for_a_workspace_however_it_is_named(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    assert engine_for(str(tmp_path / "x" / ".." / "w")) is engine
    engine.close()
    fresh = engine_for(tmp_path / "w")
    assert fresh is not engine
    fresh.close()
