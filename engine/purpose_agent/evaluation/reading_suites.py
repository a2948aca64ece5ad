"""Read a suite from a file, whatever form it has; what it is, its content tells, not its name.

Forms: our own JSON, CSV and JSONL with documented columns (`suite_formats/tables.py`), HumanEval, MBPP, SQuAD, each
also packed with gzip. Nothing is lost in silence: what cannot be used stops the reading with a sentence that names the
place, and what is left out is told in the notices.
"""

import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from purpose_agent.evaluation.suite_formats.code_benchmarks import is_humaneval, is_mbpp, read_humaneval, read_mbpp
from purpose_agent.evaluation.suite_formats.own_json import FORM, read_own, suite_bytes
from purpose_agent.evaluation.suite_formats.parsed import JsonObject, Parsed
from purpose_agent.evaluation.suite_formats.squad import read_squad
from purpose_agent.evaluation.suite_formats.tables import read_csv, read_rows
from purpose_agent.evaluation.suite_records import Suite, SuiteError, suite_of
from purpose_agent.types import Record
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.reading.encodings import decoded

MAX_SUITE_BYTES = 50_000_000
_TOO_LARGE = f"is larger than {MAX_SUITE_BYTES // 1_000_000} MB"
_SPLIT = "Split it into several suites."


class ReadSuite(Record, frozen=True, kw_only=True):
    """A suite, what it was read as, and what the person should know of it."""

    suite: Suite
    form: str
    notices: tuple[str, ...] = ()


def read_suite(path: Path | str, *, name: str = "", exact: bool = False) -> ReadSuite:
    """Raises SuiteError. `name`: in place of the file's own; `exact`: see `suite_formats/squad.py`."""
    path = Path(path).expanduser()
    try:
        if path.stat().st_size > MAX_SUITE_BYTES:
            raise SuiteError(f"The suite {path.name} {_TOO_LARGE}.", _SPLIT)
        raw = path.read_bytes()
    except OSError as error:
        raise SuiteError(
            f"The suite file {path} could not be read.", "Check the path and its permissions.", details=str(error)
        ) from error
    return read_suite_bytes(raw, path.name, name=name, exact=exact)


def read_suite_bytes(raw: bytes, file: str, *, name: str = "", exact: bool = False) -> ReadSuite:
    """The bytes of an upload; `file` is its name."""
    if len(raw) > MAX_SUITE_BYTES:
        raise SuiteError(f"The suite {file} {_TOO_LARGE}.", _SPLIT)
    if raw.startswith(b"\x1f\x8b"):
        raw, file = _unpacked(raw, file), file.removesuffix(".gz")
    parsed = _parsed(raw, file, exact=exact)
    suite = suite_of(
        parsed.rows, name=name or parsed.name or Path(file).stem, title=parsed.title or name or Path(file).stem,
        origin=file,
    )  # fmt: skip
    return ReadSuite(suite=suite, form=parsed.form, notices=parsed.notices)


def write_suite(suite: Suite, path: Path | str) -> None:
    """As our own JSON, which holds everything; reading it gives the same version."""
    path = Path(path).expanduser()
    try:
        path.write_bytes(suite_bytes(suite))
    except OSError as error:
        raise SuiteError(f"{path} cannot be written: {error.strerror}.", "Give another place.") from error


def _parsed(raw: bytes, file: str, *, exact: bool) -> Parsed:
    text = _text(raw, file)
    plain = text.lstrip()
    if not plain:
        raise SuiteError(f"{file} is empty.", FORM)
    if not plain.startswith(("{", "[")):
        return read_csv(text, file)
    body = text.encode(errors="replace")
    whole = _json(body)
    if isinstance(whole, dict) and not _is_row(whole):
        if isinstance(whole.get("data"), list):
            return read_squad(body, file, exact=exact)
        return read_own(body, file)
    if isinstance(whole, list):
        return _rows(_objects(whole, file), file)
    if whole is None and "\n" not in plain.strip():
        return read_own(body, file)  # it says what is wrong with the JSON
    return _rows(_objects(_lines(text, file), file), file)


def _text(raw: bytes, file: str) -> str:
    try:
        return decoded(raw)[0].lstrip("\ufeff")
    except Unreadable as error:
        raise SuiteError(f"{file} is not a text file, so it is no suite.", "Give a CSV, JSONL or JSON file.") from error


def _is_row(value: JsonObject) -> bool:
    """Of JSONL with one line only."""
    return (
        "tasks" not in value and "data" not in value and ("text" in value or "prompt" in value or "question" in value)
    )


def _rows(rows: Sequence[JsonObject], file: str) -> Parsed:
    if not rows:
        raise SuiteError(f"{file} is empty.", FORM)
    if is_humaneval(rows[0]):
        return read_humaneval(rows, file)
    if is_mbpp(rows[0]):
        return read_mbpp(rows, file)
    return read_rows(rows, file)


def _lines(text: str, file: str) -> list[Any]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value = _json(line.encode(errors="replace"))
        if value is None:
            if number == 1 and line.strip() in ("{", "["):
                raise SuiteError(f"{file} is not a suite: its JSON is broken.", FORM)
            raise SuiteError(f"Line {number} of {file} is not JSON.", "Write one JSON object a line.")
        found.append(value)
    return found


def _objects(values: Sequence[Any], file: str) -> list[JsonObject]:
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise SuiteError(f"Entry {number} of {file} is not a task.", "Each is an object with a text and an answer.")
    return list(values)


def _json(raw: bytes) -> Any:
    """None when it is no JSON."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            body = packed.read(MAX_SUITE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SuiteError(f"{file} is packed, but it is damaged.", "Get the file again.", details=str(error)) from error
    if len(body) > MAX_SUITE_BYTES:
        raise SuiteError(f"The suite {file} {_TOO_LARGE} when it is unpacked.", _SPLIT)
    return body
