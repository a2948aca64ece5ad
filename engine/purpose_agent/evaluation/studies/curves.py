"""An arm's way through a study: where it stood after each task of a part, all repeats taken together."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from purpose_agent.evaluation.statistics.intervals import Interval, wilson
from purpose_agent.evaluation.studies.outcomes import EffortUnit, Outcome
from purpose_agent.evaluation.studies.plan import Part


class CurvePoint(NamedTuple):
    """An arm after the first `n` tasks of a part.

    solved   share of tasks solved so far and where it lies. The repeats of a task count as one task: they hang
             together, so the band is rather too wide than too narrow.
    phi      mean of the scores so far for which somebody other than the model stands.
    effort, seconds, tokens, steps, cost_usd   spent up to here.
    run_ids  the runs at this place, one a repeat; born: ids of the lessons that were put in use after them.
    models   that did the work here: a change begins a new axis.
    judges   that decided by rubrics here or, where nothing was decided so, the last time: a change begins a new axis.
    """

    part: Part
    n: int
    runs: int
    solved: Interval | None
    phi: float | None
    effort: int
    seconds: float
    tokens: int
    steps: int
    cost_usd: float
    task_id: str
    right: tuple[bool | None, ...]
    run_ids: tuple[str, ...]
    lessons: int
    born: tuple[str, ...]
    models: tuple[str, ...]
    judges: tuple[str, ...] = ()

    def begins_axis(self, before: "CurvePoint") -> bool:
        """Whether another model or another judge was at work than at the place before."""
        return self.models != before.models or bool(before.judges and self.judges != before.judges)


def curve(outcomes: Sequence[Outcome], part: Part, unit: EffortUnit) -> Iterator[CurvePoint]:
    """Of one arm, with effort counted in the unit of the study.

    A place that not all repeats have reached yet counts with those that have.
    """
    lanes: defaultdict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.part == part:
            lanes[outcome.repeat].append(outcome)
    ordered = [sorted(lane, key=lambda outcome: outcome.position) for lane in lanes.values()]
    so_far = _SoFar(unit)
    judges: tuple[str, ...] = ()
    for place in range(max(map(len, ordered), default=0)):
        here = [lane[place] for lane in ordered if place < len(lane)]
        for outcome in here:
            so_far.add(outcome)
        judges = tuple(sorted({outcome.judge for outcome in here if outcome.judge})) or judges
        yield CurvePoint(
            part=part,
            n=place + 1,
            runs=so_far.runs,
            solved=so_far.solved,
            phi=so_far.phis / so_far.scored if so_far.scored else None,
            effort=so_far.effort,
            seconds=so_far.seconds,
            tokens=so_far.tokens,
            steps=so_far.steps,
            cost_usd=so_far.cost_usd,
            task_id=here[0].task_id,
            right=tuple(outcome.right for outcome in here),
            run_ids=tuple(outcome.run_id for outcome in here),
            lessons=max(len(outcome.lessons) for outcome in here),
            born=tuple(card_id for outcome in here for card_id in outcome.born),
            models=tuple(dict.fromkeys(outcome.model for outcome in here)),
            judges=judges,
        )


class _SoFar:
    """Sums over the runs up to here, so that a long curve takes one walk."""

    def __init__(self, unit: EffortUnit) -> None:
        self._unit = unit
        self.runs = self.scored = self.effort = self.tokens = self.steps = 0
        self.phis = self.seconds = self.cost_usd = 0.0
        self._rights: dict[tuple[str, int], tuple[int, int]] = {}
        self._total = Fraction()

    def add(self, outcome: Outcome) -> None:
        self.runs += 1
        self.effort += outcome.effort(self._unit)
        self.tokens += outcome.tokens
        self.steps += outcome.steps
        self.seconds += outcome.seconds
        self.cost_usd += outcome.cost_usd
        if (phi := outcome.counted_phi) is not None:
            self.scored += 1
            self.phis += phi
        if outcome.right is not None:
            task = outcome.task_id, outcome.turn
            right, of = self._rights.get(task, (0, 0))
            self._total += Fraction(right + outcome.right, of + 1) - (Fraction(right, of) if of else 0)
            self._rights[task] = right + outcome.right, of + 1

    @property
    def solved(self) -> Interval | None:
        """Each task, each time that it came round, counts once: by the share of its repeats."""
        return wilson(float(self._total), len(self._rights)) if self._rights else None
