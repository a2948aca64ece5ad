"""What is known of a study before it starts: what it takes, and how small a difference it could show.

Each figure says where it comes from: runs of earlier studies on the same model, else the person's ordinary runs on it,
else an assumption that is called one. Nothing knows the prices of models (they change, and a stale price is a made-up
one), so money is told only where the model is free or where runs on it have told what they cost.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from purpose_agent.evaluation.statistics.outcomes import Scale
from purpose_agent.evaluation.statistics.power import MOST_TASKS, smallest_effect, supposed_spread, tasks_for
from purpose_agent.evaluation.statistics.sentences import size_of_effect
from purpose_agent.evaluation.studies.plan import Measure, StudyPlan
from purpose_agent.types import Record

GUESSED_TOKENS = 1_500
"""Of a run, before any was measured: a prompt with its lessons, a short answer, a judge's look at it."""
MOST_REPEATS = 100
LOOKED_AT = 200
"""So many of the latest ordinary runs are looked at."""
_MOST: Mapping[Measure, float] = {"solved": 1.0, "phi": 10.0, "effort": 9.0}
"""A difference of the whole scale, or ten times the work, says no more than that there are too few tasks."""


class Took(NamedTuple):
    """What one run took."""

    seconds: float
    tokens: int
    cost_usd: float


class Measured(NamedTuple):
    """Runs that were measured, and where: words to go on after their number, such as "runs of earlier studies"."""

    runs: Sequence[Took]
    where: str


class Foresight(Record, frozen=True, kw_only=True):
    """What is known of a study before it starts.

    smallest   difference that it finds with 80 % probability, in the unit of the measure that decides (solved: share,
               phi: Φ, effort: share more work); None: it can find none.
    asked      the smallest difference that the person said matters, in the same unit; can_see: whether it would show.
    tasks_needed, repeats_needed   to see it with as many repeats, or with as many tasks, as are planned; None where
               that is not needed, or where no number would do.
    seconds, tokens, cost_usd      None = not known. seconds_from and the like: in words where the figure comes from.
    """

    runs: int
    measure: Measure = "solved"
    smallest: float | None = None
    asked: float | None = None
    can_see: bool | None = None
    tasks_needed: int | None = None
    repeats_needed: int | None = None
    seconds: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    seconds_from: str = "not known yet: nothing was measured on this model"
    tokens_from: str = "not known yet: nothing was measured on this model"
    cost_from: str = "not known: nothing tells what this model costs"

    def __str__(self) -> str:
        took = "How long that takes is not known yet" if self.seconds is None else f"About {_long(self.seconds)}"
        tokens = f", about {self.tokens:,} tokens" if self.tokens else ""
        money = f" and ${self.cost_usd:.2f}" if self.cost_usd else ""
        told = f"{self.runs:,} runs. {took}{tokens}{money}; {self._sees()}."
        return " ".join(filter(None, (told, self._measured(), self._matters())))

    def _sees(self) -> str:
        if self.smallest is None or self.smallest > _MOST[self.measure]:
            return "these are too few tasks to show any difference"
        return f"a difference of {size_of_effect(round(self.smallest, 2), self.measure)} or more would show"

    def _measured(self) -> str:
        """Where the figures come from, each source named once."""
        figures = (
            (self.seconds, self.seconds_from), (self.tokens, self.tokens_from), (self.cost_usd, self.cost_from),
        )  # fmt: skip
        sources = [source for figure, source in figures if figure]
        return "".join(f"{source[0].upper()}{source[1:]}. " for source in dict.fromkeys(sources)).strip()

    def _matters(self) -> str:
        if self.asked is None:
            return ""
        size = size_of_effect(self.asked, self.measure)
        if self.can_see:
            return (
                f"You said that {size} matter: a difference as large as that would show in four of five such studies."
            )
        ways = []
        if self.tasks_needed is not None:
            ways.append(f"about {self.tasks_needed:,} tasks")
        if self.repeats_needed is not None:
            ways.append(f"{self.repeats_needed:,} repeats of these tasks")
        take = f"it would take {' or '.join(ways)}" if ways else "no number of tasks within reach would do"
        return f"You said that {size} matter: this study may well miss that; {take}."


def foresee(plan: StudyPlan, sources: Sequence[Measured], *, is_builtin: bool, is_free: bool) -> Foresight:
    """`sources`: what was measured on the plan's model, the best first; the first that holds any run is taken."""
    known = next((source for source in sources if source.runs), None)
    sees = _with_what_it_sees(plan, Foresight(runs=plan.size, measure=plan.measure))
    return _with_costs(sees, known, is_builtin=is_builtin, is_free=is_free)


def _with_what_it_sees(plan: StudyPlan, made: Foresight) -> Foresight:
    scale = plan.scales[plan.measure]
    tasks, spread = len(plan.related) - plan.warm_up, supposed_spread(scale)
    gain = smallest_effect(tasks, plan.repeats, spread)
    made = replace(made, smallest=None if gain is None else _effect(gain, scale))
    if plan.smallest_effect is None:
        return made
    wanted = scale.margin
    can_see = gain is not None and gain <= wanted
    needed = tasks_for(wanted, plan.repeats, spread)
    repeats = next(
        (n for n in range(plan.repeats + 1, MOST_REPEATS + 1) if (smallest_effect(tasks, n, spread) or 9e9) <= wanted),
        None,
    )
    return replace(
        made,
        asked=plan.smallest_effect,
        can_see=can_see,
        tasks_needed=None if can_see or needed >= MOST_TASKS else needed,
        repeats_needed=None if can_see else repeats,
    )


def _with_costs(made: Foresight, known: Measured | None, *, is_builtin: bool, is_free: bool) -> Foresight:
    free = "it costs nothing: the work is done on this machine"
    if is_free:
        made = replace(made, cost_usd=0.0, cost_from=free)
    if known is not None:
        count = len(known.runs)
        measured = f"by {count:,} {known.where}"
        share = made.runs / count
        cost = share * sum(run.cost_usd for run in known.runs)
        made = replace(
            made,
            seconds=share * sum(run.seconds for run in known.runs),
            seconds_from=measured,
            tokens=round(share * sum(run.tokens for run in known.runs)),
            tokens_from=measured,
        )
        return replace(made, cost_usd=cost, cost_from=measured) if cost and not is_free else made
    if is_builtin:
        return replace(made, tokens=0, tokens_from="the built-in search uses no tokens")
    return replace(
        made,
        tokens=GUESSED_TOKENS * made.runs,
        tokens_from=f"about {GUESSED_TOKENS:,} tokens a run is a guess: nothing was measured yet on this model",
    )


def _effect(gain: float, scale: Scale) -> float:
    """A gain of the scale in the unit in which a person names it."""
    return math.expm1(gain) if scale.name == "effort" else gain


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5_400 else f"{seconds / 3_600:.1f} hours"
