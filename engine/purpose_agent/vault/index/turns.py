"""Work that many threads may do at once, and work that one has to do alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Whoever is to be alone waits for those at work, and holds up those who come later. Not to be nested."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work = 0
        self._wanting_alone = 0
        self._is_alone = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_alone and not self._wanting_alone)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._wanting_alone += 1
            try:
                self._changed.wait_for(lambda: not self._is_alone and not self._at_work)
            finally:
                self._wanting_alone -= 1
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()
