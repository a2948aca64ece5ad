"""Passages by meaning: what an index of vectors must do, whatever holds them.

An index holds ids and vectors only, never a text: what a passage says stands in one place, where it is also erased.
A space is one vault, one trust class and one embedder. Keeping trusted and untrusted passages in spaces of their own
is safer than a filter, and faster; vectors of two embedders must never meet.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from purpose_agent.models.embedding.port import Vectors
from purpose_agent.types import Record


class Space(Record, frozen=True, kw_only=True):
    """`embedder`: its identity. `dims`: the length of each vector in it."""

    vault: str
    trust: str
    embedder: str
    dims: int


@runtime_checkable
class DenseIndex(Protocol):
    """Safe from any thread. A space comes into being with its first vector; one that is not there is empty."""

    def upsert(self, space: Space, ids: Sequence[int], vectors: Vectors) -> None:
        """Put or replace: (n, dims) unit rows in the order of the ids. A zero row matches nothing and is kept as id."""
        ...

    def delete(self, space: Space, ids: Sequence[int]) -> None:
        """Ids that are not there are no error."""
        ...

    def search(self, space: Space, vector: Vectors, k: int) -> list[tuple[int, float]]:
        """(id, cosine) of the nearest with a cosine above zero, best first; at most k."""
        ...

    def ids(self, space: Space) -> set[int]:
        """All that is in it: what the caller compares with the truth after a crash."""
        ...

    def drop(self, space: Space) -> None: ...

    def spaces(self) -> tuple[Space, ...]: ...

    def close(self) -> None: ...


def checked(space: Space, ids: Sequence[int], vectors: Vectors) -> Vectors:
    """The vectors, once it is certain that they belong to these ids and this space. Raises ValueError."""
    if not ids:
        return np.empty((0, space.dims), dtype=np.float32)
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.shape != (len(ids), space.dims):
        raise ValueError(f"vectors of shape {rows.shape} for {len(ids)} ids of {space.dims} dimensions")
    return rows
