"""Every provider that speaks the OpenAI chat format, over plain HTTP.

One client serves all of them; what differs is in the table of `providers`. A server that refuses a field of the request
is asked again without it, and the reply says so. A cost is reported only where the provider tells one: OpenRouter
does, in usage.cost; for others `cost_usd` is 0 because it is not known here, and `tells_cost` is False.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from purpose_agent.models.addresses import is_loopback
from purpose_agent.models.backend import Capabilities, Limits, Message, OnText, Reply, ToolSpec
from purpose_agent.models.errors import KeyRejected, ModelMissing
from purpose_agent.models.http_calls import STALL_TIMEOUT_S, client_options, our_errors
from purpose_agent.models.keys import KeyStore, Secret
from purpose_agent.models.openai_errors import from_status, key_missing, said_by
from purpose_agent.models.openai_stream import CompletionReader, ErrorInReply, sse_data
from purpose_agent.models.providers import PROVIDERS, Provider, address_of
from purpose_agent.models.token_estimate import estimate_tokens, prompt_cut
from purpose_agent.types import JSON

if TYPE_CHECKING:
    import httpx

_THINK_FIELDS = ("reasoning_effort", "reasoning", "chat_template_kwargs")
_OPTIONAL = ("response_format", "temperature", "seed", "stream_options", "tools", *_THINK_FIELDS)
_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")
_MAX_ERROR_BYTES = 100_000


class OpenAICompatibleBackend:
    """One model of one provider.

    model     "" takes the provider's default; a local server is asked for the model it has loaded.
    key       found by `KeyStore` when it is not given. KeyMissing is raised here, before any work is done.
    base_url  instead of the one of the table.
    think     True or False asks for or forbids thinking, a word such as "low" sets its depth; None leaves it to the
              model.
    stall_s   the longest silence before the call counts as failed.
    """

    def __init__(
        self,
        provider: str | Provider,
        model: str = "",
        *,
        key: Secret | None = None,
        keys: KeyStore | None = None,
        base_url: str = "",
        think: bool | str | None = None,
        stall_s: float = STALL_TIMEOUT_S,
    ) -> None:
        self.provider = PROVIDERS[provider] if isinstance(provider, str) else provider
        self.model = model or self.provider.default_model
        store = keys if keys is not None else KeyStore()
        self.base_url = (base_url or address_of(self.provider, store.environ)).rstrip("/")
        self._key = key if key is not None else store.secret(self.provider.name)
        self._think = think
        self._stall_s = stall_s
        if not self.base_url:
            raise ModelMissing(
                "The address of your server is not known.", fix=f"Set {self.provider.url_env} in the environment."
            )
        if self._key is None and not self.provider.optional_key:
            raise key_missing(self.provider)
        if self._key is not None and not _fits_a_header(self._key):
            raise KeyRejected(
                f"The key for {self.provider.title} holds characters that no key has.", fix="Enter the key again."
            )
        local = is_loopback(self.base_url)
        self.capabilities = Capabilities(local=local, free=local, context_tokens=8192)
        self.tells_cost = self.provider.name == "openrouter" or local

    @property
    def name(self) -> str:
        return f"{self.provider.name}:{self.model}" if self.model else self.provider.name

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, JSON] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: OnText | None = None,
        limits: Limits = Limits(),
    ) -> Reply:
        import httpx

        started = time.perf_counter()
        stall_s = min(self._stall_s, limits.timeout_s)
        async with (
            our_errors(
                self.provider.title, self.base_url, timeout_s=limits.timeout_s, stall_s=stall_s, start=self._start()
            ),
            httpx.AsyncClient(headers=self._headers(), **client_options(self.base_url, stall_s=stall_s)) as client,
        ):
            model = self.model or await self._loaded_model(client)
            body, notices = self._request(model, messages, schema, tools, limits)
            reader = await self._ask(client, body, notices, on_text)
        reply = reader.reply(seconds=time.perf_counter() - started, notices=tuple(notices))
        cut = prompt_cut(self.provider.title, reply.usage.prompt_tokens, estimate_tokens(messages))
        return msgspec.structs.replace(reply, notices=(*reply.notices, cut)) if cut else reply

    async def list_models(self, *, timeout_s: float = 10.0) -> list[str]:
        """The names that the provider offers, in its order."""
        import httpx

        async with (
            our_errors(self.provider.title, self.base_url, timeout_s=timeout_s, stall_s=timeout_s, start=self._start()),
            httpx.AsyncClient(headers=self._headers(), **client_options(self.base_url, stall_s=timeout_s)) as client,
        ):
            return await self._models(client)

    async def aclose(self) -> None:
        """Nothing is held open between calls."""

    def __repr__(self) -> str:
        return f"OpenAICompatibleBackend({self.name!r})"

    def _start(self) -> str:
        if self.capabilities.local:
            return f"Start {self.provider.title}, or pick another model."
        return "Check the network connection, or pick a model that runs on this machine."

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "text/event-stream, application/json", **dict(self.provider.headers)}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return headers

    def _request(
        self,
        model: str,
        messages: Sequence[Message],
        schema: Mapping[str, JSON] | None,
        tools: Sequence[ToolSpec],
        limits: Limits,
    ) -> tuple[dict[str, Any], list[str]]:
        body: dict[str, Any] = {
            "model": model,
            "messages": [_message(message) for message in messages],
            "stream": True,
            "temperature": limits.temperature,
            self.provider.max_tokens: limits.max_tokens,
        }
        if self.provider.stream_usage:
            body["stream_options"] = {"include_usage": True}
        if limits.seed is not None and self.provider.seed:
            body["seed"] = limits.seed
        if tools:
            body["tools"] = [_tool(tool) for tool in tools]
        notices: list[str] = []
        if self._think is not None:
            notices += self._set_thinking(body, self._think)
        if schema is not None and self.provider.schema == "json_schema":
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}
        elif schema is not None:
            notices.append(
                f"{self.provider.title} cannot be held to a schema; the form of the reply is only asked for."
            )
            if self.provider.schema == "json_object":
                body["response_format"] = {"type": "json_object"}
        return body, notices

    def _set_thinking(self, body: dict[str, Any], think: bool | str) -> list[str]:
        match self.provider.think:
            case "reasoning_effort":
                body["reasoning_effort"] = think if isinstance(think, str) else "medium" if think else "none"
            case "reasoning":
                body["reasoning"] = {"effort": think} if isinstance(think, str) else {"enabled": think}
            case "chat_template_kwargs":
                body["chat_template_kwargs"] = {"enable_thinking": bool(think)}
            case "none":
                return [f"{self.provider.title} has no setting for thinking, so the model decides."]
        return []

    async def _ask(
        self, client: "httpx.AsyncClient", body: dict[str, Any], notices: list[str], on_text: OnText | None
    ) -> CompletionReader:
        """Ask, and again without a field that this model refuses; each is given up once."""
        given_up: set[str] = set()
        while True:
            async with client.stream("POST", f"{self.base_url}/chat/completions", json=body) as response:
                if response.status_code < 300:
                    return await self._read(response, on_text)
                error = await _error_body(response)
                refused = _refused_field(response.status_code, error, body)
                if not refused or refused in given_up:
                    raise self._error(response.status_code, error, response.headers)
            given_up |= {refused, *(_LIMIT_FIELDS if refused in _LIMIT_FIELDS else ())}
            notices.append(_drop(refused, body, self.model))

    async def _read(self, response: "httpx.Response", on_text: OnText | None) -> CompletionReader:
        reader = CompletionReader(self.provider.title, on_text)
        try:
            kind = response.headers.get("content-type", "")
            if "json" in kind or "html" in kind:  # unstreamed, or the page of a proxy, which is told as no reply
                reader.take_whole((await response.aread()).decode("utf-8", errors="replace"))
            else:
                async for data in sse_data(response.aiter_bytes()):
                    reader.take(data)
        except ErrorInReply as error:
            code = error.error.get("code") if isinstance(error.error, dict) else None
            status = code if isinstance(code, int) else 500
            raise self._error(status, error.error, response.headers) from None
        return reader

    async def _models(self, client: "httpx.AsyncClient") -> list[str]:
        response = await client.get(f"{self.base_url}/models")
        if response.status_code >= 300:
            raise self._error(response.status_code, _json_or_text(response.text), response.headers)
        listed = _json_or_text(response.text)
        rows = listed.get("data") if isinstance(listed, dict) else listed
        return (
            [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else []
        )

    async def _loaded_model(self, client: "httpx.AsyncClient") -> str:
        names = await self._models(client)
        if not names:
            raise ModelMissing(
                f"{self.provider.title} has no model loaded.", fix="Load one there, or pick another model."
            )
        self.model = names[0]
        return names[0]

    def _error(self, status: int, error: JSON, headers: Mapping[str, str]) -> Exception:
        return from_status(self.provider, self.model, status, error, headers, self._key)


def _fits_a_header(key: Secret) -> bool:
    text = key.reveal()
    return text.isascii() and text.isprintable()


def _message(message: Message) -> dict[str, str]:
    """A tool's result without the id of a call is refused by most, so it is told as the user's words."""
    if message.role == "tool":
        return {"role": "user", "content": f"Result of the tool:\n{message.content}"}
    return {"role": message.role, "content": message.content}


def _tool(tool: ToolSpec) -> dict[str, JSON]:
    function: dict[str, JSON] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _refused_field(status: int, error: JSON, body: Mapping[str, Any]) -> str:
    """The optional field that a 400 or 422 complains about, "" when it is about something else."""
    if status not in (400, 422):
        return ""
    message, code = said_by(error)
    inner = error.get("error") if isinstance(error, dict) else None
    param = str(inner.get("param") or "") if isinstance(inner, dict) else ""
    for field in (*_LIMIT_FIELDS, *_OPTIONAL):
        named = re.search(rf"\b{field}\b", message) is not None or param.partition(".")[0] == field
        if field in body and (named or field in code):
            return field
    return ""


def _drop(field: str, body: dict[str, Any], model: str) -> str:
    """Take the field out, the limit under its other name, and say what that means."""
    value = body.pop(field)
    if field in _LIMIT_FIELDS:
        other = next(name for name in _LIMIT_FIELDS if name != field)
        body[other] = value
        return f"{model} takes the limit of the reply as {other}."
    return f"{model} refuses the setting {field}, so it was asked without it."


async def _error_body(response: "httpx.Response") -> JSON:
    taken = b""
    async for chunk in response.aiter_bytes():
        taken += chunk
        if len(taken) > _MAX_ERROR_BYTES:
            break
    return _json_or_text(taken.decode("utf-8", errors="replace"))


def _json_or_text(text: str) -> JSON:
    try:
        return cast("JSON", json.loads(text))
    except (ValueError, RecursionError):
        return "" if text.lstrip().startswith("<") else text  # a proxy's web page tells nothing
