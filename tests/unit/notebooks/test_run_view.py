"""A run's events become steps with what was before and after, however they arrive."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.notebooks.event_words import event_line
from purpose_agent.notebooks.model import Cell
from purpose_agent.notebooks.outputs import output_of
from purpose_agent.notebooks.run_view import RunFold, prompts_of
from purpose_agent.runtime.events import (
    AgentProgress,
    AgentStarted,
    MemoryCandidate,
    ModelRequest,
    ModelResponse,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    SkillSelected,
    StateDelta,
    StateSnapshot,
    TextDelta,
    TextDone,
    ToolArgs,
    ToolResult,
    ToolStarted,
    now,
)
from purpose_agent.runtime.jobs import Job
from purpose_agent.types import Action, LessonUse, Score, State, Task, Usage

AT = now()


def events() -> list[RunEvent]:
    """A run of two steps: a tool, then an answer."""
    made: list[RunEvent] = []

    def add(kind: Any, **fields: Any) -> None:
        made.append(kind(run_id="r", seq=len(made), at=AT, **fields))

    add(RunStarted, task=Task(text="Double 4"), team="coder", model="m")
    add(SkillSelected, lessons=(LessonUse(card_id="k", version=1, text="When …: …"),), considered=3)
    add(StateSnapshot, step=0, state=State(facts={"n": 0, "old": 1}))
    add(AgentStarted, agent="coder", step=0)
    add(ModelRequest, step=0, purpose="actor", prompt="# Task\nDouble 4", prompt_sha256="ab", lessons=("k",))
    add(TextDelta, step=0, text="thin")
    add(TextDone, step=0, text="thinking")
    add(ModelResponse, step=0, purpose="actor", text="use the calculator")
    add(ToolStarted, step=0, tool="calculator", call_id="c1")
    add(ToolArgs, step=0, tool="calculator", call_id="c1", args={"expression": "4*2"})
    add(ToolResult, step=0, tool="calculator", call_id="c1", text="8")
    add(StateDelta, step=0, agent="coder", action=Action(tool="calculator"), changed={"n": 8}, removed=("old",))
    add(ScoreComputed, step=0, score=Score(phi=4.0, tier="judge"), by="critic")
    add(AgentProgress, agent="coder", text="nearly there", step=1)
    add(StateDelta, step=1, agent="coder", action=Action(answer="8", done=True), changed={"answer": "8"})
    add(ScoreComputed, step=1, score=Score(phi=10.0, tier="given_tests", passed=1, total=1))
    add(MemoryCandidate, card_id="new", text="When doubling: multiply.")
    add(
        RunFinished,
        status="done",
        answer="8",
        score=Score(phi=10.0, tier="given_tests", passed=1, total=1),
        usage=Usage(seconds=1.0),
        steps=2,
    )
    return made


def test_each_step_knows_what_was_before_and_after() -> None:
    view = RunFold("r").feed(events())
    first, second = view.steps
    assert (first.before, first.after) == ({"n": 0, "old": 1}, {"n": 8})
    assert (second.before, second.after) == ({"n": 8}, {"n": 8, "answer": "8"})
    assert [(tool.tool, tool.args, tool.text) for tool in first.tools] == [("calculator", {"expression": "4*2"}, "8")]
    assert second.notes == ["nearly there"]
    assert view.phis == [4.0, 10.0]
    assert (view.status, view.answer, view.born) == ("done", "8", {"new": "When doubling: multiply."})


@given(st.lists(st.integers(0, len(events())), max_size=6), st.booleans())
def test_events_in_any_portions_and_repeated_give_the_same_view(cuts: list[int], again: bool) -> None:
    whole = events()
    fold = RunFold("r")
    edges = [0, *sorted(cuts), len(whole)]
    for start, end in pairwise(edges):
        fold.feed(whole[0 if again else start : end])
    assert fold.view == RunFold("r").feed(whole)


def test_the_prompts_of_a_step_are_read_apart_from_the_view() -> None:
    prompts = prompts_of(events(), range(1))
    (prompt,) = prompts[0]
    assert (prompt.prompt, prompt.lessons, prompt.reply) == ("# Task\nDouble 4", ("k",), "use the calculator")
    assert prompts_of(events(), range(1, 2)) == {}


def test_every_event_has_a_line_in_words() -> None:
    for event in events():
        line = event_line(event)
        assert line
        assert "{" not in line
        assert len(line) <= 200


def end(status: Any, seq: int) -> RunFinished:
    return RunFinished(run_id="r", seq=seq, at=AT, status=status, answer="", score=Score(), usage=Usage(), steps=1)


def test_a_stopped_run_that_is_taken_up_again_is_live_until_it_ends() -> None:
    fold = RunFold("r")
    assert fold.feed([*events()[:9], end("cancelled", 9)]).status == "cancelled"
    again = AgentProgress(run_id="r", seq=10, at=AT, agent="coder", text="taken up again", step=1)
    assert fold.feed([again]).is_live
    assert fold.feed([end("done", 11)]).status == "done"
    assert not fold.view.is_live


def job(status: Any, **fields: Any) -> Job:
    return Job(job_id="j", kind="run", title="t", spec={"run_id": "r"}, status=status, created=AT, **fields)


def test_a_cell_tells_where_its_last_run_stands() -> None:
    cell = Cell(cell_id="c", last_run_id="r", run_count=1)
    empty, half, whole = RunFold("r").view, RunFold("r").feed(events()[:9]), RunFold("r").feed(events())
    stopped = RunFold("r").feed([*events()[:9], end("cancelled", 9)])
    cases = [
        (None, job("queued"), "queued"),
        (empty, job("running"), "queued"),
        (half, job("running"), "running"),
        (half, job("interrupted"), "interrupted"),
        (half, None, "interrupted"),
        (half, job("cancelled"), "cancelled"),
        (stopped, job("cancelled"), "cancelled"),
        (stopped, job("running"), "running"),
        (empty, job("cancelled"), "cancelled"),
        (empty, job("failed", what="The model is not here.", fix="Pull it."), "failed"),
        (empty, None, "interrupted"),
        (whole, job("done"), "done"),
        (whole, None, "done"),
    ]
    for view, at_work, status in cases:
        output = output_of(cell, view, at_work)
        assert output is not None
        assert output.status == status
        assert output.what or status in ("queued", "running", "done")


def test_a_cell_that_was_never_run_has_no_output() -> None:
    assert output_of(Cell(cell_id="c"), None, None) is None
