"""The steps of a run, worked out from its events: for the distiller after a resume, and for whoever reads runs."""

from collections.abc import Iterable

import msgspec

from purpose_agent.runtime.events import ModelRequest, RunEvent, ScoreComputed, StateDelta, ToolError, ToolResult
from purpose_agent.types import JSON, Observation, Score, State, Step


def steps_of(events: Iterable[RunEvent]) -> list[Step]:
    """In order. What a draft's tests said is told by the state; an observation is kept for tools only."""
    steps: list[Step] = []
    facts: dict[str, JSON] = {}
    observation, sha256 = Observation(), ""
    for event in events:
        match event:
            case ModelRequest(purpose="actor"):
                sha256 = event.prompt_sha256
            case ToolResult():
                observation = Observation(text=event.text, tool=event.tool, truncated=event.truncated)
            case ToolError():
                observation = Observation(text=event.what, ok=False, tool=event.tool)
            case StateDelta():
                facts = {name: value for name, value in facts.items() if name not in event.removed}
                facts.update(event.changed)
                steps.append(_step(event, observation, State(facts=facts), sha256))
                observation, sha256 = Observation(), ""
            case ScoreComputed() if steps and steps[-1].index == event.step:
                steps[-1] = msgspec.structs.replace(steps[-1], score=event.score)
            case _:
                pass
    return steps


def _step(event: StateDelta, observation: Observation, state: State, sha256: str) -> Step:
    return Step(
        index=event.step,
        agent=event.agent,
        action=event.action,
        observation=observation,
        state=state,
        delta=event.text,
        score=Score(),
        prompt_sha256=sha256,
    )
