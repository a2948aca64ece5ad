"""One job's event loop: made for it, stopped from other threads, and let go without waiting for what it left behind."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from purpose_agent.runtime.jobs import JobContext

T = TypeVar("T")

_LEFTOVERS_S = 1.0
_GRACE_S = 0.4
_AGAIN_S = 1.0


class JobLoop(Generic[T]):
    """`run` it in the thread that does the work; `stop` it from any other; then `close` it in its own thread."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(work)

    def run(self) -> T:
        """What the work returned. Raises what it raised, CancelledError when it was stopped."""
        return self._loop.run_until_complete(self._task)

    def stop(self) -> None:
        """Cancel the work at what it awaits now; it may hold on, so this may be called again."""
        with contextlib.suppress(RuntimeError):  # it ended this moment and its loop is closed
            self._loop.call_soon_threadsafe(self._task.cancel)

    def close(self) -> None:
        """Unlike asyncio.run this does not wait for threads of `to_thread`: one that hangs would take us with it."""
        leftovers = asyncio.all_tasks(self._loop)
        for task in leftovers:
            task.cancel()
        self._loop.run_until_complete(self._end(leftovers))
        self._loop.close()

    async def _end(self, leftovers: set[asyncio.Task[Any]]) -> None:
        if leftovers:
            await asyncio.wait(leftovers, timeout=_LEFTOVERS_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._loop.shutdown_asyncgens(), _LEFTOVERS_S)


class LiveJob:
    """A job that is at work in this process."""

    def __init__(self, context: JobContext, loop: JobLoop[dict[str, Any]]) -> None:
        self.context = context
        self.loop = loop
        self._next_push = 0.0

    def ask_to_stop(self) -> None:
        if not self.context.cancel.is_set:
            self._next_push = time.monotonic() + _GRACE_S
            self.context.report("Stopping", self.context.job.progress)
            self.context.cancel.cancel()

    def push(self) -> None:
        """Cancel the task if it was asked to stop and has had the time to."""
        if self.context.cancel.is_set and time.monotonic() >= self._next_push:
            self._next_push = time.monotonic() + _AGAIN_S
            self.loop.stop()
