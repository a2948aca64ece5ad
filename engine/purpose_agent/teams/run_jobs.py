"""The two kinds of job: one run, and a batch of runs one after the other.

A job's spec holds its requests as JSON, so another process can take it up. Of a batch that was stopped or killed, those
runs that had ended are left alone, and the one in the middle goes on where it stopped.
"""

from collections.abc import Callable, Sequence

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.events import Event, RunError, RunEvent, RunStarted, now
from purpose_agent.runtime.jobs import Job, JobContext
from purpose_agent.teams.execution import Execution, Live
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.results import fold_result
from purpose_agent.types import JSON, RunResult

_TITLE_CHARS = 80


class RunJobs:
    """Does the work of run and batch jobs; `store` keeps and tells events, `ended` hears of each run that is done."""

    def __init__(
        self,
        execution: Execution,
        *,
        events: Callable[[str], list[RunEvent]],
        store: Callable[[Sequence[Event]], None],
        ended: Callable[[RunRequest, RunResult], None],
    ) -> None:
        self.live: dict[str, Live] = {}
        self._execution = execution
        self._events = events
        self._store = store
        self._ended = ended

    async def run(self, context: JobContext) -> JSON:
        request = _request(context.job.spec["request"])
        resume = context.job.attempt > 1 and bool(self._events(request.run_id))
        result = await self._one(request, context, resume=resume)
        return {"run_id": result.run_id, "status": result.status}

    async def batch(self, context: JobContext) -> JSON:
        listed = context.job.spec["requests"]
        requests = [_request(item) for item in listed] if isinstance(listed, list) else []
        open_ends = {"interrupted"} | ({"cancelled"} if context.job.attempt > 1 else set())
        for done, request in enumerate(requests):
            context.report(title_of(request.task.text), done / len(requests))
            known = fold_result(self._events(request.run_id), unfinished="interrupted")
            if known is None or known.status in open_ends:
                await self._one_of_many(request, context, resume=known is not None)
            elif context.job.attempt > 1:
                await self._execution.grade_if_missing(request, known)  # killed between its end and its grade
        return {"runs": [request.run_id for request in requests]}

    async def _one_of_many(self, request: RunRequest, context: JobContext, *, resume: bool) -> None:
        """A run that cannot even begin fails by itself; the others of the batch go on."""
        try:
            await self._one(request, context, resume=resume)
        except PurposeError as error:
            if self._events(request.run_id):
                raise
            self._store(_never_begun(request, error))

    async def _one(self, request: RunRequest, context: JobContext, *, resume: bool) -> RunResult:
        live = self.live.get(request.run_id)
        result = await self._execution.run(request, cancel=context.cancel, live=live, resume=resume)
        if result.status == "done":  # any other end can be taken up again
            self.live.pop(request.run_id, None)
            self._ended(request, result)
        return result


def run_spec(request: RunRequest) -> dict[str, JSON]:
    return {"run_id": request.run_id, "request": msgspec.to_builtins(request)}


def batch_spec(requests: Sequence[RunRequest]) -> dict[str, JSON]:
    return {"requests": [msgspec.to_builtins(request) for request in requests]}


def run_ids_of(job: Job) -> list[str]:
    """The runs that a job stands for, in order."""
    listed = job.spec.get("requests")
    if isinstance(listed, list):
        return [str(item["run_id"]) for item in listed if isinstance(item, dict)]
    return [run_id] if (run_id := str(job.spec.get("run_id", ""))) else []


def requests_of(job: Job) -> list[RunRequest]:
    """The requests that a job keeps, in order; none for another kind of job."""
    listed = job.spec.get("requests")
    bodies = listed if isinstance(listed, list) else [job.spec["request"]] if "request" in job.spec else []
    return [_request(body) for body in bodies]


def title_of(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_CHARS else line[: _TITLE_CHARS - 1] + "…"


def _request(body: JSON) -> RunRequest:
    return msgspec.convert(body, RunRequest)


def _never_begun(request: RunRequest, error: PurposeError) -> list[Event]:
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
    end = RunError(run_id=request.run_id, seq=1, at=now(), what=error.what, fix=error.fix, details=error.details)
    return [start, end]
