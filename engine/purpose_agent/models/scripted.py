"""A model that says what it is told to: for tests, demonstrations and the contract suite.

Each call takes the next entry of `replies`: a text is answered, an exception is raised, a function is asked with the
messages. It streams, waits, times out and can be cancelled as a real model does, so the paths around a model can be
walked with no model there.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from purpose_agent.models.backend import Capabilities, Limits, Message, OnText, Reply, ToolSpec
from purpose_agent.models.errors import ModelError, ModelTimeout
from purpose_agent.models.token_estimate import CHARS_PER_TOKEN, estimate_tokens
from purpose_agent.types import JSON, Usage

ScriptEntry: TypeAlias = str | Reply | Exception | Callable[[Sequence[Message]], str]
MAX_CALLS_KEPT = 1000


class ScriptEnded(ModelError):
    """Every scripted reply has been given."""


class ScriptedBackend:
    """Answers from a list.

    replies  taken in order; with `cycle` the list starts again at its end, otherwise `ScriptEnded` is raised.
             A `Reply` is returned as it stands, which serves to show tool calls, thinking and notices.
    delay_s  time before the first piece of text. A delay beyond `limits.timeout_s` is a `ModelTimeout`.
    calls    the messages of each call, oldest first; the last 1,000 are kept. `call_count` counts all of them.
    """

    capabilities = Capabilities(local=True, free=True, context_tokens=1_000_000)

    def __init__(
        self, replies: Sequence[ScriptEntry], *, name: str = "scripted:demo", cycle: bool = False, delay_s: float = 0
    ) -> None:
        if cycle and not replies:
            raise ValueError("an empty list of replies cannot be cycled")
        self.name = name
        self.calls: list[tuple[Message, ...]] = []
        self.call_count = 0
        self._replies = tuple(replies)
        self._cycle = cycle
        self._delay_s = delay_s

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, JSON] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: OnText | None = None,
        limits: Limits = Limits(),
    ) -> Reply:
        """The next reply. `schema` and `tools` are accepted and change nothing: the script already knows its words."""
        started = time.perf_counter()
        entry = self._next_entry(messages)
        await self._wait(limits.timeout_s)
        if isinstance(entry, Exception):
            raise entry
        reply = self._reply(entry, messages)
        if on_text is not None:
            for piece in _pieces(reply.text):
                on_text(piece)
        seconds = time.perf_counter() - started
        usage = reply.usage if reply.usage != Usage() else _estimated_usage(messages, reply.text, seconds)
        return Reply(
            text=reply.text,
            usage=usage,
            thinking=reply.thinking,
            tool_calls=reply.tool_calls,
            notices=reply.notices,
            model=reply.model or self.name,
            finish=reply.finish,
        )

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _next_entry(self, messages: Sequence[Message]) -> ScriptEntry:
        index = self.call_count
        self.call_count += 1
        self.calls.append(tuple(messages))
        if len(self.calls) > MAX_CALLS_KEPT:
            del self.calls[0]
        if self._cycle:
            return self._replies[index % len(self._replies)]
        if index >= len(self._replies):
            raise ScriptEnded(
                f"The scripted model {self.name} has given all of its {len(self._replies)} replies.",
                fix="Give it more replies, or let it start again with cycle=True.",
            )
        return self._replies[index]

    async def _wait(self, timeout_s: float) -> None:
        if self._delay_s <= 0:
            return
        await asyncio.sleep(min(self._delay_s, timeout_s))
        if self._delay_s > timeout_s:
            raise ModelTimeout(
                f"{self.name} did not answer within {timeout_s:g} s.", fix="Allow more time, or pick another model."
            )

    @staticmethod
    def _reply(entry: str | Reply | Callable[[Sequence[Message]], str], messages: Sequence[Message]) -> Reply:
        if isinstance(entry, Reply):
            return entry
        return Reply(text=entry if isinstance(entry, str) else entry(messages))


def _pieces(text: str) -> Iterator[str]:
    """The text in words, as a model streams it; joined they are the text again."""
    return (match.group() for match in re.finditer(r"\s*\S+\s*\Z|\s*\S+|\s+\Z", text))


def _estimated_usage(messages: Sequence[Message], text: str, seconds: float) -> Usage:
    completion = len(text) // CHARS_PER_TOKEN
    return Usage(prompt_tokens=estimate_tokens(messages), completion_tokens=completion, seconds=seconds, calls=1)
