"""Tasks in rows: a CSV file with a line of headings, or JSONL with an object a line.

| column                   | holds |
|---|---|
| text                     | what is asked or to be done (also: question, prompt, task, input) |
| answer                   | what is right (also: answers, expected, target); several are parted by " \\| ", or a list |
| check                    | exact, numeric, regex, cited, not_there, rubric, tests or person; when empty: tests where there are tests, not_there where there are passages and no answer is possible (`is_impossible`), cited where there is a context, numeric for a number, else exact |
| tests, hidden_tests      | asserts or examples such as `double(2) -> 4`, one a line, or a list |
| rubric, judge            | what another model decides by, and which |
| tolerance                | for numbers: `0.5`, or `1 %` of the answer |
| unit                     | for numbers: m, kg, %, … |
| context                  | the passage, or a list of passages, that the answer stands in |
| task_id, family, kind    | a name of its own (without one: the number of the row); tasks that are alike; the sort of task |
"""  # noqa: E501 - a table

import csv
import io
import math
from collections.abc import Mapping, Sequence

from purpose_agent.evaluation.checks.numbers import read_number
from purpose_agent.evaluation.checks.records import (
    ByPerson,
    Check,
    CitedWords,
    ExactMatch,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
)
from purpose_agent.evaluation.suite_formats.parsed import JsonObject, Parsed, text_field, text_list
from purpose_agent.evaluation.suite_records import QUESTION, SuiteError, TaskRow

TEXT = ("text", "question", "prompt", "task", "input")
ANSWER = ("answer", "answers", "expected", "target")
COLUMNS = (
    *TEXT, *ANSWER, "check", "tests", "hidden_tests", "rubric", "judge", "tolerance", "unit", "context", "task_id",
    "id", "family", "kind", "is_impossible", "title",
)  # fmt: skip
CHECKS = ("exact", "numeric", "regex", "cited", "not_there", "rubric", "tests", "person")
_LISTED = f"Columns that are known: {', '.join(COLUMNS)}."
_MAX_FIELD = 10_000_000
_FAULTS_TOLD = 50


def read_csv(text: str, file: str) -> Parsed:
    """Parted by commas, semicolons or tabs."""
    csv.field_size_limit(_MAX_FIELD)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SuiteError(
            f"{file} cannot be read as a table: {error}.", "Save it again as CSV, with texts in double quotes."
        ) from error
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if not lines:
        raise SuiteError(f"{file} is empty.", _LISTED)
    heads = [_plain_head(head) for head in lines[0]]
    if twice := sorted({head for head in heads if head and heads.count(head) > 1}):
        raise SuiteError(f"{file} has two columns called {twice[0]}.", "Give each column a name of its own.")
    rows = []
    for number, line in enumerate(lines[1:], start=1):
        if len(line) > len(heads):
            raise SuiteError(
                f"Row {number} of {file} has {len(line)} cells, but there are {len(heads)} columns.",
                "Put texts that hold a comma into double quotes.",
            )
        rows.append({head: _cell(head, cell) for head, cell in zip(heads, line, strict=False) if head})
    return read_rows(rows, file, form="a table")


def read_rows(rows: Sequence[JsonObject], file: str, *, form: str = "rows of JSON") -> Parsed:
    if not any(name in row for row in rows for name in TEXT):
        raise SuiteError(f"{file} has no column with what is asked.", f"Call it “text” or “question”. {_LISTED}")
    unknown = sorted({name for row in rows for name in row} - set(COLUMNS))
    notices = (f"Not used: {_named(unknown)}.",) if unknown else ()
    return Parsed(form, _all_rows(rows, file), notices=notices)


def _all_rows(rows: Sequence[JsonObject], file: str) -> list[TaskRow]:
    """Raises SuiteError that tells of the first faults together, so that a file is mended in one go."""
    read, faults = [], []
    for number, row in enumerate(rows, 1):
        try:
            read.append(_row(row, number, file))
        except SuiteError as fault:
            faults.append(fault)
    if not faults:
        return read
    if len(faults) == 1:
        raise faults[0]
    told = "".join(f"\n- {fault}" for fault in faults[:_FAULTS_TOLD])
    more = f"\n… and {len(faults) - _FAULTS_TOLD:,} more." if len(faults) > _FAULTS_TOLD else ""
    raise SuiteError(
        f"{faults[0].what} {len(faults) - 1:,} more row{'s' * (len(faults) > 2)} cannot be used either.",
        faults[0].fix,
        details=f"{told}{more}".strip(),
    )


def _row(row: JsonObject, number: int, file: str) -> TaskRow:
    label = f"Row {number} of {file}"
    text = text_field(row, *TEXT)
    if not text:
        raise SuiteError(f"{label} has no text.", "Say in it what is asked or to be done, or take the row out.")
    context = _context(row)
    tests = tuple(text_list(row, "tests"))
    hidden = tuple(text_list(row, "hidden_tests"))
    check = None if hidden else _check(row, label, has_tests=bool(tests), has_context=bool(context))
    is_asked = bool(context) or isinstance(check, CitedWords | NotThere)
    return TaskRow(
        task_id=text_field(row, "task_id", "id") or f"row-{number}",
        text=text,
        tests=tests,
        hidden_tests=hidden,
        family=text_field(row, "family", "title"),
        kind=text_field(row, "kind") or (QUESTION if is_asked else ""),
        check=check,
        context=context,
    )


def _check(row: JsonObject, label: str, *, has_tests: bool, has_context: bool) -> Check | None:
    named = text_field(row, "check").casefold().replace(" ", "_").replace("-", "_")
    answers = tuple(_answers(row))
    if named and named not in CHECKS:
        raise SuiteError(f"{label} has a check called “{named}”.", f"Write one of {', '.join(CHECKS)}.")
    kind = named or _usual(row, answers, has_tests=has_tests, has_context=has_context)
    if kind in ("exact", "numeric", "regex", "cited", "") and not answers:
        raise SuiteError(
            f"{label} has no answer, so it could not be checked.",
            "Fill its column `answer`, or write `person` in its column `check` to decide yourself.",
        )
    match kind:
        case "tests" if not has_tests:
            raise SuiteError(f"{label} has no tests.", "Fill its column `hidden_tests` or `tests`.")
        case "tests":
            return None
        case "numeric":
            return _numeric(row, answers, label)
        case "regex":
            return PatternMatch(pattern=text_list(row, *ANSWER)[0])
        case "cited":
            return CitedWords(answers=answers)
        case "not_there":
            return NotThere()
        case "rubric":
            return Rubric(rubric=_look_for(row), judge=text_field(row, "judge"))
        case "person":
            return ByPerson(look_for=_look_for(row))
    return ExactMatch(answers=answers)


def _usual(row: JsonObject, answers: tuple[str, ...], *, has_tests: bool, has_context: bool) -> str:
    if has_tests:
        return "tests"
    if text_field(row, "rubric"):
        return "rubric"
    if has_context:
        return "not_there" if _is_true(row.get("is_impossible")) else "cited"
    if text_field(row, "tolerance", "unit") or (len(answers) == 1 and read_number(answers[0])):
        return "numeric"
    return "exact"


def _numeric(row: JsonObject, answers: tuple[str, ...], label: str) -> NumericMatch:
    number = read_number(answers[0]) if len(answers) == 1 else None
    if number is None or not math.isfinite(number.value):
        raise SuiteError(
            f"{label} has the answer “{' | '.join(answers)[:80]}”, which is not one number.", "Write 12.5."
        )
    told = text_field(row, "tolerance")
    tolerance = read_number(told) if told else None
    if told and tolerance is None:
        raise SuiteError(f"{label} has the tolerance “{told[:80]}”.", "Write it as 0.5, or as 1 %.")
    unit = text_field(row, "unit") or number.unit
    if tolerance is None:
        return NumericMatch(value=number.value, unit=unit)
    if tolerance.unit == "%":
        return NumericMatch(value=number.value, relative=tolerance.value / 100, unit=unit)
    return NumericMatch(value=number.value, absolute=tolerance.value, unit=unit)


def _answers(row: JsonObject) -> list[str]:
    """SQuAD's rows as other sites give them hold {"text": […], "answer_start": […]}."""
    for name in ANSWER:
        value = row.get(name)
        if isinstance(value, Mapping):
            return list(dict.fromkeys(text_list(value, "text")))
    return list(dict.fromkeys(text_list(row, *ANSWER)))


def _look_for(row: JsonObject) -> str:
    """What a person or a judge goes by; in a table also what stands in the place of an answer."""
    return text_field(row, "rubric") or " | ".join(_answers(row))


def _context(row: JsonObject) -> tuple[str, ...]:
    title = text_field(row, "title") or "passage"
    return tuple(numbered(title, text_list(row, "context")))


def numbered(title: str, passages: Sequence[str]) -> list[str]:
    """Passages as a prompt quotes them, so that an answer can cite their numbers."""
    title = " ".join(title.split())
    return [f"[{number}] {title}\n{passage}" for number, passage in enumerate(passages, 1)]


def _cell(head: str, cell: str) -> object:
    text = cell.strip()
    if head in ("tests", "hidden_tests"):
        return [line for line in text.splitlines() if line.strip()]
    if head in ANSWER:
        return [part.strip() for part in text.split(" | ") if part.strip()]
    return text


def _plain_head(head: str) -> str:
    return head.strip().casefold().replace(" ", "_").replace("-", "_")


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().casefold() in ("true", "yes", "1"))


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:6])
    return f"the column{'s' * (len(names) > 1)} {shown}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")
