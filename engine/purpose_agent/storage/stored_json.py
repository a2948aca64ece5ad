"""Events and facts as the bytes that are stored, and back."""

from typing import Any

import msgspec

from purpose_agent.runtime.events import RunEvent
from purpose_agent.storage.errors import StoreDamaged
from purpose_agent.types import JSON, whole_characters

_encode = msgspec.json.Encoder().encode
_decode_events = msgspec.json.Decoder(list[RunEvent]).decode
decode_facts = msgspec.json.Decoder(dict[str, JSON]).decode


def decode_events(body: bytes | str) -> list[RunEvent]:
    """The events of one row. Raises StoreDamaged when the bytes are not events of known kinds."""
    try:
        events: list[RunEvent] = _decode_events(body)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(
            "A stored event cannot be read.",
            "Update Purpose Agent if a newer version wrote it; the other events are not concerned.",
            details=str(error),
        ) from error
    return events


def encoded(value: object) -> bytes:
    """JSON. Half characters, which broken replies can hold and UTF-8 cannot, become the replacement character."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(_whole_characters(msgspec.to_builtins(value)))


def _whole_characters(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, dict):
        return {_whole_characters(name): _whole_characters(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_characters(item) for item in value]
    return value
