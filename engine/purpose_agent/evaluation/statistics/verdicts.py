"""The verdict on two arms: one of four words, the sentence that says what it means, and the figures it rests on."""

import math
from collections.abc import Sequence

from purpose_agent.evaluation.statistics.findings import Word, find
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Scale, ScaleName, TaskPair, gains, runs
from purpose_agent.evaluation.statistics.sentences import Told, nothing_to_compare, sentence
from purpose_agent.types import Record


class Verdict(Record, frozen=True, kw_only=True):
    """What can be said of the candidate arm against the baseline.

    estimate, low, high   solved: difference of the shares, -1 to 1. phi: difference of Φ, -10 to 10. effort: the
                          candidate's effort as a share of the baseline's (0.8 = a fifth less; geometric mean over
                          tasks). low or high is None where effort has no bound yet, and all three without any task.
    tasks, runs           how many it rests on; runs counts both arms.
    agreed                the number of tasks agreed before, None for live runs and for what was imported.
    more                  about how many more tasks it would take to decide; 0 once decided, None if not known.
    """

    word: Word
    sentence: str
    scale: ScaleName
    estimate: float | None
    low: float | None
    high: float | None
    tasks: int
    runs: int
    agreed: int | None = None
    more: int | None = None


def verdict(
    pairs: Sequence[TaskPair],
    scale: Scale,
    *,
    agreed: int | None = None,
    what: str = "effort",
    imported: bool = False,
    ended_early: bool = False,
    unjudged: int = 0,
) -> Verdict:
    """The verdict on the tasks done so far, in the order in which they were done.

    Raises ValueError as `outcomes.gains` does, and for an agreed number of what was imported.

    agreed       the number of tasks fixed before the first look, or None.
    what         names the effort that is measured ("attempts", "tokens").
    imported     the tasks were done elsewhere and are all there at once: the test is one for just so many.
    ended_early  the study ended before the agreed number because this word was clear.
    unjudged     tasks that were done in both arms, but have no value in one of them.
    """
    if imported and agreed is not None:
        raise ValueError(f"nobody agreed on a number of imported tasks: {agreed=}")
    found = gains(pairs, scale)
    n = len(found)
    if n == 0:
        return Verdict(
            word="not enough data", sentence=nothing_to_compare(unjudged), scale=scale.name, estimate=None, low=None,
            high=None, tasks=0, runs=0, agreed=agreed, more=None if unjudged else agreed,
        )  # fmt: skip
    size = n if imported else agreed
    finding = find(found, scale, size)
    estimate, low, high = _in_own_unit(finding.gain, scale)
    told = Told(what, imported=imported, ended_early=ended_early)
    return Verdict(
        word=finding.word, sentence=sentence(finding, scale, n, size, told), scale=scale.name, estimate=estimate,
        low=low, high=high, tasks=n, runs=runs(pairs), agreed=agreed, more=finding.more,
    )  # fmt: skip


def _in_own_unit(gain: Interval, scale: Scale) -> tuple[float, float | None, float | None]:
    if scale.name != "effort":
        return gain.estimate, gain.low, gain.high
    low = math.exp(-gain.high) if math.isfinite(gain.high) else None
    return math.exp(-gain.estimate), low, math.exp(-gain.low) if math.isfinite(gain.low) else None
