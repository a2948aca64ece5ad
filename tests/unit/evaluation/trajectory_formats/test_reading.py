"""Logs of other programs are known by their content; what is wrong in them is told with its place."""

import copy
import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.studies.exporting import figures_of, parquet
from purpose_agent.evaluation.studies.findings import findings
from purpose_agent.evaluation.studies.importing import as_study
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.trajectory_formats import answer_steps, otel_spans, own_lines, result_lists, trial_tables
from purpose_agent.evaluation.trajectory_formats.own_lines import written
from purpose_agent.evaluation.trajectory_formats.reading import read_log
from purpose_agent.evaluation.trajectory_formats.records import LogError, LoggedRun, LoggedStep

DATA = Path(__file__).resolve().parents[3] / "data"
TAU = [
    {
        "task_id": 3, "trial": 0, "reward": 1.0, "info": {"task": {"instruction": "Return the lamp."}, "cost": 0.02},
        "traj": [
            {"role": "system", "content": "You are a shop."}, {"role": "user", "content": "I want to return a lamp."},
            {"role": "assistant", "content": None,
             "tool_calls": [{"function": {"name": "find_order", "arguments": "{\"id\": 7}"}}]},
            {"role": "tool", "content": "order 7: lamp"}, {"role": "assistant", "content": "Done."},
        ],
    },
    {"task_id": 3, "trial": 1, "reward": 0.0, "info": {}, "messages": []},
]  # fmt: skip


def lines(rows: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def span(trace: str, name: str, start: int, end: int, **attributes: object) -> dict[str, object]:
    def typed(value: object) -> dict[str, object]:
        if isinstance(value, int):
            return {"intValue": str(value)}
        return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}

    told = [{"key": key.replace("__", "."), "value": typed(value)} for key, value in attributes.items()]
    return {
        "traceId": trace, "spanId": name, "name": name, "startTimeUnixNano": str((100 + start) * 10**9),
        "endTimeUnixNano": str((100 + end) * 10**9), "attributes": told,
    }  # fmt: skip


SPANS = {
    "resourceSpans": [
        {
            "scopeSpans": [
                {
                    "spans": [
                        span("a", "agent", 0, 9, gen_ai__operation__name="invoke_agent", purpose_agent__arm="lessons",
                             gen_ai__conversation__id="t1"),
                        span("a", "chat m", 1, 4, gen_ai__operation__name="chat", gen_ai__request__model="m",
                             gen_ai__usage__input_tokens=100, gen_ai__usage__output_tokens=20,
                             gen_ai__input__messages='[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
                             gen_ai__output__messages='[{"role": "assistant", "parts": [{"content": "Look it up"}]}]'),
                        span("a", "tool", 4, 5, gen_ai__operation__name="execute_tool", gen_ai__tool__name="find",
                             gen_ai__tool__call__arguments="{}", gen_ai__tool__call__result="found"),
                        span("a", "judge", 8, 9, gen_ai__evaluation__score__label="pass",
                             gen_ai__evaluation__score__value=0.9),
                        span("b", "chat m", 20, 22, gen_ai__operation__name="chat", gen_ai__response__model="m-2",
                             gen_ai__usage__input_tokens=7, gen_ai__conversation__id="t1"),
                        span("c", "GET /", 1, 2, http__method="GET"),
                    ]
                }
            ]
        }
    ]
}  # fmt: skip


def test_each_form_is_known_by_its_content() -> None:
    forms = {
        own_lines.FORM: own_lines.EXAMPLE.encode(),
        trial_tables.FORM: (DATA / "trials_excerpt.jsonl").read_bytes(),
        answer_steps.FORM: (DATA / "answer_steps_excerpt.jsonl").read_bytes(),
        result_lists.FORM: json.dumps(TAU).encode(),
        otel_spans.FORM: json.dumps(SPANS).encode(),
    }
    for form, raw in forms.items():
        assert read_log(raw, "any.txt").form == form
        assert read_log(gzip.compress(raw, mtime=0), "any.gz").form == form
        assert read_log(b"\xef\xbb\xbf" + raw + b"\n\n", "any").form == form


def test_spans_become_runs_with_their_tokens_time_model_and_judgement() -> None:
    log = read_log(json.dumps(SPANS).encode(), "spans.json")
    first, second = log.runs
    assert (first.task_id, first.arm, first.tokens, first.seconds, first.model) == ("t1", "lessons", 120, 9.0, "m")
    assert (first.right, first.phi, first.text, first.steps) == (True, 9.0, "Hi", 2)
    assert [(step.action, step.observation) for step in first.log] == [("Look it up", ""), ("find({})", "found")]
    assert (second.arm, second.tokens, second.model, second.right) == ("none", 7, "m-2", None)
    assert log.compared == (("lessons", "none"),)
    assert log.notices == ("1 traces without a model or an agent were left out.",)
    each = [span_ for scope in SPANS["resourceSpans"][0]["scopeSpans"] for span_ in scope["spans"]]  # type: ignore[index]
    assert read_log(lines(each), "spans.jsonl").runs == log.runs


def test_results_with_rewards_have_trials_and_the_steps_of_their_talk() -> None:
    first, second = read_log(json.dumps(TAU).encode(), "gpt-retail.json").runs
    assert (first.task_id, first.right, first.repeat, first.cost_usd, first.text) == (
        "3",
        True,
        0,
        0.02,
        "Return the lamp.",
    )
    assert first.log[0] == LoggedStep(action='find_order({"id": 7})', tool="find_order", observation="order 7: lamp")
    assert (second.repeat, second.right, second.steps) == (1, False, 0)


def test_both_arms_of_trials_get_as_many_chances() -> None:
    rows = [json.loads(line) for line in (DATA / "trials_excerpt.jsonl").read_text().splitlines()]
    log = read_log((DATA / "trials_excerpt.jsonl").read_bytes(), "trials.jsonl")
    fewest = min(len(row["success_control"]) for row in rows)
    turns = {arm: max(run.turn for run in log.runs if run.arm == arm) for arm in ("none", "lessons")}
    assert turns == {"none": fewest - 1, "lessons": fewest - 1}
    assert log.decides_on_retries
    assert any("the other arm has no more" in notice for notice in log.notices)
    told = {run.task_id: run.lessons for run in log.runs if run.arm == "lessons" and run.turn == 0}
    assert set(told.values()) == {()}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "is empty"),
        (b"   \n ", "is empty"),
        (b"[]", "holds no runs"),
        (b"hello", "Line 1 of log is not JSON"),
        (b'{"task_id": "a", "right": true}\n{"task_id": "b", "rig', "Line 2 of log is not JSON"),
        (b'[{"task_id": 1, "reward": 1}', "is not whole JSON"),
        (b"[1, 2]", "Entry 1 is no object"),
        (b'{"some": "thing"}', "not a log of runs that is known"),
        (b'{"task_id": "a", "right": "yes"}', "Line 1 cannot be read: right: expected"),
        (b'{"task_id": "a", "right": true}\n{"task_id": "b", "phi": 1, "tokens": "x"}', "Line 2 cannot be read: tok"),
        (b'{"task_id": "", "right": true}', "names no task"),
        (b'{"task_id": "a", "phi": 11}', "outside of 0 to 10"),
        (b'{"task_id": "a", "right": true, "seconds": -1}', "seconds is below zero"),
        (b'{"task_id": "a", "arm": "   ", "right": true}', "the arm has no name"),
        (b'[{"task_id": 1, "reward": "high"}]', "the reward is no number"),
        (b'{"success_with_lessons": 3, "success_control": [1]}', "is no list of trials"),
        (b'{"traceId": "a", "name": "GET /", "attributes": []}', "No span in this file is of a model"),
        (b"\x1f\x8bnot really", "cannot be unpacked"),
        (b'{"task_id": "a", "right": true, "log": [{"action": 5}]}', "Line 1 cannot be read"),
        (b'{"task_id": "a", "right": true, "log": [{"action": "x", "phi": 11}]}', "outside of 0 to 10"),
        (b'{"task_id": "caf\xe9", "right": true}', "Line 1 of log is not written in UTF-8"),
        (b'{"task_id": "a", "right": true}\n{"task_id": "caf\xe9"}', "Line 2 of log is not written in UTF-8"),
        (b'[{"task_id": "caf\xe9", "right": true}]', "log is not written in UTF-8"),
        (b'\xff\xfe{\x00"', "log is not written in UTF-8"),
        (b"[" * 100_000, "log is nested too deeply"),
        (b'{"task_id": "a", "right": true}\n{"task_id": ' + b"[" * 100_000, "Line 2 of log is nested too deeply"),
        (b'{\n "traceId": "a"\n}\n{\n "traceId":\n}', "Line 4 of log is not JSON"),
        (gzip.compress(bytes(range(256)) * 64, mtime=0)[:40] + b"?" * 40, "cannot be unpacked"),
        (b'{"task_id": null, "right": true}', "Line 1: it names no task"),
        (b'{"task_id": "a", "tokens": 1' + b"0" * 30 + b"}", "Line 1: tokens is more than"),
        (b'{"task_id": "a", "tokens": 1' + b"0" * 400 + b"}", "Line 1: tokens is more than"),
        (b'{"task_id": "a", "cost_usd": 1' + b"0" * 400 + b"}", "Line 1 cannot be read: cost_usd"),
        (b'{"task_id": "a", "repeat": 1' + b"0" * 30 + b"}", "Line 1: repeat is more than"),
        (b'{"task_id": "a", "right": true, "seconds": 1e13}', "Line 1: seconds is more than"),
        (b'{"task_id": "' + b"x" * 200_000 + b'", "right": true}', "Line 1: task_id has more than"),
        (lines([{"task_id": "a", "right": True, "lessons": ["x" * 200_000]}]), "Line 1: its lessons are more than"),
        (b'[{"task_id": 1, "reward": 1.0, "trial": true}]', "Result 1: the trial is no whole number"),
        (b'[{"task_id": 1, "reward": 1.0}, {"reward": 0.0}]', "Result 2: it names no task"),
        (b'[{"task_id": 1, "reward": 1.0, "trial": -1}]', "Result 1: repeat is below zero"),
        (b'{"success_with_lessons": [1, 1], "success_control": [0, 0], "n_lessons": [1000000000]}', "n_lessons is mor"),
        (b'{"id": [1], "success_with_lessons": [1], "success_control": [0]}', "Line 1 cannot be read: task_id"),
        (b'{"id": "a", "steps": [{"truly_correct": 1}], "model": "' + b"m" * 2_000 + b'"}', "Line 1: model has more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(raw: bytes, told: str) -> None:
    with pytest.raises(LogError) as refused:
        read_log(raw, "log")
    assert told in refused.value.what
    assert refused.value.fix


@pytest.mark.parametrize(
    "wrong",
    [
        {"startTimeUnixNano": "-Infinity"}, {"endTimeUnixNano": "Infinity"}, {"endTimeUnixNano": "nan"},
        {"endTimeUnixNano": "soon"}, {"endTimeUnixNano": 10**400}, {"endTimeUnixNano": [1]},
    ],
)  # fmt: skip
def test_a_span_whose_time_is_none_is_told_with_its_trace(wrong: dict[str, object]) -> None:
    chat = {**span("a1", "chat", 0, 1, gen_ai__operation__name="chat"), **wrong}
    with pytest.raises(LogError, match=r"Trace a1: .* is no time"):
        read_log(json.dumps(chat).encode(), "log")


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"gen_ai__usage__input_tokens": 10**40}, "Trace a1: tokens is more than"),
        ({"purpose_agent__arm": "x" * 61}, "Trace a1: the arm has no name, or one of more than 60"),
        ({"gen_ai__conversation__id": "x" * 200_000}, "Trace a1: task_id has more than"),
        ({"gen_ai__input__messages": "[" * 100_000}, "log is nested too deeply"),
    ],
)
def test_spans_keep_to_the_same_bounds(attributes: dict[str, object], told: str) -> None:
    chat = span("a1", "chat", 0, 1, gen_ai__operation__name="chat", **attributes)
    with pytest.raises(LogError) as refused:
        read_log(json.dumps(chat).encode(), "log")
    assert told in refused.value.what


def test_tasks_0_and_1_are_two_tasks_and_a_line_without_an_id_is_a_third() -> None:
    def tables(*ids: object) -> bytes:
        return lines([{"id": one, "success_with_lessons": [1], "success_control": [0]} for one in ids])

    def answers(*ids: object) -> bytes:
        return lines([{"id": one, "steps": [{"code": "x", "truly_correct": True}]} for one in ids])

    for made in (tables, answers):
        found = [run.task_id for run in read_log(made(0, 1, None, "", "3", "line 3"), "log").runs[::2]]
        assert found == ["0", "1", "line line 3", "4", "3", "line 3"]


def test_a_file_in_utf_16_or_with_other_line_ends_is_read_as_well() -> None:
    text = '{"task_id": "café", "right": true}\n{"task_id": "b", "right": false}\n'
    wanted = read_log(text.encode(), "log").runs
    assert wanted[0].task_id == "café"
    for raw in (
        text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be"), text.replace("\n", "\r").encode(),
        text.replace("\n", "\r\n").encode(), text.replace("\n", "\r\n").encode("utf-16"),
    ):  # fmt: skip
        assert read_log(raw, "log").runs == wanted


CONSOLE = """{
    "name": "chat m",
    "context": {
        "trace_id": "0x025cba292f626d0cc740a3f9405b6844",
        "span_id": "0x6937df6594e9d748",
        "trace_state": "[]"
    },
    "kind": "SpanKind.CLIENT",
    "parent_id": "0x9972776508977b7e",
    "start_time": "2025-01-01T00:00:01.500000Z",
    "end_time": "2025-01-01T00:00:04.000000Z",
    "status": {
        "status_code": "UNSET"
    },
    "attributes": {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20
    },
    "events": [
        {
            "name": "gen_ai.evaluation.result",
            "timestamp": "2025-01-01T00:00:04.000000Z",
            "attributes": {
                "gen_ai.evaluation.score.label": "pass"
            }
        }
    ],
    "links": [],
    "resource": {
        "attributes": {
            "service.name": "unknown_service"
        },
        "schema_url": ""
    }
}
{
    "name": "invoke_agent",
    "context": {
        "trace_id": "0x025cba292f626d0cc740a3f9405b6844",
        "span_id": "0x9972776508977b7e",
        "trace_state": "[]"
    },
    "kind": "SpanKind.INTERNAL",
    "parent_id": null,
    "start_time": "2025-01-01T00:00:00.000000Z",
    "end_time": "2025-01-01T00:00:05.250000Z",
    "status": {
        "status_code": "UNSET"
    },
    "attributes": {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.conversation.id": "t1"
    },
    "events": [],
    "links": [],
    "resource": {
        "attributes": {},
        "schema_url": ""
    }
}
"""
"""As the console exporter of the Python SDK writes it (opentelemetry.sdk.trace.export.ConsoleSpanExporter)."""


def test_spans_that_the_python_sdk_wrote_to_a_console_are_read() -> None:
    (run,) = read_log(CONSOLE.encode(), "spans.txt").runs
    assert (run.task_id, run.tokens, run.model, run.right) == ("t1", 120, "m", True)
    assert run.seconds == pytest.approx(5.25, abs=1e-5)
    each = [json.loads(one + "}") for one in CONSOLE.split("\n}") if one.strip()]
    assert len(each) == 2
    for raw in (lines(each), json.dumps(each).encode(), CONSOLE.replace("\n", "\r\n").encode()):
        assert read_log(raw, "spans").runs == (run,)


def test_our_own_form_is_known_by_all_lines() -> None:
    first, second = read_log(b'{"task_id": "a"}\n{"task_id": "b", "right": true}', "log").runs
    assert (first.task_id, first.right, second.right) == ("a", None, True)
    assert read_log(b'{"task_id": "a"}', "log").runs == (LoggedRun(task_id="a"),)
    assert read_log(b'{"task_id": "a", "tokens": 5, "mine": 1}', "log").runs[0].tokens == 5
    with pytest.raises(LogError, match="Line 1: it names no task"):
        read_log(b'{"right": true}\n{"task_id": "b", "right": true}', "log")
    with pytest.raises(LogError, match="not a log of runs that is known"):  # tasks, as MBPP has them
        read_log(b'{"task_id": 601, "text": "Write a function", "code": "def f(): ...", "test_list": []}', "log")


def test_a_text_that_is_too_long_is_cut_and_that_is_told() -> None:
    rows = [{"task_id": "a", "right": True, "log": [{"action": "x" * 20_001}]}, {"task_id": "b", "text": "y" * 20_000}]
    log = read_log(lines(rows), "log")
    assert [len(log.runs[0].log[0].action), len(log.runs[1].text)] == [20_000, 20_000]
    assert log.notices == ("Texts of more than 20,000 characters were cut in 1 runs.",)


def test_more_runs_or_tasks_than_can_be_looked_at_are_refused() -> None:
    for raw in (b"{}\n" * 10_000_001, b"[" + b"[]," * 10_000_001 + b"[]]"):
        with pytest.raises(LogError, match="too many small pieces"):
            read_log(raw, "log")
    trials: dict[str, object] = {"success_with_lessons": [1] * 40_000, "success_control": [0] * 40_000}
    with pytest.raises(LogError, match="more than 200,000 runs"):
        read_log(lines([trials] * 3), "log")
    with pytest.raises(LogError, match="more than 10,000 tasks"):
        read_log(lines([{"task_id": n, "right": True} for n in range(10_001)]), "log")


def test_a_control_is_found_by_its_name_and_without_one_nothing_is_compared() -> None:
    assert own_lines.compared_by_name(["lessons", "none", "mine", "empty"]) == (("lessons", "empty"), ("mine", "empty"))
    assert own_lines.compared_by_name(["mine", "baseline"]) == (("mine", "baseline"),)
    assert own_lines.compared_by_name(["empty", "none"]) == (("none", "empty"),)
    assert own_lines.compared_by_name(["none"]) == ()
    assert own_lines.compared_by_name(["mine", "yours"]) == ()


texts = st.text(max_size=20)
steps = st.builds(
    LoggedStep, action=texts, tool=texts, observation=texts, right=st.none() | st.booleans(),
    phi=st.none() | st.floats(0, 10),
)  # fmt: skip
runs = st.builds(
    LoggedRun,
    task_id=st.text(min_size=1, max_size=12).filter(str.strip),
    text=texts,
    arm=st.sampled_from(["none", "lessons", "my own"]),
    repeat=st.integers(0, 5),
    turn=st.integers(0, 5),
    right=st.none() | st.booleans(),
    phi=st.none() | st.floats(0, 10),
    tokens=st.integers(0, 10**9),
    seconds=st.floats(0, 1e6),
    lessons=st.lists(texts, max_size=3).map(tuple),
    log=st.lists(steps, max_size=3).map(tuple),
)


@given(st.lists(runs, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_our_own_form_comes_back_as_it_was_written(made: list[LoggedRun]) -> None:
    first = LoggedRun(task_id="first", right=True)  # so that the first line tells the form
    assert list(own_lines.read_own([json.loads(written(run)) for run in made]).runs) == made
    assert list(read_log(b"".join(map(written, [first, *made])), "runs.jsonl").runs) == [first, *made]


ODD = [True, None, 10**30, -(10**30), -1, 0.5, 1e300, "", "x" * 2_000, [True], {"a": 1}, "missing"]
FORMS: list[list[dict[str, object]]] = [
    TAU,  # type: ignore[list-item]
    [{"id": 0, "success_with_lessons": [1, 1], "success_control": [0, 1], "n_lessons": [1, 2]}] * 2,
    [{"id": 0, "task": "a", "model": "m", "steps": [{"code": "x", "feedback": "f", "truly_correct": True}]}] * 2,
    [span("a", "chat", 0, 1, gen_ai__operation__name="chat", gen_ai__usage__input_tokens=3),
     span("b", "tool", 0, 1, gen_ai__operation__name="execute_tool", gen_ai__tool__name="find")],
    [json.loads(line) for line in own_lines.EXAMPLE.splitlines()],
]  # fmt: skip


def places(value: object) -> list[tuple[object, object]]:
    """Every place within the value that can be set: what holds it, and its key."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [spot for inner in value.values() for spot in places(inner)]
    if isinstance(value, list):
        return [(value, n) for n in range(len(value))] + [spot for inner in value for spot in places(inner)]
    return []


@given(st.sampled_from(FORMS), st.data())
@settings(deadline=None, max_examples=400)
def test_whatever_stands_in_a_log_it_is_refused_in_words_or_kept_and_exported(
    form: list[dict[str, object]], data: st.DataObject
) -> None:
    rows = copy.deepcopy(form)
    holder, key = data.draw(st.sampled_from(places(rows)))
    odd = data.draw(st.sampled_from(ODD))
    if odd == "missing":
        del holder[key]  # type: ignore[attr-defined]
    else:
        holder[key] = odd  # type: ignore[index]
    try:
        log = read_log(json.dumps(rows).encode(), "log")
    except LogError:
        return
    plan, outcomes = as_study(log, "s1", "odd")
    assert msgspec.json.decode(msgspec.json.encode(outcomes), type=list[Outcome]) == outcomes
    assert parquet(outcomes)
    assert figures_of(findings(plan, outcomes))
