"""The engine room that Team, the command line and the browser share: one per process and workspace.

Every run is a job of the RunManager, also one that a script waits for. So each run can be seen and stopped from the
app beside it, a dead process leaves an honest "interrupted", and the sync face works inside a running event loop.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.suites import Suite
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.models.resolve import Resolved, resolve_backend
from purpose_agent.runtime.event_bus import EventBus, Gap
from purpose_agent.runtime.events import (
    Event,
    MemoryArchived,
    MemoryPromoted,
    MemoryRejected,
    RunError,
    RunEvent,
    RunStarted,
    now,
)
from purpose_agent.runtime.run_manager import Job, JobContext, RunManager
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.execution import Execution, Live
from purpose_agent.teams.requests import RunRequest, new_run_id, readied
from purpose_agent.teams.results import fold_result
from purpose_agent.types import JSON, RunResult

_TITLE_CHARS = 80
_JOBS_KNOWN = 10_000


class Engine:
    """Runs, memory, events and jobs of one workspace."""

    def __init__(self, workspace: Workspace, *, workers: int = 4) -> None:
        self.workspace = workspace
        self.memory = Memory(workspace.journal)
        self.bus = EventBus(catch_up=workspace.events)
        self._execution = Execution(workspace, self.memory, self.bus)
        self._live: dict[str, Live] = {}
        self._closed = False
        self._job_ids: dict[str, str] = {}  # of runs; a run never changes its job
        self.jobs = RunManager(
            JournalJobStore(workspace.journal),
            {"run": self._run_job, "batch": self._batch_job},
            workers=workers,
        )
        self.jobs.start()

    # ---- starting work

    def submit(self, request: RunRequest, *, live: Live | None = None) -> Job:
        """Start one run in the background. `job.spec["run_id"]` names it.

        Raises PurposeError when it cannot be run at all: nothing asked, too much asked, a test that asserts nothing.
        """
        self._refuse_when_closed()
        request = readied(request)
        if live is not None:
            self._live[request.run_id] = live
        return self.jobs.submit("run", _title(request.task.text), _spec(request))

    def submit_batch(self, requests: Sequence[RunRequest], title: str) -> Job:
        """Run requests one after the other in one job. After a stop it goes on with those that have not ended."""
        self._refuse_when_closed()
        named = [readied(request) for request in requests]
        spec: dict[str, JSON] = {"requests": [msgspec.to_builtins(request) for request in named]}
        return self.jobs.submit("batch", title, spec)

    def submit_suite(
        self,
        suite: Suite,
        *,
        purpose: str,
        model: str | None = None,
        use_lessons: bool = True,
        trust_tested_lessons: bool = False,
        limit: int | None = None,
        notebook_id: str = "",
    ) -> Job:
        requests = suite_requests(
            suite,
            purpose=purpose,
            model=model,
            use_lessons=use_lessons,
            trust_tested_lessons=trust_tested_lessons,
            notebook_id=notebook_id,
        )
        return self.submit_batch(requests[:limit], suite.title)

    # ---- waiting for work

    def run(self, request: RunRequest, *, live: Live | None = None) -> RunResult:
        """Run and wait. Interrupting the wait (Ctrl-C) stops the run and keeps what it did."""
        job = self.submit(request, live=live)
        try:
            return self._result_of(self.jobs.wait(job.job_id, None))
        except KeyboardInterrupt:
            self.jobs.cancel(job.job_id)
            self.jobs.wait(job.job_id, 5.0)
            raise

    async def arun(self, request: RunRequest, *, live: Live | None = None) -> RunResult:
        job = self.submit(request, live=live)
        try:
            return self._result_of(await self._ended(job))
        except asyncio.CancelledError:
            self.jobs.cancel(job.job_id)
            raise

    async def astream(self, request: RunRequest, *, live: Live | None = None) -> AsyncIterator[RunEvent | Gap]:
        """The events of a run as they happen, up to its last. Leaving the loop early stops the run.

        Raises PurposeError when the run could not begin (a model that is not there, a file that cannot be read).
        """
        self._refuse_when_closed()
        request = readied(request)
        subscription = self.bus.subscribe(request.run_id, audience="debug")
        job = self.submit(request, live=live)
        watch = asyncio.create_task(self._ended(job))
        watch.add_done_callback(lambda _: subscription.end(drain=True))  # a run that never began has no last event
        ended = False
        try:
            async for event in subscription:
                ended = not isinstance(event, Gap) and event.terminal
                yield event
                if ended:
                    return
            ended = True
            raise _not_run(await watch)
        finally:
            watch.cancel()
            subscription.close()
            if not ended:
                self.jobs.cancel(job.job_id)

    async def _ended(self, job: Job) -> Job:
        """The job at its end. Waits in a daemon thread: one of the loop's own would keep a stopped program alive."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Job] = loop.create_future()

        def wait() -> None:
            try:
                known = self.jobs.wait(job.job_id, None)
            except PurposeError:  # the workspace was closed meanwhile
                known = job
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if ended.done() else ended.set_result(known))

        threading.Thread(target=wait, name="run-wait", daemon=True).start()
        return await ended

    def cancel(self, run_id: str) -> None:
        """Ask the run, or the batch that it belongs to, to stop."""
        if job := self.job_of(run_id):
            self.jobs.cancel(job.job_id)

    def resume(self, run_id: str) -> Job:
        """Take up a run whose process died or that was stopped. Raises PurposeError when nothing knows how."""
        if job := self.job_of(run_id):
            return self.jobs.resume(job.job_id)
        raise PurposeError("This run was not started on this workspace.", "Run the task again.")

    # ---- looking at work

    def default_model(self) -> Resolved:
        return resolve_backend(None)

    def events(self, run_id: str, after_seq: int = -1) -> list[RunEvent]:
        return list(self.workspace.events(run_id, after_seq))

    def result(self, run_id: str) -> RunResult | None:
        job = self.job_of(run_id)
        return fold_result(self.events(run_id), unfinished="running" if job is None or job.is_alive else "interrupted")

    def job_of(self, run_id: str) -> Job | None:
        """The job that a run belongs to, in whichever process; None when nobody submitted it."""
        if run_id not in self._job_ids:
            for job in self.jobs.list(limit=_JOBS_KNOWN):
                self._job_ids.update(dict.fromkeys(_run_ids(job), job.job_id))
        job_id = self._job_ids.get(run_id)
        return None if job_id is None else self.jobs.get(job_id)

    def grade(self, run_id: str) -> tuple[int, int] | None:
        """Hidden tests passed and total, None when the run had none."""
        return self.workspace.journal.grade(run_id)

    # ---- deciding what is remembered

    def teach(self, text: str, *, by: str = "person") -> MemoryCard:
        """A person's own rule: in use from the next run on."""
        card = self.memory.teach(text, by=by)
        self._tell(card.card_id, lambda **at: MemoryPromoted(card_id=card.card_id, by=by, reason="taught", **at))
        return card

    def approve(self, card_id: str, *, by: str = "person", reason: str = "") -> None:
        self.memory.ledger.approve(card_id, by=by, reason=reason)
        self._tell(card_id, lambda **at: MemoryPromoted(card_id=card_id, by=by, reason=reason, **at))

    def reject(self, card_id: str, *, by: str = "person", reason: str = "") -> None:
        self.memory.ledger.reject(card_id, by=by, reason=reason)
        self._tell(card_id, lambda **at: MemoryRejected(card_id=card_id, by=by, reason=reason, **at))

    def archive(self, card_id: str, *, by: str = "person", reason: str = "") -> None:
        self.memory.ledger.archive(card_id, by=by, reason=reason)
        self._tell(card_id, lambda **at: MemoryArchived(card_id=card_id, by=by, reason=reason, **at))

    def _tell(self, card_id: str, make: Callable[..., Event]) -> None:
        """A decision is nobody's run, so it goes to the event stream of its card."""
        stream = f"memory:{card_id}"
        self._store([make(run_id=stream, seq=self.workspace.journal.last_seq(stream) + 1, at=now())])

    def _store(self, events: Sequence[Event]) -> None:
        self.workspace.journal.append(events)
        for event in events:
            self.bus.publish(event)

    def close(self) -> None:
        """Stop what runs, write what is pending, let go of the files. May be called twice."""
        self._closed = True
        self.jobs.close()
        self.bus.close()
        self.workspace.close()
        with _engines_lock:
            for home in [home for home, engine in _engines.items() if engine is self]:
                del _engines[home]

    # ---- the work itself

    async def _run_job(self, context: JobContext) -> JSON:
        request = _request(context.job.spec["request"])
        result = await self._one(request, context)
        return {"run_id": result.run_id, "status": result.status}

    async def _batch_job(self, context: JobContext) -> JSON:
        listed = context.job.spec["requests"]
        requests = [_request(item) for item in listed] if isinstance(listed, list) else []
        open_ends = {"running", "interrupted"} | ({"cancelled"} if context.job.attempt > 1 else set())
        for done, request in enumerate(requests):
            context.report(_title(request.task.text), done / len(requests))
            known = self.result(request.run_id)
            if known is None or known.status in open_ends:
                await self._one_of_many(request, context, resume=known is not None)
        return {"runs": [request.run_id for request in requests]}

    async def _one_of_many(self, request: RunRequest, context: JobContext, *, resume: bool) -> None:
        """A run that cannot even begin fails by itself; the others of the batch go on."""
        try:
            await self._one(request, context, resume=resume)
        except PurposeError as error:
            if self.events(request.run_id):
                raise
            start = RunStarted(
                run_id=request.run_id,
                seq=0,
                at=now(),
                task=request.task,
                team="",
                model=request.model or "",
                mode=request.mode,
                notebook_id=request.notebook_id,
                cell_id=request.cell_id,
            )
            end = RunError(
                run_id=request.run_id, seq=1, at=now(), what=error.what, fix=error.fix, details=error.details
            )
            self._store([start, end])

    async def _one(self, request: RunRequest, context: JobContext, *, resume: bool | None = None) -> RunResult:
        if resume is None:
            resume = context.job.attempt > 1 and bool(self.workspace.events(request.run_id))
        live = self._live.get(request.run_id)
        result = await self._execution.run(request, cancel=context.cancel, live=live, resume=resume)
        if result.status == "done":  # any other end can be taken up again
            self._live.pop(request.run_id, None)
        return result

    def _result_of(self, job: Job) -> RunResult:
        run_id = str(job.spec["run_id"])
        result = fold_result(self.events(run_id), unfinished="cancelled")
        if result is None:
            raise _not_run(job)
        return result

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise PurposeError(
                f"The workspace {self.workspace.home} was closed in this program.", "Make the team again, then run it."
            )


def suite_requests(
    suite: Suite,
    *,
    purpose: str,
    model: str | None = None,
    use_lessons: bool = True,
    trust_tested_lessons: bool = False,
    notebook_id: str = "",
) -> list[RunRequest]:
    """One request per task of a suite, in its order; the hidden tests go to the grader only."""
    return [
        RunRequest(
            run_id=new_run_id(),
            purpose=purpose,
            task=item.task,
            model=model,
            use_lessons=use_lessons,
            trust_tested_lessons=trust_tested_lessons,
            notebook_id=notebook_id,
            hidden_tests=item.hidden_tests,
        )
        for item in suite.tasks
    ]


_engines: dict[Path, Engine] = {}
_engines_lock = threading.Lock()


def engine_for(home: Path | str | None = None) -> Engine:
    """The engine of a workspace in this process, opened at first use. None = the usual workspace of this person."""
    folder = Workspace.folder(home)
    with _engines_lock:
        engine = _engines.get(folder)
        if engine is None:
            engine = _engines[folder] = Engine(Workspace.open(folder))
        return engine


def _not_run(job: Job) -> PurposeError:
    """Why a job ended without a run."""
    return PurposeError(
        job.what or "The run was stopped before it began.", job.fix or "Run it again.", details=job.details
    )


def _spec(request: RunRequest) -> dict[str, JSON]:
    return {"run_id": request.run_id, "request": msgspec.to_builtins(request)}


def _request(body: JSON) -> RunRequest:
    return msgspec.convert(body, RunRequest)


def _run_ids(job: Job) -> list[str]:
    listed = job.spec.get("requests")
    if isinstance(listed, list):
        return [str(item["run_id"]) for item in listed if isinstance(item, dict)]
    return [str(job.spec.get("run_id", ""))]


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_CHARS else line[: _TITLE_CHARS - 1] + "…"
