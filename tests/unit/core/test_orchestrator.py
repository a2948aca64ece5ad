"""The loop from its first event to its last, on a scripted model."""

import asyncio
import json
import time

import pytest

from purpose_agent.core.hardening import SpecRefused
from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec, RunUnknown
from purpose_agent.core.prompt_compiler import TOKEN_BUDGET, estimate_tokens
from purpose_agent.core.trajectory import steps_of
from purpose_agent.errors import PurposeError
from purpose_agent.models.backend import Capabilities, Reply
from purpose_agent.models.errors import KeyRejected, ModelUnreachable, RateLimited
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.sandbox.tests import TestOutcome, TestReport
from purpose_agent.storage.errors import WorkspaceError
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import Budget, RunResult, Task, Usage
from tests.unit.core.doubles import FlakyTool, Listener, MemoryLog

SOLO = (AgentSpec(role="helper", instructions="Do the task.", tools=("calculator", "flaky"), answers=True),)
TRIO = (
    AgentSpec(role="architect", instructions="Plan."),
    AgentSpec(role="coder", instructions="Write it.", answers=True),
    AgentSpec(role="tester", instructions="Check it."),
)
DONE = '{"thought":"fine","done":true}'


class Alone(ScriptedBackend):
    """Cannot play roles and cannot judge, like the built-in model."""

    capabilities = Capabilities(roles=False, critic=False, local=True, free=True)


def spec(run_id: str = "r1", **changes: object) -> RunSpec:
    given: dict[str, object] = {
        "run_id": run_id,
        "task": Task(text="Say hello to the new colleague"),
        "purpose": "Write friendly messages",
        "agents": SOLO,
        "team": "helper",
    }
    return RunSpec(**{**given, **changes})


def draft(answer: str, *, done: bool = False, **more: object) -> str:
    return json.dumps({"thought": "hm", "answer": answer, "done": done, **more})


def tool(name: str, **args: object) -> str:
    return json.dumps({"thought": "use it", "tool": name, "args": args})


def verdict(phi: float, evidence: str, **more: object) -> str:
    return json.dumps({"phi": phi, "evidence": evidence, "confidence": 0.8, "looks_like_progress": False, **more})


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


async def run_as_list(code: str, tests: tuple[str, ...], *, timeout_s: float = 5.0) -> TestReport:
    """A stand-in for the sandbox: a test passes when its text stands in the code."""
    results = tuple(TestOutcome(test=test, passed=test in code, message="" if test in code else "no") for test in tests)
    return TestReport(results=results, passed=sum(each.passed for each in results), total=len(results))


class Desk:
    """One orchestrator with everything a test wants to look at."""

    def __init__(self, backend: ScriptedBackend, **parts: object) -> None:
        self.log, self.bus = MemoryLog(), Listener()
        self.flaky = FlakyTool()
        box = ToolBox([CalculatorTool(), self.flaky])
        given = {"journal": self.log, "bus": self.bus, "toolbox": box, "sleep": no_wait, "run_tests": run_as_list}
        self.orchestrator = Orchestrator(backend=backend, **{**given, **parts})

    def run(self, run: RunSpec, cancel: CancelToken | None = None) -> RunResult:
        return asyncio.run(self.orchestrator.run(run, cancel=cancel))

    def stored(self, kind: str) -> list:
        return [event for event in self.log.stored if event.kind == kind]

    def told(self) -> str:
        return "\n".join(event.text for event in self.stored("agent.progress"))


def test_a_run_ends_with_the_answer_and_its_score() -> None:
    model = ScriptedBackend([draft("Hello Ada"), verdict(8, "Hello Ada"), DONE])
    desk = Desk(model)
    result = desk.run(spec())
    assert (result.answer, result.phi, result.status, result.steps) == ("Hello Ada", 8.0, "done", 2)
    assert result.score.tier == "self"
    assert not result.success, "the same model's opinion of itself proves nothing"
    assert model.call_count == 3, "being done changes nothing, so nobody is asked again"


def test_events_are_numbered_without_gaps_stored_first_and_end_with_one_terminal_event() -> None:
    desk = Desk(
        ScriptedBackend([tool("calculator", expression="2+3"), verdict(3, "5"), draft("5"), verdict(9, "5"), DONE])
    )
    desk.run(spec())
    stored = [event.kind for event in desk.log.stored]
    assert [event.seq for event in desk.log.stored] == list(range(len(stored)))
    assert stored == [kind for kind in desk.bus.kinds() if kind != "text.delta"]
    assert stored[:3] == ["run.started", "skill.selected", "checkpoint.saved"]
    assert stored[3:] == [
        "agent.started", "model.request", "model.response", "reasoning.summary", "tool.started", "tool.args",
        "tool.result", "state.delta", "state.snapshot", "model.request", "model.response", "score.computed",
        "checkpoint.saved",
        "model.request", "model.response", "reasoning.summary", "text.done", "state.delta", "model.request",
        "model.response", "score.computed", "checkpoint.saved",
        "model.request", "model.response", "reasoning.summary", "state.delta", "agent.finished", "checkpoint.saved",
        "run.finished",
    ]  # fmt: skip
    assert sum(event.terminal for event in desk.log.stored) == 1
    assert desk.log.appends == 1 + 3 + 1, "one append per step, one to begin and one to end"


def test_the_prompt_that_was_sent_is_stored_with_its_hash() -> None:
    model = ScriptedBackend([draft("Hello", done=True), verdict(5, "Hello")])
    desk = Desk(model)
    desk.run(spec())
    request = desk.stored("model.request")[0]
    assert request.prompt == "\n".join(message.content for message in model.calls[0])
    assert steps_of(desk.log.stored)[0].prompt_sha256 == request.prompt_sha256


def test_streamed_text_goes_to_watchers_only_and_shows_the_answer_not_the_json() -> None:
    answer = 'Dear "Ada",\nwelcome ' + "to the team " * 20
    desk = Desk(ScriptedBackend([draft(answer, done=True), verdict(5, "Ada")]))
    desk.run(spec())
    heard = [event for event in desk.bus.heard if event.kind == "text.delta"]
    assert "".join(event.text for event in heard) == answer
    assert len(heard) > 1
    assert desk.stored("text.delta") == []
    assert desk.stored("text.done")[0].text == answer


def test_a_draft_that_passes_all_tests_ends_the_run_as_a_success() -> None:
    task = Task(text="Write f", tests=("assert f(1)", "assert f(2)"))
    first, second = "```python\n# assert f(1)\n```", "```python\n# assert f(1) assert f(2)\n```"
    desk = Desk(ScriptedBackend([draft(first), draft(second), DONE]))
    result = desk.run(spec(task=task))
    assert (result.phi, result.success, result.steps) == (10.0, True, 2)
    assert (result.score.tier, result.score.passed, result.score.total) == ("given_tests", 2, 2)
    assert result.answer == second
    assert [event.score.phi for event in desk.stored("score.computed")] == [5.0, 10.0]


def test_the_same_draft_is_not_tested_twice() -> None:
    runs = []

    async def counted(code: str, tests: tuple[str, ...], *, timeout_s: float = 5.0) -> TestReport:
        runs.append(code)
        return await run_as_list(code, tests)

    same = draft("```python\nx = 1\n```")
    desk = Desk(ScriptedBackend([same, same, DONE]), run_tests=counted)
    result = desk.run(spec(task=Task(text="Write f", tests=("assert f(1)",))))
    assert len(runs) == 1
    assert result.phi == 0.0


def test_tests_that_may_not_be_run_are_told_and_give_no_score() -> None:
    async def off(code: str, tests: tuple[str, ...], *, timeout_s: float = 5.0) -> TestReport:
        raise PurposeError("No wall holds on this machine.", "Turn code execution on under Safety.")

    desk = Desk(ScriptedBackend([draft("```python\nx = 1\n```"), DONE]), run_tests=off)
    result = desk.run(spec(task=Task(text="Write f", tests=("assert f(1)",))))
    assert (result.status, result.phi, result.success) == ("done", None, False)
    assert "The tests of this task were not run. No wall holds on this machine." in desk.told()


def test_a_run_id_is_used_once() -> None:
    desk = Desk(ScriptedBackend([draft("x", done=True), verdict(4, "x")]))
    desk.run(spec())
    with pytest.raises(ValueError, match="resume it"):
        desk.run(spec())


def test_an_unreadable_reply_is_asked_for_again_with_the_reason_and_then_the_last_draft_stands() -> None:
    model = ScriptedBackend([draft("Hello Ada"), verdict(6, "Ada"), "", ""])
    desk = Desk(model)
    result = desk.run(spec())
    assert (result.answer, result.status) == ("Hello Ada", "done")
    assert "could not be used" in model.calls[3][-1].content
    assert "could not be read" in desk.told()
    assert "the last draft stands" in desk.told()


def test_a_run_at_its_limit_is_done_with_its_best_draft() -> None:
    replies = [draft("good"), verdict(7, "good"), draft("bad"), verdict(2, "bad")]
    result = Desk(ScriptedBackend(replies)).run(spec(budget=Budget(steps=2)))
    assert (result.status, result.answer, result.phi) == ("done", "good", 7.0)
    assert result.what == "stopped at its limit of 2 steps"


def test_tokens_and_money_are_limits_too() -> None:
    costly = Reply(text=draft("x"), usage=Usage(prompt_tokens=600, completion_tokens=500, cost_usd=0.02))
    tokens = Desk(ScriptedBackend([costly, verdict(1, "x")])).run(spec(budget=Budget(tokens=1000)))
    money = Desk(ScriptedBackend([costly, verdict(1, "x")])).run(spec(budget=Budget(cost_usd=0.01)))
    assert tokens.what == "stopped at its limit of 1,000 tokens"
    assert money.what == "stopped at its limit of 0.01 US dollars"


def test_time_is_a_limit_also_in_the_middle_of_a_slow_answer() -> None:
    model = ScriptedBackend([draft("never")], delay_s=30)
    started = time.monotonic()
    result = Desk(model).run(spec(budget=Budget(seconds=0.2)))
    assert time.monotonic() - started < 2
    assert (result.status, result.what) == ("done", "stopped at its limit of 0.2 s")


def test_cancel_stops_a_waiting_run_within_two_seconds_and_keeps_its_steps() -> None:
    class Slow(ScriptedBackend):
        async def generate(self, messages: object, **more: object) -> Reply:
            if self.call_count >= 2:
                await asyncio.sleep(30)
            return await super().generate(messages, **more)

    desk, token = Desk(Slow([draft("Hello"), verdict(4, "Hello")])), CancelToken()

    async def both() -> RunResult:
        running = asyncio.create_task(desk.orchestrator.run(spec(), cancel=token))
        await asyncio.sleep(0.1)
        token.cancel()
        return await running

    started = time.monotonic()
    result = asyncio.run(both())
    assert time.monotonic() - started < 2
    assert (result.status, result.answer) == ("cancelled", "Hello")
    assert len(steps_of(desk.log.stored)) == 1
    assert desk.log.stored[-1].status == "cancelled"


def test_a_model_that_never_waits_can_be_cancelled_too() -> None:
    token = CancelToken()

    def then_cancel(_: object) -> str:
        token.cancel()
        return draft("x")

    result = Desk(ScriptedBackend([draft("a"), verdict(1, "a"), then_cancel, verdict(2, "x"), draft("b")])).run(
        spec(), cancel=token
    )
    assert (result.status, result.steps) == ("cancelled", 2)


def test_cancelling_the_calling_task_stores_the_end_before_it_is_passed_on() -> None:
    desk = Desk(ScriptedBackend([draft("never")], delay_s=30))

    async def both() -> None:
        running = asyncio.create_task(desk.orchestrator.run(spec()))
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(both())
    assert desk.log.stored[-1].kind == "run.finished"
    assert desk.log.stored[-1].status == "cancelled"


def test_a_call_that_fails_is_tried_again_as_the_provider_asks() -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    busy = RateLimited("Too many requests.", "Wait.", retry_after_s=7)
    gone = ModelUnreachable("Nothing answers.", "Start it.")
    desk = Desk(ScriptedBackend([busy, gone, draft("Hello", done=True), verdict(5, "Hello")]), sleep=wait)
    result = desk.run(spec())
    assert result.answer == "Hello"
    assert waited == [7.0, 1.0]
    assert "Trying again in 7 s (attempt 2 of 3)" in desk.told()
    assert "attempt 3 of 3" in desk.told()


def test_a_model_that_stays_away_ends_the_run_in_an_error_with_its_steps_kept() -> None:
    gone = ModelUnreachable("Nothing answers at localhost.", "Start it.")
    desk = Desk(ScriptedBackend([draft("Hello"), verdict(4, "Hello"), gone, gone, gone]))
    result = desk.run(spec())
    assert (result.status, result.what, result.fix) == ("failed", "Nothing answers at localhost.", "Start it.")
    assert (result.answer, result.phi) == ("Hello", 4.0), "the draft so far is kept"
    assert desk.log.stored[-1].kind == "run.error"
    assert len(steps_of(desk.log.stored)) == 1


def test_a_rejected_key_is_not_tried_again() -> None:
    model = ScriptedBackend([KeyRejected("The key was refused.", "Enter another."), draft("x")])
    result = Desk(model).run(spec())
    assert (result.status, model.call_count) == ("failed", 1)


def test_a_fault_in_the_program_becomes_a_sentence_with_details() -> None:
    desk = Desk(ScriptedBackend([ZeroDivisionError("oops")]))
    result = desk.run(spec())
    assert result.status == "failed"
    assert "fault in the program" in result.what
    assert "ZeroDivisionError" in desk.log.stored[-1].details


@pytest.mark.parametrize("does", ["raise", "hang", "flood", "lie"])
def test_whatever_a_tool_does_is_an_observation(does: str) -> None:
    replies = [tool("flaky", does=does), verdict(1, "flaky"), draft("Hello", done=True), verdict(5, "Hello")]
    desk = Desk(ScriptedBackend(replies))
    result = desk.run(spec())
    assert (result.status, result.answer) == ("done", "Hello")
    assert max(len(str(event)) for event in desk.log.stored) < 20_000
    if does == "lie":
        assert result.phi == 5.0, "a tool cannot set the facts on which the score rests"


def test_a_tool_that_the_agent_may_not_use_is_not_called() -> None:
    agents = (AgentSpec(role="helper", tools=("calculator",), answers=True),)
    desk = Desk(ScriptedBackend([tool("flaky", does="count"), verdict(1, "x"), DONE]))
    desk.run(spec(agents=agents))
    assert desk.flaky.calls == 0
    assert "has no tool “flaky”" in desk.stored("tool.error")[0].what


def test_a_team_works_in_turns_and_hands_over_by_facts() -> None:
    replies = [
        draft("First greet, then sign", done=True), verdict(2, "greet"),
        draft("Hello"), verdict(4, "Hello"),
        DONE,
        draft("The signature is missing"), verdict(4, "signature"),
        draft("Hello. Bob", done=True), verdict(8, "Bob"),
        DONE, verdict(8, "accepted"),
    ]  # fmt: skip
    model = ScriptedBackend(replies)
    desk = Desk(model)
    result = desk.run(spec(agents=TRIO))
    assert (result.answer, result.status, result.what) == ("Hello. Bob", "done", "done")
    assert [event.agent for event in desk.stored("agent.started")] == [
        "architect",
        "coder",
        "tester",
        "coder",
        "tester",
    ]
    assert [event.agent for event in desk.stored("agent.finished")] == [
        "architect",
        "coder",
        "tester",
        "coder",
        "tester",
    ]
    coder_prompt = model.calls[2][-1].content
    assert "plan by architect: First greet, then sign" in coder_prompt
    second_coder_prompt = desk.stored("model.request")[7].prompt
    assert "remarks by tester: The signature is missing" in second_coder_prompt
    assert "sends it back" in model.calls[5][0].content


def test_a_draft_is_sent_back_at_most_twice() -> None:
    model = ScriptedBackend([draft("Plan", done=True), *[draft("Hello", done=True), draft("No")] * 3])
    desk = Desk(model, critic_backend=Alone([]))
    result = desk.run(spec(agents=TRIO))
    assert result.answer == "Hello"
    assert "sent back 2 times" in desk.told()


def test_a_model_without_roles_runs_only_the_answering_agent_and_says_so() -> None:
    desk = Desk(Alone([draft("Hello", done=True)]))
    result = desk.run(spec(agents=TRIO))
    assert (result.answer, result.phi, result.score.tier) == ("Hello", None, "none")
    assert "plays one role only, so coder works alone" in desk.told()


def test_a_judge_of_another_name_has_a_better_tier_than_the_model_itself() -> None:
    judge = ScriptedBackend([verdict(8, "Hello")], name="scripted:judge")
    result = Desk(ScriptedBackend([draft("Hello", done=True)]), critic_backend=judge).run(spec())
    assert (result.score.tier, result.success) == ("judge", True)


def test_the_persons_check_decides() -> None:
    desk = Desk(Alone([draft("meh"), draft("Hello Ada"), draft("more")]), check=lambda answer: "Ada" in answer)
    result = desk.run(spec())
    assert (result.answer, result.phi, result.score.tier, result.steps) == ("Hello Ada", 10.0, "user", 2)


def test_a_hundred_steps_on_a_growing_state_cost_the_same_each() -> None:
    model = ScriptedBackend([tool("flaky", does="grow")], cycle=True)
    judge = ScriptedBackend([verdict(5, "call")], name="scripted:judge", cycle=True)
    desk = Desk(model, critic_backend=judge)
    result = desk.run(spec(budget=Budget(steps=100)))
    assert (result.steps, result.phi) == (100, 5.0)
    assert judge.call_count == 100, "one critic call per changing step"
    read = [sum(len(message.content) for message in call) for call in judge.calls[1:]]
    assert max(read) <= min(read) * 1.05
    sent = [estimate_tokens("\n".join(message.content for message in call)) for call in model.calls]
    assert max(sent) <= TOKEN_BUDGET
    assert max(sent[20:]) <= min(sent[20:]) * 1.1, "the state is told within a bound, whatever it holds"
    assert desk.log.appends == 1 + 100 + 1


def test_usage_counts_actor_and_critic() -> None:
    used = Usage(prompt_tokens=10, completion_tokens=1, calls=1, attempts=7)
    replies = [Reply(text=draft("x", done=True), usage=used), Reply(text=verdict(5, "x"), usage=used)]
    desk = Desk(ScriptedBackend(replies))
    result = desk.run(spec())
    assert (result.usage.prompt_tokens, result.usage.calls) == (20, 2)
    assert "attempts" in desk.stored("state.delta")[0].changed


def test_notices_of_a_degraded_model_are_told_once() -> None:
    cut = Reply(text=draft("x"), notices=("The context was cut.",))
    desk = Desk(ScriptedBackend([cut, verdict(3, "x"), cut, DONE]))
    desk.run(spec())
    assert desk.told().count("The context was cut.") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "  "}, "purpose is empty"),
        ({"purpose": "x" * 1_000_000}, "1,000,000 characters"),
        ({"task": Task(text="")}, "task is empty"),
        ({"task": Task(text="y" * 1_000_000)}, "at most 20,000"),
    ],
)
def test_what_cannot_be_a_run_is_refused_before_anything_is_stored(changes: dict, words: str) -> None:
    desk = Desk(ScriptedBackend([]))
    with pytest.raises(SpecRefused, match=words):
        desk.run(spec(**changes))
    assert desk.log.stored == []


def test_a_team_without_exactly_one_answer_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="exactly one agent"):
        Desk(ScriptedBackend([])).run(spec(agents=(TRIO[0],)))


def test_a_log_that_cannot_be_written_is_told_to_watchers_and_raised() -> None:
    def full(_: object) -> str:
        desk.log.fail = WorkspaceError("The disk is full.", "Free some space.")
        return draft("x")

    desk = Desk(ScriptedBackend([full, verdict(4, "x")]))
    with pytest.raises(WorkspaceError, match="disk is full"):
        desk.run(spec())
    assert desk.bus.heard[-1].kind == "run.error"


def test_resuming_what_never_ran_says_so() -> None:
    with pytest.raises(RunUnknown, match="nobody"):
        asyncio.run(Desk(ScriptedBackend([])).orchestrator.resume("nobody"))
