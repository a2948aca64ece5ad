"""Finding passages: by words in the vault's file, by meaning in Chroma or in the vault's own vectors, both together."""

import threading
from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.models.embedding.port import Embedder, Vectors
from purpose_agent.vault.index.dense import DenseIndex, Space
from purpose_agent.vault.index.exact import ExactIndex
from purpose_agent.vault.index.fusion import DEPTH, NEURAL, STATIC
from purpose_agent.vault.index.search import hybrid
from purpose_agent.vault.records import TRUSTS, Passage
from purpose_agent.vault.store import VaultStore

LEAST_COSINE = 0.2  # a passage that shares no word with the question has to be this near in meaning


class Serving(NamedTuple):
    """The embedder that knows all passages, as it was when they were embedded."""

    name: str
    identity: str
    dims: int


class Searcher:
    """Searches one vault. `opened_chroma` gives the index when it is open in this process, else None."""

    def __init__(self, store: VaultStore, vault_id: str, opened_chroma: Callable[[], DenseIndex | None]) -> None:
        self._store = store
        self._vault_id = vault_id
        self._opened_chroma = opened_chroma
        self._lock = threading.Lock()
        self._exact: tuple[int, ExactIndex] | None = None  # and the generation of the vault that it holds
        self.in_line = 0  # the generation that Chroma was last brought to by this process
        self.trouble = ""  # why the last search was by words alone, "" when it was not

    @property
    def serving(self) -> Serving | None:
        """None as long as no embedder knows the passages."""
        told = self._store.about("serving")
        return Serving(*told) if isinstance(told, list) else None

    def serve(self, name: str, embedder: Embedder) -> None:
        self._store.say(serving=[name, embedder.identity, embedder.dims])

    def search(
        self, query: str, k: int, *, per_document: int | None, keep: Callable[[Passage], bool] = lambda _: True
    ) -> list[Passage]:
        """At most k passages, best first. By words alone while nothing is known by meaning, or the model is away."""
        serving = self.serving
        vector = self._vector(query, serving)
        known: dict[int, Passage] = {}

        by_words = self._store.search_words(query, DEPTH)
        without = {chunk for chunk, _ in by_words}
        if serving is not None and vector is not None:
            without -= self._store.known_to(serving.identity, without)

        def info(ids: Collection[int]) -> dict[int, str]:
            known.update({at: found for at, found in self._store.passages(ids).items() if keep(found)})
            return {at: found.doc_id for at, found in known.items()}

        hits = hybrid(
            query,
            k,
            lexical=lambda _, depth: by_words[:depth],
            dense=lambda _, depth: self._near(serving, vector, depth),
            info=info,
            without_vector=without,
            weights=STATIC if serving is not None and serving.name == "static" else NEURAL,
            per_document=per_document,
        )
        return [
            msgspec.structs.replace(known[hit.chunk_id], score=hit.score, lexical=hit.lexical, cosine=hit.cosine)
            for hit in hits
            if hit.lexical is not None or (hit.cosine or 0.0) >= LEAST_COSINE
        ]

    def _vector(self, query: str, serving: Serving | None) -> Vectors | None:
        if serving is None:
            return None
        try:
            embedder = embedder_named(serving.name)
            if embedder.identity != serving.identity:
                self.trouble = f"The model {serving.name} has changed; search by meaning is made again."
                return None
            vector: Vectors = embedder.embed([query])[0]
        except PurposeError as problem:
            self.trouble = f"Searched by words alone: {problem}"
            return None
        self.trouble = ""
        return vector

    def _near(self, serving: Serving | None, vector: Vectors | None, depth: int) -> list[tuple[int, float]]:
        """Of all classes of trust; each has a space of its own."""
        if serving is None or vector is None:
            return []
        index, found = self._index(serving), list[tuple[int, float]]()
        for trust in TRUSTS:
            space = Space(vault=self._vault_id, trust=trust, embedder=serving.identity, dims=serving.dims)
            found += index.search(space, vector, depth)
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:depth]

    def _index(self, serving: Serving) -> DenseIndex:
        """Chroma when this process has it and has brought it in line with the vault; else the vault's own vectors."""
        generation = self._store.generation
        chroma = self._opened_chroma()
        if chroma is not None and self.in_line == generation:
            self._exact = None
            return chroma
        with self._lock:
            if self._exact is None or self._exact[0] != generation:
                self._exact = (generation, self._loaded(serving))
            return self._exact[1]

    def _loaded(self, serving: Serving) -> ExactIndex:
        index = ExactIndex()
        for trust in TRUSTS:
            ids, vectors = self._store.vectors(serving.identity, self._store.vector_ids(serving.identity, trust))
            if ids:
                space = Space(vault=self._vault_id, trust=trust, embedder=serving.identity, dims=serving.dims)
                index.upsert(space, ids, vectors)
        return index
