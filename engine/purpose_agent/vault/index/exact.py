"""Vectors in memory, compared one by one: exact, without a file, good up to some 100,000 passages (12 ms a search).

Used where another process has the index on disk, and in tests as what the other one is measured by.
"""

import threading
from collections.abc import Sequence

import numpy as np

from purpose_agent.models.embedding.port import Vectors
from purpose_agent.vault.index.dense import Space, checked

_FIRST_ROOM = 64


class ExactIndex:
    """A `DenseIndex` that lives as long as its process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spaces: dict[Space, _Rows] = {}

    def upsert(self, space: Space, ids: Sequence[int], vectors: Vectors) -> None:
        rows = checked(space, ids, vectors)
        if not ids:
            return
        with self._lock:
            held = self._spaces.setdefault(space, _Rows(space.dims))
            for chunk, row in zip(ids, rows, strict=True):
                held.put(chunk, row)

    def delete(self, space: Space, ids: Sequence[int]) -> None:
        with self._lock:
            if held := self._spaces.get(space):
                for chunk in ids:
                    held.remove(chunk)

    def search(self, space: Space, vector: Vectors, k: int) -> list[tuple[int, float]]:
        with self._lock:
            held = self._spaces.get(space)
            return held.nearest(vector, k) if held and k > 0 else []

    def ids(self, space: Space) -> set[int]:
        with self._lock:
            held = self._spaces.get(space)
            return set(held.ids) if held else set()

    def drop(self, space: Space) -> None:
        with self._lock:
            self._spaces.pop(space, None)

    def spaces(self) -> tuple[Space, ...]:
        with self._lock:
            return tuple(self._spaces)

    def close(self) -> None:
        with self._lock:
            self._spaces.clear()


class _Rows:
    """A matrix that grows by doubling; a removed row is filled by the last one."""

    def __init__(self, dims: int) -> None:
        self.ids: list[int] = []
        self._at: dict[int, int] = {}
        self._matrix = np.empty((_FIRST_ROOM, dims), dtype=np.float32)

    def put(self, chunk: int, row: Vectors) -> None:
        at = self._at.get(chunk)
        if at is None:
            at = self._at[chunk] = len(self.ids)
            self.ids.append(chunk)
            if at == len(self._matrix):
                self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
        self._matrix[at] = row

    def remove(self, chunk: int) -> None:
        at = self._at.pop(chunk, None)
        if at is None:
            return
        last = self.ids.pop()
        if last != chunk:
            self.ids[at] = last
            self._at[last] = at
            self._matrix[at] = self._matrix[len(self.ids)]

    def nearest(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        cosines = self._matrix[: len(self.ids)] @ np.asarray(vector, dtype=np.float32)
        candidates = np.argpartition(-cosines, k - 1)[:k] if k < len(cosines) else np.arange(len(cosines))
        found = [(self.ids[at], float(cosines[at])) for at in candidates if cosines[at] > 0]
        return sorted(found, key=lambda item: (-item[1], item[0]))
