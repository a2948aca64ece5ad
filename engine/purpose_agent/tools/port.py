"""What a tool is: a name, a schema of its arguments, and a call that gives text and facts for the state."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from purpose_agent.types import JSON, Record


class ToolContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call happens. `cancel` is anything with `is_set`, as a CancelToken has."""

    run_id: str = ""
    step: int = 0
    call_id: str = ""
    root: Path | None = None
    cancel: Any = None


class ToolOutput(Record, frozen=True, kw_only=True):
    """What a call gave. `changed`: facts to put into the state. `ok` false: the text says what went wrong."""

    text: str
    changed: dict[str, JSON] = {}  # noqa: RUF012  msgspec copies it for each record
    ok: bool = True
    truncated: bool = False


@runtime_checkable
class Tool(Protocol):
    """A tool. `parameters` is a JSON Schema of an object.

    side_effects  it changes something outside the run, so a resumed run must not call it again.
    quick         pure and bounded: called in place, without a thread.
    A tool may also have `async acall(args, context)`, which is then used instead and can be cancelled.
    """

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def parameters(self) -> dict[str, JSON]: ...

    @property
    def side_effects(self) -> bool: ...

    @property
    def quick(self) -> bool: ...

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput: ...
