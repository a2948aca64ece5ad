"""Long work in the background: it goes on when the page is left, is stopped within 2 s, and is honest after a crash.

Each job runs in a worker thread with an event loop of its own. Stopping it sets its token, so that it can end in good
order; about half a second later its task is cancelled, and again every second until it gives way. A wish from another
process is found by a look at the store four times a second. Code that never awaits (a loop in C, `time.sleep`) cannot
be interrupted in Python: such a job says "Stopping" and becomes `cancelled` only when it has really ended.

Workers are daemon threads and their loops do not wait for threads that a job left behind, so `close` keeps its
deadline whatever a handler does. What had not ended by then is stored as `interrupted` and can be resumed.
"""

import asyncio
import logging
import os
import queue
import threading
import time
import uuid
from builtins import list as list_of
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.runtime import processes
from purpose_agent.runtime.cancel import CancelToken, RunCancelled
from purpose_agent.runtime.events import now
from purpose_agent.runtime.job_loop import JobLoop, LiveJob
from purpose_agent.runtime.jobs import ALIVE, About, InMemoryJobStore, Job, JobContext, JobStatus, JobStore
from purpose_agent.types import JSON

__all__ = [
    "CancelToken",
    "InMemoryJobStore",
    "Job",
    "JobContext",
    "JobHandler",
    "JobStatus",
    "JobStore",
    "RunManager",
]

JobHandler: TypeAlias = Callable[[JobContext], Awaitable[JSON]]

_LOOK_S = 0.25
_LOOKS_FOR_THE_DEAD = 20
_JOIN_S = 1.0
_ALL = 10_000
_RESUMABLE: frozenset[JobStatus] = frozenset({"interrupted", "failed", "cancelled"})
_AFRESH: dict[str, Any] = {"started": None, "finished": None, "result": None} | dict.fromkeys(
    ("message", "what", "fix", "details"), ""
)
_INTERRUPTED = {"what": "The work was interrupted.", "fix": "Resume it to go on where it stopped."}

_logger = logging.getLogger(__name__)


class RunManager:
    """Runs jobs of the kinds in `handlers`, at most `workers` at once. `start` it first; any thread may use it."""

    def __init__(self, store: JobStore, handlers: Mapping[str, JobHandler], *, workers: int = 2) -> None:
        self._store = store
        self._handlers = dict(handlers)
        self._count = workers
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._live: dict[str, LiveJob] = {}
        self._unsaved: dict[str, dict[str, Any]] = {}  # how jobs ended that the store could not take, on a full disk
        self._changed = threading.Condition()
        self._workers: list_of[threading.Thread] = []
        self._watcher = threading.Thread(target=self._watch, name="job-watch", daemon=True)
        self._closing = threading.Event()
        self._over = threading.Event()
        self._mine: dict[str, Any] = {"pid": os.getpid(), "pid_started": processes.started()}

    def start(self) -> None:
        """Mark jobs of dead processes "interrupted", then begin to work. A second call does nothing."""
        with self._changed:
            if self._workers or self._closing.is_set():
                return
            self._workers = [
                threading.Thread(target=self._work, name=f"job-worker-{number}", daemon=True)
                for number in range(self._count)
            ]
        self._find_the_dead()
        for thread in (*self._workers, self._watcher):
            thread.start()

    def submit(self, kind: str, title: str, spec: dict[str, JSON]) -> Job:
        """Put work in line; it goes on without the caller."""
        if kind not in self._handlers:
            raise ValueError(f"no handler for {kind=}")
        self._refuse_when_closed()
        job = Job(job_id=uuid.uuid4().hex, kind=kind, title=title, spec=spec, created=now(), **self._mine)
        self._store.add(job)
        self._waiting.put(job.job_id)
        return job

    def get(self, job_id: str) -> Job | None:
        """The job as it stands now, progress included."""
        job = self._store.get(job_id)
        return None if job is None else self._newest(job)

    def list(self, status: JobStatus | None = None, limit: int = 100) -> list_of[Job]:
        """Jobs of all processes of the workspace, newest first."""
        return [self._newest(job) for job in self._store.list(status, limit)]

    def latest(self, field: About, value: str) -> Job | None:
        """The newest job about a study or a vault, however many other jobs came since."""
        job = self._store.latest(field, value)
        return None if job is None else self._newest(job)

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop, in whichever process it is. One that has ended is left as it is."""
        job = self._store.change(job_id, {"queued"}, status="cancelled", finished=now(), message="Stopped.")
        if job is None:
            self._store.request_cancel(job_id)
        if live := self._live.get(job_id):
            live.ask_to_stop()
        self._tell()

    def resume(self, job_id: str) -> Job:
        """Put an interrupted, failed or cancelled job in line again, here. Raises PurposeError when it cannot be."""
        self._refuse_when_closed()
        known = self._known(job_id)
        if known.kind not in self._handlers:
            raise PurposeError("This program does not know how to go on with that job.", "Start it again from the app.")
        again = {"status": "queued", "attempt": known.attempt + 1, **_AFRESH, **self._mine}
        job = self._store.change(job_id, _RESUMABLE, **again)
        if job is None:
            raise PurposeError(f"This job is {known.status}, so it cannot be resumed.", "Reload the page.")
        self._waiting.put(job_id)
        return job

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """The job when it has ended, or as it stands when the time is over."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while True:
                job = self._known(job_id)
                left = _LOOK_S if deadline is None else deadline - time.monotonic()
                if not job.is_alive or left <= 0:
                    return job
                self._changed.wait(min(left, _LOOK_S))  # another process may have it, so look now and then

    def close(self, deadline_s: float = 5.0) -> None:
        """Stop everything. What has not ended at the deadline is stored as interrupted. May be called twice."""
        if self._closing.is_set():
            return
        deadline = time.monotonic() + deadline_s
        self._closing.set()
        for _ in self._workers:
            self._waiting.put(None)
        for job in self._store.list("queued", _ALL):
            if (job.pid, job.pid_started) == (self._mine["pid"], self._mine["pid_started"]):
                self._interrupt(job.job_id, "The program was closed before this began.")
        for live in list_of(self._live.values()):
            live.ask_to_stop()
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
        self._over.set()
        for job_id in list_of(self._live):
            self._interrupt(job_id, "The program was closed while this was still at work.")
        if self._workers:
            self._watcher.join(_JOIN_S)
        self._tell()

    # ---- worker threads

    def _work(self) -> None:
        while (job_id := self._waiting.get()) is not None and not self._closing.is_set():
            try:
                self._run(job_id)
            except PurposeError as error:
                self._end(job_id, {"status": "failed", "what": error.what, "fix": error.fix, "details": error.details})
            except Exception as error:  # a worker that died would leave whoever waits waiting for ever
                _logger.exception("job %s could not be begun or ended", job_id)
                self._end(job_id, _fault(error))

    def _end(self, job_id: str, outcome: dict[str, Any]) -> None:
        """Store how it ended. Where that fails it is known here, so that nobody waits for ever, and tried again."""
        outcome = {"finished": now()} | outcome
        try:
            self._store.change(job_id, ALIVE, **outcome)
            self._unsaved.pop(job_id, None)
        except Exception:  # whatever the store meets, who waits here must hear of the end
            if job_id not in self._unsaved:
                _logger.exception("the end of job %s could not be stored yet", job_id)
            self._unsaved[job_id] = outcome
        self._live.pop(job_id, None)
        self._tell()

    def _run(self, job_id: str) -> None:
        job = self._store.change(job_id, {"queued"}, status="running", started=now())
        if job is None:
            return  # it was cancelled while it waited
        context = JobContext(job)
        loop = JobLoop(self._outcome(context))
        live = self._live[job_id] = LiveJob(context, loop)
        if self._closing.is_set():
            live.ask_to_stop()
        try:
            try:
                outcome = loop.run()
            except asyncio.CancelledError:  # before its first line ran
                outcome = {"status": "cancelled", "message": "Stopped."}
            if self._closing.is_set() and outcome["status"] == "cancelled":
                outcome = {"status": "interrupted", "message": "The program was closed.", **_INTERRUPTED}
            self._end(job_id, {"progress": context.job.progress} | outcome)
        finally:
            self._live.pop(job_id, None)
            loop.close()

    async def _outcome(self, context: JobContext) -> dict[str, Any]:
        """The fields of the ended job. A result that came after the wish to stop is kept, as a cancelled job's."""
        try:
            result = msgspec.to_builtins(await self._handlers[context.job.kind](context))
        except (asyncio.CancelledError, RunCancelled):
            return {"status": "cancelled", "message": "Stopped."}
        except PurposeError as error:
            return {"status": "failed", "what": error.what, "fix": error.fix, "details": error.details}
        except (Exception, SystemExit) as error:
            _logger.exception("job %s (%s) ended in an unexpected error", context.job.job_id, context.job.kind)
            return _fault(error)
        if context.cancel.is_set:
            return {"status": "cancelled", "message": "Stopped.", "result": result}
        return {"status": "done", "message": context.job.message, "progress": 1.0, "result": result}

    # ---- the watch

    def _watch(self) -> None:
        """Sees wishes and deaths of other processes, pushes jobs that hold on, and stores progress."""
        looks = 0
        while not self._over.wait(_LOOK_S):
            looks += 1
            for job_id, outcome in dict(self._unsaved).items():
                self._end(job_id, outcome)
            live = dict(self._live)
            try:
                if looks % _LOOKS_FOR_THE_DEAD == 0:
                    self._find_the_dead()
                if not live:
                    continue
                asked = self._store.cancel_requested(live)
                for job_id, job in live.items():
                    if job_id in asked:
                        job.ask_to_stop()
                    job.push()
                    self._save_progress(job.context)
            except PurposeError:
                _logger.exception("the jobs could not be looked after now; it is tried again")

    def _find_the_dead(self) -> None:
        """A script beside this program may be killed at any time; its jobs must not seem to run for ever."""
        for status in ALIVE:
            for job in self._store.list(status, _ALL):
                if not processes.is_same(job.pid, job.pid_started):
                    self._interrupt(job.job_id, "The program that ran this ended before it was finished.")

    def _save_progress(self, context: JobContext) -> None:
        if context.unsaved:
            context.unsaved = False
            job = context.job
            self._store.change(job.job_id, {"running"}, message=job.message, progress=job.progress)
            self._tell()

    # ---- small things

    def _known(self, job_id: str) -> Job:
        job = self.get(job_id)
        if job is None:
            raise PurposeError("This job is not known here.", "Reload the page.")
        return job

    def _newest(self, job: Job) -> Job:
        if job.is_alive and (ended := self._unsaved.get(job.job_id)):
            return msgspec.structs.replace(job, **ended)
        live = self._live.get(job.job_id)
        if live is None or job.status != "running":
            return job
        return msgspec.structs.replace(job, message=live.context.job.message, progress=live.context.job.progress)

    def _interrupt(self, job_id: str, message: str) -> None:
        self._store.change(job_id, ALIVE, status="interrupted", finished=now(), message=message, **_INTERRUPTED)

    def _refuse_when_closed(self) -> None:
        if self._closing.is_set():
            raise PurposeError("The program is being closed.", "Open it again, then start the work.")

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _fault(error: BaseException) -> dict[str, Any]:
    """The fields of a job that ended in something nobody foresaw."""
    return {
        "status": "failed",
        "what": "The job ended in an unexpected error.",
        "fix": "Try again; if it happens again, report it with the details.",
        "details": f"{type(error).__name__}: {error}",
    }
