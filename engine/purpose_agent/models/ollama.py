"""Models that Ollama runs, through its native API.

The native API is used, not the OpenAI-compatible one, because only it sets the context window (`num_ctx`), holds a
reply to a schema (`format`), sets thinking apart and tells how many tokens of the prompt were read. Ollama cuts a
prompt that does not fit without a word; here that becomes a notice a person can read.

Replies are always streamed, wanted or not: a stalled server is noticed by its silence, and a cancelled call stops the
model too. A client lives for one call, since a backend is shared by runs that each have an event loop of their own.
The library sends of a tool's parameters only type, description, enum and items; the prompt holds the whole schema.
"""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from purpose_agent.models.addresses import is_loopback, spoken
from purpose_agent.models.backend import Capabilities, Limits, Message, OnText, Reply, ToolCall, ToolSpec
from purpose_agent.models.errors import (
    BadReply,
    KeyRejected,
    ModelError,
    ModelFailed,
    ModelMissing,
    PromptTooLong,
    RateLimited,
    ReplyCut,
)
from purpose_agent.models.http_calls import STALL_TIMEOUT_S, client_options, our_errors
from purpose_agent.models.ollama_host import is_cloud_model, ollama_host
from purpose_agent.models.token_estimate import estimate_tokens, prompt_cut
from purpose_agent.types import JSON, Usage

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse

START = "Start it with `ollama serve`, or pick another model."


class OllamaBackend:
    """One model of one Ollama.

    host        where it is; None for OLLAMA_HOST, else http://127.0.0.1:11434.
    think       True or False asks for or forbids thinking, a word such as "low" sets its depth. None leaves it to
                the model, until one thinks so long that no tokens are left for an answer.
    keep_alive  how long the model stays loaded afterwards, for example "10m".
    stall_s     the longest silence before the call counts as failed.
    """

    def __init__(
        self,
        model: str,
        *,
        host: str | None = None,
        think: bool | str | None = None,
        keep_alive: str | float | None = None,
        stall_s: float = STALL_TIMEOUT_S,
    ) -> None:
        self.model = model
        self.host = ollama_host({"OLLAMA_HOST": host} if host else None)
        self._think = think
        self._keep_alive = keep_alive
        self._stall_s = stall_s
        local = is_loopback(self.host) and not is_cloud_model(model)
        self.capabilities = Capabilities(local=local, free=local, context_tokens=8192)

    @property
    def name(self) -> str:
        return f"ollama:{self.model}"

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, JSON] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: OnText | None = None,
        limits: Limits = Limits(),
    ) -> Reply:
        request = self._request(messages, schema, tools, limits)
        notices: list[str] = []
        started = time.perf_counter()
        stall_s = min(self._stall_s, limits.timeout_s)
        async with (
            our_errors("Ollama", spoken(self.host), timeout_s=limits.timeout_s, stall_s=stall_s, start=START),
            ollama_client(self.host, stall_s=stall_s) as client,
        ):
            heard = await self._ask(client, request, on_text, notices)
            lost = Usage()
            if heard.lost_in_thought and "think" not in request:
                lost = heard.usage()
                self._think = request["think"] = False
                notices.append(
                    f"{self.model} used all of its {limits.max_tokens:,} tokens for thinking, so it was asked again to "
                    "answer straight away, as it will be from now on."
                )
                heard = await self._ask(client, request, on_text, notices)
        return heard.reply(messages, limits, notices, lost, seconds=time.perf_counter() - started)

    async def aclose(self) -> None:
        """Nothing is held open between calls."""

    async def _ask(
        self, client: "AsyncClient", request: dict[str, Any], on_text: OnText | None, notices: list[str]
    ) -> "_Heard":
        """Ask, and once more without what this model says it cannot do."""
        while True:
            heard = _Heard(self.model)
            try:
                await self._listen(client, request, on_text, heard)
            except _Refused as refused:
                del request[refused.field]
                notices.append(refused.notice)
            else:
                return heard

    async def _listen(
        self, client: "AsyncClient", request: dict[str, Any], on_text: OnText | None, heard: "_Heard"
    ) -> None:
        async with aclosing(self._parts(client, request)) as parts:
            async for part in parts:
                heard.take(part, on_text)
        if not heard.done:
            raise ReplyCut("Ollama stopped in the middle of its reply.", fix="Try again.")

    async def _parts(self, client: "AsyncClient", request: dict[str, Any]) -> "AsyncGenerator[ChatResponse]":
        """A generator, so that an error of a caller's `on_text` is not taken for one of the library."""
        async with ollama_errors(self.model, request):
            async for part in await client.chat(**request, stream=True):
                yield part

    def _request(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, JSON] | None,
        tools: Sequence[ToolSpec],
        limits: Limits,
    ) -> dict[str, Any]:
        options: dict[str, JSON] = {
            "num_ctx": limits.context_tokens,
            "num_predict": limits.max_tokens,
            "temperature": limits.temperature,
        }
        if limits.seed is not None:
            options["seed"] = limits.seed
        optional: dict[str, Any] = {
            "format": dict(schema) if schema is not None else None,
            "tools": [_tool(tool) for tool in tools] or None,
            "think": self._think,
            "keep_alive": self._keep_alive,
        }
        return {
            "model": self.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "options": options,
            **{name: value for name, value in optional.items() if value is not None},
        }


def ollama_client(host: str, *, stall_s: float) -> "AsyncClient":
    """The library's client for one call; to be used with `async with`."""
    from ollama import AsyncClient

    return AsyncClient(host, **client_options(host, stall_s=stall_s))


@asynccontextmanager
async def ollama_errors(model: str, request: Mapping[str, Any] | None = None) -> AsyncIterator[None]:
    """The library's errors as ours; those of the connection are told by `our_errors`."""
    import pydantic
    from ollama import ResponseError

    try:
        yield
    except ResponseError as error:
        raise _from_response(error.status_code, str(error.error), model, request or {}) from error
    except (json.JSONDecodeError, UnicodeDecodeError, pydantic.ValidationError, AttributeError, TypeError) as error:
        raise BadReply(
            "Ollama sent something that is not a reply.",
            fix="Check that it is Ollama that answers at this address, and that it is up to date.",
            details=str(error)[:500],
        ) from error


class _Refused(Exception):
    """The model cannot do what a field of the request asks for; the call goes on without it."""

    def __init__(self, field: str, notice: str) -> None:
        super().__init__(notice)
        self.field = field
        self.notice = notice


class _Heard:
    """A reply while it arrives."""

    def __init__(self, model: str) -> None:
        self.done = False
        self._model = model
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[ToolCall] = []
        self._finish = "stop"
        self._prompt_tokens: int | None = None
        self._reply_tokens = 0

    def take(self, part: "ChatResponse", on_text: OnText | None) -> None:
        message = part.message
        if message.thinking:
            self._thinking.append(message.thinking)
        if message.content:
            self._text.append(message.content)
            if on_text is not None:
                on_text(message.content)
        for call in message.tool_calls or ():
            self._calls.append(ToolCall(name=call.function.name, args=dict(call.function.arguments)))
        if part.done:
            self.done = True
            self._model = part.model or self._model
            self._finish = part.done_reason or "stop"
            self._prompt_tokens = part.prompt_eval_count
            self._reply_tokens = part.eval_count or 0

    @property
    def lost_in_thought(self) -> bool:
        """It thought until its tokens were spent, and gave no answer."""
        return self._finish == "length" and bool(self._thinking) and not self._text and not self._calls

    def usage(self) -> Usage:
        return Usage(prompt_tokens=self._prompt_tokens or 0, completion_tokens=self._reply_tokens, calls=1)

    def reply(
        self, messages: Sequence[Message], limits: Limits, notices: list[str], lost: Usage, *, seconds: float
    ) -> Reply:
        cut = prompt_cut("Ollama", self._prompt_tokens, estimate_tokens(messages), limits.context_tokens)
        if cut:
            notices = [*notices, cut]
        if self._finish == "length":
            notices = [*notices, f"The reply was stopped at its limit of {limits.max_tokens:,} tokens."]
        return Reply(
            text="".join(self._text),
            thinking="".join(self._thinking),
            tool_calls=tuple(self._calls),
            notices=tuple(notices),
            model=self._model,
            finish=self._finish,
            usage=lost + self.usage() + Usage(seconds=seconds),
        )


def _tool(tool: ToolSpec) -> dict[str, JSON]:
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }


def _from_response(status: int, said: str, model: str, request: Mapping[str, Any]) -> Exception:
    low = said.lower()
    if status == 404 or "not found, try pulling" in low or "file does not exist" in low:
        return ModelMissing(
            f"Ollama has no model named {model}.", fix=f"Get it with `ollama pull {model}`, or pick one that is there."
        )
    if status in (401, 403):
        return KeyRejected("Ollama asks you to sign in for this model.", fix="Run `ollama signin`.", details=said)
    if status == 429:
        return RateLimited("Ollama's servers take no more requests for now.", fix="Try again later.", details=said)
    if "does not support thinking" in low and "think" in request:
        return _Refused("think", f"{model} cannot think before it answers, so it was asked to answer straight away.")
    if "does not support tools" in low and "tools" in request:
        return _Refused("tools", f"{model} takes no tools as such; it knows them from the prompt alone.")
    if "does not support embed" in low:
        return BadReply(
            f"{model} makes no vectors of texts.",
            fix="Pick an embedding model, for example `ollama pull nomic-embed-text`.",
            details=said[:500],
        )
    if "more system memory" in low or "out of memory" in low:
        error: ModelError = ModelFailed(
            f"{model} does not fit into the memory of this machine.", fix="Pick a smaller model.", details=said
        )
        error.retryable = False
        return error
    if "context length" in low or "input length" in low:
        return PromptTooLong(f"The prompt is too long for {model}.", fix="Give fewer sources.", details=said)
    if status >= 500 or status == -1:  # -1: an error within the stream
        return ModelFailed(
            f"Ollama failed while it ran {model}.", fix="Try again; see `ollama ps`.", details=said[:500]
        )
    return BadReply(
        f"Ollama refused the request for {model}.", fix="Bring Ollama up to date, or pick another.", details=said[:500]
    )
