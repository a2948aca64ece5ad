"""Tool calls that happen at most once, also when the process dies in the middle.

Before a tool with side effects runs, its intent is stored, and after it its outcome, under one key per run and step.
A run that is taken up again finds them: with an outcome, the outcome is used and the tool is not called; without one,
nobody knows whether it happened, so it is not repeated and the actor is told.
"""

from pathlib import Path

import msgspec

from purpose_agent.core.ports import Cancel, RunLog
from purpose_agent.storage.journal import Intent
from purpose_agent.tools.tool import ToolBox, ToolContext
from purpose_agent.types import JSON, Action, Record

DIED_AT_WORK = "The program stopped while "
UNKNOWN = (
    DIED_AT_WORK + "{tool} was at work, so nobody knows whether it was done. It is not repeated by itself: "
    "look first how things stand."
)


class ToolOutcome(Record, frozen=True, kw_only=True):
    """What a tool call came to, as it is stored beside its intent."""

    text: str
    ok: bool = True
    changed: dict[str, JSON] = msgspec.field(default_factory=dict)
    truncated: bool = False
    replayed: bool = False


class StepContext(msgspec.Struct, frozen=True, kw_only=True):
    """Which step of which run is taken, and by whom."""

    run_id: str
    step: int
    agent: str = ""
    tools: tuple[str, ...] = ()
    attempts: int = 0
    cancel: Cancel | None = None

    @property
    def call_id(self) -> str:
        return f"{self.run_id}:{self.step}"


class ToolRunner:
    """Calls the tools of one run. Whatever a tool does, the answer is a ToolOutcome."""

    def __init__(self, tools: ToolBox, log: RunLog | None, *, root: Path | None) -> None:
        self._tools = tools
        self._log = log
        self._root = root

    async def call(self, action: Action, context: StepContext) -> ToolOutcome:
        if context.tools and action.tool not in context.tools:
            known = ", ".join(context.tools)
            return ToolOutcome(text=f"{context.agent} has no tool “{action.tool}”. There are: {known}.", ok=False)
        if self._log is None or not self._has_side_effects(action.tool):
            return await self._try(action, context)
        key = intent_key(context.run_id, context.step, action.tool)
        known_intent = self._log.intent(context.run_id, key)
        if known_intent is not None:
            return recalled(known_intent)
        self._log.record_intent(context.run_id, key, action.tool, action.args)
        outcome = await self._try(action, context)
        self._log.record_outcome(context.run_id, key, outcome_body(outcome))
        return outcome

    def pending(self, run_id: str, step: int) -> Intent | None:
        """The tool call that this step had begun before the process ended, if there was one."""
        if self._log is None:
            return None
        for tool in self._tools:
            intent = self._log.intent(run_id, intent_key(run_id, step, tool.name)) if tool.side_effects else None
            if intent is not None:
                return intent
        return None

    def _has_side_effects(self, name: str) -> bool:
        return name in self._tools and self._tools.get(name).side_effects

    async def _try(self, action: Action, context: StepContext) -> ToolOutcome:
        call = ToolContext(
            run_id=context.run_id,
            step=context.step,
            call_id=context.call_id,
            root=self._root,
            cancel=context.cancel,
        )
        output = await self._tools.call(action.tool, action.args, call)
        return ToolOutcome(text=output.text, ok=output.ok, changed=output.changed, truncated=output.truncated)


def intent_key(run_id: str, step: int, tool: str) -> str:
    return f"{run_id}:{step}:{tool}"


def outcome_body(outcome: ToolOutcome) -> dict[str, JSON]:
    return {"text": outcome.text, "ok": outcome.ok, "changed": outcome.changed, "truncated": outcome.truncated}


def recalled(intent: Intent) -> ToolOutcome:
    """The stored outcome, or the honest word that it is unknown."""
    stored = intent.outcome
    if stored is None:
        return ToolOutcome(text=UNKNOWN.format(tool=intent.tool), ok=False, replayed=True)
    changed = stored.get("changed")
    return ToolOutcome(
        text=str(stored.get("text", "")),
        ok=bool(stored.get("ok", True)),
        changed=dict(changed) if isinstance(changed, dict) else {},
        truncated=bool(stored.get("truncated", False)),
        replayed=True,
    )
