"""The distiller: from what happened in a run to a few lessons that wait for a decision.

Extractors that need no model come first and read facts: which method passed the tests, which test a draft failed and a
later one passed, which arguments mended a tool's error, where a run gave up. The model's own words come second, and
only when somebody other than the model judged the outcome. At most three cards a run; nothing is promoted here.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.memory.cards import MAX_TEXT, CardKind, MemoryCard, Scope
from purpose_agent.types import Score, Step, Task

MAX_CARDS = 3
MEND_WITHIN = 3
TOPIC_WORDS = 5

End = Literal["done", "limit", "refused"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_FILLER = frozenset(
    _WORD.findall(
        "about all also and any are argument arguments assert call called code create def each element elements every "
        "example examples exactly following for from function functions get give given gives have implement input "
        "inputs into its item items just let list lists make method name named names number numbers one only order "
        "output program provide python result results return returned returning returns same should single solve "
        "string strings take takes test tests text that the their them then there they this two using value values "
        "when where whether which will with words work write you your"
    )
)


@dataclass(frozen=True, slots=True)
class Episode:
    """What the distiller may know of a run.

    outcome  the verdict of somebody other than the model (tests, a person, a judge), None when there is none.
    what     the limit that ended the run, when `end` is "limit".
    """

    run_id: str
    task: Task
    task_kind: str
    steps: Sequence[Step]
    outcome: Score | None
    end: End = "done"
    what: str = ""


def extract(episode: Episode) -> list[MemoryCard]:
    """Lessons that follow from the facts alone, the strongest first; at most three."""
    cards: list[MemoryCard] = []
    for extractor in (_working_method, _failed_then_fixed, _mended_tool, _gave_up):
        cards += extractor(episode)
    return cards[:MAX_CARDS]


def topic(task: Task) -> str:
    """The few words of a task that tell what it is about: "sum, even"."""
    words = [word for word in _WORD.findall(task.text.lower()) if word not in _FILLER]
    return ", ".join(dict.fromkeys(words[: 2 * TOPIC_WORDS][:TOPIC_WORDS]))


def _working_method(episode: Episode) -> list[MemoryCard]:
    """Tested success: the method that gave it is worth trying first."""
    outcome = episode.outcome
    if outcome is None or not outcome.is_success or not outcome.total or not episode.steps:
        return []
    method = episode.steps[-1].state.facts.get("method")
    if not isinstance(method, str) or not method:
        return []
    card = make_card(
        episode,
        "skill_card",
        when=_when(episode),
        do=f"Try the method `{method}` first.",
        step=episode.steps[-1].index,
        evidence=outcome.evidence,
    )
    return [card] if card else []


def _failed_then_fixed(episode: Episode) -> list[MemoryCard]:
    """A draft failed a test that a later draft passed: that case is the one to look at before being done.

    Drafts of a program search are stations of the search, not mistakes, so they teach nothing of this sort.
    """
    drafts = [
        step
        for step in episode.steps
        if step.action.answer is not None and "tests_total" in step.state.facts and not step.usage.attempts
    ]
    for place, step in enumerate(drafts):
        failing = step.state.facts.get("failing")
        if not isinstance(failing, list) or not failing:
            continue
        fixed = next((later for later in drafts[place + 1 :] if _all_pass(later)), None)
        if fixed is None:
            return []
        test = value_text(failing[0])
        case = describe_case(test)
        card = make_card(
            episode,
            "failure_pattern",
            when=_when(episode),
            do=f"Check {case + ', for example ' if case else ''}`{shorten(_bare_test(test), 90)}` before you are done",
            why=f"a first draft failed it{_message(test)} and the mended one passed",
            step=fixed.index,
            evidence=f"step {step.index} failed, step {fixed.index} passed: {test}",
        )
        return [card] if card else []
    return []


def _mended_tool(episode: Episode) -> list[MemoryCard]:
    """A tool's error, and soon after the same tool with other arguments and no error."""
    steps = episode.steps
    for place, step in enumerate(steps):
        if not step.action.tool or step.observation.ok:
            continue
        soon = steps[place + 1 : place + 1 + MEND_WITHIN]
        mend = next((each for each in soon if each.action.tool == step.action.tool and each.observation.ok), None)
        if mend is None or mend.action.args == step.action.args:
            continue
        tool = step.action.tool
        wrong, right = (shorten(value_text(each.action.args), 50) for each in (step, mend))
        card = make_card(
            episode,
            "tool_policy",
            when=f"you use the tool {tool}",
            do=f"Call it like {right}, not like {wrong}",
            why=f"that gave: {shorten(step.observation.text, 60)}",
            step=mend.index,
            scope=Scope(tool=tool),
            evidence=f"step {step.index}: {shorten(step.observation.text, 200)}",
        )
        return [card] if card else []
    return []


def _gave_up(episode: Episode) -> list[MemoryCard]:
    """The run came to its limit without a solution: say so before the next one spends as much.

    A refusal is no lesson for the team: what it asks for is the person's to give, and the run has told them.
    """
    solved = episode.outcome is not None and episode.outcome.is_success
    if solved or episode.end != "limit":
        return []
    if any(step.action.answer is not None for step in episode.steps):
        do = f"Change the approach when two drafts in a row pass no more tests; a run {shorten(episode.what, 60)}"
    else:
        do = f"Put forward a first draft early; a run {shorten(episode.what, 60)} with none"
    index = episode.steps[-1].index if episode.steps else -1
    card = make_card(episode, "failure_pattern", when=_when(episode), do=do, step=index, evidence=episode.what)
    return [card] if card else []


def make_card(
    episode: Episode,
    kind: CardKind,
    *,
    when: str,
    do: str,
    step: int,
    why: str = "",
    evidence: str = "",
    scope: Scope | None = None,
    author: str = "extractor",
) -> MemoryCard | None:
    """A card that fits a prompt; the reason is left out when it does not, and what is still too long is no lesson."""
    card = MemoryCard(
        kind=kind,
        when=when,
        do=do,
        why=why,
        scope=scope or Scope(task_kind=episode.task_kind),
        source_run=episode.run_id,
        source_step=step,
        author=author,
        evidence=evidence,
    )
    if len(card.text) > MAX_TEXT and why:
        card = msgspec.structs.replace(card, why="")
    return card if len(card.text) <= MAX_TEXT else None


def describe_case(test: str) -> str:
    """What is special about a test's input, in words: "an empty list", "zero"; empty when nothing is."""
    try:
        tree = ast.parse(_bare_test(test))
    except SyntaxError:
        return ""
    call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call)), None)
    for argument in call.args if call else ():
        try:
            words = _describe_value(ast.literal_eval(argument))
        except ValueError:
            continue
        if words:
            return words
    return ""


def _describe_value(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return "zero" if value == 0 else "a negative number" if value < 0 else ""
    if isinstance(value, str | list | tuple | dict | set):
        kind = {"str": "text"}.get(type(value).__name__, type(value).__name__)
        return f"an empty {kind}" if not value else f"a {kind} of one" if len(value) == 1 else ""
    return ""


def _when(episode: Episode) -> str:
    about = topic(episode.task)
    return f"the task is {episode.task_kind or 'of this kind'}" + (f", about {about}" if about else "")


def _all_pass(step: Step) -> bool:
    facts = step.state.facts
    return bool(facts.get("tests_total")) and facts.get("tests_passed") == facts.get("tests_total")


def _bare_test(test: str) -> str:
    """The test without the message that the environment put behind it in brackets."""
    try:
        ast.parse(test)
    except SyntaxError:
        head, bracket, _ = test.rpartition(" (")
        return head if bracket else test
    return test


def _message(test: str) -> str:
    said = test[len(_bare_test(test)) :].strip()
    return f" {shorten(said, 60)}" if said.startswith("(") else ""
