"""The one rule for runs of a log, whatever program wrote it: what is kept can be read again, added up and exported.

Each reader hands over what it found as plain fields; here they become records, or a LogError with their place.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from purpose_agent.evaluation.trajectory_formats.records import LogError, LoggedRun, LoggedStep

MAX_RUNS = 200_000
MAX_TASKS = 10_000
"""A verdict over so many takes some 15 s and 1 GB, twice as many four times as long; so no more are taken in."""

MAX_TEXT_CHARS = 20_000
"""Of the words of a task, an action or an observation; what is longer is cut, and that is told."""

MAX_NAME_CHARS = 1_000
MAX_ARM_CHARS = 60
MAX_LESSONS = 1_000

# A sum over all runs of a log still fits 64 bits, as Parquet and the database need it, and a time fits a calendar.
_MOST = {
    "repeat": 100_000, "turn": 100_000, "attempts": 10**9, "tokens": 10**12, "steps": 10**9, "seconds": 10**9,
    "cost_usd": 10**9,
}  # fmt: skip
_FIX = "Mend it, then bring the file again."


class Taken:
    """The runs of one log, as they are read."""

    def __init__(self) -> None:
        self.runs: list[LoggedRun] = []
        self._tasks: set[str] = set()
        self._cut = 0

    def add(self, place: str, fields: Mapping[str, object]) -> None:
        """`place`: where the run stands in the file, in words. Raises LogError."""
        if len(self.runs) >= MAX_RUNS:
            raise LogError(f"The file holds more than {MAX_RUNS:,} runs; so many are taken at most.", "Split it.")
        task = name_of(fields.get("task_id"))
        if task is None or (isinstance(task, str) and not task.strip()):
            raise LogError(f"{place}: it names no task (task_id).", _FIX)
        try:
            run = msgspec.convert({**fields, "task_id": task}, LoggedRun)
        except msgspec.ValidationError as problem:
            raise LogError(f"{place} cannot be read: {_plain(str(problem))}.", _FIX) from problem
        if wrong := _wrong(run):
            raise LogError(f"{place}: {wrong}.", _FIX)
        self._tasks.add(run.task_id)
        if len(self._tasks) > MAX_TASKS:
            raise LogError(f"The file holds more than {MAX_TASKS:,} tasks; so many are taken at most.", "Split it.")
        self.runs.append(self._shortened(run))

    @property
    def notices(self) -> tuple[str, ...]:
        if not self._cut:
            return ()
        return (f"Texts of more than {MAX_TEXT_CHARS:,} characters were cut in {self._cut:,} runs.",)

    def _shortened(self, run: LoggedRun) -> LoggedRun:
        said = (text for step in run.log for text in (step.action, step.observation))
        if not any(len(text) > MAX_TEXT_CHARS for text in (run.text, *said)):
            return run
        self._cut += 1
        return msgspec.structs.replace(run, text=run.text[:MAX_TEXT_CHARS], log=tuple(map(_cut_step, run.log)))


def name_of(value: object) -> object:
    """A whole number as a name; everything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def task_names(given: Sequence[object]) -> list[object]:
    """Ids of tasks, one a line, as the log gives them; where it gives none, the line, told apart from given ones."""
    named = {name_of(one) for one in given if isinstance(one, int | str)}
    return [_line_name(line, named) if one in (None, "") else name_of(one) for line, one in enumerate(given, 1)]


def _line_name(line: int, named: Iterable[object]) -> str:
    name = str(line)
    while name in named:
        name = f"line {name}"
    return name


def _cut_step(step: LoggedStep) -> LoggedStep:
    return msgspec.structs.replace(
        step, action=step.action[:MAX_TEXT_CHARS], observation=step.observation[:MAX_TEXT_CHARS]
    )


def _wrong(run: LoggedRun) -> str:
    """What is against the rule, "" when nothing is."""
    if not run.arm.strip() or len(run.arm) > MAX_ARM_CHARS:
        return f"the arm has no name, or one of more than {MAX_ARM_CHARS} characters"
    for phi in (run.phi, *(step.phi for step in run.log)):
        if phi is not None and not 0 <= phi <= 10:
            return f"phi is {phi:g}, outside of 0 to 10"
    for name, most in _MOST.items():
        value = getattr(run, name)
        if not value >= 0:
            return f"{name} is below zero"
        if value > most:
            return f"{name} is more than {most:,}"
    return _too_long(run)


def _too_long(run: LoggedRun) -> str:
    tools = (("a tool of its log", step.tool) for step in run.log)
    for what, name in (("task_id", run.task_id), ("family", run.family), ("model", run.model), *tools):
        if len(name) > MAX_NAME_CHARS:
            return f"{what} has more than {MAX_NAME_CHARS:,} characters"
    if len(run.lessons) > MAX_LESSONS or sum(map(len, run.lessons)) > MAX_TEXT_CHARS:
        return f"its lessons are more than {MAX_LESSONS:,}, or their ids more than {MAX_TEXT_CHARS:,} characters"
    return ""


def _plain(problem: str) -> str:
    """“Expected `int`, got `str` - at `$.tokens`” → “tokens: expected int, got str”."""
    told, _, place = problem.partition(" - at ")
    name = place.strip("`").removeprefix("$.") or "the line"
    return f"{name}: {told[:1].lower()}{told[1:]}".replace("`", "")
