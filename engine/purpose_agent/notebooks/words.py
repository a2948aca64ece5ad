"""The words for what a run left on a page, the same on the screen and in every export."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from purpose_agent.models.providers import PROVIDERS
from purpose_agent.notebooks.model import CellKind, CellOutput
from purpose_agent.types import JSON, EvidenceTier, RunStatus, Score

_VALUE_CHARS = 600
_HERE = frozenset({"builtin", "ollama", "scripted"})

CHECKED_BY: dict[EvidenceTier, str] = {
    "user": "checked by you",
    "given_tests": "checked by your tests",
    "generated_tests": "checked by tests made before the run",
    "judge": "judged by another model",
    "self": "judged by the same model",
    "none": "not checked",
}
STATUS: dict[RunStatus, str] = {
    "queued": "waiting its turn",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "stopped",
    "interrupted": "interrupted",
}
KIND: dict[CellKind, str] = {"task": "Task", "ask": "Question", "teach": "Lesson", "note": "Note"}


SENT_FOR: dict[str, str] = {
    "actor": "the agent",
    "critic": "the critic",
    "distiller": "the lesson writer",
    "answer": "the answer",
}


def checked_by(tier: EvidenceTier, passed: int = 0, total: int = 0) -> str:
    """`checked by your tests · 12 of 12`."""
    return f"{CHECKED_BY[tier]} · {passed} of {total}" if total else CHECKED_BY[tier]


def set_by(score: Score, by: str, machine: Score) -> str:
    """`Φ 4 by you · was 9.1, judged by the same model`: a person's score beside the one that it took the place of."""
    who = "you" if by == "person" else by
    was = "not scored" if machine.phi is None else f"{phi(machine.phi)}, {_who_says(machine)}"
    return f"Φ {phi(score.phi)} by {who} · was {was}"


def _who_says(score: Score) -> str:
    return checked_by(score.tier, score.passed, score.total)


def phi(value: float | None) -> str:
    """`9.2`, and a whole ten without a point; a dash when there is no verdict."""
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def seconds(value: float) -> str:
    if value < 0.95:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"


def model(name: str) -> str:
    """The model as people call it."""
    return "Built-in search" if name == "builtin:search" else name


def moment(at: datetime, *, seconds: bool = False) -> str:
    """`23 Nov 2026, 16:16` by the clock of this computer."""
    return f"{at.astimezone():%d %b %Y, %H:%M:%S}" if seconds else f"{at.astimezone():%d %b %Y, %H:%M}"


def one_line(text: str, limit: int = 120) -> str:
    """A task's text in one line, cut with an ellipsis."""
    line = " ".join(text.split()) or "A run"
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def ending(what: str) -> str:
    """Why a run that is done came to its end; "" when it only says that it is done."""
    return "" if what.strip(" .").lower() in ("", "done") else what


def cost(usd: float, model_name: str) -> str:
    """What was paid. "Free" is said only of models on this machine: many providers do not tell what a call cost."""
    if usd <= 0:
        return "free" if _runs_here(model_name) else "cost not told"
    return f"${usd:.2f}" if usd >= 0.01 else f"{usd * 100:.2f} cents"


def effort(output: CellOutput) -> str:
    """`3.1 s · 412 tokens · free`; a search counts programs tried where a language model counts tokens."""
    parts = [seconds(output.seconds)]
    if output.attempts:
        parts.append(count(output.attempts, "program") + " tried")
    if output.tokens:
        parts.append(count(output.tokens, "token"))
    parts.append(cost(output.cost_usd, output.model))
    return " · ".join(parts)


def count(n: int, noun: str) -> str:
    """`1 lesson`, `2 lessons`, `1,204 tokens`."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def lessons(used: int, born: int) -> str:
    """`used 2 lessons · 1 new lesson waits for you`; "" when there is nothing to tell."""
    parts = []
    if used:
        parts.append(f"used {count(used, 'lesson')}")
    if born:
        parts.append(f"{count(born, 'new lesson')} {'waits' if born == 1 else 'wait'} for you")
    return " · ".join(parts)


def beside_control(output: CellOutput, control_phi: float | None, control_attempts: int, control_tokens: int) -> str:
    """A run with lessons beside the cell's last run without: measured figures only, and no claim of a cause."""
    now_work = _work(output.attempts, output.tokens)
    control_work = _work(control_attempts, control_tokens)
    used = count(len(output.lessons_used), "lesson")
    return (
        f"Last run without lessons: Φ {phi(control_phi)}{control_work}. "
        f"This one, with {used}: Φ {phi(output.phi)}{now_work}."
    )


def _work(attempts: int, tokens: int) -> str:
    if attempts:
        return f" after {count(attempts, 'program')}"
    return f" for {count(tokens, 'token')}" if tokens else ""


def verdict(output: CellOutput) -> str:
    """`Φ 9.2 · checked by your tests · 12 of 12`; without a score only what the status says."""
    if output.status not in ("done", "running", "queued") and not output.answer:
        return f"{STATUS[output.status]}: {output.what} {output.fix}".strip()
    draft = "" if output.status == "done" else f"a draft, {STATUS[output.status]} before it was done · "
    if output.phi is None or output.tier == "none":
        return draft + CHECKED_BY["none"]
    return f"{draft}Φ {phi(output.phi)} · {checked_by(output.tier, output.passed, output.total)}"


def readable(value: JSON, *, limit: int = _VALUE_CHARS) -> str:
    """A value in words a person reads: text as it is, lists one a line, the rest short."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif value is None:
        text = "nothing"
    elif isinstance(value, Mapping):
        text = "\n".join(f"{name}: {readable(item, limit=limit)}" for name, item in value.items())
    elif isinstance(value, Sequence):
        text = "\n".join(readable(item, limit=limit) for item in value)
    else:
        text = f"{value:,}"
    return text if len(text) <= limit else text[:limit] + " …"


def reply_lines(reply: str) -> str:
    """A model's reply in our own form as lines, `thought: …`, what it left empty left out; any other as it came."""
    try:
        parsed = json.loads(reply)
    except ValueError:
        return reply
    if not isinstance(parsed, dict):
        return reply
    return readable({name: value for name, value in parsed.items() if value not in ("", None)}, limit=len(reply) + 200)


def _runs_here(model_name: str) -> bool:
    where = model_name.partition(":")[0]
    provider = PROVIDERS.get(where)
    return where in _HERE or (provider is not None and provider.local)
