"""A provider that speaks the OpenAI chat format on the wire, with a script of what to say and how to fail."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.wire import Request, Wire, WireServer

Fault = Literal["", "stall", "cut", "no_end", "garbage", "error_in_stream", "not_streamed", "web_page"]


@dataclass
class Refusal:
    """A response with an error object."""

    status: int
    error: object = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Completion:
    """A response with a reply. `arguments` of tool calls are sent in fragments."""

    text: str = "Hello!"
    thinking: str = ""
    tool_calls: list[tuple[str, str]] = field(default_factory=list)
    fault: Fault = ""
    finish: str = "stop"
    cost: float | None = None
    split: int = 0
    comments: bool = False


class FakeOpenAI(WireServer):
    """key  what Authorization must hold; None asks for none. `refuses` are request fields this model does not take.
    A prompt longer than `context` is cut without a word, as servers on one's own machine do.
    """

    def __init__(
        self,
        turns: Sequence[Completion | Refusal] = (),
        *,
        key: str | None = None,
        models: Sequence[str] = ("small-model",),
        refuses: Sequence[str] = (),
        context: int = 128_000,
    ) -> None:
        super().__init__(self._route)
        self._turns = list(turns)
        self._key = key
        self._models = list(models)
        self._refuses = set(refuses)
        self._context = context

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def chats(self) -> list[dict[str, Any]]:
        return [request.body for request in self.requests if request.path == "/v1/chat/completions"]

    def _route(self, request: Request, wire: Wire) -> None:
        given = request.headers.get("authorization", "")
        if self._key is not None and given != f"Bearer {self._key}":
            said = f"Incorrect API key provided: {given.removeprefix('Bearer ')}."
            wire.json(401, {"error": {"message": said, "type": "invalid_request_error", "code": "invalid_api_key"}})
        elif request.path == "/v1/models":
            wire.json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self._models]})
        elif request.path == "/v1/chat/completions":
            self._chat(request, wire)
        else:
            wire.json(404, {"error": {"message": "Not found"}})

    def _chat(self, request: Request, wire: Wire) -> None:
        refused = next((name for name in request.body if name in self._refuses), None)
        if refused is not None:
            said = f"Unsupported parameter: '{refused}' is not supported with this model."
            error = {
                "message": said,
                "type": "invalid_request_error",
                "param": refused,
                "code": "unsupported_parameter",
            }
            wire.json(400, {"error": error})
            return
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0] if self._turns else Completion()
        if isinstance(turn, Refusal):
            wire.json(turn.status, turn.error, turn.headers)
        elif turn.fault == "not_streamed":
            wire.json(200, _whole(turn, request.body, self._context))
        elif turn.fault == "web_page":
            wire.json(200, "<html>Log in to the network first</html>")
        else:
            _stream(turn, request.body, wire, self._context)


def _stream(turn: Completion, body: dict[str, Any], wire: Wire, context: int) -> None:
    wire.start(200, "text/event-stream; charset=utf-8")
    if turn.fault == "stall":
        wire.stall()
    if turn.comments:
        wire.send(b": PROCESSING\n\n")
    chunks = _chunks(turn, body, context)
    for index, chunk in enumerate(chunks):
        if turn.fault and index == len(chunks) // 2:
            _fail(turn.fault, wire)
            return
        wire.send(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n", split=turn.split)
    wire.send(b"data: [DONE]\n\n")
    wire.end()


def _fail(fault: Fault, wire: Wire) -> None:
    if fault == "cut":
        wire.cut()
        return
    if fault == "garbage":
        wire.send(b"data: {half an obj\n\n")
    if fault == "error_in_stream":
        wire.send(b'data: {"error": {"message": "Provider is overloaded", "code": 502}}\n\n')
    wire.end()


def _chunks(turn: Completion, body: dict[str, Any], context: int) -> list[dict[str, Any]]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

    def chunk(finish: str | None = None, **delta: object) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    chunks = [chunk(role="assistant", content="")]
    if turn.thinking:
        chunks.append(chunk(reasoning_content=turn.thinking))
    chunks += [chunk(content=turn.text[at : at + 3]) for at in range(0, len(turn.text), 3)]
    for index, (name, arguments) in enumerate(turn.tool_calls):
        opening = {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        chunks.append(chunk(tool_calls=[opening]))
        for at in range(0, len(arguments), 5):
            chunks.append(chunk(tool_calls=[{"index": index, "function": {"arguments": arguments[at : at + 5]}}]))
    chunks.append(chunk(finish=turn.finish))
    if body.get("stream_options", {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": _usage(turn, body, context)})
    return chunks


def _whole(turn: Completion, body: dict[str, Any], context: int) -> dict[str, Any]:
    calls = [{"id": "1", "type": "function", "function": {"name": n, "arguments": a}} for n, a in turn.tool_calls]
    message = {"role": "assistant", "content": turn.text, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": turn.finish}
    return {
        "id": "1",
        "object": "chat.completion",
        "model": body["model"],
        "choices": [choice],
        "usage": _usage(turn, body, context),
    }


def _usage(turn: Completion, body: dict[str, Any], context: int) -> dict[str, Any]:
    prompt = sum(4 + len(message["content"]) // 4 for message in body["messages"])
    counts: dict[str, Any] = {"prompt_tokens": min(prompt, context), "completion_tokens": max(1, len(turn.text) // 4)}
    counts["total_tokens"] = counts["prompt_tokens"] + counts["completion_tokens"]
    return counts if turn.cost is None else {**counts, "cost": turn.cost}
