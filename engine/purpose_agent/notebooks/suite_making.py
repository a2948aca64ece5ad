"""A suite from a notebook: every task cell with checks becomes a task, and every cell for which a person says what is
right.

Of two or more checks the last third, at least one, is held back as hidden tests, so that a model cannot write to the
tests alone. A cell that stands for a task of a suite keeps that task's own check.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Literal, assert_never

import msgspec

from purpose_agent.evaluation.checks.numbers import read_number
from purpose_agent.evaluation.checks.records import ByPerson, Check, ExactMatch, HiddenTests, NumericMatch, Rubric
from purpose_agent.evaluation.suite_records import QUESTION, Suite, SuiteError, SuiteTask, TaskRow, row_of, suite_of
from purpose_agent.notebooks.checks import asserts
from purpose_agent.notebooks.model import Cell, Document
from purpose_agent.types import Record

_HELD_BACK = 3  # one in so many

Way = Literal["words", "number", "rubric", "person"]
"""By what a person can have the answer of a cell checked that has no tests."""


class NotebookSuite(Record, frozen=True, kw_only=True):
    """`notices`: which cells are not in it, and why."""

    suite: Suite
    notices: tuple[str, ...] = ()


def suite_of_notebook(
    document: Document,
    *,
    name: str = "",
    hide: bool = True,
    load: Callable[[str], Suite] | None = None,
    expected: Mapping[str, Check] | None = None,
    without: Collection[str] = (),
) -> NotebookSuite:
    """Raises SuiteError when no cell has a check.

    load      gives the suite that a notebook was made from.
    expected  by id of the cell what its answer is checked by, for cells that have no checks of their own.
    without   ids of cells that the person does not want in it.
    """
    own = {item.task.task_id: item for item in _tasks(document, load)}
    cells = [cell for cell in askable(document) if cell.cell_id not in without]
    rows, left_out = [], []
    for cell in cells:
        row = _row(cell, own.get(cell.settings.suite_task), (expected or {}).get(cell.cell_id), hide=hide)
        if row is None:
            left_out.append(cell)
        else:
            rows.append(msgspec.structs.replace(row, vaults=row.vaults or document.notebook.settings.vaults))
    title = document.notebook.title
    if not rows:
        raise SuiteError(f"No cell of “{title}” has a check.", "Write checks such as `double(4) -> 8` under a task.")
    notices = []
    if left_out:
        notices.append(f"Left out, since nothing checks them: {_counted(left_out)}.")
    if document.notebook.settings.knowledge:
        notices.append("The notebook's files do not go with the suite; put them into a vault if its tasks need them.")
    return NotebookSuite(suite=suite_of(rows, name=name or title, title=title), notices=tuple(notices))


def askable(document: Document) -> list[Cell]:
    """The cells that ask for something, in their order."""
    return [cell for cell in document.cells if cell.kind in ("task", "ask") and cell.source.strip()]


def check_of(way: Way, said: str) -> Check | None:
    """None while the person has not said what is right, or not as a number where one is asked for.

    said  what is right: words, several of them parted by ` | `; a number; the rubric; or what to look for.
    """
    match way:
        case "words":
            answers = tuple(part.strip() for part in said.split(" | ") if part.strip())
            return ExactMatch(answers=answers) if answers else None
        case "number":
            number = read_number(said)
            return NumericMatch(value=number.value, unit=number.unit) if number else None
        case "rubric":
            return Rubric(rubric=said) if said else None
        case "person":
            return ByPerson(look_for=said)
        case _:
            assert_never(way)


def _tasks(document: Document, load: Callable[[str], Suite] | None) -> tuple[SuiteTask, ...]:
    suite = document.notebook.settings.suite
    return load(suite).tasks if load is not None and suite else ()


def _row(cell: Cell, known: SuiteTask | None, expected: Check | None, *, hide: bool) -> TaskRow | None:
    tests = tuple(dict.fromkeys(asserts(cell.settings.checks)))
    if known is not None:
        hidden = known.hidden_tests
        row = msgspec.structs.replace(row_of(known), text=cell.source.strip())
        return msgspec.structs.replace(
            row,
            tests=tuple(test for test in tests if test not in hidden) or known.task.tests,
            check=None if isinstance(known.check, HiddenTests) else known.check,
        )
    if not tests and expected is not None:
        kind = QUESTION if cell.kind == "ask" else ""
        return TaskRow(task_id=cell.cell_id, text=cell.source.strip(), kind=kind, check=expected)
    if not tests:
        return None
    back = max(1, len(tests) // _HELD_BACK) if hide and len(tests) > 1 else 0
    shown = len(tests) - back
    return TaskRow(task_id=cell.cell_id, text=cell.source.strip(), tests=tests[:shown], hidden_tests=tests[shown:])


def _counted(cells: list[Cell]) -> str:
    asked = sum(cell.kind == "ask" for cell in cells)
    tasks = len(cells) - asked
    parts = [f"{tasks} task{'s' * (tasks > 1)}"] * (tasks > 0) + [f"{asked} question{'s' * (asked > 1)}"] * (asked > 0)
    return " and ".join(parts)
