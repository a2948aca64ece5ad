"""An event of a run in one line that a person reads, for the list of all events."""

from typing import assert_never

from purpose_agent.notebooks import words
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
from purpose_agent.types import OVERRIDE

_CHARS = 200


def event_line(event: RunEvent) -> str:
    """What happened, in at most 200 characters."""
    text = " ".join(_line(event).split())
    return text if len(text) <= _CHARS else text[: _CHARS - 1] + "…"


def _line(event: RunEvent) -> str:  # noqa: PLR0912, one flat row per family of events
    match event:
        case RunStarted():
            return f"The run starts: {event.team} on {words.model(event.model)}."
        case RunFinished():
            steps = words.count(event.steps, "step")
            return f"The run is {words.STATUS[event.status]} after {steps}. {words.ending(event.reason)}"
        case RunError():
            return f"The run ends: {event.what} {event.fix}"
        case AgentStarted() | AgentProgress() | AgentFinished() | AgentError() | ReasoningSummary():
            return _agent_line(event)
        case ModelRequest():
            whom = words.SENT_FOR.get(event.purpose, event.purpose)
            return f"Sent to the model for {whom}: {words.count(len(event.prompt), 'character')}."
        case ModelResponse():
            return f"The model answered: {words.reply_lines(event.text)}"
        case TextDelta() | TextDone():
            return f"Text: {event.text}"
        case ToolStarted() | ToolArgs() | ToolResult() | ToolError():
            return _tool_line(event)
        case StateSnapshot():
            return f"The whole state is noted: {words.count(len(event.state.facts), 'fact')}."
        case StateDelta():
            names = ", ".join([*event.changed, *event.removed]).replace("_", " ")
            return f"The state changes: {names}." if names else "The state stays the same."
        case ScoreComputed():
            score = event.score
            if event.is_override:
                return _override_line(event)
            if score.phi is None:
                return "No score: there is nothing to go by."
            return f"Φ {words.phi(score.phi)}, {words.checked_by(score.tier, score.passed, score.total)}."
        case CheckpointSaved():
            return "Everything up to here is safe on disk."
        case HumanApprovalRequested():
            return f"You are asked: {event.text}"
        case HumanApprovalReceived():
            return f"{'Approved' if event.approved else 'Refused'} by {event.by}. {event.reason}"
        case MemoryCandidate() | MemoryQuarantined() | MemoryPromoted() | MemoryRejected() | MemoryArchived():
            return _memory_line(event)
        case SkillSelected():
            if not event.considered:
                return "No lesson is in use yet, so none is chosen."
            return f"{words.count(len(event.lessons), 'lesson')} chosen out of {event.considered} in use."
        case SkillUpdated():
            return f"What is known of a lesson's effect moves, after {words.count(event.uses, 'use')}."
        case SkillRollback():
            return f"A lesson goes back to version {event.to_version}. {event.reason}"
        case _:
            assert_never(event)


def _override_line(event: ScoreComputed) -> str:
    what = "the run" if event.step == WHOLE_RUN else f"step {event.step + 1}"
    if OVERRIDE in event.score.flags:
        return f"{event.by} gave {what} Φ {words.phi(event.score.phi)}: {event.score.evidence}"
    return f"{event.by} took their score of {what} back; Φ is {words.phi(event.score.phi)} again."


def _agent_line(event: AgentStarted | AgentProgress | AgentFinished | AgentError | ReasoningSummary) -> str:
    match event:
        case AgentStarted():
            return f"The {event.agent} starts."
        case AgentProgress() | ReasoningSummary():
            return event.text
        case AgentFinished():
            return f"The {event.agent} is done. {event.note}"
        case AgentError():
            return f"{event.what} {event.fix}"


def _tool_line(event: ToolStarted | ToolArgs | ToolResult | ToolError) -> str:
    name = event.tool.replace("_", " ")
    match event:
        case ToolStarted():
            return f"The tool {name} starts."
        case ToolArgs():
            return f"The tool {name} gets: " + ", ".join(
                f"{key} = {words.readable(value)}" for key, value in event.args.items()
            )
        case ToolResult():
            return f"The tool {name} answers: {event.text}"
        case ToolError():
            return f"The tool {name} did not work. {event.what} {event.fix}"


def _memory_line(
    event: MemoryCandidate | MemoryQuarantined | MemoryPromoted | MemoryRejected | MemoryArchived,
) -> str:
    match event:
        case MemoryCandidate():
            return f"A new lesson: {event.text}"
        case MemoryQuarantined():
            return f"The lesson waits for you. {event.reason}"
        case MemoryPromoted():
            return f"A lesson is in use now, by {event.by}. {event.reason}"
        case MemoryRejected():
            return f"A lesson is turned down, by {event.by}. {event.reason}"
        case MemoryArchived():
            return f"A lesson is put away, by {event.by}. {event.reason}"
