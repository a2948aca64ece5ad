"""Success of each trial with lessons and of a control without, task by task, as Reflexion's experiments log it.

One object a line: success_with_lessons and success_control, a list of 0 and 1 each, and lessons_by_trial or n_lessons.
Source of the form: Shinn et al., arXiv 2303.11366 (its AlfWorld logs).
"""

from collections.abc import Sequence

from purpose_agent.evaluation.trajectory_formats.records import JsonObject, Log, LogError, truth_of
from purpose_agent.evaluation.trajectory_formats.taking import MAX_LESSONS, Taken, task_names

FORM = "trials with lessons and a control without"


def is_trials(rows: Sequence[JsonObject]) -> bool:
    return {"success_with_lessons", "success_control"} <= rows[0].keys()


def read_trials(rows: Sequence[JsonObject]) -> Log:
    """As many trials of both arms as the shorter one has, so that neither had more chances. Raises LogError."""
    taken = Taken()
    tasks = task_names([row.get("id") for row in rows])
    trials = min((min(len(_list(row, name, n)) for name in _ARMS.values()) for n, row in enumerate(rows, 1)), default=0)
    longest = max(len(_list(row, name, n)) for n, row in enumerate(rows, 1) for name in _ARMS.values())
    for n, (task, row) in enumerate(zip(tasks, rows, strict=True), 1):
        counts = row.get("n_lessons")
        for arm, name in _ARMS.items():
            for turn, value in enumerate(_list(row, name, n)[:trials]):
                known = _in_prompt(counts, turn, n) if arm == "lessons" else 0
                lessons = tuple(f"{task}-{k + 1}" for k in range(known))
                told = {"task_id": task, "arm": arm, "turn": turn, "right": truth_of(value), "lessons": lessons}
                taken.add(f"Line {n}", told)
    left_out = f"Only the first {trials} trials are compared: the other arm has no more." if longest > trials else ""
    return Log(
        form=FORM,
        runs=tuple(taken.runs),
        compared=(("lessons", "none"),),
        decides_on_retries=trials > 1,
        notices=tuple(filter(None, (left_out, _FIRST if trials > 1 else "", *taken.notices))),
    )


_ARMS = {"none": "success_control", "lessons": "success_with_lessons"}
_FIRST = "At the first trial no lesson was there yet: what lessons do shows from the second on, when tasks come round."


def _list(row: JsonObject, name: str, line: int) -> list[object]:
    value = row.get(name)
    if not isinstance(value, list) or not value:
        raise LogError(f"Line {line}: {name} is no list of trials.", "Mend the line, then bring the file again.")
    return value


def _in_prompt(counts: object, turn: int, line: int) -> int:
    """A trial has the lessons that were written up to the end of the trial before it. Raises LogError beyond reason."""
    if turn == 0 or not isinstance(counts, list) or turn > len(counts):
        return 0
    before = counts[turn - 1]
    if isinstance(before, bool) or not isinstance(before, int) or before < 0:
        return 0
    if before > MAX_LESSONS:
        raise LogError(
            f"Line {line}: n_lessons is more than {MAX_LESSONS:,}.", "Mend the line, then bring the file again."
        )
    return before
