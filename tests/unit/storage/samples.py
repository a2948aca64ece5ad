"""Runs as the loop writes them, for the tests and benchmarks of the storage."""

import os
from collections.abc import Iterator
from pathlib import Path

from purpose_agent.runtime.events import (
    AgentStarted,
    CheckpointSaved,
    Event,
    ModelRequest,
    ModelResponse,
    RunFinished,
    RunStarted,
    ScoreComputed,
    StateDelta,
    ToolResult,
    ToolStarted,
    now,
)
from purpose_agent.storage.journal import Checkpoint, Journal
from purpose_agent.types import Action, Score, Task, Usage

EVENTS_PER_STEP = 8

_ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT / "engine"), str(_ROOT)])}
"""For programs that a test starts: they find the engine and this module."""


def started(run_id: str, *, seq: int = 0, task: str = "Write fizzbuzz", team: str = "coder") -> RunStarted:
    return RunStarted(run_id=run_id, seq=seq, at=now(), task=Task(text=task), team=team, model="scripted:demo")


def step(run_id: str, seq: int, index: int, *, prompt_chars: int = 1500) -> list[Event]:
    """The eight events of one step, beginning with `seq`."""
    at = now()
    return [
        AgentStarted(run_id=run_id, seq=seq, at=at, agent="coder", step=index),
        ModelRequest(
            run_id=run_id,
            seq=seq + 1,
            at=at,
            step=index,
            purpose="actor",
            prompt="p" * prompt_chars,
            prompt_sha256="a" * 64,
        ),
        ModelResponse(
            run_id=run_id,
            seq=seq + 2,
            at=at,
            step=index,
            purpose="actor",
            text='{"thought": "add them", "tool": "calculator"}',
            usage=Usage(prompt_tokens=10, completion_tokens=5),
        ),
        ToolStarted(run_id=run_id, seq=seq + 3, at=at, step=index, tool="calculator", call_id="c"),
        ToolResult(run_id=run_id, seq=seq + 4, at=at, step=index, tool="calculator", call_id="c", text=str(index)),
        StateDelta(
            run_id=run_id,
            seq=seq + 5,
            at=at,
            step=index,
            agent="coder",
            action=Action(tool="calculator", args={"expression": f"{index}"}),
            changed={f"fact {index}": index, "last": index},
            text=f"last: {index}",
        ),
        ScoreComputed(
            run_id=run_id, seq=seq + 6, at=at, step=index, score=Score(phi=min(index, 10), tier="judge"), by="judge"
        ),
        CheckpointSaved(run_id=run_id, seq=seq + 7, at=at, step=index),
    ]


def finished(run_id: str, seq: int, *, steps: int = 1, phi: float = 9.0) -> RunFinished:
    return RunFinished(
        run_id=run_id,
        seq=seq,
        at=now(),
        status="done",
        answer=f"the answer of {run_id}",
        score=Score(phi=phi, tier="given_tests", passed=3, total=3),
        usage=Usage(prompt_tokens=10 * steps, completion_tokens=5 * steps, attempts=7),
        steps=steps,
    )


def checkpoint(run_id: str, index: int) -> Checkpoint:
    return Checkpoint(run_id=run_id, step=index, body={"state": {"last": index, "notes": "n" * 200}})


def batches(run_id: str, steps: int, *, prompt_chars: int = 1500) -> Iterator[tuple[list[Event], Checkpoint | None]]:
    """What the loop appends in a whole run, one item per append."""
    yield [started(run_id)], None
    for index in range(steps):
        seq = 1 + index * EVENTS_PER_STEP
        yield step(run_id, seq, index, prompt_chars=prompt_chars), checkpoint(run_id, index)
    yield [finished(run_id, 1 + steps * EVENTS_PER_STEP, steps=steps)], None


def write_run(journal: Journal, run_id: str, steps: int = 2) -> None:
    for events, saved in batches(run_id, steps):
        journal.append(events, checkpoint=saved)
