"""The verdict: one of four words, the sentence that says what it means, and the figures it rests on.

better / worse    the exact test rules out that the arms are alike. Looked at after every task, however often and for
                  however long, both together are said with probability at most 5 % if they are alike.
no clear change   something is known: either any difference is too small to matter (the whole interval lies inside the
                  scale's margin), or the agreed number of tasks is done, it would have shown a difference worth the
                  name, and none showed.
not enough data   nothing is known yet: the agreed number is not reached; or it was, but was too small to see anything
                  but the coarsest difference; or there is no agreed number and the interval is still wide.

With an agreed number of tasks the test is that of `agreed`, else that of `evidence`, which pays for having no end with
about half as many tasks again. The interval holds at every look, so it is wider than one for a single look, and it
always agrees with the word: it stops short of zero exactly where the word is "better" or "worse". Its one side next to
zero is the exact test's, the rest is the repeated confidence interval of Jennison & Turnbull 1989 (agreed) or a
confidence sequence (without end). A word is that of the tasks so far: later tasks may take it back.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from purpose_agent.evaluation.statistics.agreed import looks, usual_critical
from purpose_agent.evaluation.statistics.confidence_sequences import bounded, symmetric
from purpose_agent.evaluation.statistics.evidence import paired_evidence
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale, TaskPair, gains, runs
from purpose_agent.evaluation.statistics.power import (
    BEYOND_AGREED_SIZE,
    FEWEST_TASKS,
    MOST_TASKS,
    WITHOUT_END,
    further_tasks,
    seen_detectable,
    standard_error,
)
from purpose_agent.memory.paired_gate import CONFIRMED_AT
from purpose_agent.types import Record

Word = Literal["better", "no clear change", "worse", "not enough data"]


class Verdict(Record, frozen=True, kw_only=True):
    """What can be said of the candidate arm against the baseline.

    estimate, low, high   solved: difference of the shares, -1 to 1. phi: difference of Φ, -10 to 10. effort: the
                          candidate's effort as a share of the baseline's (0.8 = a fifth less; geometric mean over
                          tasks). low or high is None where effort has no bound yet, and all three without any task.
    tasks, runs           how many it rests on; runs counts both arms.
    agreed                the number of tasks agreed before, None for live runs.
    more                  about how many more tasks it would take to decide; 0 once decided, None if not known.
    """

    word: Word
    sentence: str
    scale: Literal["solved", "phi", "effort"]
    estimate: float | None
    low: float | None
    high: float | None
    tasks: int
    runs: int
    agreed: int | None = None
    more: int | None = None


class Finding(NamedTuple):
    """A verdict in units of the gain, before it is put in words."""

    word: Word
    gain: Interval
    more: int | None
    because: Literal["told apart", "inside margin", "agreed size", "too coarse", "too early", "wide"]


def verdict(pairs: Sequence[TaskPair], scale: Scale, *, agreed: int | None = None, what: str = "effort") -> Verdict:
    """The verdict on the tasks done so far, in the order in which they were done.

    `agreed` is the number of tasks fixed before the first look, or None. `what` names the effort that is measured
    ("attempts", "tokens"). Raises ValueError as `outcomes.gains` does.
    """
    found = gains(pairs, scale)
    n = len(found)
    if n == 0:
        return Verdict(
            word="not enough data", sentence="Not enough data: no task has been done in both arms yet.",
            scale=scale.name, estimate=None, low=None, high=None, tasks=0, runs=0, agreed=agreed, more=agreed,
        )  # fmt: skip
    finding = find(found, scale, agreed)
    estimate, low, high = _in_own_unit(finding.gain, scale)
    return Verdict(
        word=finding.word, sentence=sentence(finding, scale, n, agreed, what), scale=scale.name, estimate=estimate,
        low=low, high=high, tasks=n, runs=runs(pairs), agreed=agreed, more=finding.more,
    )  # fmt: skip


def decisions(found: Gains, scale: Scale, agreed: int | None) -> list[int]:
    """After each task: 1 where the word is "better", -1 where it is "worse", else 0."""
    if agreed is not None:
        return [look.decision for look in looks(found, agreed, scale.unit)]
    goal = 2 * CONFIRMED_AT  # two directions share the risk
    return [int(better >= goal) - int(worse >= goal) for better, worse in paired_evidence(found).tolist()]


def find(found: Gains, scale: Scale, agreed: int | None) -> Finding:
    """The verdict on gains, (n_tasks,), at least one. Raises ValueError where there is none."""
    n = len(found)
    if n == 0:
        raise ValueError("no tasks")
    decision = decisions(found, scale, agreed)[-1]
    interval = _agreeing(_interval(found, scale, agreed), decision)
    if decision:
        return Finding("better" if decision > 0 else "worse", interval, 0, "told apart")
    if n >= FEWEST_TASKS and -scale.margin < interval.low and interval.high < scale.margin:
        return Finding("no clear change", interval, 0, "inside margin")
    if agreed is not None and n < agreed:
        return Finding("not enough data", interval, agreed - n, "too early")
    critical = WITHOUT_END if agreed is None else BEYOND_AGREED_SIZE
    more = further_tasks(found, scale, critical, (interval.high - interval.low) / 2)
    if agreed is None:
        return Finding("not enough data", interval, more, "wide")
    could_see = seen_detectable(found, scale)
    if could_see is None or could_see > scale.coarse:
        return Finding("not enough data", interval, more, "too coarse")
    return Finding("no clear change", interval, more, "agreed size")


def sentence(finding: Finding, scale: Scale, tasks: int, agreed: int | None, what: str = "effort") -> str:
    """The verdict in plain words."""
    gain = finding.gain
    amount, between = _amount(gain.estimate, scale, what), _between(gain, scale)
    start = finding.word.capitalize()
    match finding.because:
        case "told apart":
            return f"{start}: {amount} ({between}), over {_tasks(tasks)}."
        case "inside margin":
            return f"{start}: any difference is too small to matter ({between}), over {_tasks(tasks)}."
        case "agreed size":
            return (
                f"{start}: {_done(tasks, agreed)}, and no difference shows: {amount} ({between}).{_more(finding.more)}"
            )
        case "too coarse":
            few = "but so few could show only a very large difference"
            return f"{start}: {_done(tasks, agreed)}, {few}. So far: {amount} ({between}).{_more(finding.more)}"
        case "too early":
            done = f"{tasks} of {_tasks(agreed or tasks)} done"
            return f"{start}: {done}. So far: {amount} ({between}). {_tasks(finding.more or 0)} to go."
        case "wide":
            return f"{start}: {_tasks(tasks)} so far: {amount} ({between}).{_more(finding.more)}"


def _interval(found: Gains, scale: Scale, agreed: int | None) -> Interval:
    if agreed is None:
        return bounded(found, -scale.reach, scale.reach) if math.isfinite(scale.reach) else symmetric(found)
    mean = math.fsum(found) / len(found)
    half = usual_critical(len(found), agreed) * standard_error(found, scale)
    return Interval(mean, max(-scale.reach, mean - half), min(scale.reach, mean + half))


def _agreeing(interval: Interval, decision: int) -> Interval:
    """The interval on the side of zero that the exact test has decided, and holding zero where it has not."""
    mean, low, high = interval
    if decision > 0:
        return Interval(mean, max(low, 0.0), high)
    if decision < 0:
        return Interval(mean, low, min(high, 0.0))
    return Interval(mean, min(low, 0.0), max(high, 0.0))


def _in_own_unit(gain: Interval, scale: Scale) -> tuple[float, float | None, float | None]:
    if scale.name != "effort":
        return gain.estimate, gain.low, gain.high
    low = math.exp(-gain.high) if math.isfinite(gain.high) else None
    return math.exp(-gain.estimate), low, math.exp(-gain.low) if math.isfinite(gain.low) else None


def _amount(gain: float, scale: Scale, what: str) -> str:
    match scale.name:
        case "solved":
            subject, change, size = "share of tasks solved", round(gain * 100), f"{abs(gain) * 100:.0f} points"
        case "phi":
            subject, change, size = "Φ", round(gain * 10), f"{abs(gain):.1f}"
        case "effort":
            percent = (math.exp(-gain) - 1) * 100
            subject, change, size = what, round(percent), f"{abs(percent):.0f} %"
    return f"{subject} {size} {'higher' if change > 0 else 'lower'}" if change else f"{subject} the same"


def _between(gain: Interval, scale: Scale) -> str:
    match scale.name:
        case "solved":
            return f"between {_signed(gain.low * 100)} and {_signed(gain.high * 100)} points"
        case "phi":
            return f"between {_signed(gain.low, 1)} and {_signed(gain.high, 1)}"
        case "effort":
            if not (math.isfinite(gain.low) and math.isfinite(gain.high)):
                return "anything is possible yet"
            low, high = ((math.exp(-bound) - 1) * 100 for bound in (gain.high, gain.low))
            return f"between {_signed(low)} and {_signed(high)} %"


def _signed(value: float, digits: int = 0) -> str:
    shown = round(abs(value), digits)
    if shown == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{shown:.{digits}f}"


def _tasks(n: int) -> str:
    return "1 task" if n == 1 else f"{n:,} tasks"


def _done(tasks: int, agreed: int | None) -> str:
    if agreed is None or tasks <= agreed:
        return f"the {_tasks(tasks)} agreed are done"
    return f"the {_tasks(agreed)} agreed and {tasks - agreed:,} more are done"


def _more(more: int | None) -> str:
    if more is None:
        return ""
    if more >= MOST_TASKS:
        return f" More than {MOST_TASKS:,} more tasks would be needed to tell."
    return f" About {_tasks(more).replace(' task', ' more task')} would tell."
