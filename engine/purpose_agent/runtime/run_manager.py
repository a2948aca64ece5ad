"""Long work in the background: it goes on when the page is left, is stopped within 2 s, and is honest after a crash.

Each job runs in a worker thread with an event loop of its own. Stopping it cancels its task there, again and again
until it gives way; a job that is asked to stop from another process is found by a look at the store four times a
second. Code that never awaits (a loop in C, `time.sleep`) cannot be interrupted in Python: such a job says "Stopping"
and becomes `cancelled` only when it has really ended.

Workers are daemon threads and their loops do not wait for threads that the job left behind, so a process ends within
`close`'s deadline whatever a handler does. What had not ended by then is stored as `interrupted` and can be resumed.
"""

import asyncio
import contextlib
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
from purpose_agent.runtime.cancel import CancelToken, RunCancelled
from purpose_agent.runtime.events import now
from purpose_agent.runtime.jobs import ALIVE, InMemoryJobStore, Job, JobStatus, JobStore
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

_LOOK_S = 0.25
_SAME_PROCESS_S = 2.0  # clocks of /proc tick in 10 ms; a reused id is far further away
_RESUMABLE: frozenset[JobStatus] = frozenset({"interrupted", "failed", "cancelled"})

_logger = logging.getLogger(__name__)


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


JobHandler: TypeAlias = Callable[[JobContext], Awaitable[JSON]]


class RunManager:
    """Runs jobs of the kinds in `handlers`, at most `workers` at once. `start` it first; any thread may use it."""

    def __init__(self, store: JobStore, handlers: Mapping[str, JobHandler], *, workers: int = 2) -> None:
        self._store = store
        self._handlers = dict(handlers)
        self._count = workers
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._live: dict[str, JobContext] = {}
        self._tasks: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Task[JSON]]] = {}
        self._changed = threading.Condition()
        self._threads: list_of[threading.Thread] = []
        self._closing = threading.Event()
        self._started_at = 0.0

    def start(self) -> None:
        """Mark jobs of dead processes "interrupted", then begin to work. A second call does nothing."""
        with self._changed:
            if self._threads or self._closing.is_set():
                return
            self._started_at = _process_started(os.getpid()) or 0.0
            self._threads = [
                threading.Thread(target=self._work, name=f"job-worker-{number}", daemon=True)
                for number in range(self._count)
            ]
            self._threads.append(threading.Thread(target=self._watch, name="job-watch", daemon=True))
        self._mark_interrupted()
        for thread in self._threads:
            thread.start()

    def submit(self, kind: str, title: str, spec: dict[str, JSON]) -> Job:
        """Put work in line; it goes on without the caller."""
        if kind not in self._handlers:
            raise ValueError(f"no handler for {kind=}")
        self._refuse_when_closed()
        job = Job(
            job_id=uuid.uuid4().hex,
            kind=kind,
            title=title,
            spec=spec,
            created=now(),
            pid=os.getpid(),
            pid_started=self._started_at,
        )
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

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop, in whichever process it is. One that has ended is left as it is."""
        job = self._store.change(job_id, {"queued"}, status="cancelled", finished=now(), message="Stopped.")
        if job is None:
            self._store.request_cancel(job_id)
        self._stop(job_id)
        self._tell()

    def resume(self, job_id: str) -> Job:
        """Put an interrupted, failed or cancelled job in line again, here. Raises PurposeError when it cannot be."""
        self._refuse_when_closed()
        known = self._store.get(job_id)
        if known is None:
            raise PurposeError("This job is not known here.", "Reload the page.")
        if known.kind not in self._handlers:
            raise PurposeError("This program does not know how to go on with that job.", "Start it again from the app.")
        job = self._store.change(
            job_id,
            _RESUMABLE,
            status="queued",
            attempt=known.attempt + 1,
            pid=os.getpid(),
            pid_started=self._started_at,
            started=None,
            finished=None,
            message="",
            what="",
            fix="",
            details="",
            result=None,
        )
        if job is None:
            raise PurposeError(f"This job is {known.status}, so it cannot be resumed.", "Reload the page.")
        self._waiting.put(job_id)
        return job

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """The job when it has ended, or as it stands when the time is over."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            with self._changed:
                job = self.get(job_id)
                if job is None:
                    raise PurposeError("This job is not known here.", "Reload the page.")
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
        for _ in self._threads:
            self._waiting.put(None)
        for job in self._store.list("queued", 10_000):
            if self._is_ours(job):
                self._interrupt(job.job_id, "The program was closed before this began.")
        for job_id in list_of(self._live):
            self._stop(job_id)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        for job_id in list_of(self._live):
            self._interrupt(job_id, "The program was closed while this was still at work.")
        self._tell()

    # ---- worker threads

    def _work(self) -> None:
        while (job_id := self._waiting.get()) is not None and not self._closing.is_set():
            try:
                self._run(job_id)
            except PurposeError:  # the store cannot be written; the next start finds the job of a dead process
                _logger.exception("the state of job %s could not be stored", job_id)
            self._live.pop(job_id, None)
            self._tell()

    def _run(self, job_id: str) -> None:
        job = self._store.change(job_id, {"queued"}, status="running", started=now())
        if job is None:
            return  # it was cancelled while it waited
        context = self._live[job_id] = JobContext(job)
        self._tell()
        loop = asyncio.new_event_loop()
        task = loop.create_task(self._outcome(context))
        self._tasks[job_id] = loop, task
        if self._closing.is_set():
            self._stop(job_id)
        try:
            outcome = loop.run_until_complete(task)
        except asyncio.CancelledError:
            outcome = {"status": "cancelled", "message": "Stopped."}
        finally:
            del self._tasks[job_id]
        if self._closing.is_set() and outcome["status"] == "cancelled":
            outcome = {"status": "interrupted", "message": "The program was closed.", **_INTERRUPTED}
        self._store.change(job_id, {"running"}, **{"progress": context.job.progress, "finished": now()} | outcome)
        self._live.pop(job_id, None)
        self._tell()
        _close_loop(loop)

    async def _outcome(self, context: JobContext) -> dict[str, Any]:
        """The fields of the ended job. A result that came after the wish to stop is kept, as a cancelled job's."""
        try:
            result = await self._handlers[context.job.kind](context)
        except (asyncio.CancelledError, RunCancelled):
            return {"status": "cancelled", "message": "Stopped."}
        except PurposeError as error:
            return {"status": "failed", "what": error.what, "fix": error.fix, "details": error.details}
        except Exception as error:
            _logger.exception("job %s (%s) ended in an unexpected error", context.job.job_id, context.job.kind)
            return {
                "status": "failed",
                "what": "The job ended in an unexpected error.",
                "fix": "Try again; if it happens again, report it with the details.",
                "details": f"{type(error).__name__}: {error}",
            }
        if context.cancel.is_set:
            return {"status": "cancelled", "message": "Stopped.", "result": result}
        return {"status": "done", "message": context.job.message, "progress": 1.0, "result": result}

    def _stop(self, job_id: str) -> None:
        context = self._live.get(job_id)
        if context is None:
            return
        if not context.cancel.is_set:
            context.report("Stopping", context.job.progress)
            context.cancel.cancel()
        running = self._tasks.get(job_id)
        if running is not None:
            loop, task = running
            with contextlib.suppress(RuntimeError):  # it ended this moment and its loop is closed
                loop.call_soon_threadsafe(task.cancel)

    # ---- the watch

    def _watch(self) -> None:
        """Sees wishes from other processes, repeats ours to tasks that held on, and stores progress."""
        while not self._closing.wait(_LOOK_S):
            live = dict(self._live)
            if not live:
                continue
            try:
                asked = self._store.cancel_requested(live)
                for job_id, context in live.items():
                    if job_id in asked or context.cancel.is_set:
                        self._stop(job_id)
                    if context.unsaved:
                        self._save_progress(context)
            except PurposeError:
                _logger.exception("the jobs could not be looked after now; it is tried again")

    def _save_progress(self, context: JobContext) -> None:
        context.unsaved = False
        job = context.job
        self._store.change(job.job_id, {"running"}, message=job.message, progress=job.progress)
        self._tell()

    # ---- small things

    def _newest(self, job: Job) -> Job:
        context = self._live.get(job.job_id)
        if context is None or job.status != "running":
            return job
        return msgspec.structs.replace(job, message=context.job.message, progress=context.job.progress)

    def _mark_interrupted(self) -> None:
        for status in ALIVE:
            for job in self._store.list(status, 10_000):
                began = _process_started(job.pid)
                if began is None or abs(began - job.pid_started) > _SAME_PROCESS_S:
                    self._interrupt(job.job_id, "The program that ran this ended before it was finished.")

    def _interrupt(self, job_id: str, message: str) -> None:
        self._store.change(job_id, ALIVE, status="interrupted", finished=now(), message=message, **_INTERRUPTED)

    def _is_ours(self, job: Job) -> bool:
        return job.pid == os.getpid() and job.pid_started == self._started_at

    def _refuse_when_closed(self) -> None:
        if self._closing.is_set():
            raise PurposeError("The program is being closed.", "Open it again, then start the work.")

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


_INTERRUPTED = {"what": "The work was interrupted.", "fix": "Resume it to go on where it stopped."}


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Unlike asyncio.run it does not wait for threads of `to_thread`: one that hangs would take the worker with it."""
    leftover = asyncio.all_tasks(loop)
    for task in leftover:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        ending = asyncio.wait(leftover, timeout=1.0) if leftover else asyncio.sleep(0)
        loop.run_until_complete(ending)
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), 1.0))
    loop.close()


def _process_started(pid: int) -> float | None:
    """When a process began, None when there is none of this id."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None
