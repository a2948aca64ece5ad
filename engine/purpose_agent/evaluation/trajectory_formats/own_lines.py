"""Our own form: JSON Lines, one run a line. Every field but task_id may be missing.

task_id   which task it was: the same id in every arm. text: its words. family: tasks that hang together.
arm       none (no memory), empty, episodes, lessons, or a name of your own; "none" when it is missing.
          The control is the first of empty, none, control and baseline that is there.
repeat    the how-manieth time all of it was done, from 0. turn: how often the task was met before, from 0.
unrelated true for tasks that are only there to see that nothing falls.
right     true, false, or null when nobody can say. phi: a score from 0 to 10.
tokens, attempts, steps, seconds, cost_usd, model
lessons   ids of the lessons in the prompt.
log       the steps: objects with action, tool, observation, right, phi.
"""

from collections.abc import Sequence

import msgspec

from purpose_agent.evaluation.trajectory_formats.records import JsonObject, Log, LogError, LoggedRun

CONTROLS = ("empty", "none", "control", "baseline")
FORM = "runs, one a line"
EXAMPLE = (
    '{"task_id": "t1", "arm": "none", "right": false, "tokens": 812, "model": "my-model"}\n'
    '{"task_id": "t1", "arm": "lessons", "right": true, "tokens": 640, "model": "my-model", "lessons": ["l7"]}\n'
)


def is_own(rows: Sequence[JsonObject]) -> bool:
    """Known by a task and any of what a run leaves; logs that others write have names of their own."""
    first = rows[0]
    return "task_id" in first and bool({"right", "phi", "arm", "log"} & first.keys())


def read_own(rows: Sequence[JsonObject]) -> Log:
    """Raises LogError with the line and the field that is wrong."""
    runs = tuple(_run(row, line) for line, row in enumerate(rows, 1))
    return Log(form=FORM, runs=runs, compared=compared_by_name([run.arm for run in runs]))


def written(run: LoggedRun) -> bytes:
    """A run as a line, the inverse of reading it."""
    return msgspec.json.encode(run) + b"\n"


def compared_by_name(arms: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Every other arm against the control; lessons first, since they are what is put to the test."""
    there = list(dict.fromkeys(arms))
    control = next((name for name in CONTROLS if name in there), "")
    tested = sorted((name for name in there if name not in CONTROLS), key=lambda name: name != "lessons")
    if not control:
        return ()
    if not tested:
        tested = [name for name in there if name != control][:1]
    return tuple((name, control) for name in tested)


def _run(row: JsonObject, line: int) -> LoggedRun:
    try:
        run = msgspec.convert({**row, "task_id": _name(row.get("task_id"))}, LoggedRun)
    except msgspec.ValidationError as problem:
        raise LogError(
            f"Line {line} cannot be read: {_plain(str(problem))}.", "Mend the line, then bring the file again."
        ) from problem
    wrong = _wrong(run)
    if wrong:
        raise LogError(f"Line {line}: {wrong}.", "Mend the line, then bring the file again.")
    return run


def _wrong(run: LoggedRun) -> str:
    if not run.task_id.strip():
        return "it names no task (task_id)"
    if not run.arm.strip() or len(run.arm) > 60:
        return "the arm has no name, or one of more than 60 characters"
    if run.phi is not None and not 0 <= run.phi <= 10:
        return f"phi is {run.phi:g}, outside of 0 to 10"
    numbers = {
        name: getattr(run, name) for name in ("repeat", "turn", "attempts", "tokens", "steps", "seconds", "cost_usd")
    }
    below = [name for name, value in numbers.items() if not value >= 0]
    return f"{below[0]} is below zero" if below else ""


def _name(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plain(problem: str) -> str:
    """“Expected `int`, got `str` - at `$.tokens`” → “tokens: expected int, got str”."""
    told, _, place = problem.partition(" - at ")
    name = place.strip("`").removeprefix("$.") or "the line"
    return f"{name}: {told[:1].lower()}{told[1:]}".replace("`", "")
