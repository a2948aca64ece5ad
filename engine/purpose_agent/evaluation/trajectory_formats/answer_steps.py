"""Runs in which an answer was made better step by step, with the truth of each step, as debugging experiments log it.

One object a line: task, and steps with code, feedback and truly_correct. First and last answer of a run are held
against each other. Sources of the form: LLMDebugger (Zhong et al., arXiv 2402.16906), LATS (Zhou et al., 2310.04406).
"""

from collections.abc import Sequence

from purpose_agent.evaluation.trajectory_formats.records import (
    JsonObject,
    Log,
    LogError,
    LoggedRun,
    LoggedStep,
    text_of,
    truth_of,
)

FORM = "answers made better step by step"
FIRST, LAST = "first answer", "last answer"


def is_answer_steps(rows: Sequence[JsonObject]) -> bool:
    steps = rows[0].get("steps")
    return isinstance(steps, list) and bool(steps) and isinstance(steps[0], dict) and "truly_correct" in steps[0]


def read_answer_steps(rows: Sequence[JsonObject]) -> Log:
    """The first answer is what the run would have given without going on. Raises LogError."""
    runs = []
    for line, row in enumerate(rows, 1):
        steps = _steps(row, line)
        task = str(row.get("id") or line)
        shared = {"task_id": task, "text": text_of(row.get("task")), "model": text_of(row.get("model"))}
        first = LoggedRun(**shared, arm=FIRST, right=steps[0].right, steps=1, log=steps[:1])  # type: ignore[arg-type]
        last = LoggedRun(**shared, arm=LAST, right=steps[-1].right, steps=len(steps), log=steps)  # type: ignore[arg-type]
        runs += [first, last]
    return Log(form=FORM, runs=tuple(runs), compared=((LAST, FIRST),))


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
