"""Saying a lesson shorter in a model's words, without changing what it tells to do."""

import re
from collections.abc import Awaitable, Callable

import msgspec

from purpose_agent.core.actor import Exchange
from purpose_agent.core.prompt_compiler import CompiledPrompt, prompt_of
from purpose_agent.core.recall import without_recall
from purpose_agent.memory.cards import MemoryCard, one_line
from purpose_agent.models.backend import Message
from purpose_agent.models.reply_parsing import json_objects
from purpose_agent.types import JSON

RULES = (
    "Say the advice in fewer words. Keep its meaning, every number, every name and everything in backticks. "
    'Reply {"do":"…"}, or {} if it cannot be said shorter.'
)
SCHEMA: dict[str, JSON] = {"type": "object", "properties": {"do": {"type": "string"}}}
_EXACT = re.compile(r"`[^`]*`|\d[\d.,]*")

Ask = Callable[[CompiledPrompt, dict[str, JSON]], Awaitable[Exchange]]


async def reworded(card: MemoryCard, ask: Ask, *, author: str) -> MemoryCard:
    """The card with a shorter act; as it was when the reply is longer or lost a number, a name or code."""
    prompt = prompt_of((Message(role="system", content=RULES), Message(role="user", content=card.do)))
    exchange = await ask(prompt, SCHEMA)
    said = next(iter(json_objects(exchange.reply.text)), None)
    value = said.get("do") if isinstance(said, dict) else None
    do = one_line(without_recall(value, ())) if isinstance(value, str) else ""
    if not do or len(do) >= len(card.do) or any(exact not in do for exact in _EXACT.findall(card.do)):
        return card
    return msgspec.structs.replace(card, do=do, author=author)
