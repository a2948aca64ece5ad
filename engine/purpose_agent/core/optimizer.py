"""The distiller: from what happened in a run to a few lessons that wait for a decision.

Extractors that need no model come first and read facts: which method passed the tests, which test a draft failed and a
later one passed, which arguments mended a tool's error, where a run gave up. The model's own words come second, and
only when somebody other than the model judged the outcome. At most three cards a run; nothing is promoted here.

No lesson without an outcome from outside the model: tests, a person, a judge, a tool's or the sandbox's real error, a
limit that the loop itself measured. What rests on a fault that may pass by itself lapses.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from purpose_agent.core.once import DIED_AT_WORK
from purpose_agent.core.passing_faults import LAPSES_AFTER, may_pass
from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.memory.cards import MAX_TEXT, CardKind, CardOrigin, MemoryCard, Scope
from purpose_agent.memory.environments import fingerprint
from purpose_agent.memory.promoted import ShownLesson
from purpose_agent.runtime.events import now
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

    outcome   the verdict of somebody other than the model (tests, a person, a judge), None when there is none.
    what      the limit that ended the run, when `end` is "limit".
    recalled  the lessons that stood in its prompts: nothing is learned from them.
    role      of the agent that answers, where it was one of several; "" when it worked alone.
    model     the actor's; tools: the signature of each tool at hand. Both go into a card's environment.
    """

    run_id: str
    task: Task
    task_kind: str
    steps: Sequence[Step]
    outcome: Score | None
    end: End = "done"
    what: str = ""
    recalled: Sequence[ShownLesson] = ()
    role: str = ""
    model: str = ""
    tools: Mapping[str, str] = field(default_factory=dict)
    at: datetime = field(default_factory=now)

    @property
    def solved(self) -> bool:
        """Whether somebody other than the model says that the task was solved."""
        return self.outcome is not None and self.outcome.is_success


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
    """Every test passed: the method of that very draft is worth trying first."""
    outcome = episode.outcome
    if outcome is None or not episode.solved or not outcome.total or outcome.passed < outcome.total:
        return []
    passed = next((step for step in reversed(episode.steps) if _all_pass(step)), None)
    method = passed.state.facts.get("method") if passed else None
    if passed is None or not isinstance(method, str) or not method:
        return []
    card = make_card(
        episode,
        "skill_card",
        when=of_the_kind(episode),
        do=f"Try the method `{method}` first.",
        step=passed.index,
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
            when=of_the_kind(episode),
            do=f"Check {case + ', for example ' if case else ''}`{shorten(_bare_test(test), 90)}` before you are done",
            why=f"a first draft failed it{_message(test)} and the mended one passed",
            step=fixed.index,
            evidence=f"step {step.index} failed, step {fixed.index} passed: {test}",
            fault=test[len(_bare_test(test)) :],
        )
        return [card] if card else []
    return []


def _mended_tool(episode: Episode) -> list[MemoryCard]:
    """A tool's error, and soon after the same tool with other arguments and no error."""
    steps = episode.steps
    for place, step in enumerate(steps):
        if not step.action.tool or step.observation.ok or step.observation.text.startswith(DIED_AT_WORK):
            continue  # that the program stopped says nothing about the arguments
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
            fault=step.observation.text,
        )
        return [card] if card else []
    return []


def _gave_up(episode: Episode) -> list[MemoryCard]:
    """The run came to its limit without a solution: say so before the next one spends as much.

    A refusal is no lesson for the team: what it asks for is the person's to give, and the run has told them.
    """
    if episode.solved or episode.end != "limit":
        return []
    if any(step.action.answer is not None for step in episode.steps):
        if episode.outcome is None:
            return []  # nobody but the model knows what those drafts were worth
        do = f"Change the approach when two drafts in a row pass no more tests; a run {shorten(episode.what, 60)}"
    else:
        do = f"Put forward a first draft early; a run {shorten(episode.what, 60)} with none"
    index = episode.steps[-1].index if episode.steps else -1
    card = make_card(
        episode,
        "failure_pattern",
        when=of_the_kind(episode),
        do=do,
        step=index,
        evidence=episode.what,
        fault=episode.what,
    )
    return [card] if card else []


def make_card(
    episode: Episode,
    kind: CardKind,
    *,
    when: str,
    do: str,
    step: int,
    why: str = "",
    unless: str = "",
    evidence: str = "",
    fault: str = "",
    scope: Scope | None = None,
    author: str = "extractor",
    origin: CardOrigin = "run",
) -> MemoryCard | None:
    """A card that fits a prompt; the reason is left out when it does not, and what is still too long is no lesson.

    fault  the error or limit that it rests on; when that may pass by itself, the card lapses and says so.
    """
    tool = scope.tool if scope else ""
    expires = episode.at + LAPSES_AFTER if fault and may_pass(fault) else None
    if expires:
        evidence = f"{evidence}. This may be a passing fault, so the lesson lapses on {expires:%d %b %Y}".lstrip(". ")
    card = MemoryCard(
        kind=kind,
        when=when,
        do=do,
        why=why,
        unless=unless,
        scope=scope or Scope(task_kind=episode.task_kind, agent=episode.role),
        source_run=episode.run_id,
        source_step=step,
        author=author,
        evidence=evidence,
        origin=origin,
        environment=fingerprint(episode.model, tool, episode.tools.get(tool, "")) if episode.model else "",
        expires=expires,
        created_at=episode.at,
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


def of_the_kind(episode: Episode) -> str:
    """The kind of task and what it is about, as a card's `when`."""
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
