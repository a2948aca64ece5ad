"""Spans of agents by OpenTelemetry's conventions for generative AI: OTLP, or as the Python SDK writes them down.

A trace is a run. OTLP is JSON, whole or one a line. The SDK's `to_json`, by which its console exporter writes too, has
one object a span, with the trace under "context" and its times as ISO 8601. Names of attributes are those of the
semantic conventions for generative AI (gen_ai.*, in development; opentelemetry.io/docs/specs/semconv/gen-ai); older
names of the same things are understood, too.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from purpose_agent.evaluation.trajectory_formats.own_lines import compared_by_name
from purpose_agent.evaluation.trajectory_formats.records import (
    JsonObject,
    Log,
    LogError,
    LoggedStep,
    number_of,
    text_of,
)
from purpose_agent.evaluation.trajectory_formats.taking import Taken

FORM = "OpenTelemetry spans of agents"
_ARM = "purpose_agent.arm"
_TASK = ("purpose_agent.task_id", "gen_ai.conversation.id")
_MODEL = ("gen_ai.response.model", "gen_ai.request.model")
_IN = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_ASKS = {"chat", "text_completion", "generate_content"}
_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "start_time")
_ENDS = ("endTimeUnixNano", "end_time_unix_nano", "end_time")
_MOST_SHOWN = 40
_PASSED, _FAILED = {"pass", "passed", "correct", "true", "relevant"}, {"fail", "failed", "incorrect", "false"}

Span = dict[str, Any]
"""A span with its attributes as a plain dict under "attributes"."""


def is_spans(rows: Sequence[JsonObject]) -> bool:
    first = rows[0]
    return "resourceSpans" in first or bool({"traceId", "trace_id"} & first.keys()) or bool(_trace_of_context(first))


def read_spans(rows: Sequence[JsonObject]) -> Log:
    """Raises LogError, also when no span is of a model or an agent."""
    traces: defaultdict[str, list[Span]] = defaultdict(list)
    for span in _spans(rows):
        traces[_trace(span)].append(span)
    kept = {name: spans for name, spans in traces.items() if any(_is_ours(span) for span in spans)}
    if not kept:
        raise LogError(
            "No span in this file is of a model or an agent (gen_ai).",
            "Export the traces of an agent that is instrumented.",
        )
    taken = Taken()
    for name, spans in kept.items():
        if not name:
            raise LogError("A span of a model or an agent names no trace (traceId).", "Export it again, whole.")
        taken.add(f"Trace {name[:_MOST_SHOWN]}", _run(name, sorted(spans, key=_start)))
    arms = [run.arm for run in taken.runs]
    other = len(traces) - len(kept)
    left_out = (f"{other} traces without a model or an agent were left out.",) if other else ()
    notices = (*left_out, *taken.notices)
    return Log(form=FORM, runs=tuple(taken.runs), compared=compared_by_name(arms), notices=notices)


def _spans(rows: Sequence[JsonObject]) -> Iterator[Span]:
    for row in rows:
        if "resourceSpans" not in row:
            yield {**row, "attributes": _attributes(row.get("attributes"))}
            continue
        for resource in _list(row.get("resourceSpans")):
            for scope in _list(resource.get("scopeSpans")):
                for span in _list(scope.get("spans")):
                    yield {**span, "attributes": _attributes(span.get("attributes"))}


def _list(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _attributes(given: object) -> dict[str, Any]:
    """OTLP's list of keys and typed values, or a plain object, as one dict."""
    if isinstance(given, dict):
        return given
    return {str(one.get("key")): _value(one.get("value")) for one in _list(given)}


def _value(value: object) -> Any:
    if not isinstance(value, dict):
        return value
    if "intValue" in value:
        try:
            return int(value["intValue"])
        except (TypeError, ValueError):
            return None
    if "arrayValue" in value and isinstance(value["arrayValue"], dict):
        return [_value(one) for one in _list(value["arrayValue"].get("values"))]
    return next((value[name] for name in ("stringValue", "doubleValue", "boolValue") if name in value), None)


def _trace(span: Span) -> str:
    return str(span.get("traceId") or span.get("trace_id") or _trace_of_context(span) or "")


def _trace_of_context(span: JsonObject) -> object:
    context = span.get("context")
    return context.get("trace_id") if isinstance(context, dict) else None


def _is_ours(span: Span) -> bool:
    return any(name.startswith("gen_ai.") for name in span["attributes"])


def _start(span: Span) -> float:
    return _nanoseconds(span, _STARTS)


def _nanoseconds(span: Span, names: Sequence[str]) -> float:
    """Since 1970; 0 where no time is told. Raises LogError for what is no time."""
    told = next((span[name] for name in names if span.get(name)), 0)
    found = _moment(told)
    if not math.isfinite(found):
        raise LogError(
            f"Trace {_trace(span)[:_MOST_SHOWN]}: “{str(told)[:_MOST_SHOWN]}” is no time.", "Export it again, whole."
        )
    return found


def _moment(told: object) -> float:
    """Nanoseconds, from a number or a number in a text, or ISO 8601; NaN for anything else."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return math.nan
    try:
        return float(told)
    except OverflowError:
        return math.inf
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(str(told))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1e9
    except (ValueError, OverflowError):
        return math.nan


def _run(trace: str, spans: Sequence[Span]) -> dict[str, object]:
    asks = [span for span in spans if _operation(span) in _ASKS]
    tools = [span for span in spans if _operation(span) == "execute_tool"]
    ends = [_nanoseconds(span, _ENDS) for span in spans]
    starts = [_start(span) for span in spans if _start(span)]
    right, phi = _judged(spans)
    log = tuple(_step(span) for span in spans if span in asks or span in tools)
    return {
        "task_id": next(filter(None, (_first(spans, name) for name in _TASK)), trace),
        "text": _question(spans),
        "arm": _first(spans, _ARM) or "none",
        "right": right,
        "phi": phi,
        "tokens": sum(_tokens(span) for span in asks),
        "seconds": max(0.0, (max(ends, default=0.0) - min(starts, default=0.0)) / 1e9) if starts else 0.0,
        "steps": len(log),
        "model": next(filter(None, (_first(spans, name) for name in _MODEL)), ""),
        "log": log,
    }


def _operation(span: Span) -> str:
    return str(span["attributes"].get("gen_ai.operation.name") or "")


def _first(spans: Sequence[Span], name: str) -> str:
    return next((str(span["attributes"][name]) for span in spans if span["attributes"].get(name)), "")


def _tokens(span: Span) -> int:
    told = span["attributes"]
    return sum(int(number_of(next((told[name] for name in names if name in told), 0))) for names in (_IN, _OUT))


def _judged(spans: Sequence[Span]) -> tuple[bool | None, float | None]:
    """By the last evaluation in the trace: its label, and its value where that lies between 0 and 1."""
    right: bool | None = None
    phi: float | None = None
    for span in spans:
        for told in (
            span["attributes"],
            *(_attributes(event.get("attributes")) for event in _list(span.get("events"))),
        ):
            label = str(told.get("gen_ai.evaluation.score.label") or "").casefold()
            value = told.get("gen_ai.evaluation.score.value")
            if label in _PASSED | _FAILED:
                right = label in _PASSED
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
                phi = 10.0 * value
    return right, phi


def _question(spans: Sequence[Span]) -> str:
    for span in spans:
        if said := _said(span["attributes"].get("gen_ai.input.messages"), role="user"):
            return said
    return ""


def _step(span: Span) -> LoggedStep:
    told = span["attributes"]
    if _operation(span) == "execute_tool":
        name = text_of(told.get("gen_ai.tool.name"))
        return LoggedStep(
            action=f"{name}({text_of(told.get('gen_ai.tool.call.arguments'))})",
            tool=name,
            observation=text_of(told.get("gen_ai.tool.call.result")),
        )
    return LoggedStep(action=_said(told.get("gen_ai.output.messages")) or text_of(span.get("name")))


def _said(messages: object, role: str = "") -> str:
    """The text of messages, which may be JSON in a text."""
    import msgspec

    if isinstance(messages, str):
        try:
            messages = msgspec.json.decode(messages)
        except msgspec.DecodeError:
            return text_of(messages)
    found = []
    for message in _list(messages):
        if role and message.get("role") != role:
            continue
        found += [str(part.get("content") or "") for part in _list(message.get("parts"))]
        found.append(text_of(message.get("content")))
    return text_of("\n".join(filter(None, found)))
