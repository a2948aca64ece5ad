"""What a suite is: tasks, each with the check that decides whether its answer is right.

A suite's version is the hash of its content. The same tasks in the same order, with the same checks, are the same
version, whatever the suite is called; so a figure can name exactly what it was measured on.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from purpose_agent.core.given_tests import TestUnreadable, asserts
from purpose_agent.core.hardening import MAX_TASK_CHARS
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.faults import fault_of
from purpose_agent.evaluation.checks.records import Check, HiddenTests
from purpose_agent.types import Record, Source, Task, whole_characters

MAX_TASKS = 20_000
SHORT_VERSION = 12  # hex digits that are shown and asked for
QUESTION = "question"
"""Task kind of what is answered from passages or documents rather than worked out."""


class SuiteError(PurposeError):
    """The suite cannot be used as it is."""


class SuiteMissing(SuiteError):
    """No suite goes by this name."""


class SuiteTask(Record, frozen=True, kw_only=True):
    """A task and how its answer is checked.

    check   given to nobody but the grader; None: only the given tests of the task say anything.
    family  tasks that are so alike that one teaches the others; a split never parts them. "" = a family of its own.
    vaults  ids of vaults of the workspace that the answer is looked for in.
    """

    task: Task
    check: Check | None = None
    family: str = ""
    vaults: tuple[str, ...] = ()

    @property
    def hidden_tests(self) -> tuple[str, ...]:
        """Those of its check, where that is by tests."""
        return self.check.tests if isinstance(self.check, HiddenTests) else ()

    @property
    def is_question(self) -> bool:
        """Whether it is answered from passages, with citations."""
        return self.task.kind == QUESTION and bool(self.task.context or self.vaults)


class Suite(Record, frozen=True, kw_only=True):
    """Tasks under a name. `title` is for people."""

    name: str
    title: str
    tasks: tuple[SuiteTask, ...]

    @property
    def version(self) -> str:
        """sha256 of the canonical JSON of its tasks, 64 hex digits. Name and title do not count."""
        rows = msgspec.json.encode([row_of(item) for item in self.tasks])
        plain = msgspec.json.decode(rows, type=list[TaskRow])  # numbers as their fields hold them: 12 is 12.0
        return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()

    @property
    def families(self) -> tuple[str, ...]:
        """Each once, in the order of the tasks; without those tasks that have none."""
        return tuple(dict.fromkeys(item.family for item in self.tasks if item.family))


class TaskRow(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task as a file writes it. `hidden_tests` are the check of a task that is checked by them."""

    task_id: str
    text: str
    tests: tuple[str, ...] = ()
    hidden_tests: tuple[str, ...] = ()
    family: str = ""
    kind: str = ""
    check: Check | None = None
    context: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    vaults: tuple[str, ...] = ()


def row_of(item: SuiteTask) -> TaskRow:
    is_tested = isinstance(item.check, HiddenTests)
    return TaskRow(
        task_id=item.task.task_id,
        text=item.task.text,
        tests=item.task.tests,
        hidden_tests=item.hidden_tests,
        family=item.family,
        kind=item.task.kind,
        check=None if is_tested else item.check,
        context=item.task.context,
        sources=item.task.sources,
        vaults=item.vaults,
    )


def suite_of(rows: Iterable[TaskRow], *, name: str, title: str = "", origin: str = "") -> Suite:
    """The suite of these tasks. Raises SuiteError that names the first task that cannot be used, and why.

    origin  what the tasks came from, as the person knows it; "" = the name.
    """
    origin = origin or name
    name = whole_characters(" ".join(name.split()))
    found = tuple(_checked(rows, origin, name))
    if not name or not found:
        raise SuiteError(f"{origin} has no name or no tasks.", "Give it a name and at least one task.")
    return Suite(name=name, title=whole_characters(title.strip()) or name, tasks=found)


def _checked(rows: Iterable[TaskRow], origin: str, suite: str) -> Iterator[SuiteTask]:
    seen: set[str] = set()
    for place, row in enumerate(rows, start=1):
        if place > MAX_TASKS:
            raise SuiteError(f"{origin} holds more than {MAX_TASKS:,} tasks.", "Split it into several suites.")
        label = f"Task {place} of {origin}" + (f" ({row.task_id})" if row.task_id else "")
        if not row.task_id.strip() or row.task_id in seen:
            raise SuiteError(f"{label} has no task_id of its own.", "Give every task a different task_id.")
        seen.add(row.task_id)
        yield _as_task(row, label, suite)


def _as_task(row: TaskRow, label: str, suite: str) -> SuiteTask:
    if not row.text.strip():
        raise SuiteError(f"{label} has no text.", "Say in its text what is to be done.")
    if len(row.text) > MAX_TASK_CHARS:
        raise SuiteError(
            f"{label} has {len(row.text):,} characters; {MAX_TASK_CHARS:,} is the most that a prompt can carry.",
            "Say what to do in a few sentences, and put long material into a vault.",
        )
    tests, hidden = _asserts(row.tests, label), _asserts(row.hidden_tests, label)
    if leaked := sorted(set(tests) & set(hidden)):
        raise SuiteError(
            f"{label} shows one of its hidden tests: {leaked[0]!r}.", "Hidden tests must differ from the given ones."
        )
    return SuiteTask(
        task=Task(
            text=whole_characters(row.text),
            tests=tests,
            kind=row.kind,
            context=tuple(map(whole_characters, row.context)),
            sources=row.sources,
            task_id=whole_characters(row.task_id),
            suite=suite,
        ),
        check=_check(row, hidden, label),
        family=whole_characters(row.family.strip()),
        vaults=row.vaults,
    )


def _check(row: TaskRow, hidden: tuple[str, ...], label: str) -> Check | None:
    if hidden and row.check is not None:
        raise SuiteError(f"{label} has hidden tests and another check as well.", "Leave one of them out.")
    check = HiddenTests(tests=hidden) if hidden else row.check
    if check is None:
        return None
    if fault := fault_of(check):
        raise SuiteError(f"{label}: {fault}.", "Mend its check.")
    return check


def _asserts(tests: tuple[str, ...], label: str) -> tuple[str, ...]:
    try:
        found = asserts(tests)
    except TestUnreadable as error:
        raise SuiteError(f"{label} has a test that is not an assert: {error.what}", error.fix) from error
    for test in tests:
        if f"assert {test.strip()}" in found and _is_bare_call(test):
            raise SuiteError(
                f"{label} has a test that is not an assert: {test[:80]!r}.", "Write tests as `assert f(2) == 4`."
            )
    return found


def _is_bare_call(test: str) -> bool:
    """`print(1)`: a person may mean that it is true, but in a file it is more often a slip."""
    return isinstance(ast.parse(test.strip(), mode="eval").body, ast.Call)
