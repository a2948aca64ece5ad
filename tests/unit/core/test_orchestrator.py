"""The loop from its first event to its last, on a scripted model."""

import asyncio
import json

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.types import RunResult, Task
from tests.unit.core.doubles import Listener, MemoryLog

SOLO = (AgentSpec(role="helper", instructions="Do the task.", answers=True),)


def spec(run_id: str = "r1", **changes: object) -> RunSpec:
    given: dict[str, object] = {
        "run_id": run_id,
        "task": Task(text="Say hello to the new colleague"),
        "purpose": "Write friendly messages",
        "agents": SOLO,
        "team": "helper",
    }
    return RunSpec(**{**given, **changes})


def draft(answer: str, *, done: bool = False, thought: str = "hm") -> str:
    return json.dumps({"thought": thought, "answer": answer, "done": done})


def verdict(phi: float, evidence: str, **more: object) -> str:
    return json.dumps({"phi": phi, "evidence": evidence, "confidence": 0.8, "looks_like_progress": False, **more})


def go(backend: ScriptedBackend, run: RunSpec, **parts: object) -> tuple[RunResult, MemoryLog, Listener]:
    log, bus = MemoryLog(), Listener()
    result = asyncio.run(Orchestrator(backend=backend, journal=log, bus=bus, **parts).run(run))
    return result, log, bus


def test_a_run_ends_with_the_answer_and_its_score() -> None:
    model = ScriptedBackend([draft("Hello Ada"), verdict(8, "Hello Ada"), '{"thought":"fine","done":true}'])
    result, log, bus = go(model, spec())
    assert (result.answer, result.phi, result.status, result.steps) == ("Hello Ada", 8.0, "done", 2)
    assert result.score.tier == "self"
    assert not result.success, "the same model's opinion of itself proves nothing"
    assert [event.kind for event in log.stored] == [kind for kind in bus.kinds() if kind != "text.delta"]
    assert bus.kinds()[0] == "run.started"
    assert bus.kinds()[-1] == "run.finished"
    assert model.call_count == 3, "being done changes nothing, so nobody is asked again"
