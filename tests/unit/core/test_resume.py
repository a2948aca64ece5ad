"""A run whose process died goes on from its last checkpoint, and nothing is done twice. On the real journal."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.core.trajectory import steps_of
from purpose_agent.memory.memory import Memory
from purpose_agent.models.backend import Message, Reply
from purpose_agent.models.errors import KeyRejected
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.runtime.events import Event, RunStarted, now
from purpose_agent.storage.journal import Checkpoint, Journal
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import JSON, Budget, RunResult, Task
from tests.unit.core.doubles import FlakyTool

TEAM = (
    AgentSpec(role="architect", instructions="Plan."),
    AgentSpec(role="coder", tools=("calculator", "flaky"), answers=True),
)
COUNT = json.dumps({"tool": "flaky", "args": {"does": "count"}})


class ProcessDied(BaseException):
    """Not an Exception: nothing in the program gets to see it, as with SIGKILL."""


class Judge(ScriptedBackend):
    def __init__(self) -> None:
        super().__init__(['{"phi":4,"evidence":"nowhere","confidence":1}'], name="scripted:judge", cycle=True)


class DyingJournal(Journal):
    """Dies before or after the given call of the given method."""

    def __init__(self, path: Path, *, method: str, call: int, after: bool) -> None:
        super().__init__(path)
        self._dies = (method, call, after)
        self._calls: dict[str, int] = {}

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None:
        self._die_around("append", lambda: Journal.append(self, events, checkpoint=checkpoint))

    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None:
        self._die_around("record_intent", lambda: Journal.record_intent(self, run_id, key, tool, args))

    def record_outcome(self, run_id: str, key: str, outcome: dict[str, JSON]) -> None:
        self._die_around("record_outcome", lambda: Journal.record_outcome(self, run_id, key, outcome))

    def _die_around(self, method: str, act: Callable[[], None]) -> None:
        number = self._calls[method] = self._calls.get(method, -1) + 1
        if self._dies == (method, number, False):
            raise ProcessDied
        act()
        if self._dies == (method, number, True):
            raise ProcessDied


class Script(ScriptedBackend):
    """Decides by what the prompt says, as a model would after a restart."""

    def __init__(self) -> None:
        super().__init__([self._decide], cycle=True)

    @staticmethod
    def _decide(messages: Sequence[Message]) -> str:
        prompt = messages[-1].content
        if "plan by architect" not in prompt and "architect" in messages[0].content:
            return json.dumps({"answer": "count, then answer", "done": True})
        if "count: 2" in prompt or "unknown" in prompt or "nobody knows" in prompt:
            return json.dumps({"answer": "It is counted", "done": True})
        return COUNT


def spec() -> RunSpec:
    return RunSpec(run_id="r", task=Task(text="Count to two"), purpose="Count", agents=TEAM, budget=Budget(steps=9))


def orchestrator(journal: Journal, flaky: FlakyTool, **parts: object) -> Orchestrator:
    box = ToolBox([CalculatorTool(), flaky])
    return Orchestrator(**{"backend": Script(), "critic_backend": Judge(), "journal": journal, "toolbox": box, **parts})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def run_until_it_dies(path: Path, flaky: FlakyTool, **dies: object) -> None:
    journal = DyingJournal(path, **{"after": True, **dies})
    with pytest.raises(ProcessDied):
        asyncio.run(orchestrator(journal, flaky).run(spec()))
    journal.close()


def take_up(path: Path, flaky: FlakyTool, **parts: object) -> tuple[RunResult, list]:
    journal = Journal(path)
    result = asyncio.run(orchestrator(journal, flaky, **parts).resume("r"))
    events = journal.events("r")
    journal.close()
    return result, events


PLACES = [("append", call, after) for call in range(1, 5) for after in (False, True)] + [
    (method, call, after) for method in ("record_intent", "record_outcome") for call in (1,) for after in (False, True)
]


@pytest.mark.parametrize(("method", "call", "after"), PLACES)
def test_wherever_it_dies_the_run_goes_on_and_no_side_effect_is_repeated(
    path: Path, method: str, call: int, after: bool
) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method=method, call=call, after=after)
    result, events = take_up(path, flaky)
    assert (result.status, result.answer) == ("done", "It is counted")
    assert [event.seq for event in events] == list(range(len(events)))
    assert sum(event.terminal for event in events) == 1
    assert events[-1].terminal
    assert flaky.calls <= 2
    steps = steps_of(events)
    assert [step.index for step in steps] == list(range(len(steps))), "every step is told once"
    assert result.steps == len(steps)


def test_an_outcome_that_was_recorded_is_used_again(path: Path) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method="record_outcome", call=0)
    assert flaky.calls == 1
    _, events = take_up(path, flaky)
    first = next(event for event in events if event.kind == "tool.result")
    assert (first.replayed, first.text) == (True, "call 1")
    assert flaky.calls == 2


def test_when_nobody_knows_the_outcome_the_actor_is_told_and_the_tool_not_called(path: Path) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method="record_outcome", call=0, after=False)
    result, events = take_up(path, flaky)
    assert flaky.calls == 1
    error = next(event for event in events if event.kind == "tool.error")
    assert "nobody knows whether it was done" in error.what
    assert result.answer == "It is counted"


def test_the_budget_counts_what_was_used_before(path: Path) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method="append", call=3)
    result, _ = take_up(path, flaky)
    alone = FlakyTool()
    journal = Journal(path.with_name("other.sqlite"))
    whole = asyncio.run(orchestrator(journal, alone).run(spec()))
    journal.close()
    assert result.usage.calls == whole.usage.calls
    assert result.steps == whole.steps


def test_resuming_a_run_that_has_ended_tells_its_result_again(path: Path) -> None:
    journal = Journal(path)
    first = asyncio.run(orchestrator(journal, FlakyTool()).run(spec()))
    again = asyncio.run(orchestrator(journal, FlakyTool(), backend=ScriptedBackend([])).resume("r"))
    journal.close()
    assert again == first


def test_a_run_that_died_before_its_first_event_starts_from_what_was_asked(path: Path) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method="record_intent", call=0)
    result, events = take_up(path, flaky)
    assert result.answer == "It is counted"
    assert events[0].kind == "run.started"


def test_a_run_that_cannot_go_on_is_honestly_interrupted(path: Path) -> None:
    journal = Journal(path)
    journal.append([RunStarted(run_id="r", seq=0, at=now(), task=Task(text="x"), team="t", model="m")])
    journal.close()
    result, events = take_up(path, FlakyTool())
    assert (result.status, result.fix) == ("interrupted", "Run the task again.")
    assert events[-1].kind == "run.error"
    assert events[-1].status == "interrupted"


@pytest.fixture
def memory(path: Path) -> Iterator[Memory]:
    journal = Journal(path)
    yield Memory(journal)
    journal.close()


def test_the_lessons_of_the_run_stay_and_one_that_was_revoked_goes(path: Path, memory: Memory) -> None:
    kept, revoked = (
        memory.teach("Count slowly and say each number"),
        memory.teach("Count on your fingers when in doubt"),
    )
    flaky = FlakyTool()
    journal = DyingJournal(path, method="append", call=2, after=True)
    with pytest.raises(ProcessDied):
        asyncio.run(orchestrator(journal, flaky, memory=Memory(journal)).run(spec()))
    journal.close()
    memory.ledger.revoke(revoked.card_id, by="person")
    _, events = take_up(path, flaky, memory=memory)
    prompts = [event for event in events if event.kind == "model.request" and event.purpose == "actor"]
    assert set(prompts[0].lessons) == {kept.card_id, revoked.card_id}
    assert prompts[-1].lessons == (kept.card_id,)
    assert any(event.kind == "agent.progress" and "not in use any more" in event.text for event in events)


def test_a_run_that_was_stopped_goes_on_where_it_stopped(path: Path) -> None:
    token, flaky, journal = CancelToken(), FlakyTool(), Journal(path)

    class StopsAfterCounting(Script):
        async def generate(self, messages: Sequence[Message], **more: object) -> Reply:
            if "count: 1" in messages[-1].content:
                token.cancel()
            return await super().generate(messages, **more)

    stopped = asyncio.run(orchestrator(journal, flaky, backend=StopsAfterCounting()).run(spec(), cancel=token))
    journal.close()
    assert stopped.status == "cancelled"
    result, events = take_up(path, flaky)
    assert (result.status, result.answer, flaky.calls) == ("done", "It is counted", 2)
    assert [event.seq for event in events] == list(range(len(events)))
    assert [event.status for event in events if event.terminal] == ["cancelled", "done"]


def test_a_run_whose_model_went_away_goes_on_when_it_is_back(path: Path) -> None:
    flaky, journal = FlakyTool(), Journal(path)
    plan = json.dumps({"answer": "count, then answer", "done": True})
    broken = ScriptedBackend([plan, KeyRejected("The key was refused.", "Enter another.")])
    failed = asyncio.run(orchestrator(journal, flaky, backend=broken).run(spec()))
    journal.close()
    assert (failed.status, failed.steps) == ("failed", 1)
    result, _ = take_up(path, flaky)
    assert (result.status, result.answer) == ("done", "It is counted")


def test_a_run_that_died_between_its_last_step_and_its_end_only_ends(path: Path) -> None:
    flaky = FlakyTool()
    run_until_it_dies(path, flaky, method="append", call=4)
    result, _ = take_up(path, flaky, backend=ScriptedBackend([]))
    assert (result.status, result.answer, result.steps, result.what) == ("done", "It is counted", 4, "done")
