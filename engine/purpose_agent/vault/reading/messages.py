"""What the app and the reading process say to each other: a length of four bytes, then msgpack."""

from typing import BinaryIO

import msgspec
from msgspec import field

from purpose_agent.types import Record
from purpose_agent.vault.places import Reading

MAX_FRAME = 80_000_000


class Read(Record, frozen=True, kw_only=True, tag="read"):
    """`body` is left out when it is the one that was sent last, which `key` names."""

    name: str
    key: str
    body: bytes | None = None
    recognises: bool = False


class Draw(Record, frozen=True, kw_only=True, tag="draw"):
    key: str
    page: int
    quote: str
    width: int
    body: bytes | None = None


class Attempt(Record, frozen=True, kw_only=True, tag="attempt"):
    """Try what must fail behind the walls; `folder` is one that an ordinary process could write to."""

    folder: str


class Recognised(Record, frozen=True, kw_only=True, tag="recognised"):
    text: str


class Done(Record, frozen=True, kw_only=True, tag="done"):
    """The answer, and what the process has used so far, so that it can be replaced in time."""

    reading: Reading | None = None
    picture: bytes = b""
    held: dict[str, bool] = field(default_factory=dict)
    cpu_s: float = 0.0
    memory_mb: int = 0


class Refused(Record, frozen=True, kw_only=True, tag="refused"):
    what: str
    fix: str
    details: str = ""


class Recognise(Record, frozen=True, kw_only=True, tag="recognise"):
    """Asks the app to have a picture read; the process itself may start nothing."""

    picture: bytes


Request = Read | Draw | Attempt | Recognised
Answer = Done | Refused | Recognise


def send(pipe: BinaryIO, message: "Request | Answer") -> None:
    body = msgspec.msgpack.encode(message)
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


def take(pipe: BinaryIO) -> bytes | None:
    """The next frame, None at the end. ValueError when it cannot be one."""
    head = _exactly(pipe, 4)
    if head is None:
        return None
    size = int.from_bytes(head, "big")
    if size > MAX_FRAME:
        raise ValueError(f"a frame of {size} bytes")
    return _exactly(pipe, size)


def _exactly(pipe: BinaryIO, size: int) -> bytes | None:
    body = pipe.read(size)
    return body if len(body) == size else None
