"""A run as a person looks at it: its steps, each with what was before and after, built from its events.

`RunFold.feed` takes the events as they arrive, so a live cell reads only those after the last `seq`; a finished run is
fed once. The fold keeps no prompt: at 1,000 steps those are megabytes that nobody looks at together, so a page reads
the prompts of the steps that it shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from purpose_agent.runtime.events import (
    WHOLE_RUN,
    AgentError,
    AgentFinished,
    AgentProgress,
    AgentStarted,
    CheckpointSaved,
    HumanApprovalReceived,
    HumanApprovalRequested,
    MemoryArchived,
    MemoryCandidate,
    MemoryPromoted,
    MemoryQuarantined,
    MemoryRejected,
    ModelRequest,
    ModelResponse,
    ReasoningSummary,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    SkillRollback,
    SkillSelected,
    SkillUpdated,
    StateDelta,
    StateSnapshot,
    TextDelta,
    TextDone,
    ToolArgs,
    ToolError,
    ToolResult,
    ToolStarted,
)
from purpose_agent.types import JSON, OVERRIDE, Action, LessonUse, RunStatus, Score, Usage


@dataclass(slots=True)
class ToolView:
    """One call of a tool."""

    call_id: str
    tool: str
    args: dict[str, JSON] = field(default_factory=dict)
    text: str = ""
    failed: str = ""
    truncated: bool = False
    replayed: bool = False


@dataclass(slots=True)
class PromptView:
    """One call of a model: what was sent and what came back."""

    purpose: str
    prompt: str
    sha256: str
    lessons: tuple[str, ...]
    cut: tuple[str, ...]
    reply: str = ""
    usage: Usage = Usage()


@dataclass(slots=True)
class StepView:
    """One step. `before` and `after` are the facts around it; `prompts` is filled for a step that is shown.

    machine_score  what stood before a person gave the step another score; None while nobody did.
    """

    index: int
    agent: str = ""
    action: Action = field(default_factory=Action)
    before: dict[str, JSON] = field(default_factory=dict)
    after: dict[str, JSON] = field(default_factory=dict)
    changed: dict[str, JSON] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    delta: str = ""
    score: Score | None = None
    scored_by: str = ""
    machine_score: Score | None = None
    tools: list[ToolView] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prompts: list[PromptView] = field(default_factory=list)


@dataclass(slots=True)
class RunView:
    """The whole run so far. `status` is "running" until a terminal event came.

    machine_score, settled_by   what stood before a person gave the run another score, and who did; None while nobody.
    """

    run_id: str
    started: RunStarted | None = None
    status: RunStatus = "running"
    ended_at: datetime | None = None
    answer: str = ""
    draft: str = ""
    score: Score = Score()
    machine_score: Score | None = None
    settled_by: str = ""
    usage: Usage = Usage()
    what: str = ""
    fix: str = ""
    details: str = ""
    lessons: tuple[LessonUse, ...] = ()
    considered: int = 0
    born: dict[str, str] = field(default_factory=dict)
    steps: list[StepView] = field(default_factory=list)
    doing: str = ""
    text: str = ""
    last_seq: int = -1
    n_events: int = 0

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def can_go_on(self) -> bool:
        """It was stopped before it was done: taken up again, it goes on under the same id."""
        return self.status in ("cancelled", "interrupted")

    @property
    def phis(self) -> list[float]:
        """Φ after each step that got one, in order."""
        return [step.score.phi for step in self.steps if step.score is not None and step.score.phi is not None]


class RunFold:
    """Builds a `RunView` event by event. Feeding an event twice changes nothing."""

    def __init__(self, run_id: str) -> None:
        self.view = RunView(run_id)
        self._facts: dict[str, JSON] = {}
        self._calls: dict[str, ToolView] = {}

    def feed(self, events: Iterable[RunEvent]) -> RunView:
        for event in events:
            if event.seq > self.view.last_seq:
                self._take(event)
                self.view.last_seq = event.seq
                self.view.n_events += 1
        return self.view

    def _take(self, event: RunEvent) -> None:  # noqa: PLR0912, one flat row per family of events
        if self.view.can_go_on and isinstance(event, _WORK):
            self.view.status, self.view.ended_at, self.view.what, self.view.fix = "running", None, "", ""
        match event:
            case RunStarted() | RunFinished() | RunError():
                self._take_run(event)
            case AgentStarted() | AgentProgress() | AgentFinished() | AgentError() | ReasoningSummary():
                self._take_agent(event)
            case ModelRequest():
                self.view.doing = _ASKING.get(event.purpose, "asking the model")
            case TextDelta():
                self.view.text += event.text
            case TextDone() | ModelResponse():
                self.view.text = ""
            case ToolStarted() | ToolArgs() | ToolResult() | ToolError():
                self._take_tool(event)
            case StateSnapshot():
                self._facts = dict(event.state.facts)
            case StateDelta():
                self._take_delta(event)
            case ScoreComputed():
                self._take_score(event)
            case SkillSelected():
                self.view.lessons, self.view.considered = event.lessons, event.considered
            case MemoryCandidate():
                self.view.born[event.card_id] = event.text
            case CheckpointSaved() | HumanApprovalRequested() | HumanApprovalReceived():
                pass
            case MemoryQuarantined() | MemoryPromoted() | MemoryRejected() | MemoryArchived():
                pass  # where a lesson stands now is asked of the ledger, not of this run
            case SkillUpdated() | SkillRollback():
                pass
            case _:
                assert_never(event)

    def _take_run(self, event: RunStarted | RunFinished | RunError) -> None:
        view = self.view
        view.machine_score, view.settled_by = None, ""
        match event:
            case RunStarted():
                view.started = event
                view.lessons = event.lessons or view.lessons
            case RunFinished():
                view.status, view.answer, view.score = event.status, event.answer, event.score
                view.usage, view.what, view.ended_at = event.usage, event.reason, event.at
            case RunError():
                view.status, view.what, view.fix, view.details = event.status, event.what, event.fix, event.details
                view.usage, view.ended_at = event.usage, event.at
        view.doing = view.text = ""

    def _take_agent(self, event: AgentStarted | AgentProgress | AgentFinished | AgentError | ReasoningSummary) -> None:
        step = self._step(event.step)
        step.agent = event.agent or step.agent
        match event:
            case AgentStarted():
                self.view.doing = f"the {event.agent} is at work"
            case AgentProgress():
                self.view.doing = event.text
                step.notes.append(event.text)
            case AgentFinished():
                if event.note:
                    step.notes.append(event.note)
            case AgentError():
                step.notes.append(f"{event.what} {event.fix}".strip())
            case ReasoningSummary():
                step.notes.append(event.text)

    def _take_tool(self, event: ToolStarted | ToolArgs | ToolResult | ToolError) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            call = self._calls[event.call_id] = ToolView(event.call_id, event.tool)
            self._step(event.step).tools.append(call)
        match event:
            case ToolStarted():
                self.view.doing = f"using {event.tool.replace('_', ' ')}"
            case ToolArgs():
                call.args = event.args
            case ToolResult():
                call.text, call.truncated, call.replayed = event.text, event.truncated, event.replayed
            case ToolError():
                call.failed = f"{event.what} {event.fix}".strip()

    def _take_delta(self, event: StateDelta) -> None:
        step = self._step(event.step)
        step.agent = event.agent or step.agent
        step.action, step.delta = event.action, event.text
        step.changed, step.removed = event.changed, event.removed
        step.before = self._facts
        self._facts = {name: value for name, value in self._facts.items() if name not in event.removed} | event.changed
        step.after = self._facts
        draft = self._facts.get("answer")
        self.view.draft = draft if isinstance(draft, str) else self.view.draft

    def _take_score(self, event: ScoreComputed) -> None:
        if event.is_override:
            self._take_override(event)
            return
        step = self._step(event.step)
        step.score, step.scored_by = event.score, event.by
        if event.score.phi is not None:
            self.view.score = event.score

    def _take_override(self, event: ScoreComputed) -> None:
        """A person's word takes the place of the machine's, which stays beside it until the word is taken back."""
        is_set = OVERRIDE in event.score.flags
        if event.step == WHOLE_RUN:
            view = self.view
            view.machine_score = (view.machine_score or view.score) if is_set else None
            view.score, view.settled_by = event.score, event.by if is_set else ""
            return
        step = self._step(event.step)
        step.machine_score = (step.machine_score or step.score or Score()) if is_set else None
        step.score, step.scored_by = event.score, event.by

    def _step(self, index: int) -> StepView:
        """The step of that index; events name steps in order, so it is nearly always the last one."""
        steps = self.view.steps
        for step in reversed(steps):
            if step.index == index:
                return step
            if step.index < index:
                break
        made = StepView(index, before=self._facts, after=self._facts)
        steps.append(made)
        return made


_WORK = (AgentStarted, AgentProgress, ModelRequest, StateDelta)


def prompts_of(events: Iterable[RunEvent], steps: range) -> dict[int, list[PromptView]]:
    """What was sent to a model and came back, for some steps of a run."""
    found: dict[int, list[PromptView]] = {}
    for event in events:
        match event:
            case ModelRequest() if event.step in steps:
                prompt = PromptView(event.purpose, event.prompt, event.prompt_sha256, event.lessons, event.cut)
                found.setdefault(event.step, []).append(prompt)
            case ModelResponse() if event.step in steps:
                open_calls = [p for p in found.get(event.step, []) if p.purpose == event.purpose and not p.reply]
                if open_calls:
                    open_calls[0].reply, open_calls[0].usage = event.text, event.usage
            case _:
                pass
    return found


_ASKING = {
    "actor": "thinking about the next step",
    "critic": "looking at what changed",
    "distiller": "drawing a lesson from it",
    "answer": "writing the answer",
}
