"""What happened in a run, in order; written once, never edited.

Thirty kinds, told apart by `kind`. One frozen record per kind; `RunEvent` is their union, so a reader that uses `match`
and ends in `assert_never` fails type checking when a kind is added. Every event of a run has the next `seq`, without
gaps inside one run. Visibility: `public` is for any audience, `internal` for the owner of the run, `debug` holds
prompts and raw replies. A subscriber of a level sees that level and everything more public, never less.
"""

from datetime import UTC, datetime
from typing import ClassVar, Literal, TypeAlias, get_args

import msgspec

from purpose_agent.types import (
    JSON,
    OVERRIDE,
    TAKEN_BACK,
    Action,
    Budget,
    LessonUse,
    RunMode,
    RunStatus,
    Score,
    State,
    Task,
    Usage,
)

Visibility = Literal["public", "internal", "debug"]


def now() -> datetime:
    return datetime.now(UTC)


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Common to all: which run, which place in it, when (UTC)."""

    run_id: str
    seq: int
    at: datetime

    visibility: ClassVar[Visibility] = "public"
    terminal: ClassVar[bool] = False

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class RunStarted(Event, frozen=True, kw_only=True, tag="run.started"):
    task: Task
    team: str
    model: str
    why_model: str = ""
    agents: tuple[str, ...] = ()
    budget: Budget = Budget()
    mode: RunMode = "train"
    task_kind: str = ""
    lessons: tuple[LessonUse, ...] = ()
    use_lessons: bool = True
    notebook_id: str = ""
    cell_id: str = ""
    parent_run: str = ""
    seed: int = 0


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """The run came to an end by itself or was stopped; `status` is done or cancelled."""

    terminal: ClassVar[bool] = True
    status: RunStatus
    answer: str
    score: Score
    usage: Usage
    steps: int
    reason: str = ""


class RunError(Event, frozen=True, kw_only=True, tag="run.error"):
    """The run ended in an error; its steps are kept. `declined`: the model said that it cannot do the task."""

    terminal: ClassVar[bool] = True
    what: str
    fix: str
    details: str = ""
    status: RunStatus = "failed"
    usage: Usage = Usage()
    steps: int = 0
    declined: bool = False


class AgentStarted(Event, frozen=True, kw_only=True, tag="agent.started"):
    agent: str
    step: int = 0


class AgentProgress(Event, frozen=True, kw_only=True, tag="agent.progress"):
    """A sentence about what is going on, also every degraded mode and retry."""

    agent: str
    text: str
    step: int = 0


class AgentFinished(Event, frozen=True, kw_only=True, tag="agent.finished"):
    agent: str
    step: int = 0
    note: str = ""


class AgentError(Event, frozen=True, kw_only=True, tag="agent.error"):
    agent: str
    what: str
    fix: str
    step: int = 0


class ReasoningSummary(Event, frozen=True, kw_only=True, tag="reasoning.summary"):
    step: int
    agent: str
    text: str


class ModelRequest(Event, frozen=True, kw_only=True, tag="model.request"):
    """What was sent, whole. `purpose` tells the actor's prompt from the critic's or the distiller's."""

    visibility: ClassVar[Visibility] = "debug"
    step: int
    purpose: Literal["actor", "critic", "distiller", "answer"]
    prompt: str
    prompt_sha256: str
    lessons: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


class ModelResponse(Event, frozen=True, kw_only=True, tag="model.response"):
    visibility: ClassVar[Visibility] = "debug"
    step: int
    purpose: Literal["actor", "critic", "distiller", "answer"]
    text: str
    usage: Usage = Usage()


class TextDelta(Event, frozen=True, kw_only=True, tag="text.delta"):
    step: int
    text: str


class TextDone(Event, frozen=True, kw_only=True, tag="text.done"):
    step: int
    text: str


class ToolStarted(Event, frozen=True, kw_only=True, tag="tool.started"):
    step: int
    tool: str
    call_id: str


class ToolArgs(Event, frozen=True, kw_only=True, tag="tool.args"):
    visibility: ClassVar[Visibility] = "internal"
    step: int
    tool: str
    call_id: str
    args: dict[str, JSON]


class ToolResult(Event, frozen=True, kw_only=True, tag="tool.result"):
    visibility: ClassVar[Visibility] = "internal"
    step: int
    tool: str
    call_id: str
    text: str
    truncated: bool = False
    replayed: bool = False


class ToolError(Event, frozen=True, kw_only=True, tag="tool.error"):
    step: int
    tool: str
    call_id: str
    what: str
    fix: str = ""


class StateSnapshot(Event, frozen=True, kw_only=True, tag="state.snapshot"):
    visibility: ClassVar[Visibility] = "internal"
    step: int
    state: State


class StateDelta(Event, frozen=True, kw_only=True, tag="state.delta"):
    """What a step changed: new values, names that are gone, and `text`, the bounded form that a critic reads."""

    visibility: ClassVar[Visibility] = "internal"
    step: int
    agent: str
    action: Action
    changed: dict[str, JSON] = {}
    removed: tuple[str, ...] = ()
    text: str = ""
    digest: str = ""


WHOLE_RUN = -1
"""The step of a score that is about the run as a whole; only a person gives such a score."""


class ScoreComputed(Event, frozen=True, kw_only=True, tag="score.computed"):
    """A verdict on the state after a step, or a person's later word on a step or the whole run (`is_override`)."""

    step: int
    score: Score
    by: str = ""

    @property
    def is_override(self) -> bool:
        """A person set it after the run, or took such a word back."""
        return OVERRIDE in self.score.flags or TAKEN_BACK in self.score.flags

    @property
    def settles_run(self) -> bool:
        """Whether the run's own score is this one from here on: a person's word on one step says nothing of the run."""
        return not self.is_override or self.step == WHOLE_RUN


class CheckpointSaved(Event, frozen=True, kw_only=True, tag="checkpoint.saved"):
    visibility: ClassVar[Visibility] = "internal"
    step: int


class HumanApprovalRequested(Event, frozen=True, kw_only=True, tag="human.approval.requested"):
    request_id: str
    text: str
    step: int = 0


class HumanApprovalReceived(Event, frozen=True, kw_only=True, tag="human.approval.received"):
    request_id: str
    approved: bool
    by: str
    reason: str = ""


class MemoryCandidate(Event, frozen=True, kw_only=True, tag="memory.candidate"):
    card_id: str
    text: str


class MemoryQuarantined(Event, frozen=True, kw_only=True, tag="memory.quarantined"):
    card_id: str
    reason: str = ""


class MemoryPromoted(Event, frozen=True, kw_only=True, tag="memory.promoted"):
    card_id: str
    by: str
    reason: str = ""


class MemoryRejected(Event, frozen=True, kw_only=True, tag="memory.rejected"):
    card_id: str
    by: str
    reason: str = ""


class MemoryArchived(Event, frozen=True, kw_only=True, tag="memory.archived"):
    card_id: str
    by: str
    reason: str = ""


class SkillSelected(Event, frozen=True, kw_only=True, tag="skill.selected"):
    """The lessons chosen for this run, those in the prompt and those left out on purpose."""

    lessons: tuple[LessonUse, ...]
    considered: int = 0


class SkillUpdated(Event, frozen=True, kw_only=True, tag="skill.updated"):
    """Credit moved: the effect of one lesson after this run, in log-odds (probit units) with its sd."""

    visibility: ClassVar[Visibility] = "internal"
    card_id: str
    mean: float
    sd: float
    uses: int


class SkillRollback(Event, frozen=True, kw_only=True, tag="skill.rollback"):
    card_id: str
    to_version: int
    by: str
    reason: str = ""


RunEvent: TypeAlias = (
    RunStarted | RunFinished | RunError
    | AgentStarted | AgentProgress | AgentFinished | AgentError
    | ReasoningSummary | ModelRequest | ModelResponse
    | TextDelta | TextDone
    | ToolStarted | ToolArgs | ToolResult | ToolError
    | StateSnapshot | StateDelta | ScoreComputed | CheckpointSaved
    | HumanApprovalRequested | HumanApprovalReceived
    | MemoryCandidate | MemoryQuarantined | MemoryPromoted | MemoryRejected | MemoryArchived
    | SkillSelected | SkillUpdated | SkillRollback
)  # fmt: skip
EVENT_TYPES: tuple[type[Event], ...] = get_args(RunEvent)

_LEVEL: dict[Visibility, int] = {"public": 0, "internal": 1, "debug": 2}
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RunEvent)


def is_visible(event: Event, audience: Visibility) -> bool:
    """Whether an audience may see the event: a `public` audience sees only public ones, `debug` sees all."""
    return _LEVEL[event.visibility] <= _LEVEL[audience]


def encode(event: Event) -> bytes:
    """JSON with the kind in it; `decode(encode(e)) == e`."""
    return _encoder.encode(event)


def decode(body: bytes) -> RunEvent:
    """Raises msgspec.ValidationError when the bytes are not an event of a known kind."""
    event: RunEvent = _decoder.decode(body)
    return event
