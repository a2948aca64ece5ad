"""Task suites: the ones that ship with the package, and those of files.

Hidden tests and every other check are held by the suite and given to nobody but the grader; a `Task` has no place for
them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.evaluation.checks.deciding import GRADING_TIMEOUT_S
from purpose_agent.evaluation.reading_suites import read_suite, write_suite
from purpose_agent.evaluation.suite_records import Suite, SuiteError, SuiteMissing, SuiteTask
from purpose_agent.resources import resource_root

if TYPE_CHECKING:
    from purpose_agent.sandbox.tests import TestReport

__all__ = [
    "Suite", "SuiteError", "SuiteTask", "grade", "load_suite", "read_suite", "shipped_names", "shipped_suites",
    "suites_folder", "write_suite",
]  # fmt: skip


FIRST_SUITE, FIRST_UNRELATED, FIRST_PURPOSE = "related_stream", "unrelated", "Help me write Python code"
"""What a first study is made of: shipped tasks that the built-in search can do."""


def suites_folder() -> Path:
    return resource_root() / "data" / "suites"


def shipped_names() -> list[str]:
    return sorted(path.stem for path in suites_folder().glob("*.json"))


def shipped_suites() -> list[Suite]:
    """The suites that come with the package, by name."""
    return [load_suite(name) for name in shipped_names()]


def load_suite(source: str | Path) -> Suite:
    """A shipped suite by its name, or any suite by the path of its file. Raises SuiteError."""
    return read_suite(_path_of(source)).suite


def grade(
    code: str, hidden_tests: Sequence[str], *, timeout_s: float = GRADING_TIMEOUT_S, allow_unwalled: bool = False
) -> "TestReport":
    """Run the hidden tests against the code, in the sandbox. Blocks; raises SandboxOff where no wall holds."""
    from purpose_agent.sandbox.tests import run_tests  # the sandbox is started only when something is graded

    return run_tests(code, hidden_tests, timeout_s=timeout_s, allow_unwalled=allow_unwalled)


def _path_of(source: str | Path) -> Path:
    if isinstance(source, Path):
        return source
    shipped = shipped_names()
    if source in shipped:
        return suites_folder() / f"{source}.json"
    path = Path(source).expanduser()
    if path.suffix or "/" in source or "\\" in source:
        return path
    raise SuiteMissing(
        f"There is no suite called “{source}”.",
        f"Take one of {', '.join(shipped)}, or give the path of a file." if shipped else "Give a file path.",
    )
