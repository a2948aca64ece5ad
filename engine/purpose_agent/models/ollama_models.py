"""The models that an Ollama holds: list them, pull one with progress, see in a moment whether any are there."""

import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from purpose_agent.models.addresses import spoken
from purpose_agent.models.errors import ModelError, ModelMissing, ReplyCut
from purpose_agent.models.ollama_host import is_cloud_model, ollama_host
from purpose_agent.types import Record

if TYPE_CHECKING:
    from ollama import AsyncClient, ProgressResponse

PROBE_TIMEOUT_S = 0.3
_LIST_TIMEOUT_S = 10.0
_PULL_STALL_S = 120.0
_EMBEDDERS = ("embed", "bert", "bge-", "minilm", "e5-")


class OllamaModel(Record, frozen=True, kw_only=True):
    """A model that has been pulled. `cloud`: it runs on Ollama's servers, not here."""

    name: str
    size_bytes: int = 0
    parameters: str = ""
    pulled_at: datetime | None = None
    cloud: bool = False

    @property
    def can_chat(self) -> bool:
        """False for models that only make vectors, told by their names."""
        return not any(mark in self.name.lower() for mark in _EMBEDDERS)


class PullProgress(Record, frozen=True, kw_only=True):
    """How far a pull is. `fraction` in [0, 1] is of all layers named so far, None while nothing can be measured."""

    text: str
    fraction: float | None = None
    done: bool = False


def is_listening(host: str | None = None, *, timeout_s: float = PROBE_TIMEOUT_S) -> bool:
    """Whether anything takes a connection there. Costs well under a millisecond when nothing does."""
    parts = urlsplit(host or ollama_host())
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=timeout_s):
            return True
    except (OSError, ValueError):
        return False


def probe(host: str | None = None, *, timeout_s: float = PROBE_TIMEOUT_S) -> list[OllamaModel] | None:
    """The pulled models for auto-detection, newest first; None when no Ollama answers in time.

    For synchronous callers, also within a running event loop: the question is asked in a thread of its own.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    address = host or ollama_host()
    if not is_listening(address, timeout_s=timeout_s):
        return None
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(asyncio.run, list_models(address, timeout_s=max(timeout_s, 1.0))).result()
        except ModelError:
            return None


async def list_models(host: str | None = None, *, timeout_s: float = _LIST_TIMEOUT_S) -> list[OllamaModel]:
    """Every pulled model, the one that was pulled last first. Raises ModelUnreachable when there is no Ollama."""
    from purpose_agent.models.http_calls import our_errors
    from purpose_agent.models.ollama import START, ollama_client, ollama_errors

    address = host or ollama_host()
    async with (
        our_errors("Ollama", spoken(address), timeout_s=timeout_s, stall_s=timeout_s, start=START),
        ollama_errors(""),
        ollama_client(address, stall_s=timeout_s) as client,
    ):
        listed = (await client.list()).models
    models = [
        OllamaModel(
            name=model.model or "",
            size_bytes=int(model.size or 0),
            parameters=(model.details.parameter_size or "") if model.details else "",
            pulled_at=model.modified_at,
            cloud=is_cloud_model(model.model or ""),
        )
        for model in listed
    ]
    return sorted((model for model in models if model.name), key=_pulled_at, reverse=True)


async def pull(name: str, host: str | None = None, *, stall_s: float = _PULL_STALL_S) -> AsyncGenerator[PullProgress]:
    """Pull a model and tell how far it is; the last one says `done`.

    To cancel, close the generator or cancel the task: Ollama stops, and a later pull goes on where it was.
    """
    from purpose_agent.models.http_calls import our_errors
    from purpose_agent.models.ollama import START, ollama_client

    address = host or ollama_host()
    layers = _Layers()
    async with (
        our_errors("Ollama", spoken(address), timeout_s=None, stall_s=stall_s, start=START),
        ollama_client(address, stall_s=stall_s) as client,
        aclosing(_parts(client, name)) as parts,
    ):
        async for part in parts:
            yield layers.take(part)
    if not layers.done:
        raise ReplyCut(f"Ollama stopped in the middle of pulling {name}.", fix="Pull it again: it goes on from there.")


async def _parts(client: "AsyncClient", name: str) -> "AsyncGenerator[ProgressResponse]":
    from purpose_agent.models.ollama import ollama_errors

    try:
        async with ollama_errors(name):
            async for part in await client.pull(name, stream=True):
                yield part
    except ModelMissing as error:
        raise ModelMissing(
            f"Ollama's library has no model named {name}.", fix="Check the name at ollama.com/library."
        ) from error


def _pulled_at(model: OllamaModel) -> datetime:
    at = model.pulled_at or datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


class _Layers:
    """A model comes in layers, each with a size of its own; progress is that of all of them."""

    def __init__(self) -> None:
        self.done = False
        self._sizes: dict[str, tuple[int, int]] = {}

    def take(self, part: "ProgressResponse") -> PullProgress:
        if part.digest and part.total:
            self._sizes[part.digest] = (part.completed or 0, part.total)
        status = part.status or ""
        self.done = self.done or status == "success"
        got = sum(completed for completed, _ in self._sizes.values())
        total = sum(size for _, size in self._sizes.values())
        fraction = 1.0 if self.done else min(got / total, 1.0) if total else None
        text = f"{got / 1e6:,.0f} of {total / 1e6:,.0f} MB" if total and not self.done else status
        return PullProgress(text=text, fraction=fraction, done=self.done)
