"""Read a log of runs, whatever program wrote it; what it is, its content tells, not its name."""

import gzip
import io
from collections.abc import Callable, Iterator, Sequence

import msgspec

from purpose_agent.evaluation.trajectory_formats.answer_steps import is_answer_steps, read_answer_steps
from purpose_agent.evaluation.trajectory_formats.otel_spans import is_spans, read_spans
from purpose_agent.evaluation.trajectory_formats.own_lines import is_own, read_own
from purpose_agent.evaluation.trajectory_formats.records import JsonObject, Log, LogError
from purpose_agent.evaluation.trajectory_formats.result_lists import is_results, read_results
from purpose_agent.evaluation.trajectory_formats.trial_tables import is_trials, read_trials

MAX_LOG_BYTES = 200_000_000
MAX_RUNS = 200_000
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
    rows = _rows(raw, file)
    if not rows:
        raise LogError(f"{file} holds no runs.", KNOWN)
    read = next((read for is_it, read in _FORMS if is_it(rows)), None)
    if read is None:
        raise LogError(f"{file} is JSON, but not a log of runs that is known here.", KNOWN)
    log = read(rows)
    if len(log.runs) > MAX_RUNS:
        raise LogError(f"{file} holds {len(log.runs):,} runs; at most {MAX_RUNS:,} are taken.", "Split it.")
    return log


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            found = packed.read(MAX_LOG_BYTES + 1)
    except (OSError, EOFError) as problem:
        raise LogError(f"{file} cannot be unpacked.", "Bring it unpacked.", details=str(problem)) from problem
    if len(found) > MAX_LOG_BYTES:
        raise _too_large(file)
    return found


def _rows(raw: bytes, file: str) -> list[JsonObject]:
    """A JSON list, one object, or one object a line."""
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        raise LogError(f"{file} is empty.", KNOWN)
    if text.startswith(b"["):
        return [_object(one, n) for n, one in enumerate(_decoded(text, file), 1)]  # type: ignore[arg-type,var-annotated]
    try:
        return [_object(msgspec.json.decode(text), 1)]
    except msgspec.DecodeError:
        return list(_lines(text, file))


def _lines(text: bytes, file: str) -> Iterator[JsonObject]:
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip():
            try:
                found = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as problem:
                raise LogError(
                    f"Line {number} of {file} is not JSON.",
                    "Mend the line, then bring the file again.",
                    details=str(problem),
                ) from problem
            yield _object(found, number)


def _decoded(text: bytes, file: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise LogError(f"{file} is not whole JSON.", "Export it again.", details=str(problem)) from problem


def _object(found: object, place: int) -> JsonObject:
    if not isinstance(found, dict):
        raise LogError(f"Entry {place} is no object.", KNOWN)
    return found


def _too_large(file: str) -> LogError:
    return LogError(f"{file} is larger than {MAX_LOG_BYTES // 1_000_000} MB.", "Split it into several logs.")
