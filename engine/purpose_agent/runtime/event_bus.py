"""Events to whoever looks on, as they happen: from any thread, to any thread or event loop.

The log on the disk is the truth; the bus only saves its readers the polling. So a publisher never waits: a subscriber
that is too slow loses its newest events and finds one `Gap` in their place, which tells how many and where, and from
which `catch_up` reads them out of the log. Terminal events are queued always, or a page would wait for ever.
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Self, TypeAlias, cast

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.events import Event, RunEvent, TextDelta, Visibility, is_visible
from purpose_agent.types import Record

CatchUp: TypeAlias = Callable[[str, int], Sequence[RunEvent]]
"""(run_id, after_seq) → the run's events after that one, from the log."""


class Gap(Record, frozen=True, kw_only=True):
    """Here `missed` events of a run did not fit: all that this audience may see after `after_seq` to `through_seq`.

    Pieces of streamed text count as well, but are in no log: their whole comes with text.done.
    """

    run_id: str
    after_seq: int
    through_seq: int
    missed: int


class _OpenGap:
    """A gap that still stands in the queue, and grows as long as no event of its run is queued behind it."""

    __slots__ = ("after_seq", "missed", "run_id", "through_seq")

    def __init__(self, event: Event) -> None:
        self.run_id = event.run_id
        self.after_seq = event.seq - (type(event) is not TextDelta)  # a piece of text has the seq of the event before
        self.through_seq = event.seq
        self.missed = 1

    def closed(self) -> Gap:
        return Gap(run_id=self.run_id, after_seq=self.after_seq, through_seq=self.through_seq, missed=self.missed)


class Subscription:
    """One reader's queue. Made by `EventBus.subscribe`; `async for` it, or `get` from a thread.

    It ends when it is closed, or when the bus is closed and everything queued has been read.
    missed  how many events did not fit so far.
    """

    def __init__(self, bus: "EventBus", run_id: str | None, audience: Visibility, bound: int) -> None:
        if bound < 1:
            raise ValueError(f"at least 1: {bound=}")
        self.run_id = run_id
        self.audience = audience
        self.missed = 0
        self._bus = bus
        self._bound = bound
        self._sees_all = audience == "debug"
        self._queue: deque[Event | _OpenGap] = deque()
        self._gaps: dict[str, _OpenGap] = {}
        self._lock = threading.Lock()
        self._waiters: list[Callable[[], None]] = []
        self._closed = False

    @property
    def ended(self) -> bool:
        """Nothing is left and nothing will come."""
        with self._lock:
            return self._closed and not self._queue

    def get(self, timeout_s: float | None = None) -> RunEvent | Gap | None:
        """The next one, for threads. None when there was none in time, or when the subscription has `ended`."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            ready = threading.Event()
            found, ended = self._take(ready.set)
            if found is not None or ended:
                return found
            left = None if deadline is None else deadline - time.monotonic()
            if not ready.wait(left if left is None else max(left, 0.0)):
                self._stop_waiting(ready.set)
                return self._take(None)[0]

    def __aiter__(self) -> AsyncIterator[RunEvent | Gap]:
        return self

    async def __anext__(self) -> RunEvent | Gap:
        while True:
            waiter = _LoopWaiter()
            found, ended = self._take(waiter)
            if found is not None:
                return found
            if ended:
                raise StopAsyncIteration
            try:
                await waiter.ready.wait()
            finally:
                self._stop_waiting(waiter)

    def catch_up(self, gap: Gap) -> list[RunEvent]:
        """The events that a gap stands for, read from the log."""
        logged = self._bus.log(gap.run_id, gap.after_seq)
        return [event for event in logged if event.seq <= gap.through_seq and is_visible(event, self.audience)]

    def close(self) -> None:
        """The reader has seen enough: what is queued is dropped."""
        self._bus.forget(self)
        self.end(drain=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- for the bus

    def offer(self, event: Event) -> None:
        """Queue the event if this reader wants and may see it; never waits for the reader."""
        run_id = event.run_id
        if self.run_id is not None and self.run_id != run_id:
            return
        if not (self._sees_all or is_visible(event, self.audience)):
            return
        with self._lock:
            if self._closed:
                return
            if len(self._queue) < self._bound or event.terminal:
                if self._gaps:
                    self._gaps.pop(run_id, None)
                self._queue.append(event)
            else:
                self._miss(event)
            if not self._waiters:
                return
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    def end(self, *, drain: bool) -> None:
        """No more events; with `drain` the reader still gets what is queued."""
        with self._lock:
            self._closed = True
            if not drain:
                self._queue.clear()
                self._gaps.clear()
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    def _miss(self, event: Event) -> None:
        self.missed += 1
        gap = self._gaps.get(event.run_id)
        if gap is None:
            gap = self._gaps[event.run_id] = _OpenGap(event)
            self._queue.append(gap)
        else:
            gap.missed += 1
            gap.through_seq = event.seq

    def _take(self, waiter: Callable[[], None] | None) -> tuple[RunEvent | Gap | None, bool]:
        """The next one and whether all is over; when there is nothing yet, `waiter` is called once there may be."""
        with self._lock:
            if not self._queue:
                if waiter is not None and not self._closed:
                    self._waiters.append(waiter)
                return None, self._closed
            first = self._queue.popleft()
            if isinstance(first, _OpenGap):
                if self._gaps.get(first.run_id) is first:
                    del self._gaps[first.run_id]
                return first.closed(), False
            return cast("RunEvent", first), False

    def _stop_waiting(self, waiter: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._waiters.remove(waiter)


class EventBus:
    """Passes events on to subscribers. `catch_up` reads the log, for readers that fell behind."""

    def __init__(self, *, catch_up: CatchUp | None = None) -> None:
        self._catch_up = catch_up
        self._subscriptions: tuple[Subscription, ...] = ()  # replaced as a whole, so publish needs no lock
        self._lock = threading.Lock()
        self._closed = False

    def subscribe(
        self, run_id: str | None = None, *, audience: Visibility = "public", bound: int = 1000
    ) -> Subscription:
        """Events from now on, of one run or of all, that `audience` may see; at most `bound` wait in the queue."""
        subscription = Subscription(self, run_id, audience, bound)
        with self._lock:
            if self._closed:
                subscription.end(drain=False)
            else:
                self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def publish(self, event: Event) -> None:
        """From any thread; never waits for a reader. After `close` there is nobody to tell."""
        for subscription in self._subscriptions:
            subscription.offer(event)

    def close(self) -> None:
        """Readers still get what is queued, then their subscriptions end."""
        with self._lock:
            self._closed = True
            subscriptions, self._subscriptions = self._subscriptions, ()
        for subscription in subscriptions:
            subscription.end(drain=True)

    def forget(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = tuple(kept for kept in self._subscriptions if kept is not subscription)

    def log(self, run_id: str, after_seq: int) -> Sequence[RunEvent]:
        """A run's events after `after_seq` from the log."""
        if self._catch_up is None:
            raise PurposeError(
                "The events that were missed are not kept anywhere.", "Open the run with a workspace to see them all."
            )
        return self._catch_up(run_id, after_seq)


class _LoopWaiter:
    """Wakes a coroutine from any thread; from its own thread without the cost of waking the loop's selector."""

    __slots__ = ("_loop", "_thread", "ready")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self.ready = asyncio.Event()

    def __call__(self) -> None:
        if threading.get_ident() == self._thread:
            self.ready.set()
            return
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits there any more
            self._loop.call_soon_threadsafe(self.ready.set)
