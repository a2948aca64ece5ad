"""Read a log of runs, whatever program wrote it; what it is, its content tells, not its name."""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from purpose_agent.evaluation.trajectory_formats.answer_steps import is_answer_steps, read_answer_steps
from purpose_agent.evaluation.trajectory_formats.otel_spans import is_spans, read_spans
from purpose_agent.evaluation.trajectory_formats.own_lines import is_own, read_own
from purpose_agent.evaluation.trajectory_formats.records import JsonObject, Log, LogError
from purpose_agent.evaluation.trajectory_formats.result_lists import is_results, read_results
from purpose_agent.evaluation.trajectory_formats.trial_tables import is_trials, read_trials

MAX_LOG_BYTES = 200_000_000
MAX_OPENED = 10_000_000
"""Objects and lists: each takes some 100 bytes of memory, though it may be two in the file."""

_FORMS: tuple[tuple[Callable[[Sequence[JsonObject]], bool], Callable[[Sequence[JsonObject]], Log]], ...] = (
    (is_trials, read_trials),
    (is_answer_steps, read_answer_steps),
    (is_spans, read_spans),
    (is_results, read_results),
    (is_own, read_own),
)
KNOWN = (
    "Known are JSON Lines with one run a line, OpenTelemetry spans of agents, tau-bench results, trials with lessons "
    "and a control, and answers made better step by step."
)


def read_log(raw: bytes, file: str) -> Log:
    """`file` is its name. Raises LogError; nothing is taken from a log of which a part cannot be read."""
    if len(raw) > MAX_LOG_BYTES:
        raise _too_large(file)
    if raw.startswith(b"\x1f\x8b"):
        raw = _unpacked(raw, file)
    rows = _rows(_as_utf8(raw, file), file)
    if not rows:
        raise LogError(f"{file} holds no runs.", KNOWN)
    read = next((read for is_it, read in _FORMS if is_it(rows)), None)
    if read is None:
        raise LogError(f"{file} is JSON, but not a log of runs that is known here.", KNOWN)
    try:
        return read(rows)
    except RecursionError as problem:  # JSON in a text of a span
        raise _too_deep(file) from problem


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            found = packed.read(MAX_LOG_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise LogError(f"{file} cannot be unpacked.", "Bring it unpacked.", details=str(problem)) from problem
    if len(found) > MAX_LOG_BYTES:
        raise _too_large(file)
    return found


def _as_utf8(raw: bytes, file: str) -> bytes:
    """UTF-16 comes from a `>` in older Windows shells; it tells itself by its first two bytes."""
    if not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-16").encode()
    except UnicodeError as problem:
        raise _not_utf8(file, problem) from problem


def _rows(raw: bytes, file: str) -> list[JsonObject]:
    """A JSON list, one object, one object a line, or objects over several lines each, one behind the other."""
    text = raw.strip()
    if not text:
        raise LogError(f"{file} is empty.", KNOWN)
    if text.count(b"{") + text.count(b"[") > MAX_OPENED:
        raise LogError(f"{file} holds too many small pieces to be read at once.", "Split it into several logs.")
    if text.startswith(b"["):
        found = _decoded(text, file, LogError(f"{file} is not whole JSON.", "Export it again."))
        return [_object(one, n) for n, one in enumerate(found, 1)]  # type: ignore[arg-type,var-annotated]
    try:
        return [_object(msgspec.json.decode(text), 1)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return list(_objects(text, file))


def _objects(text: bytes, file: str) -> Iterator[JsonObject]:
    for number, piece in _pieces(text):
        place = f"Line {number} of {file}"
        not_json = LogError(f"{place} is not JSON.", "Mend the line, then bring the file again.")
        yield _object(_decoded(piece, place, not_json), number)


def _pieces(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Each object with the line on which it begins."""
    lines = (text if b"\n" in text else text.replace(b"\r", b"\n")).split(b"\n")
    if lines[0].strip() != b"{":
        yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        return
    begun = 0
    for number, line in enumerate(lines, 1):
        if line.rstrip() == b"}" or number == len(lines):  # only the end of an object stands at the margin
            yield begun + 1, b"\n".join(lines[begun:number])
            begun = number


def _decoded(text: bytes, place: str, not_json: LogError) -> object:
    """Raises LogError."""
    try:
        return msgspec.json.decode(text)
    except UnicodeDecodeError as problem:
        raise _not_utf8(place, problem) from problem
    except RecursionError as problem:
        raise _too_deep(place) from problem
    except msgspec.DecodeError as problem:
        raise LogError(not_json.what, not_json.fix, details=str(problem)) from problem


def _object(found: object, place: int) -> JsonObject:
    if not isinstance(found, dict):
        raise LogError(f"Entry {place} is no object.", KNOWN)
    return found


def _not_utf8(place: str, problem: UnicodeError) -> LogError:
    return LogError(
        f"{place} is not written in UTF-8.", "Save the file as UTF-8, then bring it again.", details=str(problem)
    )


def _too_deep(place: str) -> LogError:
    return LogError(f"{place} is nested too deeply to be read.", "Export it with one run a line.")


def _too_large(file: str) -> LogError:
    return LogError(f"{file} is larger than {MAX_LOG_BYTES // 1_000_000} MB.", "Split it into several logs.")
