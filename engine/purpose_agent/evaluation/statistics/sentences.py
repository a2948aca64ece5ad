"""Findings in plain words, for a person who knows no statistics."""

import math
from typing import Literal, NamedTuple

from purpose_agent.evaluation.statistics.findings import Finding, Word
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Scale, ScaleName
from purpose_agent.evaluation.statistics.power import MOST_TASKS

_FINER_DIGITS = 2
_EARLY = " It ended early, so the true difference is likely smaller."

Unit = Literal["task", "run"]


class Setting(NamedTuple):
    """What a sentence has to know beyond the figures.

    is_agreed    the number of tasks was agreed before the first look; False where runs were done elsewhere.
    ended_early  nothing was in doubt any more, so no further tasks will come.
    unjudged     tasks that both arms have done, but of which this is not known.
    """

    is_agreed: bool = True
    ended_early: bool = False
    unjudged: int = 0


USUAL = Setting()


def sentence(
    finding: Finding,
    scale: Scale,
    n: int,
    agreed: int | None,
    what: str = "effort",
    unit: Unit = "task",
    setting: Setting = USUAL,
) -> str:
    """The word, what was seen, and what it would take to know more. `what` names the effort; n counts units."""
    gain = finding.gain
    amount, between = _amount(gain.estimate, scale, what), _between(gain, scale, finding.because == "told apart")
    start = finding.word.capitalize()
    match finding.because:
        case "told apart":
            is_little = scale.named and -scale.margin < gain.low and gain.high < scale.margin
            little = f" That is less than {_named_margin(scale)}." if is_little else ""
            early = _EARLY if setting.ended_early and agreed is not None and n < agreed else ""
            return f"{start}: {amount} ({between}), over {_count(n, unit)}.{little}{early}"
        case "inside margin":
            small = f"smaller than {_named_margin(scale)}" if scale.named else "too small to matter"
            return f"{start}: any difference is {small} ({between}), over {_count(n, unit)}."
        case "agreed size":
            seen = f"no difference can be told from chance: {amount} ({between})"
            return f"{start}: {_done(n, agreed, setting)}, and {seen}.{_more(finding.more, unit)}"
        case "too few":
            above = "" if finding.visible is None else f" below {_size(finding.visible, scale)}"
            few = f"but so few show no difference{above}"
            done = _done(n, agreed, setting)
            return f"{start}: {done}, {few}. So far: {amount} ({between}).{_more(finding.more, unit)}"
        case "too early":
            done = f"{n:,} of {_count(agreed or n, unit)} done"
            if setting.ended_early:
                return f"{start}: {done} when it ended early: {amount} ({between})."
            return f"{start}: {done}. So far: {amount} ({between}). {_count(finding.more or 0, unit)} to go."
        case "wide":
            return f"{start}: {_count(n, unit)} so far: {amount} ({between}).{_more(finding.more, unit)}"


def brief(word: Word, estimate: float, low: float | None, high: float | None, scale: ScaleName) -> str:
    """A difference in the unit of a verdict, for a cell of a table: `+16 points (+0.2 to +32)`."""
    match scale:
        case "solved":
            factor, nothing, digits, unit = 100.0, 0.0, 0, " points"
        case "phi":
            factor, nothing, digits, unit = 1.0, 0.0, 1, ""
        case "effort":
            factor, nothing, digits, unit = 100.0, 1.0, 0, " %"
    told = _signed((estimate - nothing) * factor, digits) + unit
    if low is None or high is None:
        return told
    ends = ((low - nothing) * factor, (high - nothing) * factor)
    return f"{told} ({' to '.join(_ends(*ends, digits, is_apart=word in ('better', 'worse')))})"


def nothing_yet(scale: Scale, setting: Setting = USUAL) -> str:
    """Where no task can be compared."""
    if not setting.unjudged:
        return "Not enough data: no task has been done in both arms yet."
    were, them = ("was", "it") if setting.unjudged == 1 else ("were", "them")
    what = {"solved": f"nobody judged {them}", "phi": f"nobody scored {them}", "effort": "what that took is not known"}
    done = f"{_count(setting.unjudged, 'task')} {were} done in both arms"
    return f"Not enough data: {done}, but {what[scale.name]}."


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
    return f"between {' and '.join(_ends(low, high, digits, is_apart=is_apart))}{unit}"


def _ends(low: float, high: float, digits: int, *, is_apart: bool) -> tuple[str, str]:
    start, end = _signed(low, digits), _signed(high, digits)
    if is_apart:  # the test has ruled zero out, also where the interval ends there
        return start if low else "just above 0", end if high else "just below 0"
    return start, end


def _signed(value: float, digits: int) -> str:
    """What lies close to zero is told so finely that its side can be seen."""
    for finer in range(digits, digits + _FINER_DIGITS + 1):
        if shown := round(abs(value), finer):
            return f"{'+' if value > 0 else '−'}{shown:.{finer}f}"
    return "0"


def _count(n: int, unit: Unit) -> str:
    return f"1 {unit}" if n == 1 else f"{n:,} {unit}s"


def _done(tasks: int, agreed: int | None, setting: Setting) -> str:
    if not setting.is_agreed:
        return f"{_count(tasks, 'task')} {'was' if tasks == 1 else 'were'} done in both arms"
    if agreed is None or tasks <= agreed:
        return f"the {_count(tasks, 'task')} agreed {'is' if tasks == 1 else 'are'} done"
    return f"the {_count(agreed, 'task')} agreed and {tasks - agreed:,} more are done"


def _more(more: int | None, unit: Unit) -> str:
    if more is None:
        return ""
    if more >= MOST_TASKS:
        return f" More than {MOST_TASKS:,} more {unit}s would be needed to tell."
    return f" About {more:,} more {unit if more == 1 else unit + 's'} would tell."
