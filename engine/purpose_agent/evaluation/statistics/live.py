"""What a lesson is worth in ordinary runs, without a study: by the runs in which it was withheld by chance.

Runs are no pairs here: they are different tasks, and a lesson is shown in most of them. What makes the comparison fair
is the toss of the coin that withheld it. Everything else may change from run to run (tasks, models, other lessons), and
one may look after every run.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from purpose_agent.evaluation.statistics.confidence_sequences import bounded
from purpose_agent.evaluation.statistics.evidence import Evidence, mixed
from purpose_agent.evaluation.statistics.findings import Finding, agreeing
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale, transformed_column
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


class LiveRuns(NamedTuple):
    """The same as columns, (n_runs,) each, for many runs at once. `kinds`: a number for each kind, from 0."""

    values: Gains
    shown: NDArray[np.bool_]
    chance_shown: Gains
    kinds: NDArray[np.intp]


class LessonFinding(NamedTuple):
    """All that is said of a lesson. `helps` and `harms`: evidence so far."""

    verdict: Verdict
    effect: Interval
    helps: float
    harms: float

    @property
    def told_apart(self) -> float:
        """Evidence that it does anything, if the word says so, else 0: for `multiplicity.confirmed`.

        The mean over both directions is an e-value, the larger of them is none.
        """
        return (self.helps + self.harms) / 2 if self.verdict.word in ("better", "worse") else 0.0


def columns(runs: Sequence[LiveRun]) -> LiveRuns:
    kinds = np.unique([run.kind for run in runs], return_inverse=True)[1] if runs else np.empty(0, dtype=np.intp)
    return LiveRuns(
        np.array([run.value for run in runs], dtype=float),
        np.array([run.shown for run in runs], dtype=bool),
        np.array([run.chance_shown for run in runs], dtype=float),
        kinds,
    )


def lesson_verdict(runs: Sequence[LiveRun], scale: Scale) -> Verdict:
    """The word for a lesson by its live runs so far, in the order of time. For solved and Φ.

    `tasks` and `runs` of the verdict both count runs, and so does `more`. With one run in ten withheld, expect several
    hundred runs before a word other than "not enough data".
    """
    if runs:
        return lesson_finding(columns(runs), scale).verdict
    words = "Not enough data: the lesson has not been tried against its absence yet."
    return Verdict(
        word="not enough data", sentence=words, scale=scale.name, estimate=None, low=None, high=None, tasks=0, runs=0
    )


def lesson_finding(runs: LiveRuns, scale: Scale) -> LessonFinding:
    """Verdict, effect and evidence of one walk over the runs, of which there is at least one. For solved and Φ.

    Raises ValueError for effort, and as `lesson_evidence` does.
    """
    n = len(runs.values)
    surprises = _surprises(runs, scale)
    together = _growth(runs, surprises).sum(axis=0, keepdims=True)
    helps, harms = (float(evidence) for evidence in mixed(together)[-1])
    decision = int(helps >= 2 * CONFIRMED_AT) - int(harms >= 2 * CONFIRMED_AT)  # two directions share the risk
    effect = _effect(runs, scale, surprises)
    decision = decision if decision * effect.estimate > 0 else 0
    effect = agreeing(effect, decision)
    if decision:
        finding = Finding("better" if decision > 0 else "worse", effect, 0, "told apart")
    elif n >= FEWEST_TASKS and -scale.margin < effect.low and effect.high < scale.margin:
        finding = Finding("no clear change", effect, 0, "inside margin")
    else:
        scores, _ = _scores(runs, scale, surprises)
        more = further_tasks(scores, scale, WITHOUT_END, (effect.high - effect.low) / 2)
        finding = Finding("not enough data", effect, more, "wide")
    verdict = Verdict(
        word=finding.word, sentence=sentence(finding, scale, n, None, unit="run"), scale=scale.name,
        estimate=effect.estimate, low=effect.low, high=effect.high, tasks=n, runs=n, more=finding.more,
    )  # fmt: skip
    return LessonFinding(verdict, effect, helps, harms)


def lesson_evidence(runs: LiveRuns, scale: Scale) -> Evidence:
    """After each run, the evidence that showing the lesson helps, and that it harms; (n_runs, 2).

    If the lesson does nothing, how well a run went says nothing of the coin that showed it. The alternatives tilt that
    coin towards "shown" where the run went better than the earlier ones of its kind, and are mixed evenly. An e-value,
    exact whatever else changes: see `evidence`. Raises ValueError for a chance of 0 or 1, and for values outside the
    scale.
    """
    if not len(runs.values):
        return np.empty((0, 2))
    return mixed(_growth(runs, _surprises(runs, scale)))


def _growth(runs: LiveRuns, surprise: Gains) -> NDArray[np.float64]:
    """What each run adds to the log evidence, (n_runs, 2 directions, alternatives)."""
    size = np.sqrt(np.cumsum(surprise**2) / np.arange(1, len(surprise) + 1))
    relative = np.divide(surprise, size, out=np.zeros(len(surprise)), where=size > 0)
    chance, shown = _coin(runs)
    growth = []
    for direction in (1.0, -1.0):
        pull = direction * np.multiply.outer(relative, TILTS)
        normaliser = np.logaddexp(np.log(chance)[:, None] + pull, np.log1p(-chance)[:, None])
        growth.append(np.where(shown[:, None], pull, 0.0) - normaliser)
    return np.stack(growth, axis=1)


def _effect(runs: LiveRuns, scale: Scale, surprise: Gains) -> Interval:
    """How much showing the lesson adds to the value of a run on average, with an interval that holds at every moment.

    Each run is weighed by the inverse of the chance of what the coin did (Horvitz & Thompson), after taking off the
    mean of the earlier runs of its kind; the interval is `confidence_sequences.bounded`, which assumes nothing of the
    values.
    """
    scores, reach = _scores(runs, scale, surprise)
    mean, low, high = bounded(scores, -reach, reach)
    mean, low, high = (min(scale.reach, max(-scale.reach, bound)) for bound in (mean, low, high))
    return Interval(mean, low, high)


def _scores(runs: LiveRuns, scale: Scale, surprise: Gains) -> tuple[Gains, float]:
    """For each run a score whose mean is the effect, and how far a score can reach."""
    if scale.name == "effort":
        raise ValueError("effort has no bound, so an effect has no interval")
    chance, shown = _coin(runs)
    scores: Gains = surprise * np.where(shown, 1 / chance, -1 / (1 - chance))
    return scores, scale.reach * float(np.max(1 / np.minimum(chance, 1 - chance)))


def _surprises(runs: LiveRuns, scale: Scale) -> Gains:
    """By how much each value is above the mean of the earlier ones of its kind, the first above the scale's middle."""
    values = transformed_column(runs.values, scale)
    found = np.zeros(len(values))
    for kind in np.unique(runs.kinds):
        places = np.flatnonzero(runs.kinds == kind)
        own = values[places]
        first = own[0] if scale.name == "effort" else scale.reach / 2  # effort has no middle
        earlier = np.cumsum(own)[:-1] / np.arange(1, len(own))
        found[places] = own - np.concatenate([[first], earlier])
    return found


def _coin(runs: LiveRuns) -> tuple[Gains, NDArray[np.bool_]]:
    if not np.all((runs.chance_shown > 0) & (runs.chance_shown < 1)):
        raise ValueError("a run in which nothing was left to chance tells nothing of the lesson")
    return runs.chance_shown, runs.shown
