"""Logs of other programs are known by their content; what is wrong in them is told with its place."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        assert read_log(gzip.compress(raw), "any.gz").form == form
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
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(raw: bytes, told: str) -> None:
    with pytest.raises(LogError) as refused:
        read_log(raw, "log")
    assert told in refused.value.what
    assert refused.value.fix


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
