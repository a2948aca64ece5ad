"""One decision of one agent: prompt → model → parsed Action.

A reply that cannot be read is sent back once with the reason. If the second cannot be read either, the agent is done
and the last draft stands: a run never acts on words it did not understand.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from purpose_agent.core.hardening import OnRetry, Sleep, call_with_retry
from purpose_agent.core.prompt_compiler import CompiledPrompt, prompt_of
from purpose_agent.models.backend import Backend, Limits, Message, OnText, Reply
from purpose_agent.models.reply_parsing import ParseFailure, parse_action
from purpose_agent.runtime.events import now
from purpose_agent.types import JSON, Action, Usage, whole_characters

EXCERPT_CHARS = 600


class Exchange(msgspec.Struct, frozen=True):
    """One call of a model: what was sent, when, and what came back."""

    prompt: CompiledPrompt
    reply: Reply
    asked: datetime = msgspec.field(default_factory=now)


class Decision(msgspec.Struct, frozen=True):
    """problems  sentences for the person: what could not be read, and what was done about it."""

    action: Action
    exchanges: tuple[Exchange, ...]
    usage: Usage
    problems: tuple[str, ...] = ()


class ModelCaller:
    """A model with its retries and limits. `on_retry` tells the person of each new attempt."""

    def __init__(self, backend: Backend, *, limits: Limits, sleep: Sleep, on_retry: OnRetry) -> None:
        self.backend = backend
        self._limits = limits
        self._sleep = sleep
        self._on_retry = on_retry

    async def ask(
        self, prompt: CompiledPrompt, *, schema: dict[str, JSON] | None = None, on_text: OnText | None = None
    ) -> Exchange:
        """Raises ModelError when it failed for good."""

        async def call() -> Reply:
            return await self.backend.generate(prompt.messages, schema=schema, on_text=on_text, limits=self._limits)

        asked = now()
        reply = await call_with_retry(call, on_retry=self._on_retry, sleep=self._sleep)
        text = whole_characters(reply.text)
        return Exchange(prompt, reply if text is reply.text else msgspec.structs.replace(reply, text=text), asked)


async def decide(caller: ModelCaller, prompt: CompiledPrompt, *, on_text: Callable[[str], None] | None) -> Decision:
    """What the agent wants to do next. Raises ModelError when the model cannot be asked."""
    first = await caller.ask(prompt, on_text=on_text)
    action = read_action(first.reply)
    if not isinstance(action, ParseFailure):
        return Decision(action, (first,), first.reply.usage)
    again = await caller.ask(_with_the_error(prompt, first.reply.text, action.why))
    usage = first.reply.usage + again.reply.usage
    second = read_action(again.reply)
    told = f"The model's reply could not be read ({action.why}); it was asked once more."
    if not isinstance(second, ParseFailure):
        return Decision(second, (first, again), usage, (told,))
    gave_up = f"The second reply could not be read either ({second.why}); the last draft stands."
    return Decision(Action(done=True), (first, again), usage, (told, gave_up))


def read_action(reply: Reply) -> Action | ParseFailure:
    """A native tool call, an exact JSON object (the quick way), or whatever the lenient parser finds."""
    if reply.tool_calls:
        call = reply.tool_calls[0]
        return Action(thought=reply.thinking, tool=call.name, args=call.args)
    text = reply.text
    if text.startswith("{"):
        try:
            action = _exact.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return parse_action(text)
        if action.tool or action.answer is not None or action.done:
            return action
    return parse_action(text)


_exact = msgspec.json.Decoder(Action)


def _with_the_error(prompt: CompiledPrompt, said: str, why: str) -> CompiledPrompt:
    messages = (
        *prompt.messages,
        Message(role="assistant", content=said[:EXCERPT_CHARS]),
        Message(role="user", content=f"That reply could not be used: {why}. Send one JSON object in the form above."),
    )
    return prompt_of(messages, lessons=prompt.lessons, cut=prompt.cut)
