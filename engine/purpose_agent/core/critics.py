"""Who judges a state: code checks first, a model only where no code can.

A critic is shown the purpose, the task and what is visible of the work; never thoughts, intentions or the prompt of
the actor. What it says is a `Verdict`, raw and unproven: the rules in `purpose_function` decide what counts.
`FalsificationCritic`, which breaks drafts by generated asserts, plugs in as one more `Critic`.

What people's corrections taught critics stands under the rules, as approved lessons of kind critic_calibration only.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from purpose_agent.core.actor import Exchange
from purpose_agent.core.prompt_compiler import CompiledPrompt, sha256_of
from purpose_agent.core.recall import tagged
from purpose_agent.core.state_delta import Delta, shorten, told_change, value_text
from purpose_agent.memory.promoted import PromotedLesson
from purpose_agent.models.backend import Message
from purpose_agent.models.errors import ModelError
from purpose_agent.models.reply_parsing import ParseFailure, parse_score
from purpose_agent.types import JSON, MAX_PHI, EvidenceTier, Record, Score, State, Task

STATE_CHARS = 500
SHOWN = "Purpose: "
"""How the part of a prompt begins that shows the work."""
ANCHORS = "0 nothing, 3 begun, 5 half, 7 good enough, 10 complete and right"
RULES = (
    f"Judge the work by what is visible. Fixed scale: {ANCHORS}. Quote a visible change as evidence: none, no gain. "
    "Plans and praise count nothing; what only looks like progress is flagged. "
    'Reply {"phi":0-10,"evidence":"quote","confidence":0-1,"looks_like_progress":false}'
)
CORRECTED = "People corrected earlier verdicts. Keep to what they said:"
SCHEMA: dict[str, JSON] = {
    "type": "object",
    "properties": {
        "phi": {"type": "number", "minimum": 0, "maximum": MAX_PHI},
        "evidence": {"type": "string"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "looks_like_progress": {"type": "boolean"},
    },
    "required": ["phi", "evidence", "confidence", "looks_like_progress"],
}


class Verdict(Record, frozen=True, kw_only=True):
    """What a model said about a state, checked for form only."""

    phi: float
    evidence: str
    confidence: float
    looks_like_progress: bool = False


class View(Record, frozen=True, kw_only=True):
    """All that a critic may see."""

    purpose: str
    task: Task
    before: State
    after: State
    delta: Delta


class Judgement(Record, frozen=True, kw_only=True):
    """A verdict, or why there is none; `visible` is the text in which cited evidence has to stand."""

    verdict: Verdict | None
    visible: str = ""
    why: str = ""
    exchange: Exchange | None = None


class Critic(Protocol):
    """One call per changing step. `tier` says how far its word goes."""

    @property
    def name(self) -> str: ...
    @property
    def tier(self) -> EvidenceTier: ...
    async def judge(self, view: View) -> Judgement: ...


class CodeCheck(Protocol):
    """A check that needs no model: a Score that stands by itself, or None when it has nothing to say of this state."""

    @property
    def name(self) -> str: ...
    def check(self, state: State) -> Score | None: ...


class TestsCritic:
    """Φ = 10 · passed / total of the task's own tests, which the environment ran in the sandbox."""

    __test__ = False  # pytest: not a test class
    name = "tests"

    def __init__(self, task: Task) -> None:
        self._tier: EvidenceTier = "given_tests" if task.tests_from == "given" else "generated_tests"

    def check(self, state: State) -> Score | None:
        passed, total = state.facts.get("tests_passed"), state.facts.get("tests_total")
        if not isinstance(passed, int) or not isinstance(total, int) or total <= 0 or "answer" not in state.facts:
            return None
        return Score(
            phi=MAX_PHI * min(max(passed, 0), total) / total,
            tier=self._tier,
            evidence=f"{passed} of {total} tests passed",
            confidence=1.0,
            passed=passed,
            total=total,
        )


class UserCheck:
    """The person's own check of the draft: true, false, or a share between 0 and 1. The best evidence there is."""

    name = "your check"

    def __init__(self, check: Callable[[str], bool | float]) -> None:
        self._check = check

    def check(self, state: State) -> Score | None:
        answer = state.facts.get("answer")
        if not isinstance(answer, str):
            return None
        share = float(self._check(answer))
        if not math.isfinite(share) or not 0 <= share <= 1:
            raise ValueError(f"a check answers true, false or a share between 0 and 1, not {share}")
        return Score(phi=MAX_PHI * share, tier="user", evidence=f"your check gave {share:g}", confidence=1.0)


Ask = Callable[[CompiledPrompt, dict[str, JSON]], Awaitable[Exchange]]


class DeltaCritic:
    """Reads only what the last step changed: the cheapest, and the same size at every step."""

    def __init__(self, ask: Ask, *, name: str, tier: EvidenceTier, lessons: Sequence[PromotedLesson] = ()) -> None:
        for lesson in lessons:
            if type(lesson) is not PromotedLesson or lesson.kind != "critic_calibration":
                raise TypeError("only promoted lessons of kind critic_calibration go into a critic's prompt")
        self.name = name
        self.tier: EvidenceTier = tier
        self._ask = ask
        self._taught = tuple(tagged(lesson) for lesson in lessons)
        self._lesson_ids = tuple(lesson.card_id for lesson in lessons)

    async def judge(self, view: View) -> Judgement:
        seen, visible = self._show(view)
        shown = f"{SHOWN}{view.purpose}\nTask: {view.task.text}\n{seen}"
        prompt = judging_prompt(shown, self._taught, lessons=self._lesson_ids)
        try:
            exchange = await self._ask(prompt, SCHEMA)
        except ModelError as error:
            return Judgement(verdict=None, why=f"the critic could not be asked: {error.what}")
        verdict = read_verdict(exchange.reply.text)
        if isinstance(verdict, str):
            return Judgement(verdict=None, why=verdict, exchange=exchange)
        return Judgement(verdict=verdict, visible=visible, exchange=exchange)

    def _show(self, view: View) -> tuple[str, str]:
        return f"Changed:\n{view.delta.text}", view.delta.changes


class StandardCritic(DeltaCritic):
    """Reads the changed facts as they were before and are now; all others are only counted, so the size is bounded."""

    def _show(self, view: View) -> tuple[str, str]:
        old, new = view.before.facts, view.after.facts
        told = {name: told_change(old[name], value) for name, value in view.delta.changed.items() if name in old}
        told |= {name: ("", value_text(new[name])) for name in view.delta.changed if name not in old}
        told |= {name: (value_text(old[name]), "") for name in view.delta.removed}
        share = STATE_CHARS // max(len(told), 1)
        was = _facts({name: pair[0] for name, pair in told.items() if pair[0]}, share)
        now = _facts({name: pair[1] for name, pair in told.items() if pair[1]}, share)
        others = len(new) - len(view.delta.changed)
        return f"Before:\n{was}\nNow:\n{now}\nOther facts, unchanged: {others}", now


def judging_prompt(shown: str, taught: Sequence[str] = (), *, lessons: tuple[str, ...] = ()) -> CompiledPrompt:
    """The rules, then what corrections taught, one line each, then what is visible of the work."""
    rules = "\n".join((RULES, CORRECTED, *taught)) if taught else RULES
    text = f"{rules}\n{shown}"
    messages = (Message(role="system", content=rules), Message(role="user", content=shown))
    return CompiledPrompt(messages, text, sha256_of(text), lessons)


def shown_in(prompt: str) -> str:
    """What a logged critic's prompt showed of the work; "" when it is no such prompt."""
    _, found, shown = prompt.partition(f"\n{SHOWN}")
    return f"{SHOWN}{shown}" if found else ""


def read_verdict(text: str) -> Verdict | str:
    """The verdict, or in words why there is none. A number is never guessed, clipped or filled in."""
    try:
        verdict = _exact.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        found = parse_score(text)
        if isinstance(found, ParseFailure):
            return found.why
        if not found["confidence"] and "confidence" not in text:
            return "the critic did not say how sure it is"
        try:
            verdict = msgspec.convert(found, Verdict, strict=False)
        except msgspec.ValidationError as error:
            return f"the critic's reply lacks something: {error}"
    if not (math.isfinite(verdict.phi) and 0 <= verdict.phi <= MAX_PHI):
        return f"the critic's Φ is outside 0 to 10: {verdict.phi}"
    if not (math.isfinite(verdict.confidence) and 0 <= verdict.confidence <= 1):
        return f"the critic's confidence is outside 0 to 1: {verdict.confidence}"
    return verdict


_exact = msgspec.json.Decoder(Verdict)


def _facts(texts: dict[str, str], share: int) -> str:
    """Each fact in at most `share` characters, all in at most STATE_CHARS."""
    if not texts:
        return "(none of this)"
    lines = [f"{name}: {shorten(text, max(share - len(name), 0))}" for name, text in texts.items()]
    return shorten("\n".join(lines), STATE_CHARS)
