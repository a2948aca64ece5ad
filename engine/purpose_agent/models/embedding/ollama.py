"""Texts as vectors by meaning, by a model that Ollama runs: for other languages, or for a larger model.

Callers are synchronous and may stand inside a running event loop, so the calls run in a thread with a loop of its own.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from purpose_agent.models.addresses import spoken
from purpose_agent.models.embedding.port import Vectors, unit_rows
from purpose_agent.models.errors import BadReply, ModelMissing
from purpose_agent.models.http_calls import STALL_TIMEOUT_S, our_errors
from purpose_agent.models.ollama_host import ollama_host

BATCH = 32
_START = "Start it with `ollama serve`, or search with the model that ships with Purpose Agent."
_PROBE = "dimensions"
_DIGEST_CHARS = 16

T = TypeVar("T")


class OllamaEmbedder:
    """One embedding model of one Ollama. Dimensions and digest are asked for at the first use, once.

    The zero row stands for blank texts, which are never sent. Raises ModelError, in the words of the chat adapter.
    """

    def __init__(self, model: str, *, host: str | None = None, stall_s: float = STALL_TIMEOUT_S) -> None:
        self.model = model
        self.host = ollama_host({"OLLAMA_HOST": host} if host else None)
        self._stall_s = stall_s
        self._lock = threading.Lock()
        self._dims = 0
        self._identity = ""

    @property
    def dims(self) -> int:
        if not self._dims:
            self._vectors([_PROBE])
        return self._dims

    @property
    def identity(self) -> str:
        """Another build under the same name has another digest; without one, name and size must do."""
        if not self._identity:
            digest = _in_own_loop(self._digest)
            self._identity = "-".join(part for part in (f"ollama:{self.model}", str(self.dims), digest) if part)
        return self._identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        spoken_at = [at for at, text in enumerate(texts) if text.strip()]
        rows = np.zeros((len(texts), self.dims), dtype=np.float32)
        for first in range(0, len(spoken_at), BATCH):
            batch = spoken_at[first : first + BATCH]
            rows[batch] = self._vectors([texts[at] for at in batch])
        return unit_rows(rows)

    def _vectors(self, texts: list[str]) -> Vectors:
        """(n, dims), of any length; of the size that the first call learned."""
        found = _in_own_loop(lambda: self._ask(texts))
        lengths = {len(row) for row in found}
        with self._lock:
            if len(lengths) == 1 and not self._dims:
                (self._dims,) = lengths
            known = self._dims
        rows = np.asarray(found, dtype=np.float32) if lengths == {known} else np.empty(0, dtype=np.float32)
        if rows.shape != (len(texts), known) or not known or not np.isfinite(rows).all():
            raise BadReply(
                f"Ollama's {self.model} did not give a vector for each text.",
                fix="Pick an embedding model, for example `ollama pull nomic-embed-text`.",
                details=f"{len(found)} vectors of lengths {sorted(lengths)} for {len(texts)} texts, expected {known}",
            )
        return rows

    async def _ask(self, texts: list[str]) -> Sequence[Sequence[float]]:
        from purpose_agent.models.ollama import ollama_client, ollama_errors

        async with (
            our_errors("Ollama", spoken(self.host), timeout_s=None, stall_s=self._stall_s, start=_START),
            ollama_errors(self.model),
            ollama_client(self.host, stall_s=self._stall_s) as client,
        ):
            found: Sequence[Sequence[float]] = (await client.embed(self.model, texts, truncate=True)).embeddings
            return found

    async def _digest(self) -> str:
        from purpose_agent.models.ollama import ollama_client, ollama_errors

        async with (
            our_errors("Ollama", spoken(self.host), timeout_s=None, stall_s=self._stall_s, start=_START),
            ollama_errors(self.model),
            ollama_client(self.host, stall_s=self._stall_s) as client,
        ):
            listed = (await client.list()).models
        wanted = {self.model, f"{self.model}:latest"}
        found = [model.digest or "" for model in listed if model.model in wanted]
        if not found:
            raise ModelMissing(
                f"Ollama has no model named {self.model}.", fix=f"Get it with `ollama pull {self.model}`."
            )
        return found[0].removeprefix("sha256:")[:_DIGEST_CHARS]


def _in_own_loop(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ollama-embed") as pool:
        return pool.submit(lambda: asyncio.run(call())).result()
