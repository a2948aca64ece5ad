"""Our own form, which holds everything: {"name", "title", "tasks": [{"task_id", "text", …}, …]}."""

import msgspec

from purpose_agent.evaluation.suite_formats.parsed import Parsed
from purpose_agent.evaluation.suite_records import Suite, SuiteError, TaskRow, row_of
from purpose_agent.types import Record

FORM = (
    'A suite is JSON: {"name": …, "title": …, "tasks": [{"task_id": …, "text": …, "tests": […], "hidden_tests": […]}]}.'
    ' In the place of hidden tests a task may have a check, such as "check": {"kind": "exact", "answers": ["Paris"]}.'
)


class _SuiteFile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    tasks: tuple[TaskRow, ...]
    title: str = ""


def read_own(raw: bytes, file: str) -> Parsed:
    try:
        read = msgspec.json.decode(raw, type=_SuiteFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SuiteError(f"{file} is not a suite: {error}.", FORM) from error
    return Parsed("a suite", list(read.tasks), read.name, read.title)


def suite_bytes(suite: Suite) -> bytes:
    """The suite as a file, for people to read too; reading it gives the same version."""
    body = _SuiteFile(name=suite.name, title=suite.title, tasks=tuple(row_of(item) for item in suite.tasks))
    return msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"
