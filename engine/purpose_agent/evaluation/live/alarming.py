"""Alarms in words: has daily work become worse or better, at some moment or since a known change?"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from purpose_agent.evaluation.live.records import Alarm, Mark
from purpose_agent.evaluation.statistics.alarms import since, watch
from purpose_agent.memory.paired_gate import CONFIRMED_AT

WINDOW = 2_000
"""Runs looked back on: what happened before is long known."""

FALSE_ALARMS = 0.05
"""Chance at most of a false alarm among the runs looked back on, in either direction, at a moment nobody knew of."""

MOST_CHANGES = 10
_AROUND = 200  # runs before and after a known change
_FEWEST = 5  # runs on either side


class Scored(NamedTuple):
    """A judged run: its place among all runs, its score, and the kind of task and the judge that it compares with."""

    n: int
    at: datetime
    phi: float
    kind: str


def alarms(runs: Sequence[Scored], marks: Sequence[Mark]) -> list[Alarm]:
    """Newest first. `runs` in the order of time.

    A change that was known and one that was found are told once: the known one, for it says what to do.
    """
    runs = runs[-WINDOW:]
    if not runs:
        return []
    known = [alarm for alarm in (_since(runs, mark, len(marks)) for mark in marks[-MOST_CHANGES:]) if alarm]
    found = [alarm for alarm in (_watched(runs, worse=True), _watched(runs, worse=False)) if alarm]
    fresh = [alarm for alarm in found if not any(_same(alarm, other) for other in known)]
    return sorted([*known, *fresh], key=lambda alarm: alarm.run, reverse=True)


def _same(alarm: Alarm, other: Alarm) -> bool:
    return alarm.worse == other.worse and abs(alarm.run - other.run) < _AROUND


def _since(runs: Sequence[Scored], mark: Mark, looked_at: int) -> Alarm | None:
    """The risk of a false alarm is shared among the changes that are looked at, in both directions."""
    if mark.kind == "judge":
        return None  # scores of two judges do not compare
    before = [run for run in runs if run.n <= mark.after][-_AROUND:]
    after = [run for run in runs if run.n > mark.after][:_AROUND]
    if min(len(before), len(after)) < _FEWEST:
        return None
    limit = CONFIRMED_AT * 2 * max(1, min(looked_at, MOST_CHANGES))
    together = [*before, *after]
    for worse in (True, False):
        found = since(
            [run.phi for run in together],
            len(before),
            [run.kind for run in together],
            direction="worse" if worse else "better",
            limit=limit,
        )
        if found.at is not None:
            return _told(before, after, mark.after, worse=worse, mark=mark)
    return None


def _watched(runs: Sequence[Scored], *, worse: bool) -> Alarm | None:
    found = watch(
        [run.phi for run in runs],
        [run.kind for run in runs],
        direction="worse" if worse else "better",
        patience=2 * len(runs) / FALSE_ALARMS,
    )
    if found.at is None or found.began is None:
        return None
    before, after = runs[: found.began][-_AROUND:], runs[found.began :][:_AROUND]
    if min(len(before), len(after)) < _FEWEST:
        return None
    return _told(before, after, runs[found.began].n, worse=worse)


def _told(
    before: Sequence[Scored], after: Sequence[Scored], run: int, *, worse: bool, mark: Mark | None = None
) -> Alarm:
    means = [sum(one.phi for one in some) / len(some) for some in (before, after)]
    if (means[1] < means[0]) != worse:  # of mixed kinds of task the means may lean the other way
        moved = "lower" if worse else "higher"
        told = f"scores of the same kinds of task are {moved}"
    else:
        told = f"the mean score {'fell' if worse else 'rose'} from Φ {means[0]:.1f} to {means[1]:.1f}"
    around = f"{len(before)} runs before, {len(after)} after"
    if mark is None:
        fix = "Look at the runs around it: other tasks, another model or another way to judge may be the cause."
        return Alarm(f"From about run {run:,} on {told} ({around}).", fix if worse else "", worse, run, after[0].at)
    if mark.kind == "model":
        fix = "Compare the models in a study before you stay with this one." if worse else ""
    elif worse:
        away = "Put it away again" if mark.kind == "in use" else "Bring it back"
        fix = f"{away} under Review if a study, or trying it on past tasks, says the same."
    else:
        fix = ""
    return Alarm(f"Since {mark.told} {told} ({around}).", fix, worse, run, mark.at, mark.card_id)
