"""Runs in which an answer was made better step by step, with the truth of each step, as debugging experiments log it.

One object a line: task, and steps with code, feedback and truly_correct. First and last answer of a run are held
against each other. Sources of the form: LLMDebugger (Zhong et al., arXiv 2402.16906), LATS (Zhou et al., 2310.04406).
"""

from collections.abc import Sequence

from purpose_agent.evaluation.trajectory_formats.records import (
    JsonObject,
    Log,
    LogError,
    LoggedStep,
    text_of,
    truth_of,
)
from purpose_agent.evaluation.trajectory_formats.taking import Taken, task_names

FORM = "answers made better step by step"
FIRST, LAST = "first answer", "last answer"


def is_answer_steps(rows: Sequence[JsonObject]) -> bool:
    steps = rows[0].get("steps")
    return isinstance(steps, list) and bool(steps) and isinstance(steps[0], dict) and "truly_correct" in steps[0]


def read_answer_steps(rows: Sequence[JsonObject]) -> Log:
    """The first answer is what the run would have given without going on. Raises LogError."""
    taken = Taken()
    tasks = task_names([row.get("id") for row in rows])
    for line, (task, row) in enumerate(zip(tasks, rows, strict=True), 1):
        steps = _steps(row, line)
        shared = {"task_id": task, "text": text_of(row.get("task")), "model": text_of(row.get("model"))}
        for arm, log in ((FIRST, steps[:1]), (LAST, steps)):
            taken.add(f"Line {line}", {**shared, "arm": arm, "right": log[-1].right, "steps": len(log), "log": log})
    return Log(form=FORM, runs=tuple(taken.runs), compared=((LAST, FIRST),), notices=taken.notices)


def _steps(row: JsonObject, line: int) -> tuple[LoggedStep, ...]:
    found = row.get("steps")
    if not isinstance(found, list) or not all(isinstance(step, dict) for step in found) or not found:
        raise LogError(f"Line {line} has no steps.", "Mend the line, then bring the file again.")
    return tuple(
        LoggedStep(
            action=text_of(step.get("code")),
            observation=_told(step.get("feedback") or step.get("generated_test_feedback")),
            right=truth_of(step.get("truly_correct")),
        )
        for step in found
    )


def _told(value: object) -> str:
    return text_of("\n".join(map(str, value)) if isinstance(value, list) else value)
