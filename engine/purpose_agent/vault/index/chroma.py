"""Vectors on disk, in Chroma: ids and vectors only, so that no text is ever kept a second time.

The vectors can always be made again from the passages; so a folder that turns out damaged is begun anew, and the caller
fills it by comparing `ids` with what should be there. That comparison also mends what a killed process left half done.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from purpose_agent.models.embedding.port import Vectors
from purpose_agent.vault.index.chroma_folder import ChromaFolder, Opened, entered, left
from purpose_agent.vault.index.dense import Space, checked

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

BATCH = 2_000  # Chroma takes 5,461 at most; smaller ones let searches in between
_NOISE = 1e-6  # of float32: what is no nearer than this stands at right angles


class ChromaIndex:
    """A `DenseIndex` in a folder, shared by all of this process who open it.

    Raises IndexElsewhere when another process has the folder, IndexFailed when the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: ChromaFolder | None = entered(folder.resolve())

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know: that an index was damaged and is being made again."""
        return tuple(self._held().notices)

    def upsert(self, space: Space, ids: Sequence[int], vectors: Vectors) -> None:
        rows = checked(space, ids, vectors)
        last = {chunk: at for at, chunk in enumerate(ids)}  # Chroma refuses an id that comes twice in one call
        chunks = list(last)

        def put(opened: Opened, some: list[int]) -> None:
            opened.made(space).upsert(ids=[str(chunk) for chunk in some], embeddings=rows[[last[c] for c in some]])

        for first in range(0, len(chunks), BATCH):
            self._held().run(put, chunks[first : first + BATCH])

    def delete(self, space: Space, ids: Sequence[int]) -> None:
        names = [str(chunk) for chunk in dict.fromkeys(ids)]

        def take_out(opened: Opened, some: list[str]) -> None:
            if collection := opened.found(space):
                collection.delete(ids=some)

        for first in range(0, len(names), BATCH):
            self._held().run(take_out, names[first : first + BATCH])

    def search(self, space: Space, vector: Vectors, k: int) -> list[tuple[int, float]]:
        wanted = np.asarray(vector, dtype=np.float32)
        if k <= 0 or not wanted.any():
            return []

        def look(opened: Opened, wanted: Vectors) -> list[tuple[int, float]]:
            collection = opened.found(space)
            return _nearest(collection, wanted, k) if collection else []

        return sorted(self._held().run(look, wanted), key=lambda item: (-item[1], item[0]))

    def ids(self, space: Space) -> set[int]:
        def all_ids(opened: Opened, space: Space) -> list[str]:
            collection = opened.found(space)
            return list(collection.get(include=[])["ids"]) if collection else []

        return {int(chunk) for chunk in self._held().run(all_ids, space)}

    def drop(self, space: Space) -> None:
        self._held().run(Opened.drop, space, alone=True)

    def spaces(self) -> tuple[Space, ...]:
        return self._held().run(lambda opened, _: opened.spaces(), None)

    def close(self) -> None:
        """The last one of a process to close lets another process have the folder. Twice is harmless."""
        if self._folder is not None:
            left(self._folder)
            self._folder = None

    def _held(self) -> ChromaFolder:
        if self._folder is None:
            raise ValueError("the index is closed")
        return self._folder


def _nearest(collection: "Collection", vector: Vectors, k: int) -> list[tuple[int, float]]:
    answer = collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
    distances = answer["distances"]
    rows = zip(answer["ids"][0], distances[0] if distances else (), strict=True)
    return [(int(chunk), cosine) for chunk, distance in rows if (cosine := 1.0 - float(distance)) > _NOISE]
