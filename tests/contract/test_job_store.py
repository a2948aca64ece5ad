"""What every `JobStore` promises, on each of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from purpose_agent.runtime.jobs import InMemoryJobStore, Job, JobStore
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.journal import Journal
from purpose_agent.types import JSON

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "journal"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JobStore]:
    if request.param == "memory":
        yield InMemoryJobStore()
        return
    journal = Journal(tmp_path / "journal.sqlite")
    yield JournalJobStore(journal)
    journal.close()


def job(number: int) -> Job:
    spec: dict[str, JSON] = {"run_id": f"r{number}", "nested": {"list": [1, None, "ü"]}}
    return Job(job_id=f"j{number}", kind="run", title="Title", spec=spec, created=NOON + timedelta(seconds=number))


def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    store.add(job(1))
    assert store.get("j1") == job(1)
    assert store.get("another") is None


def test_jobs_are_listed_newest_first(store: JobStore) -> None:
    for number in range(5):
        store.add(job(number))
    store.change("j3", {"queued"}, status="running")
    assert [found.job_id for found in store.list()] == ["j4", "j3", "j2", "j1", "j0"]
    assert [found.job_id for found in store.list("queued", 2)] == ["j4", "j2"]
    assert [found.job_id for found in store.list("running")] == ["j3"]


def test_a_change_is_made_only_from_the_expected_status(store: JobStore) -> None:
    store.add(job(1))
    changed = store.change("j1", {"queued", "running"}, status="running", message="half way", progress=0.5)
    assert changed == store.get("j1")
    assert changed is not None
    assert (changed.status, changed.message, changed.progress) == ("running", "half way", 0.5)
    assert store.change("j1", {"queued"}, status="cancelled") is None
    assert store.change("another", {"queued"}, status="cancelled") is None
    assert store.get("j1") == changed


def test_a_wish_to_stop_is_seen_until_the_job_is_queued_again(store: JobStore) -> None:
    store.add(job(1))
    store.add(job(2))
    assert store.cancel_requested({"j1", "j2"}) == set()
    store.request_cancel("j1")
    assert store.cancel_requested({"j1", "j2"}) == {"j1"}
    assert store.cancel_requested({"j2"}) == set()
    store.change("j1", {"queued"}, status="cancelled")
    assert store.cancel_requested({"j1"}) == {"j1"}
    store.change("j1", {"cancelled"}, status="queued")
    assert store.cancel_requested({"j1"}) == set()
    assert store.cancel_requested(set()) == set()
