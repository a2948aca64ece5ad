"""Long work as a record that outlives the page and the process that started it, and the port it is stored behind."""

import threading
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

import msgspec

from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.types import JSON, Record

JobStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
JOB_STATUSES: tuple[JobStatus, ...] = get_args(JobStatus)
About = Literal["study_id", "vault_id"]
"""What a job may be about: names of fields of its spec by which it is looked up."""
ALIVE: frozenset[JobStatus] = frozenset({"queued", "running"})


class Job(Record, frozen=True, kw_only=True):
    """One piece of long work.

    spec      what its handler needs to do it, also a second time after a restart.
    progress  in [0, 1], None while it is not known.
    pid, pid_started   the process that has it: its id, and when it began (seconds since 1970), since ids are reused.
    what, fix why it failed and what to do, as in PurposeError.
    attempt   1 at first, one more with every resume.
    """

    job_id: str
    kind: str
    title: str
    spec: dict[str, JSON] = msgspec.field(default_factory=dict)
    status: JobStatus = "queued"
    progress: float | None = None
    message: str = ""
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    pid: int = 0
    pid_started: float = 0.0
    result: JSON = None
    what: str = ""
    fix: str = ""
    details: str = ""
    attempt: int = 1

    @property
    def is_alive(self) -> bool:
        """Waiting or at work, as far as its record says."""
        return self.status in ALIVE


class JobContext:
    """What a handler gets: its job, the token that tells it to stop, and a way to say how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.cancel = CancelToken()
        self.unsaved = False

    def report(self, message: str, progress: float | None = None) -> None:
        """Tell how far it is; `progress` in [0, 1]. Cheap: it is stored some times a second, not at every call."""
        if progress is not None and not 0.0 <= progress <= 1.0:
            raise ValueError(f"outside [0, 1]: {progress=}")
        self.job = msgspec.structs.replace(self.job, message=message, progress=progress)
        self.unsaved = True


class JobStore(Protocol):
    """Where jobs are kept; shared by all processes of a workspace."""

    def add(self, job: Job) -> None: ...

    def get(self, job_id: str) -> Job | None: ...

    def list(self, status: JobStatus | None = None, limit: int = 100) -> list[Job]:
        """Newest first."""
        ...

    def latest(self, field: About, value: str) -> Job | None:
        """The newest one whose spec has this value there, however many came since."""
        ...

    def change(self, job_id: str, only_if: Collection[JobStatus], **fields: Any) -> Job | None:
        """Replace fields if the status is still one of `only_if`: in one step, so that of two callers one wins.

        None when it was not, or when there is no such job. A job that becomes queued forgets a request to cancel.
        """
        ...

    def request_cancel(self, job_id: str) -> None:
        """For the process that has the job to see."""
        ...

    def cancel_requested(self, job_ids: Collection[str]) -> set[str]:
        """Those of `job_ids` that somebody asked to stop."""
        ...


class InMemoryJobStore:
    """A `JobStore` for tests and demonstrations; forgets everything with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._cancelled: set[str] = set()

    def add(self, job: Job) -> None:
        with self._lock:
            if job.job_id in self._jobs:
                raise ValueError(f"there already: {job.job_id}")
            self._jobs[job.job_id] = job

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def list(self, status: JobStatus | None = None, limit: int = 100) -> list[Job]:
        with self._lock:
            found = [job for job in reversed(self._jobs.values()) if status in (None, job.status)]
        return found[:limit]

    def latest(self, field: About, value: str) -> Job | None:
        with self._lock:
            return next((job for job in reversed(self._jobs.values()) if job.spec.get(field) == value), None)

    def change(self, job_id: str, only_if: Collection[JobStatus], **fields: Any) -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status not in only_if:
                return None
            job = self._jobs[job_id] = msgspec.structs.replace(job, **fields)
            if job.status == "queued":
                self._cancelled.discard(job_id)
            return job

    def request_cancel(self, job_id: str) -> None:
        with self._lock:
            self._cancelled.add(job_id)

    def cancel_requested(self, job_ids: Collection[str]) -> set[str]:
        with self._lock:
            return self._cancelled.intersection(job_ids)
