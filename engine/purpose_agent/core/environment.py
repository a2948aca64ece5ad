"""The world of a run: what an action does to the state.

A tool's answer, a draft and what its tests say become facts. Facts are bounded, so a tool that returns megabytes makes
an observation like any other, and only this module sets the facts on which Φ rests: a tool cannot claim them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from purpose_agent.core.once import StepContext, ToolOutcome, ToolRunner
from purpose_agent.core.ports import RunLog, TestRunner
from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.errors import PurposeError
from purpose_agent.memory.immune.fence import fenced
from purpose_agent.models.reply_parsing import extract_code
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import JSON, Action, Observation, State, Task

RESULT_CHARS = 1_000
FACT_CHARS = 4_000
DRAFT_CHARS = 100_000
NAME_CHARS = 80
MAX_FACTS = 200
FAILING_SHOWN = 3
FAILING_CHARS = 200
TESTS_TIMEOUT_S = 10.0

RESERVED = frozenset(
    {"answer", "method", "tests_passed", "tests_total", "failing", "tests_not_run", "attempts", "tool", "result"}
)


class Environment(Protocol):
    """`step` never raises for what a tool or a draft did: that is an observation."""

    def reset(self, task: Task) -> State: ...
    async def step(self, state: State, action: Action, context: StepContext) -> tuple[State, Observation]: ...


class TaskEnvironment:
    """Tools, and the task's own tests for drafts. One per run."""

    def __init__(
        self,
        toolbox: ToolBox | None = None,
        *,
        run_tests: TestRunner,
        log: RunLog | None = None,
        root: Path | None = None,
        entry_point: str = "",
    ) -> None:
        self.runner = None if toolbox is None else ToolRunner(toolbox, log, root=root)
        self._run_tests = run_tests
        self._entry_point = entry_point
        self._task = Task(text="")

    def reset(self, task: Task) -> State:
        self._task = task
        return State()

    async def step(self, state: State, action: Action, context: StepContext) -> tuple[State, Observation]:
        facts = dict(state.facts)
        if context.attempts:
            before = facts.get("attempts", 0)
            facts["attempts"] = (before if isinstance(before, int) else 0) + context.attempts
        if action.tool:
            observation = await self._use_tool(facts, action, context)
        elif action.answer is not None:
            observation = await self._take_draft(facts, action)
        else:
            observation = Observation(text="Done." if action.done else "Nothing was done.", ok=action.done)
        return State(facts=facts), observation

    def taken_up(self, state: State, tool: str, outcome: ToolOutcome) -> tuple[State, Observation]:
        """The step that a stopped process had begun, finished from its record."""
        facts = dict(state.facts)
        return State(facts=facts), _note_tool(facts, tool, outcome)

    async def _use_tool(self, facts: dict[str, JSON], action: Action, context: StepContext) -> Observation:
        if self.runner is None:
            return Observation(text="There are no tools in this run.", ok=False, tool=action.tool)
        outcome = await self.runner.call(action, context)
        return _note_tool(facts, action.tool, outcome)

    async def _take_draft(self, facts: dict[str, JSON], action: Action) -> Observation:
        draft = action.answer or ""
        if len(draft) > DRAFT_CHARS:
            text = f"The draft has {len(draft):,} characters; at most {DRAFT_CHARS:,} are taken."
            return Observation(text=text, ok=False)
        same = facts.get("answer") == draft
        facts["answer"] = draft
        if action.method:
            facts["method"] = action.method[:FACT_CHARS]
        elif not same:
            facts.pop("method", None)
        if not self._task.tests:
            return Observation(text="The draft is the same as before." if same else "The draft is noted.")
        if same and "tests_total" in facts:
            return Observation(text=f"The same draft as before: {_tests_words(facts)}", ok=_all_pass(facts))
        return await self._test(facts, draft)

    async def _test(self, facts: dict[str, JSON], draft: str) -> Observation:
        for name in ("tests_passed", "tests_total", "failing", "tests_not_run"):
            facts.pop(name, None)
        total = len(self._task.tests)
        code = extract_code(draft, self._entry_point)
        if not code:
            facts.update(tests_passed=0, tests_total=total, failing=["no Python code was found in the draft"])
            return Observation(text=f"No Python code was found in the draft; 0 of {total} tests pass.", ok=False)
        try:
            report = await self._run_tests(code, self._task.tests, timeout_s=TESTS_TIMEOUT_S)
        except PurposeError as error:
            facts["tests_not_run"] = str(error)
            return Observation(text=f"The tests were not run. {error}", ok=False)
        failing = [_failing_words(each.test, each.message) for each in report.results if not each.passed]
        facts.update(tests_passed=report.passed, tests_total=report.total)
        if failing or report.error:
            facts["failing"] = failing[:FAILING_SHOWN] or [report.error[:FAILING_CHARS]]
        return Observation(text=_tests_words(facts), ok=_all_pass(facts))


def _note_tool(facts: dict[str, JSON], tool: str, outcome: ToolOutcome) -> Observation:
    """What the tool said and changed, as far as a model may read it."""
    found = fenced(shorten(outcome.text, RESULT_CHARS), "tool", f"the tool {tool}")
    facts["tool"] = tool
    facts["result"] = found.text if outcome.ok else f"failed: {found.text}"
    told = [found.told, *_take_facts(facts, tool, outcome.changed)]
    truncated = outcome.truncated or len(outcome.text) > RESULT_CHARS
    notices = tuple(dict.fromkeys(notice for notice in told if notice))
    return Observation(text=found.text, ok=outcome.ok, tool=tool, truncated=truncated, notices=notices)


def _take_facts(facts: dict[str, JSON], tool: str, changed: Mapping[str, JSON]) -> list[str]:
    """A tool's own facts, bounded in size and number; names on which Φ rests are put under the tool's name.

    Returns what the person has to be told of them.
    """
    told: list[str] = []
    for name, value in changed.items():
        place = f"{tool}.{name}" if name in RESERVED else name[:NAME_CHARS]
        if place not in facts and len(facts) >= MAX_FACTS:
            facts["not kept"] = f"the state holds {MAX_FACTS} facts; newer ones of {tool} are left out"
            break
        text = shorten(value_text(value), FACT_CHARS)
        found = fenced(text, "tool", f"the tool {tool}")
        told.append(found.told)
        facts[place] = found.text if found.told or text != value_text(value) else value
    return told


def _tests_words(facts: Mapping[str, JSON]) -> str:
    passed, total, failing = facts.get("tests_passed"), facts.get("tests_total"), facts.get("failing")
    words = f"{passed} of {total} tests pass."
    return f"{words} First that fails: {failing[0]}" if isinstance(failing, list) and failing else words


def _all_pass(facts: Mapping[str, JSON]) -> bool:
    return bool(facts.get("tests_total")) and facts.get("tests_passed") == facts.get("tests_total")


def _failing_words(test: str, message: str) -> str:
    return shorten(f"{test} ({message})" if message else test, FAILING_CHARS)
