import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.run_manager import InMemoryJobStore, Job, JobContext, JobHandler, JobStatus, RunManager
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.journal import Journal
from purpose_agent.types import JSON, RunResult
from tests.unit.storage.samples import ENVIRONMENT

Start = Callable[[Mapping[str, JobHandler]], RunManager]


@pytest.fixture
def start() -> Iterator[Start]:
    managers: list[RunManager] = []

    def make(handlers: Mapping[str, JobHandler]) -> RunManager:
        manager = RunManager(InMemoryJobStore(), handlers)
        manager.start()
        managers.append(manager)
        return manager

    yield make
    for manager in managers:
        manager.close()


async def double(context: JobContext) -> JSON:
    number = context.job.spec["number"]
    assert isinstance(number, int)
    return {"double": 2 * number}


async def forever(context: JobContext) -> JSON:
    context.report("half way", 0.5)
    await asyncio.sleep(600)
    return None


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_a_job_is_done_in_the_background(start: Start) -> None:
    manager = start({"double": double})
    job = manager.submit("double", "Double 21", {"number": 21})
    assert job.status == "queued"
    done = manager.wait(job.job_id, 10)
    assert (done.status, done.result, done.progress, done.attempt) == ("done", {"double": 42}, 1.0, 1)
    assert done.created is not None
    assert done.started is not None
    assert done.finished is not None
    assert done.created <= done.started <= done.finished
    with pytest.raises(ValueError, match="no handler"):
        manager.submit("unknown", "", {})


def test_jobs_may_be_submitted_from_any_thread(start: Start) -> None:
    manager = start({"double": double})
    jobs: list[Job] = []
    threads = [
        threading.Thread(target=lambda n=n: jobs.append(manager.submit("double", str(n), {"number": n})))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    results = {job.title: manager.wait(job.job_id, 10).result for job in jobs}
    assert results == {str(n): {"double": 2 * n} for n in range(20)}


def test_a_stored_record_may_be_a_result(start: Start) -> None:
    async def run(_: JobContext) -> JSON:
        return RunResult(run_id="r", task="t", answer="a", status="done")  # type: ignore[return-value]

    manager = start({"run": run})
    done = manager.wait(manager.submit("run", "", {}).job_id, 10)
    assert done.result == {"run_id": "r", "task": "t", "answer": "a", "status": "done"}


def test_progress_is_seen_while_it_goes_on(start: Start) -> None:
    manager = start({"forever": forever})
    job = manager.submit("forever", "", {})
    until(lambda: (found := manager.get(job.job_id)) and found.progress == 0.5)
    found = manager.get(job.job_id)
    assert found is not None
    assert found.message == "half way"
    assert manager.list("running")[0].progress == 0.5


def test_an_error_becomes_a_sentence(start: Start) -> None:
    async def fail(context: JobContext) -> JSON:
        if context.job.spec["known"]:
            raise PurposeError("The model did not answer.", "Start it.", details="refused")
        raise KeyError("x")

    manager = start({"fail": fail})
    known = manager.wait(manager.submit("fail", "", {"known": True}).job_id, 10)
    assert (known.status, known.what, known.fix, known.details) == (
        "failed",
        "The model did not answer.",
        "Start it.",
        "refused",
    )
    unknown = manager.wait(manager.submit("fail", "", {"known": False}).job_id, 10)
    assert (unknown.status, unknown.details) == ("failed", "KeyError: 'x'")
    assert "unexpected" in unknown.what


def test_a_job_is_stopped_within_two_seconds(start: Start) -> None:
    manager = start({"forever": forever})
    job = manager.submit("forever", "", {})
    until(lambda: manager.list("running"))
    begun = time.monotonic()
    manager.cancel(job.job_id)
    assert manager.wait(job.job_id, 10).status == "cancelled"
    assert time.monotonic() - begun < 2


def test_a_job_that_listens_to_its_token_ends_in_good_order(start: Start) -> None:
    async def orderly(context: JobContext) -> JSON:
        await context.cancel.wait()
        await asyncio.sleep(0.05)  # the last words
        return "kept"

    manager = start({"orderly": orderly})
    job = manager.submit("orderly", "", {})
    until(lambda: manager.list("running"))
    manager.cancel(job.job_id)
    ended = manager.wait(job.job_id, 10)
    assert (ended.status, ended.result) == ("cancelled", "kept")


def test_a_job_that_swallows_one_cancellation_gets_another(start: Start) -> None:
    async def stubborn(_: JobContext) -> JSON:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            await asyncio.sleep(600)
        return None

    manager = start({"stubborn": stubborn})
    job = manager.submit("stubborn", "", {})
    until(lambda: manager.list("running"))
    manager.cancel(job.job_id)
    assert manager.wait(job.job_id, 10).status == "cancelled"


def test_a_job_that_never_awaits_says_stopping_until_it_has_really_ended(start: Start) -> None:
    release = threading.Event()

    async def deaf(_: JobContext) -> JSON:
        release.wait(30)
        return None

    manager = start({"deaf": deaf})
    job = manager.submit("deaf", "", {})
    until(lambda: manager.list("running"))
    manager.cancel(job.job_id)
    found = manager.get(job.job_id)
    assert found is not None
    assert (found.status, found.message) == ("running", "Stopping")
    release.set()
    assert manager.wait(job.job_id, 10).status == "cancelled"


def test_a_waiting_job_is_cancelled_without_ever_running(start: Start) -> None:
    manager = start({"forever": forever, "double": double})
    for _ in range(2):
        manager.submit("forever", "", {})
    until(lambda: len(manager.list("running")) == 2)
    job = manager.submit("double", "", {"number": 1})
    manager.cancel(job.job_id)
    ended = manager.wait(job.job_id, 1)
    assert (ended.status, ended.started) == ("cancelled", None)


def test_what_was_stopped_can_be_resumed(start: Start) -> None:
    async def second_time(context: JobContext) -> JSON:
        if context.job.attempt == 1:
            await asyncio.sleep(600)
        return context.job.attempt

    manager = start({"second": second_time})
    job = manager.submit("second", "", {})
    until(lambda: manager.list("running"))
    with pytest.raises(PurposeError, match="running"):
        manager.resume(job.job_id)
    manager.cancel(job.job_id)
    manager.wait(job.job_id, 10)
    again = manager.resume(job.job_id)
    assert (again.status, again.attempt) == ("queued", 2)
    done = manager.wait(job.job_id, 10)
    assert (done.status, done.result) == ("done", 2)
    with pytest.raises(PurposeError, match="done"):
        manager.resume(job.job_id)
    with pytest.raises(PurposeError, match="not known"):
        manager.resume("nothing")


def test_waiting_ends_when_the_time_is_over(start: Start) -> None:
    manager = start({"forever": forever})
    job = manager.submit("forever", "", {})
    begun = time.monotonic()
    assert manager.wait(job.job_id, 0.05).is_alive
    assert time.monotonic() - begun < 5


def test_closing_keeps_its_deadline_and_says_what_was_interrupted() -> None:
    release = threading.Event()

    async def deaf(_: JobContext) -> JSON:
        release.wait(30)
        return None

    async def left_thread(_: JobContext) -> JSON:
        await asyncio.to_thread(release.wait, 30)
        return None

    manager = RunManager(
        InMemoryJobStore(), {"deaf": deaf, "forever": forever, "thread": left_thread, "double": double}, workers=3
    )
    manager.start()
    jobs = [manager.submit(kind, "", {}) for kind in ("deaf", "forever", "thread")]
    until(lambda: len(manager.list("running")) == 3)
    waiting = manager.submit("double", "", {"number": 1})
    begun = time.monotonic()
    manager.close(deadline_s=2)
    assert time.monotonic() - begun < 4
    for job in (*jobs, waiting):
        found = manager.get(job.job_id)
        assert found is not None
        assert (found.status, found.fix) == ("interrupted", "Resume it to go on where it stopped.")
    with pytest.raises(PurposeError, match="closed"):
        manager.submit("double", "", {"number": 1})
    manager.close()
    release.set()


class FullStore(InMemoryJobStore):
    """Takes nothing while it is full."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    def change(self, job_id: str, only_if: Collection[JobStatus], **fields: Any) -> Job | None:
        if self.is_full:
            raise PurposeError("The disk is full.", "Free some space.")
        return super().change(job_id, only_if, **fields)


def test_nobody_waits_for_ever_when_the_disk_is_full() -> None:
    store = FullStore()

    async def fill(_: JobContext) -> JSON:
        store.is_full = True
        raise PurposeError("The disk is full.", "Free some space.")

    manager = RunManager(store, {"fill": fill})
    manager.start()
    running = manager.wait(manager.submit("fill", "", {}).job_id, 10)
    waiting = manager.wait(manager.submit("fill", "", {}).job_id, 10)
    for ended in (running, waiting):
        assert (ended.status, ended.what, ended.fix) == ("failed", "The disk is full.", "Free some space.")
    store.is_full = False
    until(lambda: len(store.list("failed")) == 2)
    manager.close()


OTHER = """
import asyncio, sys
from pathlib import Path
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.journal import Journal

async def forever(context):
    await asyncio.sleep(600)

manager = RunManager(JournalJobStore(Journal(Path(sys.argv[1]))), {"forever": forever})
manager.start()
running, waiting = [manager.submit("forever", "t", {}) for _ in range(2)]
while manager.get(running.job_id).status != "running":
    pass
print(running.job_id, waiting.job_id, flush=True)
print(manager.wait(running.job_id, 60).status, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


def test_a_job_of_another_process_is_stopped_from_here_and_interrupted_when_that_dies(journal: Journal) -> None:
    pipe = subprocess.PIPE
    arguments = [sys.executable, "-c", OTHER, str(journal.path)]
    manager = RunManager(JournalJobStore(journal), {"forever": forever, "double": double})
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True, env=ENVIRONMENT) as other:
        assert other.stdout is not None
        first, second = other.stdout.readline().split()
        manager.start()
        alive = manager.get(first)
        assert alive is not None
        assert (alive.status, alive.pid) == ("running", other.pid)  # it is not ours to interrupt
        begun = time.monotonic()
        manager.cancel(first)
        assert manager.wait(first, 10).status == "cancelled"
        assert time.monotonic() - begun < 2
        assert other.stdout.readline() == "cancelled\n"
        other.kill()
    manager.close()
    manager = RunManager(JournalJobStore(journal), {"forever": forever})
    manager.start()
    dead = manager.get(second)
    assert dead is not None
    assert dead.status == "interrupted"
    assert "ended before" in dead.message
    again = manager.resume(second)
    assert again.attempt == 2
    until(lambda: manager.list("running"))
    manager.close()
