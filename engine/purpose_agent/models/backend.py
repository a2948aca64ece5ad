"""The port behind which every language model, and the built-in one, stands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from purpose_agent.types import JSON, Record, Usage

OnText = Callable[[str], None]


class Message(Record, frozen=True, kw_only=True):
    role: Literal["system", "user", "assistant", "tool"]
    content: str


class ToolSpec(Record, frozen=True, kw_only=True):
    """A tool as a model is told of it; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: dict[str, JSON]


class ToolCall(Record, frozen=True, kw_only=True):
    name: str
    args: dict[str, JSON]


class Limits(Record, frozen=True, kw_only=True):
    """Bounds of one call. `context_tokens` is the window that is asked for and checked afterwards."""

    max_tokens: int = 1024
    timeout_s: float = 120.0
    temperature: float = 0.2
    context_tokens: int = 8192
    seed: int | None = None


class Reply(Record, frozen=True, kw_only=True):
    """What came back. `notices` tells degraded modes in plain words, for example a context that was cut."""

    text: str
    usage: Usage = Usage()
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    notices: tuple[str, ...] = ()
    model: str = ""
    finish: str = "stop"


class Capabilities(Record, frozen=True, kw_only=True):
    """What a model can do, so that nothing is pretended.

    roles   it can play any role of a team; otherwise only the answering agent runs, and the run says so.
    critic  it can judge a state; otherwise only checks by code give a score.
    """

    roles: bool = True
    critic: bool = True
    local: bool = False
    free: bool = False
    streaming: bool = True
    context_tokens: int = 8192


@runtime_checkable
class Backend(Protocol):
    """`generate` raises a `ModelError`; `on_text` gets each piece of text as it arrives, where the model streams."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, JSON] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: OnText | None = None,
        limits: Limits = Limits(),
    ) -> Reply: ...

    async def aclose(self) -> None: ...
