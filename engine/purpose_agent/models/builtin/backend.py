"""The built-in model behind the port of every model.

It reads its task, tests, sources and lessons from the same prompt text that a language model would get, so what a
person sees of the prompt is all that it knew. Code tasks are searched in slices, one slice a call; where a search
stopped is kept under (prompt, attempts so far), and is rebuilt by counting when it was lost, for example by a restart.
"""

import asyncio
import json
import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from purpose_agent.models.backend import Capabilities, Limits, Message, OnText, Reply, ToolSpec
from purpose_agent.models.builtin.errors import BuiltinRefusal
from purpose_agent.models.builtin.examples import Reading, conflicts, read_asserts
from purpose_agent.models.builtin.problem import Unsuitable, make_problem
from purpose_agent.models.builtin.programs import Program
from purpose_agent.models.builtin.search import TOTAL_ATTEMPTS, Ambiguous, Found, Outcome, Search
from purpose_agent.models.builtin.values import thaw
from purpose_agent.models.prompt_sections import Section, parse
from purpose_agent.types import JSON, Usage

SLICE_ATTEMPTS = 10_000
BREATH_ATTEMPTS = 500  # about 10 ms: the loop gets its turn, so a cancel is felt at once
KEPT_SEARCHES = 8
MORE_MODEL = "connect a language model (start Ollama, or see `purpose-agent models`)"
_ATTEMPTS_SO_FAR = re.compile(r"(?:^[\s*-]*|[{,]\s*)[\"'`*]*attempts\b[\"'`*]*\s*[:=]\s*(\d+)", re.MULTILINE)
_SIGNATURE = re.compile(r"\bdef\s+(\w+)\s*\(([^)]*)\)")

_Place = tuple[str, str, str, int]  # task, tests, lessons, attempts so far


class BuiltinBackend:
    """`builtin:search`. Needs no network, no key and no download."""

    def __init__(self, *, total_attempts: int = TOTAL_ATTEMPTS, slice_attempts: int = SLICE_ATTEMPTS) -> None:
        self._total, self._slice = total_attempts, slice_attempts
        self._searches: OrderedDict[_Place, Search] = OrderedDict()

    @property
    def name(self) -> str:
        return "builtin:search"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(roles=False, critic=False, local=True, free=True, streaming=False, context_tokens=32_768)

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, JSON] | None = None,
        tools: Sequence[ToolSpec] = (),
        on_text: OnText | None = None,
        limits: Limits = Limits(),
    ) -> Reply:
        """One slice of the search, or an answer from the sources. Raises BuiltinRefusal."""
        sections = parse("\n".join(message.content for message in messages))
        started = time.perf_counter()
        tests = [line.strip() for line in sections.get("Tests", "").splitlines() if line.strip()]
        if any(_assert_of(line) for line in tests):
            reply = await self._search(sections, [a for line in tests if (a := _assert_of(line))], started)
        elif sections.get("Sources", "").strip():
            reply = await asyncio.to_thread(_from_sources, sections, started)  # some 0.2 s of embedding
        else:
            raise BuiltinRefusal(
                "The built-in model cannot write freely: it finds small programs from examples, and sentences in "
                "documents, and this task has neither.",
                f"Add an example such as `f(2) -> 4` or a test, attach documents, or {MORE_MODEL}.",
            )
        if on_text is not None:
            on_text(reply.text)
        return reply

    async def aclose(self) -> None:
        self._searches.clear()

    async def _search(self, sections: Mapping[Section, str], tests: list[str], started: float) -> Reply:
        reading = read_asserts(tests)
        task, lessons = sections.get("Task", ""), sections.get("Lessons", "")
        so_far = _attempts_so_far(sections.get("State", ""))
        place: _Place = (task, "\n".join(tests), lessons, so_far)
        search = self._searches.pop(place, None)
        if search is None:
            search = self._begin(reading, task, lessons)
            await _advance(search, so_far, replay=True)
        if search.attempts >= search.budget or search.exhausted:
            raise _spent(search, reading)
        before = search.attempts
        outcome = await _advance(search, min(before + self._slice, search.budget))
        usage = Usage(attempts=search.attempts - before, calls=1, seconds=time.perf_counter() - started)
        self._keep((*place[:3], search.attempts), search)
        return self._reply(search, outcome, reading, usage)

    def _begin(self, reading: Reading, task: str, lessons: str) -> Search:
        if not reading.examples:
            raise BuiltinRefusal(
                "The built-in model could not read any of the tests as an example.",
                f"Write them as `assert f(2) == 4`, with plain values on both sides, or {MORE_MODEL}.",
            )
        clash = conflicts(reading.examples)
        if clash is not None:
            raise BuiltinRefusal(
                f"Two examples ask for different results: {call_text(clash[0].name, clash[0].args)} should give both "
                f"{thaw(clash[0].result)!r} and {thaw(clash[1].result)!r}.",
                "Remove the one that is wrong.",
            )
        try:
            problem = make_problem(reading.examples, params=_params(task, reading.examples[0].name), text=task)
        except Unsuitable as error:
            raise BuiltinRefusal(
                f"The built-in model cannot search for this function: {error}.",
                f"Make the examples alike, or {MORE_MODEL}.",
            ) from error
        return Search(problem, lessons, budget=self._total)

    def _keep(self, place: _Place, search: Search) -> None:
        self._searches[place] = search
        while len(self._searches) > KEPT_SEARCHES:
            self._searches.popitem(last=False)

    def _reply(self, search: Search, outcome: Outcome | None, reading: Reading, usage: Usage) -> Reply:
        if isinstance(outcome, Ambiguous):
            raise _ambiguous(search, outcome, usage)
        found = outcome.program if isinstance(outcome, Found) else None
        draft = found or search.best
        if draft is None:
            if search.attempts >= search.budget or search.exhausted:
                raise _spent(search, reading, usage)
            return _reply(f"I tried {search.attempts:,} programs; none meets an example yet.", "", "", False, usage)
        if found is not None:
            search.reject(found)  # should it come back: some check beyond the readable examples failed
        checked = found is not None and not reading.unread
        thought = _thought(search, draft, found is not None, reading)
        return _reply(thought, search.code(draft), draft.method, checked, usage)


async def _advance(search: Search, goal: int, *, replay: bool = False) -> Outcome | None:
    """On to `goal` attempts in small pieces. A replay passes over what was told before."""
    while search.attempts < goal:
        outcome = search.advance(min(BREATH_ATTEMPTS, goal - search.attempts))
        await asyncio.sleep(0)
        if outcome is not None and not replay:
            return outcome
        if isinstance(outcome, Found):
            search.reject(outcome.program)
        elif outcome is not None:
            break
    return None


def _from_sources(sections: Mapping[Section, str], started: float) -> Reply:
    from purpose_agent.models.builtin.extractive import answer_from_sources  # with them comes numpy, as slow to import
    from purpose_agent.models.embedding.choose import best_shipped_embedder  # as all the rest

    answer = answer_from_sources(sections.get("Task", ""), sections.get("Sources", ""), best_shipped_embedder())
    usage = Usage(calls=1, seconds=time.perf_counter() - started)
    if answer is None:
        question = " ".join(sections.get("Task", "").split())
        text = f"I don't know: your documents do not say anything that answers “{question[:200]}”."
        return _reply("No passage covers the words of the question.", text, "", True, usage)
    return _reply("I picked the sentences that cover the question best.", answer, "extract sentences", True, usage)


def _reply(thought: str, answer: str, method: str, done: bool, usage: Usage) -> Reply:
    action: dict[str, JSON] = {"thought": thought, "answer": answer, "method": method, "done": done}
    return Reply(text=json.dumps(action, ensure_ascii=False), usage=usage, model="builtin:search")


def _thought(search: Search, draft: Program, fits: bool, reading: Reading) -> str:
    seen = f"after {search.attempts:,} programs"
    if fits:
        aside = f"; {len(reading.unread)} tests were not readable as examples" if reading.unread else ""
        return f"This program meets all {search.problem.judged} examples, {seen}{aside}."
    return f"The best so far meets {draft.matches} of {search.problem.judged} examples, {seen}; I search on."


def _ambiguous(search: Search, outcome: Ambiguous, usage: Usage) -> BuiltinRefusal:
    call = call_text(search.problem.name, outcome.inputs)
    one, two = (repr(thaw(result)) for result in outcome.results)
    return BuiltinRefusal(
        f"Two short programs fit all your examples and differ elsewhere: for {call} one gives {one}, the other {two}.",
        f"What should {call} give? Add it as one more example.",
        usage=usage,
        details=f"{search.code(outcome.first)}\n{search.code(outcome.second)}",
    )


def _spent(search: Search, reading: Reading, usage: Usage | None = None) -> BuiltinRefusal:
    best = f" The best one meets {search.best.matches} of {search.problem.judged} examples." if search.best else ""
    return BuiltinRefusal(
        f"The built-in model tried {search.attempts:,} programs and none meets all examples.{best}",
        f"Split the task into smaller ones, approve lessons from easier tasks of this kind, or {MORE_MODEL}.",
        usage=usage,
        details="\n".join(f"not read: {test}" for test in reading.unread),
    )


def call_text(name: str, inputs: Sequence[object]) -> str:
    return f"{name}({', '.join(repr(thaw(value)) for value in inputs)})"


def _assert_of(line: str) -> str:
    """The assert in a line of the section, without list mark or backticks; "" when there is none."""
    start = line.find("assert ")
    return line[start:].rstrip("`").strip() if start >= 0 else ""


def _attempts_so_far(state: str) -> int:
    found = _ATTEMPTS_SO_FAR.search(state)
    return int(found.group(1)) if found else 0


def _params(task: str, name: str) -> tuple[str, ...]:
    """Parameter names, where the task shows the function's head or a call with plain names."""
    for found in (*_SIGNATURE.findall(task), *re.findall(r"\b(\w+)\(([^()]*)\)", task)):
        if found[0] == name:
            names = [part.split(":")[0].split("=")[0].strip() for part in found[1].split(",") if part.strip()]
            if names and all(each.isidentifier() for each in names):
                return tuple(names)
    return ()
