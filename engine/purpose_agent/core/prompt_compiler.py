"""From what an agent may know to the exact text that is sent to its model, within a token budget.

The prompt has a still part (purpose, role, tools, lessons, task, tests, sources), put together once per agent and
run, and a moving part (state, last steps), put together per step; so one more step costs the same at step 5 and at
step 500. When it does not fit, parts are cut in a fixed order (oldest steps, lessons from the least useful, sources
and tests from the last, the state), never the purpose or the task; what was cut is listed in `cut`, for the person
and for the model. Lessons are taken only as `PromotedLesson`, checked when the program runs, each under its tag.

Tokens are estimated, since a tokenizer belongs to one model: UTF-8 bytes / 4, rounded up. For English text and code
that is near the truth, for other scripts it is above it, so the budget errs on the safe side.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from purpose_agent.core.recall import tagged
from purpose_agent.core.spec import AgentSpec
from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.errors import PurposeError
from purpose_agent.memory.promoted import PromotedLesson, ShownLesson, TrialLesson
from purpose_agent.models.backend import Message
from purpose_agent.models.prompt_sections import Section, render
from purpose_agent.types import State, Task

TOKEN_BUDGET = 6_000
STATE_CHARS = 6_000
FACT_CHARS = 1_000
DRAFT_CHARS = 5_000  # an agent that mends its draft has to see it
LEAST_FACT_CHARS = 40
FIRST = ("answer", "failing", "tests_", "remarks by ", "plan by ", "result", "attempts")
LAST_STEPS = 3
MAX_TESTS_SHOWN = 20

REPLY_ANSWER = (
    'One JSON object: {"thought":"…","tool":"name","args":{…}} uses a tool; '
    '{"thought":"…","answer":"…","done":false} puts forward a draft, "done":true ends. A ``` block is a draft too.'
)
REPLY_PREPARE = (
    'One JSON object: {"thought":"…","tool":"name","args":{…}} uses a tool; '
    '{"thought":"…","answer":"…","done":true} hands your work to the next agent. You do not answer the task.'
)
REPLY_CHECK = (
    'One JSON object: {"thought":"…","tool":"name","args":{…}} uses a tool; {"thought":"…","done":true} accepts the '
    'draft; {"thought":"…","answer":"remarks","done":false} sends it back.'
)


class PromptTooLong(PurposeError):
    """Purpose and task alone do not fit the model's window; they are never cut."""


class CompiledPrompt(msgspec.Struct, frozen=True):
    """What is sent. `text` is the contents of the messages, joined by line ends; `sha256` is its hash."""

    messages: tuple[Message, ...]
    text: str
    sha256: str
    lessons: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


def estimate_tokens(text: str) -> int:
    """Above the true count for most text; see the module's docstring."""
    size = len(text) if text.isascii() else len(text.encode())
    return (size + 3) // 4


def prompt_of(
    messages: Sequence[Message], *, lessons: tuple[str, ...] = (), cut: tuple[str, ...] = ()
) -> CompiledPrompt:
    """The messages with the text that was hashed."""
    text = "\n".join(message.content for message in messages)
    return CompiledPrompt(tuple(messages), text, sha256_of(text), lessons, cut)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class ActorPrompt:
    """The still part of one agent's prompt, compiled once; `compile` adds what moves.

    tools   one signature line per tool that the agent may use.
    reply   the form in which the agent has to answer.
    replay  the prompt is of a replay: it takes lessons on trial, and any other prompt takes approved ones only.
    """

    def __init__(
        self,
        *,
        purpose: str,
        agent: AgentSpec,
        task: Task,
        tools: Sequence[str] = (),
        lessons: Sequence[ShownLesson] = (),
        reply: str = REPLY_ANSWER,
        token_budget: int = TOKEN_BUDGET,
        replay: bool = False,
    ) -> None:
        _only_allowed(lessons, TrialLesson if replay else PromotedLesson)
        self._budget = token_budget
        role = f"{agent.role}: {agent.instructions}" if agent.instructions else agent.role
        system: dict[Section, str] = {
            "Purpose": purpose,
            "Role": role,
            "Tools": "\n".join(tools),
            "Reply": reply,
        }
        self._system = Message(role="system", content=render(system))
        self._system_tokens = estimate_tokens(self._system.content)
        self._fit_still_part(task, lessons)

    def compile(self, state: State, last_steps: Sequence[str] = ()) -> CompiledPrompt:
        """Deterministic: equal arguments give equal bytes."""
        steps = list(last_steps[-LAST_STEPS:])
        cut = list(self._cut)
        limit = STATE_CHARS
        while True:
            prompt = self._join(_state_text(state, limit), steps, cut)
            if self._fits(prompt) or (not steps and limit == 0):
                break
            if steps:
                steps.pop(0)
                _count(cut, "earlier steps")
            else:
                over = (estimate_tokens(prompt) - self._budget) * 4
                limit = max(min(limit, len(_state_text(state, limit))) - max(over, 64), 0)
                _count(cut, "the state was shortened")
        text = f"{self._system.content}\n{prompt}"
        messages = (self._system, Message(role="user", content=prompt))
        return CompiledPrompt(messages, text, sha256_of(text), self._lesson_ids, tuple(cut))

    def _fit_still_part(self, task: Task, lessons: Sequence[ShownLesson]) -> None:
        """Keep as many lessons, tests and sources as fit beside at least some of the state."""
        room = self._budget - self._system_tokens - STATE_CHARS // 16
        kept, tests, sources = list(lessons), list(task.tests[:MAX_TESTS_SHOWN]), list(task.context)
        while True:
            still = render(_still_sections(task, kept, tests, sources))
            if estimate_tokens(still) <= room or not (kept or tests or sources):
                break
            over = (estimate_tokens(still) - room) * 4
            _drop_last(sources or (kept or tests), over)
        if estimate_tokens(still) + self._system_tokens > self._budget:
            raise PromptTooLong(
                f"The purpose and the task alone take more than the {self._budget:,} tokens that the model can read.",
                "Say the task shorter, or pick a model with a larger window.",
            )
        self._still = still
        self._lesson_ids = tuple(lesson.card_id for lesson in kept)
        self._cut = tuple(
            words
            for words in (
                _cut_words(len(lessons) - len(kept), "lesson"),
                _cut_words(len(task.context) - len(sources), "source"),
                _cut_words(len(task.tests) - len(tests), "test"),
            )
            if words
        )

    def _join(self, state: str, steps: Sequence[str], cut: Sequence[str]) -> str:
        moving: dict[Section, str] = {"State": state, "Last steps": "\n".join(steps)}
        if cut:
            moving["State"] = f"{state}\n(left out: {'; '.join(cut)})" if state else f"(left out: {'; '.join(cut)})"
        tail = render(moving)
        return f"{self._still}\n{tail}" if tail else self._still

    def _fits(self, prompt: str) -> bool:
        return estimate_tokens(prompt) + self._system_tokens + 1 <= self._budget


def _only_allowed(lessons: Sequence[ShownLesson], kind: type[ShownLesson]) -> None:
    for lesson in lessons:
        if type(lesson) is not kind:
            raise TypeError(f"only a {kind.__name__} goes into this prompt, not a {type(lesson).__name__}")


def _still_sections(
    task: Task, lessons: Sequence[ShownLesson], tests: Sequence[str], sources: Sequence[str]
) -> dict[Section, str]:
    return {
        "Lessons": "\n".join(map(tagged, lessons)),
        "Task": task.text,
        "Tests": "\n".join(tests),
        "Sources": "\n\n".join(sources),
    }


def _state_text(state: State, limit: int) -> str:
    """`name: value`, one fact a line. When all together are too long, what the work itself is about comes first."""
    facts = state.facts
    if not facts or limit == 0:
        return ""
    values = {name: value_text(facts[name]) for name in sorted(facts)}
    whole = "\n".join([f"{name}: {shorten(value, _cap(name))}" for name, value in values.items()])
    return whole if len(whole) <= limit else _shortened_state(values, limit)


def _shortened_state(values: dict[str, str], limit: int) -> str:
    """The draft and what is said of it get half of the room that is left each, other facts an even share of it."""
    names = sorted(values, key=lambda name: (not name.startswith(FIRST), name))
    left = limit - len("… 1000000 more facts")
    lines: list[str] = []
    for place, name in enumerate(names):
        even = max(left // (len(names) - place), LEAST_FACT_CHARS)
        share = max(left // 2, even) if name.startswith(FIRST) else even
        line = f"{name}: {shorten(values[name], min(max(share - len(name) - 3, 0), _cap(name)))}"
        if len(line) + 1 > left:
            lines.append(f"… {len(names) - place} more facts"[: max(limit, 0)])
            break
        lines.append(line)
        left -= len(line) + 1
    return "\n".join(lines)


def _cap(name: str) -> int:
    return DRAFT_CHARS if name.startswith(FIRST) else FACT_CHARS


def _drop_last(parts: list[str] | list[ShownLesson], chars: int) -> None:
    """Drop parts from the end until about `chars` are gone: a few rounds, also for 10,000 parts."""
    gone = 0
    while parts and gone < chars:
        part = parts.pop()
        gone += len(part if isinstance(part, str) else tagged(part)) + 1


def _cut_words(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""


def _count(cut: list[str], words: str) -> None:
    if words not in cut:
        cut.append(words)
