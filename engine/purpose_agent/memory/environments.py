"""Where a lesson was learned, in a few words, and whether it has proved itself where it is used now.

"python 3.11 · linux · builtin:search · read_file 3f2a": the last part only where a tool matters, with a mark of the
tool's own form. What another model or another form of the tool taught may be true here too; a few runs have to show it.
"""

import hashlib
import platform
import sys

import msgspec

from purpose_agent.memory.fold import CardView
from purpose_agent.types import JSON, Record

KEY = "retest"
"""The key under which the ledger keeps what was found out elsewhere than where a lesson was learned."""
RUNS_TO_TELL = 3
"""Runs with an outcome from outside the model, after which a lesson is no longer on trial in a new environment."""

_BETWEEN = " · "


class Retest(Record, frozen=True, kw_only=True):
    """A lesson away from home: what differs, and how the runs with it went."""

    differs: str
    runs: int = 0
    successes: int = 0

    @property
    def is_open(self) -> bool:
        return self.runs < RUNS_TO_TELL

    @property
    def words(self) -> str:
        """For a person: "learned with a, used here with b: 1 of 3 runs so far, 1 succeeded"."""
        told = f"{self.differs}: "
        if self.is_open:
            told += f"to be tried again, {self.runs} of {RUNS_TO_TELL} runs so far"
        else:
            told += f"tried in {self.runs} runs here"
        return f"{told}, {self.successes} succeeded" if self.runs else told


def fingerprint(model: str, tool: str = "", form: str = "") -> str:
    """`form` is the tool's signature; only a short mark of it is kept."""
    parts = [f"python {sys.version_info.major}.{sys.version_info.minor}", platform.system().lower(), model]
    if tool:
        mark = hashlib.blake2b(form.encode(), digest_size=2).hexdigest() if form else ""
        parts.append(f"{tool} {mark}".strip())
    return _BETWEEN.join(parts)


def model_and_tool(environment: str) -> tuple[str, str]:
    """The parts that matter; "" for what is not told."""
    parts = environment.split(_BETWEEN)
    return (parts[2] if len(parts) > 2 else "", parts[3] if len(parts) > 3 else "")


def difference(learned: str, here: str) -> str:
    """What differs where it matters, in words; "" when nothing does, or when it is not known where it was learned."""
    (model, tool), (model_here, tool_here) = model_and_tool(learned), model_and_tool(here)
    if model and model_here and model != model_here:
        return f"learned with {model}, used here with {model_here}"
    if tool and tool_here and tool != tool_here:
        return f"learned when the tool {tool.partition(' ')[0]} had another form"
    return ""


def retests(view: CardView) -> dict[str, Retest]:
    """What is known of the lesson's present words elsewhere, by what differs."""
    found = view.evidence.get(KEY)
    return msgspec.convert(found, dict[str, Retest]) if found else {}


def after_run(view: CardView, differs: str, success: bool | None) -> dict[str, JSON] | None:
    """The evidence to note after a run in a differing environment; None when there is nothing new to tell.

    success  None = nobody outside the model said how the run went: it only marks the lesson.
    """
    known = retests(view)
    before = known.get(differs)
    if before is not None and (success is None or not before.is_open):
        return None
    before = before or Retest(differs=differs)
    counted = before
    if success is not None:
        counted = Retest(differs=differs, runs=before.runs + 1, successes=before.successes + success)
    return {KEY: msgspec.to_builtins({**known, differs: counted})}
