"""What a lesson is worth in ordinary runs, without a study: by the runs in which it was withheld by chance.

Runs are no pairs here: they are different tasks, and a lesson is shown in most of them. What makes the comparison fair
is the toss of the coin that withheld it. Everything else may change from run to run (tasks, models, other lessons), and
one may look after every run.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from purpose_agent.evaluation.statistics.confidence_sequences import bounded
from purpose_agent.evaluation.statistics.evidence import Evidence, mixed
from purpose_agent.evaluation.statistics.findings import Finding, agreeing
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale, transformed
from purpose_agent.evaluation.statistics.power import FEWEST_TASKS, WITHOUT_END, further_tasks
from purpose_agent.evaluation.statistics.sentences import sentence
from purpose_agent.evaluation.statistics.verdicts import Verdict
from purpose_agent.memory.paired_gate import CONFIRMED_AT

TILTS = np.array([0.1, 0.2, 0.4, 0.7, 1.1, 1.6])
"""Alternatives that share the stake: the log odds of being shown, for a value one root mean square above its kind."""


class LiveRun(NamedTuple):
    """A run in which the lesson fitted.

    value          solved 0 or 1, Φ 0 to 10, or effort.
    shown          whether the lesson was in the prompt, or withheld.
    chance_shown   the chance with which it was to be shown, strictly between 0 and 1.
    kind           the kind of its task: values are compared with those of earlier runs of the kind.
    """

    value: float
    shown: bool
    chance_shown: float
    kind: str = ""


def lesson_evidence(runs: Sequence[LiveRun], scale: Scale) -> Evidence:
    """After each run, the evidence that showing the lesson helps, and that it harms; (n_runs, 2).

    If the lesson does nothing, how well a run went says nothing of the coin that showed it. The alternatives tilt that
    coin towards "shown" where the run went better than the earlier ones of its kind, and are mixed evenly. An e-value,
    exact whatever else changes: see `evidence`. For many lessons at once, `multiplicity.confirmed` takes the last row.
    Raises ValueError for a chance of 0 or 1, and for values outside the scale.
    """
    if not runs:
        return np.empty((0, 2))
    surprise = _surprises(runs, scale)
    size = np.sqrt(np.cumsum(surprise**2) / np.arange(1, len(runs) + 1))
    relative = np.divide(surprise, size, out=np.zeros(len(runs)), where=size > 0)
    chance, shown = _coin(runs)
    growth = []
    for direction in (1.0, -1.0):
        pull = direction * np.multiply.outer(relative, TILTS)
        normaliser = np.logaddexp(np.log(chance)[:, None] + pull, np.log1p(-chance)[:, None])
        growth.append(np.where(shown[:, None], pull, 0.0) - normaliser)
    return mixed(np.stack(growth, axis=1))


def lesson_effect(runs: Sequence[LiveRun], scale: Scale) -> Interval:
    """How much showing the lesson adds to the value of a run on average, with an interval that holds at every moment.

    For solved and Φ. Each run is weighed by the inverse of the chance of what the coin did (Horvitz & Thompson), after
    taking off the mean of the earlier runs of its kind; the interval is `confidence_sequences.bounded`, which assumes
    nothing of the values. Raises ValueError without runs, for effort, and as `lesson_evidence` does.
    """
    scores, reach = _scores(runs, scale)
    mean, low, high = bounded(scores, -reach, reach)
    mean, low, high = (min(scale.reach, max(-scale.reach, bound)) for bound in (mean, low, high))
    return Interval(mean, low, high)


def lesson_verdict(runs: Sequence[LiveRun], scale: Scale) -> Verdict:
    """The word for a lesson by its live runs so far, in the order of time. For solved and Φ.

    `tasks` and `runs` of the verdict both count runs, and so does `more`. With one run in ten withheld, expect several
    hundred runs before a word other than "not enough data".
    """
    n = len(runs)
    if n == 0:
        words = "Not enough data: the lesson has not been tried against its absence yet."
        return Verdict(
            word="not enough data",
            sentence=words,
            scale=scale.name,
            estimate=None,
            low=None,
            high=None,
            tasks=0,
            runs=0,
        )
    helps, harms = lesson_evidence(runs, scale)[-1]
    decision = int(helps >= 2 * CONFIRMED_AT) - int(harms >= 2 * CONFIRMED_AT)  # two directions share the risk
    effect = lesson_effect(runs, scale)
    decision = decision if decision * effect.estimate > 0 else 0
    effect = agreeing(effect, decision)
    if decision:
        finding = Finding("better" if decision > 0 else "worse", effect, 0, "told apart")
    elif n >= FEWEST_TASKS and -scale.margin < effect.low and effect.high < scale.margin:
        finding = Finding("no clear change", effect, 0, "inside margin")
    else:
        more = further_tasks(_scores(runs, scale)[0], scale, WITHOUT_END, (effect.high - effect.low) / 2)
        finding = Finding("not enough data", effect, more, "wide")
    return Verdict(
        word=finding.word, sentence=sentence(finding, scale, n, None, unit="run"), scale=scale.name,
        estimate=effect.estimate, low=effect.low, high=effect.high, tasks=n, runs=n, more=finding.more,
    )  # fmt: skip


def _scores(runs: Sequence[LiveRun], scale: Scale) -> tuple[Gains, float]:
    """For each run a score whose mean is the effect, and how far a score can reach."""
    if not runs:
        raise ValueError("no runs")
    if scale.name == "effort":
        raise ValueError("effort has no bound: use lesson_evidence")
    chance, shown = _coin(runs)
    scores: Gains = _surprises(runs, scale) * np.where(shown, 1 / chance, -1 / (1 - chance))
    return scores, scale.reach * float(np.max(1 / np.minimum(chance, 1 - chance)))


def _surprises(runs: Sequence[LiveRun], scale: Scale) -> Gains:
    """By how much each value is above the mean of the earlier ones of its kind, the first above the scale's middle."""
    values = transformed([run.value for run in runs], scale)
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    found = np.zeros(len(runs))
    for i, (run, value) in enumerate(zip(runs, values, strict=True)):
        first = value if scale.name == "effort" else scale.reach / 2  # effort has no middle
        found[i] = value - (sums[run.kind] / counts[run.kind] if counts[run.kind] else first)
        sums[run.kind] += value
        counts[run.kind] += 1
    return found


def _coin(runs: Sequence[LiveRun]) -> tuple[Gains, NDArray[np.bool_]]:
    if not all(0.0 < run.chance_shown < 1.0 for run in runs):
        raise ValueError("a run in which nothing was left to chance tells nothing of the lesson")
    return np.array([run.chance_shown for run in runs]), np.array([run.shown for run in runs], dtype=bool)
