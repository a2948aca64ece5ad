"""What search by meaning needs of a model that turns texts into vectors."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Vectors of two embedders must never be compared: `identity` tells them apart. Safe from any thread."""

    @property
    def identity(self) -> str:
        """Name, size and hash of the model; another model never has the same."""
        ...

    @property
    def dims(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dims) float32, unit rows in the order of the texts; the zero row for a text without known words."""
        ...


def unit_rows(rows: Vectors) -> Vectors:
    """The rows made unit length, in place; zero rows stay zero, and so match nothing."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows
