"""Task suites: tasks with tests that the actor sees, and hidden tests by which the answer is graded.

A suite is a JSON file: {"name", "title", "tasks": [{"task_id", "text", "tests", "hidden_tests", "family"}, …]}.
The hidden tests are held here and given to nobody but `grade`; a `Task` has no place for them.
"""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.resources import resource_root
from purpose_agent.types import Record, Task

if TYPE_CHECKING:
    from purpose_agent.sandbox.tests import TestReport

GRADING_TIMEOUT_S = 10.0
MAX_SUITE_BYTES = 10_000_000


class SuiteError(PurposeError):
    """The suite cannot be used as it is."""


class SuiteTask(Record, frozen=True, kw_only=True):
    task: Task
    hidden_tests: tuple[str, ...] = ()
    family: str = ""


class Suite(Record, frozen=True, kw_only=True):
    name: str
    title: str
    tasks: tuple[SuiteTask, ...]


class _TaskFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task as the file writes it."""

    task_id: str
    text: str
    tests: tuple[str, ...] = ()
    hidden_tests: tuple[str, ...] = ()
    family: str = ""


class _SuiteFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    tasks: tuple[_TaskFile, ...]
    title: str = ""


def suites_folder() -> Path:
    return resource_root() / "data" / "suites"


def shipped_suites() -> list[Suite]:
    """The suites that come with the package, by name."""
    return [load_suite(path) for path in sorted(suites_folder().glob("*.json"))]


def load_suite(source: str | Path) -> Suite:
    """A shipped suite by its name, or any suite by the path of its file. Raises SuiteError."""
    path = _path_of(source)
    try:
        if path.stat().st_size > MAX_SUITE_BYTES:
            raise SuiteError(f"The suite {path.name} is larger than 10 MB.", "Split it into several suites.")
        raw = path.read_bytes()
    except OSError as error:
        raise SuiteError(
            f"The suite file {path} could not be read.", "Check the path and its permissions.", details=str(error)
        ) from error
    try:
        read = msgspec.json.decode(raw, type=_SuiteFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{path.name} is not a suite: {error}.",
            'A suite is JSON: {"name": …, "title": …, "tasks": [{"task_id": …, "text": …, "tests": […], '
            '"hidden_tests": […]}]}.',
        ) from error
    _check(read, path.name)
    return Suite(name=read.name, title=read.title or read.name, tasks=tuple(_as_task(t, read.name) for t in read.tasks))


def grade(
    code: str, hidden_tests: Sequence[str], *, timeout_s: float = GRADING_TIMEOUT_S, allow_unwalled: bool = False
) -> "TestReport":
    """Run the hidden tests against the code, in the sandbox. Blocks; raises SandboxOff where no wall holds."""
    from purpose_agent.sandbox.tests import run_tests  # the sandbox is started only when something is graded

    return run_tests(code, hidden_tests, timeout_s=timeout_s, allow_unwalled=allow_unwalled)


def _path_of(source: str | Path) -> Path:
    if isinstance(source, Path):
        return source
    shipped = sorted(path.stem for path in suites_folder().glob("*.json"))
    if source in shipped:
        return suites_folder() / f"{source}.json"
    if source.endswith(".json") or "/" in source or "\\" in source:
        return Path(source).expanduser()
    raise SuiteError(
        f"There is no suite called “{source}”.",
        f"Take one of {', '.join(shipped)}, or give the path of a .json file." if shipped else "Give a file path.",
    )


def _as_task(read: _TaskFile, suite: str) -> SuiteTask:
    task = Task(text=read.text, tests=read.tests, task_id=read.task_id, suite=suite)
    return SuiteTask(task=task, hidden_tests=read.hidden_tests, family=read.family)


def _check(read: _SuiteFile, file: str) -> None:
    if not read.name.strip() or not read.tasks:
        raise SuiteError(f"{file} has no name or no tasks.", "Give it a name and at least one task.")
    seen: set[str] = set()
    for place, task in enumerate(read.tasks, start=1):
        label = f"Task {place} of {file}" + (f" ({task.task_id})" if task.task_id else "")
        if not task.task_id.strip() or task.task_id in seen:
            raise SuiteError(f"{label} has no task_id of its own.", "Give every task a different task_id.")
        seen.add(task.task_id)
        if not task.text.strip():
            raise SuiteError(f"{label} has no text.", "Say in its text what is to be done.")
        for test in (*task.tests, *task.hidden_tests):
            if not _is_assert(test):
                raise SuiteError(
                    f"{label} has a test that is not an assert: {test[:80]!r}.", "Write tests as `assert f(2) == 4`."
                )
        leaked = sorted(set(task.tests) & set(task.hidden_tests))
        if leaked:
            raise SuiteError(
                f"{label} shows one of its hidden tests: {leaked[0]!r}.",
                "Hidden tests must differ from the given ones.",
            )


def _is_assert(test: str) -> bool:
    try:
        body = ast.parse(test).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body) and isinstance(body[-1], ast.Assert)
