"""Records as rows of the DuckDB tables, and back. The order of values is the order of columns in the migrations."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from purpose_agent.runtime.events import Event, ScoreComputed
from purpose_agent.storage.run_fold import RunRow, StepRow

RUN_COLUMNS: tuple[str, ...] = (
    "run_id", "notebook_id", "cell_id", "parent_run", "team", "task", "model", "status", "phi", "tier", "passed",
    "total", "steps", "started_at", "finished_at", "seconds", "tokens", "cost_usd", "attempts", "lessons", "born",
    "mode", "task_kind", "suite", "task_id", "answer", "what",
)  # fmt: skip
READ_COLUMNS: tuple[str, ...] = (*RUN_COLUMNS, "hidden_passed", "hidden_total")

_encode = msgspec.json.Encoder().encode


def event_values(event: Event, body: bytes) -> tuple[Any, ...]:
    return (event.run_id, event.seq, event.at, event.kind, body.decode())


def run_values(row: RunRow) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in RUN_COLUMNS)


def run_row(values: Sequence[Any]) -> RunRow:
    """Inverse of `run_values`, with the grade behind it (`READ_COLUMNS`)."""
    fields = dict(zip(READ_COLUMNS, values, strict=True))
    fields["started_at"] = _utc(fields["started_at"])
    fields["finished_at"] = _utc(fields["finished_at"])
    return RunRow(**fields)


def step_values(row: StepRow) -> tuple[Any, ...]:
    score = row.score
    return (
        row.run_id,
        row.step,
        row.agent,
        row.action.tool,
        _json(row.action),
        row.observation,
        _json(row.changed),
        _json(row.removed),
        row.delta,
        None if score is None else score.phi,
        "none" if score is None else score.tier,
        row.prompt_sha256,
        row.usage.prompt_tokens + row.usage.completion_tokens,
        row.usage.cost_usd,
        row.usage.attempts,
    )


def score_values(event: ScoreComputed) -> tuple[Any, ...]:
    score = event.score
    return (
        event.run_id,
        event.seq,
        event.step,
        score.phi,
        score.tier,
        score.confidence,
        score.shaped,
        score.passed,
        score.total,
        score.evidence,
        _json(score.flags),
        event.by,
    )


def _json(value: object) -> str:
    return _encode(value).decode()


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)
