"""Findings in plain words, for a person who knows no statistics."""

import math
from typing import Literal, NamedTuple

from purpose_agent.evaluation.statistics.findings import Finding
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Scale, ScaleName
from purpose_agent.evaluation.statistics.power import MOST_TASKS

_FINER_DIGITS = 2

Unit = Literal["task", "run"]


class Told(NamedTuple):
    """What a sentence has to know beside the finding.

    what         names the effort ("tokens").
    unit         what is counted.
    imported     brought from elsewhere: nobody agreed on a number of tasks here, these are all there are.
    ended_early  the study has ended at its first clear word: seen gains that end a study are large by luck, too.
    """

    what: str = "effort"
    unit: Unit = "task"
    imported: bool = False
    ended_early: bool = False


_TASKS = Told()


def sentence(finding: Finding, scale: Scale, n: int, agreed: int | None, told: Told = _TASKS) -> str:
    """The word, what was seen, and what it would take to know more. n counts units."""
    gain, unit = finding.gain, told.unit
    amount, between = _amount(gain.estimate, scale, told.what), _between(gain, scale, finding.because == "told apart")
    start, done = finding.word.capitalize(), _done(n, agreed, told.imported)
    match finding.because:
        case "told apart":
            is_little = scale.named and -scale.margin < gain.low and gain.high < scale.margin
            little = f" That is less than {_named_margin(scale)}." if is_little else ""
            early = " As it ended early, the true difference is likely smaller." if told.ended_early else ""
            return f"{start}: {amount} ({between}), over {_count(n, unit)}.{little}{early}"
        case "inside margin":
            small = f"smaller than {_named_margin(scale)}" if scale.named else "too small to matter"
            return f"{start}: any difference is {small} ({between}), over {_count(n, unit)}."
        case "agreed size":
            seen = f"and no difference can be told from chance: {amount} ({between})"
            return f"{start}: {done}, {seen}.{_more(finding.more, unit)}"
        case "too few":
            above = "" if finding.visible is None else f" below {_size(finding.visible, scale)}"
            few = f"but so few show no difference{above}"
            return f"{start}: {done}, {few}. So far: {amount} ({between}).{_more(finding.more, unit)}"
        case "too early":
            part = f"{n} of {_count(agreed or n, unit)} done"
            return f"{start}: {part}. So far: {amount} ({between}). {_count(finding.more or 0, unit)} to go."
        case "wide":
            return f"{start}: {_count(n, unit)} so far: {amount} ({between}).{_more(finding.more, unit)}"


def nothing_to_compare(unjudged: int) -> str:
    """Where no task has a value in both arms, though so many were done there."""
    if not unjudged:
        return "Not enough data: no task has been done in both arms yet."
    were, them = ("was", "it") if unjudged == 1 else ("were", "them")
    return f"Not enough data: {_count(unjudged, 'task')} {were} done in both arms, but nobody judged {them}."


def size_of_effect(effect: float, measure: ScaleName) -> str:
    """A difference as a person names it (`outcomes.with_smallest_effect`): `10 points`, `1.5 Φ`, `20 %`."""
    match measure:
        case "solved":
            return f"{_short(effect * 100)} points"
        case "phi":
            return f"{_short(effect)} Φ"
        case "effort":
            return f"{_short(effect * 100)} %"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _named_margin(scale: Scale) -> str:
    effect = math.expm1(scale.margin) if scale.name == "effort" else scale.margin
    return f"the {size_of_effect(effect, scale.name)} that you said matter"


def _amount(gain: float, scale: Scale, what: str) -> str:
    subject = {"solved": "share of tasks solved", "phi": "Φ", "effort": what}[scale.name]
    size = _size(gain, scale)
    if float(size.split()[0]) == 0:
        return f"{subject} the same"
    return f"{subject} {size} {'higher' if (gain > 0) != (scale.name == 'effort') else 'lower'}"


def _size(gain: float, scale: Scale) -> str:
    match scale.name:
        case "solved":
            return f"{abs(gain) * 100:.0f} points"
        case "phi":
            return f"{abs(gain):.1f}"
        case "effort":
            return f"{abs(math.exp(-gain) - 1) * 100:.0f} %"


def _between(gain: Interval, scale: Scale, is_apart: bool) -> str:
    match scale.name:
        case "solved":
            low, high, digits, unit = gain.low * 100, gain.high * 100, 0, " points"
        case "phi":
            low, high, digits, unit = gain.low, gain.high, 1, ""
        case "effort":
            if not (math.isfinite(gain.low) and math.isfinite(gain.high)):
                return "anything is possible yet"
            low, high = ((math.exp(-bound) - 1) * 100 for bound in (gain.high, gain.low))
            digits, unit = 0, " %"
    start, end = _signed(low, digits), _signed(high, digits)
    if is_apart:  # the test has ruled zero out, also where the interval ends there
        start, end = start if low else "just above 0", end if high else "just below 0"
    return f"between {start} and {end}{unit}"


def _signed(value: float, digits: int) -> str:
    """What lies close to zero is told so finely that its side can be seen."""
    for finer in range(digits, digits + _FINER_DIGITS + 1):
        if shown := round(abs(value), finer):
            return f"{'+' if value > 0 else '−'}{shown:.{finer}f}"
    return "0"


def _count(n: int, unit: Unit) -> str:
    return f"1 {unit}" if n == 1 else f"{n:,} {unit}s"


def _done(tasks: int, agreed: int | None, imported: bool) -> str:
    if imported:
        return f"{'this is' if tasks == 1 else 'these are'} the {_count(tasks, 'task')} that both arms have done"
    if agreed is None or tasks <= agreed:
        return f"the {_count(tasks, 'task')} agreed {'is' if tasks == 1 else 'are'} done"
    return f"the {_count(agreed, 'task')} agreed and {tasks - agreed:,} more are done"


def _more(more: int | None, unit: Unit) -> str:
    if more is None:
        return ""
    if more >= MOST_TASKS:
        return f" More than {MOST_TASKS:,} more {unit}s would be needed to tell."
    return f" About {more:,} more {unit if more == 1 else unit + 's'} would tell."
