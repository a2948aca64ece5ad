"""Stopping work that runs somewhere else: one token, set from any thread, seen by code and awaited by any loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable

from purpose_agent.errors import PurposeError


class RunCancelled(PurposeError):
    """Somebody asked the run to stop."""

    def __init__(self) -> None:
        super().__init__("The run was stopped.", "Resume it to go on where it stopped.")


class CancelToken:
    """Set once, never unset. `is_set` is a plain property, so a loop can look at it for some nanoseconds."""

    def __init__(self) -> None:
        self._is_set = False
        self._lock = threading.Lock()
        self._listeners: dict[int, Callable[[], None]] = {}
        self._next_listener = 0

    @property
    def is_set(self) -> bool:
        return self._is_set

    def cancel(self) -> None:
        """Ask to stop. From any thread; a second time does nothing."""
        with self._lock:
            if self._is_set:
                return
            self._is_set = True
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listener in listeners:
            listener()

    def raise_if_cancelled(self) -> None:
        """Raises RunCancelled once somebody asked to stop."""
        if self._is_set:
            raise RunCancelled

    def on_cancel(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called, in the thread that cancels; at once when it was cancelled before.

        Returns a function that takes the listener away again.
        """
        with self._lock:
            if not self._is_set:
                number = self._next_listener
                self._next_listener += 1
                self._listeners[number] = listener
                return lambda: self._forget(number)
        listener()
        return lambda: None

    async def wait(self) -> None:
        """Returns when somebody asked to stop."""
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits there any more
                loop.call_soon_threadsafe(stopped.set)

        forget = self.on_cancel(wake)
        try:
            await stopped.wait()
        finally:
            forget()

    def _forget(self, number: int) -> None:
        with self._lock:
            self._listeners.pop(number, None)
