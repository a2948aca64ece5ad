"""Our own form: JSON Lines, one run a line. Every field but task_id may be missing.

All lines tell that a file is of this form: one of them names what only a run leaves (right, tokens, arm, …), or none
holds a name that is not listed here. A list of tasks, which may have a task_id too, is not taken for runs.

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

from purpose_agent.evaluation.trajectory_formats.records import JsonObject, Log, LoggedRun
from purpose_agent.evaluation.trajectory_formats.taking import Taken

CONTROLS = ("empty", "none", "control", "baseline")
FORM = "runs, one a line"
EXAMPLE = (
    '{"task_id": "t1", "arm": "none", "right": false, "tokens": 812, "model": "my-model"}\n'
    '{"task_id": "t1", "arm": "lessons", "right": true, "tokens": 640, "model": "my-model", "lessons": ["l7"]}\n'
)
_NAMES = frozenset(LoggedRun.__struct_fields__)
_LEFT_BY_RUNS = _NAMES - {"task_id", "text", "family", "model"}


def is_own(rows: Sequence[JsonObject]) -> bool:
    """Logs and lists that others write have names of their own."""
    if not any("task_id" in row for row in rows):
        return False
    return any(_LEFT_BY_RUNS & row.keys() for row in rows) or all(row.keys() <= _NAMES for row in rows)


def read_own(rows: Sequence[JsonObject]) -> Log:
    """Raises LogError with the line and the field that is wrong."""
    taken = Taken()
    for line, row in enumerate(rows, 1):
        taken.add(f"Line {line}", row)
    arms = [run.arm for run in taken.runs]
    return Log(form=FORM, runs=tuple(taken.runs), compared=compared_by_name(arms), notices=taken.notices)


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
