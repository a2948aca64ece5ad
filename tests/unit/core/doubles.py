"""Stand-ins for the neighbours of the loop, where a test wants to look inside or to make one fail."""

from collections.abc import Sequence

import msgspec

from purpose_agent.runtime.events import Event, RunEvent, decode, encode
from purpose_agent.storage.journal import Checkpoint, Intent
from purpose_agent.tools.tool import ToolContext, ToolOutput
from purpose_agent.types import JSON


class MemoryLog:
    """A RunLog in a list. `appends` counts what would be syncs."""

    def __init__(self) -> None:
        self.stored: list[RunEvent] = []
        self.appends = 0
        self.fail: Exception | None = None
        self._checkpoints: dict[str, bytes] = {}
        self._intents: dict[tuple[str, str], Intent] = {}

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None:
        if self.fail is not None:
            raise self.fail
        self.appends += 1
        for event in events:
            assert event.seq == self.last_seq(event.run_id) + 1, "a gap in the run's events"
            self.stored.append(decode(encode(event)))
        if checkpoint is not None:
            self._checkpoints[checkpoint.run_id] = msgspec.json.encode(checkpoint)

    def events(self, run_id: str, after_seq: int = -1, limit: int | None = None) -> list[RunEvent]:
        found = [event for event in self.stored if event.run_id == run_id and event.seq > after_seq]
        return found[:limit]

    def last_seq(self, run_id: str) -> int:
        return max((event.seq for event in self.stored if event.run_id == run_id), default=-1)

    def checkpoint(self, run_id: str) -> Checkpoint | None:
        kept = self._checkpoints.get(run_id)
        return None if kept is None else msgspec.json.decode(kept, type=Checkpoint)

    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None:
        self._intents.setdefault((run_id, key), Intent(run_id=run_id, key=key, tool=tool, args=args))

    def record_outcome(self, run_id: str, key: str, outcome: dict[str, JSON]) -> None:
        self._intents[run_id, key] = msgspec.structs.replace(self._intents[run_id, key], outcome=outcome)

    def intent(self, run_id: str, key: str) -> Intent | None:
        return self._intents.get((run_id, key))


class Listener:
    """An EventSink that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def publish(self, event: Event) -> None:
        self.heard.append(event)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.heard]


class FlakyTool:
    """Does what it is told to do wrong, and counts how often it was called. It has side effects."""

    name = "flaky"
    description = "misbehaves"
    side_effects = True
    quick = False
    parameters: dict[str, JSON] = {  # noqa: RUF012
        "type": "object",
        "properties": {"does": {"type": "string"}},
        "required": ["does"],
    }

    def __init__(self) -> None:
        self.calls = 0
        self.log = ""

    async def acall(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        self.calls += 1
        match args["does"]:
            case "raise":
                raise OSError("the disk went away")
            case "hang":
                raise TimeoutError
            case "flood":
                return ToolOutput(text="x" * 5_000_000, changed={"big": "y" * 15_000})
            case "lie":
                return ToolOutput(text="ok", changed={"tests_passed": 5, "tests_total": 5, "answer": "mine"})
            case "grow":
                self.log += f"line {self.calls:03} of a log that only grows\n"
                facts: dict[str, JSON] = {f"fact {self.calls:03}": "z" * 300, "log": self.log}
                return ToolOutput(text=f"call {self.calls:03} " * 20, changed=facts)
            case _:
                return ToolOutput(text=f"call {self.calls}", changed={"count": self.calls})

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        raise NotImplementedError
