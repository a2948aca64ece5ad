"""A chat completion as it comes over the wire: server-sent events, or one JSON object from servers that do not stream.

Providers differ in details: comments between events, usage in a last chunk without choices, thinking under two names,
tool calls in fragments, an error object in the middle of a stream that began with status 200.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import cast

from purpose_agent.models.backend import OnText, Reply, ToolCall
from purpose_agent.models.errors import BadReply, ReplyCut
from purpose_agent.models.loose_json import loose_object
from purpose_agent.types import JSON, Usage

MAX_REPLY_BYTES = 16_000_000

JSONObject = Mapping[str, JSON]


async def sse_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of each event. Lines end at a line feed only, so no character within a reply splits one."""
    data: list[str] = []
    async for line in _lines(chunks):
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    if data:
        yield "\n".join(data)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Decoded line by line, so a character that two chunks share comes out whole."""
    rest, taken = b"", 0
    async for chunk in chunks:
        taken += len(chunk)
        if taken > MAX_REPLY_BYTES:
            raise BadReply("The reply is far longer than any model's.", fix="Check the address of the provider.")
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", errors="replace")
    if rest:
        yield rest.removesuffix(b"\r").decode("utf-8", errors="replace")


class ErrorInReply(Exception):
    """The provider sent an error object where a reply should be."""

    def __init__(self, error: JSON) -> None:
        super().__init__("error object")
        self.error = error


class CompletionReader:
    """Puts a reply together from its chunks.

    who  the provider as a person calls it.
    """

    def __init__(self, who: str, on_text: OnText | None = None) -> None:
        self._who = who
        self._on_text = on_text
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: dict[int, tuple[str, list[str]]] = {}
        self._usage: JSONObject = {}
        self._finish = ""
        self._model = ""
        self._ended = False

    def take(self, data: str) -> None:
        """One event of a stream."""
        if data.strip() == "[DONE]":
            self._ended = True
            return
        chunk = self._decode(data)
        for choice in _objects(chunk.get("choices")):
            self._take_choice(choice, _object(choice.get("delta")))

    def take_whole(self, body: str) -> None:
        """The one JSON object of a reply that was not streamed."""
        whole = self._decode(body)
        choices = _objects(whole.get("choices"))
        if not choices:
            raise self._bad(body)
        self._take_choice(choices[0], _object(choices[0].get("message")))
        self._ended = True

    def reply(self, *, seconds: float, notices: tuple[str, ...]) -> Reply:
        """Raises ReplyCut when the stream ended before the reply did."""
        if not self._ended and not self._finish:
            raise ReplyCut(f"The connection to {self._who} ended in the middle of the reply.", fix="Try again.")
        if self._finish == "length":
            notices = (*notices, "The reply was stopped at its limit of tokens.")
        if self._finish == "content_filter":
            notices = (*notices, f"{self._who} withheld a part of the reply by its content filter.")
        cost = self._usage.get("cost")
        return Reply(
            text="".join(self._text),
            thinking="".join(self._thinking),
            tool_calls=tuple(self._tool_call(name, "".join(args)) for _, (name, args) in sorted(self._calls.items())),
            notices=notices,
            model=self._model,
            finish=self._finish or "stop",
            usage=Usage(
                prompt_tokens=_count(self._usage.get("prompt_tokens")),
                completion_tokens=_count(self._usage.get("completion_tokens")),
                cost_usd=float(cost) if isinstance(cost, int | float) and cost >= 0 else 0.0,
                seconds=seconds,
                calls=1,
            ),
        )

    def _decode(self, data: str) -> JSONObject:
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._bad(data) from error
        if not isinstance(chunk, dict):
            raise self._bad(data)
        if chunk.get("error"):
            raise ErrorInReply(chunk["error"])
        if isinstance(chunk.get("usage"), dict):
            self._usage = chunk["usage"]
        if isinstance(chunk.get("model"), str):
            self._model = chunk["model"]
        return cast("JSONObject", chunk)

    def _take_choice(self, choice: JSONObject, message: JSONObject) -> None:
        if choice.get("index") not in (None, 0):
            return
        if (text := message.get("content")) and isinstance(text, str):
            self._text.append(text)
            if self._on_text is not None:
                self._on_text(text)
        thinking = message.get("reasoning_content") or message.get("reasoning")
        if isinstance(thinking, str):
            self._thinking.append(thinking)
        for place, call in enumerate(_objects(message.get("tool_calls"))):
            index = call.get("index")
            self._take_call(index if isinstance(index, int) else place, _object(call.get("function")))
        if isinstance(finish := choice.get("finish_reason"), str):
            self._finish = finish

    def _take_call(self, index: int, function: JSONObject) -> None:
        name, args = self._calls.get(index, ("", []))
        if isinstance(given := function.get("name"), str):
            name = name or given
        if isinstance(piece := function.get("arguments"), str):
            args.append(piece)
        elif isinstance(piece, dict):  # some servers send the object itself
            args.append(json.dumps(piece))
        self._calls[index] = (name, args)

    def _tool_call(self, name: str, args: str) -> ToolCall:
        loose = loose_object(args) if args.strip() else None
        if args.strip() and (loose is None or loose.cut):
            raise BadReply(
                f"{self._who} called the tool {name} with parameters that cannot be read.",
                fix="Try again, or pick another model.",
                details=args[:500],
            )
        return ToolCall(name=name, args=loose.value if loose is not None else {})

    def _bad(self, body: str) -> BadReply:
        return BadReply(
            f"{self._who} sent something that is not a reply.",
            fix="Check the address of the provider, or try again.",
            details=body[:500],
        )


def _object(value: JSON) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _objects(value: JSON) -> list[JSONObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _count(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
