"""What replays of past tasks found out about one lesson, as it is kept in the ledger beside the lesson's words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from purpose_agent.memory.fold import CardView
from purpose_agent.types import Record

KEY = "replay"
"""The key under which the ledger keeps it: `ledger.note(..., evidence={KEY: msgspec.to_builtins(evidence)})`."""

ReplayVerdict = Literal["waiting", "released", "retired", "harmful"]
"""Needs more evidence · ready for a decision · no hope that it helps · shown to harm."""


class Pair(Record, frozen=True, kw_only=True):
    """One past task done twice, alike but for the lesson. `effort` is programs tried, or tokens where none were.

    same_task  the very task that the lesson came from; sibling: another one, alike in its telling words.
    """

    task: str
    task_key: str = ""
    run_with: str
    run_without: str
    success_with: bool
    success_without: bool
    effort_with: int = 0
    effort_without: int = 0
    same_task: bool = False
    sibling: bool = False


class ReplayEvidence(Record, frozen=True, kw_only=True):
    """About one lesson in one task kind.

    released_for     why it is ready for a decision: more tasks succeed, or the same with clearly less effort.
    tasks, replays   different past tasks, and how often one of them was done again with the lesson in the prompt.
    mean, sd         believed effect in probit units; gain, low, high: the same in points of the chance of success.
    right_with, right_without   of the pairs on other tasks than its own.
    effort           with the lesson as a share of without, median of the sibling tasks where both succeed; low and
                     high: where it likely lies. None when there are none.
    kept, kept_of    of the past tasks that succeed without the lesson, how many still do with it.
    harmed           task kinds in which it lowers success.
    pairs            the paired comparisons; e_value: their evidence that it helps (≥ 20 confirms it).
    tried_on         keys of the past tasks, so that a later test knows which are new.
    """

    task_kind: str
    verdict: ReplayVerdict = "waiting"
    released_for: Literal["", "success", "effort"] = ""
    tasks: int = 0
    replays: int = 0
    mean: float = 0.0
    sd: float = 0.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0
    right_with: int = 0
    right_without: int = 0
    effort: float | None = None
    effort_low: float = 0.0
    effort_high: float = 0.0
    kept: int = 0
    kept_of: int = 0
    harmed: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    e_value: float = 1.0
    confirmed: bool = False
    tried_on: tuple[str, ...] = ()
    job_id: str = ""
    at: datetime | None = None


def replay_of(view: CardView) -> ReplayEvidence | None:
    """What replays found out about the lesson's present words; None when it was not tried yet."""
    found = view.evidence.get(KEY)
    return None if found is None else msgspec.convert(found, ReplayEvidence)


def helped_in(view: CardView, task_kind: str) -> bool:
    """Whether replays showed that more tasks of this kind succeed with the lesson.

    Less effort does not count here: it says nothing about success, on which the choice of lessons rests.
    """
    found = view.evidence.get(KEY)
    return (
        isinstance(found, Mapping)
        and found.get("verdict") == "released"
        and found.get("released_for") == "success"
        and found.get("task_kind") == task_kind
    )
