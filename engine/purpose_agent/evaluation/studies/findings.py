"""What a study shows so far: of every part and every control a verdict, and the curves behind it.

All of it is worked out from the plan and the outcomes alone, so whoever has the two files finds the same to the last
digit. One comparison decides, on the measure and against the control that were agreed before the start; the others
stand beside it and decide nothing. Each of those that tells its arms apart says whether it would do so among all of
them, too: the more one looks at, the more is there by chance.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from purpose_agent.evaluation.statistics.intervals import Interval, newcombe_paired
from purpose_agent.evaluation.statistics.multiplicity import ALPHA, holm
from purpose_agent.evaluation.statistics.outcomes import Scale, ScaleName, TaskPair, gains
from purpose_agent.evaluation.statistics.paired_tests import table
from purpose_agent.evaluation.statistics.resampling import ratio_of_totals
from purpose_agent.evaluation.statistics.sentences import Setting
from purpose_agent.evaluation.statistics.sequential import sequential_p
from purpose_agent.evaluation.statistics.verdicts import Verdict, verdict
from purpose_agent.evaluation.studies.curves import CurvePoint, curve
from purpose_agent.evaluation.studies.outcomes import EffortUnit, Outcome, Spent, effort_unit
from purpose_agent.evaluation.studies.plan import WITHOUT, Part, StudyError, StudyPlan
from purpose_agent.evaluation.studies.proving import Proof, proof_of

PART_ORDER: tuple[Part, ...] = ("transfer", "retry", "harm")
NO_CONTROL = "There is no control here, so nothing can be said about learning."
_SEED = 1


class Comparison(NamedTuple):
    """Two arms on the same tasks of one part. `decides`: it is the one that the study was made for.

    totals    effort of the tested arm as a share of the control's, all tasks together; None where that is not known.
    gained, lost
              tasks in which the tested arm did better than its control, or worse; the others came out alike.
    newcombe  difference of the shares solved, where each task was done once in each arm and all are done; else None.
              A second opinion by a classical method, for one look at the end.
    adjusted  of one that does not decide and yet tells its arms apart: p among all that were looked at, by Holm, valid
              at every look; None of all others.
    """

    part: Part
    scale: ScaleName
    tested: str
    control: str
    verdict: Verdict
    decides: bool
    totals: Interval | None = None
    gained: int = 0
    lost: int = 0
    newcombe: Interval | None = None
    adjusted: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether its word stands among all comparisons that were looked at; None where it makes no claim."""
        return None if self.adjusted is None else self.adjusted <= ALPHA

    @property
    def left_out(self) -> str:
        """Id of the lesson that the control does without, "" where it is another control."""
        return self.control.removeprefix(WITHOUT) if self.control.startswith(WITHOUT) else ""


class Findings(NamedTuple):
    """`measured_as` is what effort counts. An arm's curves are of one part after another.

    proof  of a study that rolls lessons back and puts them back: what its three phases show together.
    """

    comparisons: tuple[Comparison, ...]
    curves: Mapping[str, tuple[CurvePoint, ...]]
    spent: Mapping[str, Spent]
    measured_as: EffortUnit
    done: int
    size: int
    models: tuple[str, ...]
    proof: Proof | None = None

    @property
    def has_control(self) -> bool:
        return any(comparison.decides for comparison in self.comparisons)

    @property
    def headline(self) -> Comparison:
        """The one that decides. Raises StudyError where nothing is compared: see `has_control`."""
        for comparison in self.comparisons:
            if comparison.decides:
                return comparison
        raise StudyError(NO_CONTROL, "Bring runs on the same tasks without the memory, too.")

    @property
    def sentence(self) -> str:
        """What a person wants to know first. A proof tells its three phases together."""
        if self.proof is not None:
            return self.proof.sentence
        return self.headline.verdict.sentence if self.has_control else NO_CONTROL

    @property
    def beside(self) -> tuple[Comparison, ...]:
        """Those that decide nothing and rest on some task."""
        return tuple(each for each in self.comparisons if not each.decides and each.verdict.tasks)

    @property
    def worth(self) -> tuple[Comparison, ...]:
        """By how much the share solved falls when one lesson is left out and all else stays."""
        return tuple(
            each for each in self.comparisons if each.left_out and (each.part, each.scale) == ("transfer", "solved")
        )

    @property
    def totals(self) -> Interval | None:
        """Effort of the tested arm as a share of the control's, for the two that decide, on the tasks that decide."""
        if not self.has_control:
            return None
        decides = self.headline
        return next(
            (
                each.totals
                for each in self.comparisons
                if (each.part, each.tested, each.control) == (decides.part, decides.tested, decides.control)
                and each.totals is not None
            ),
            None,
        )

    def curve(self, arm: str, part: Part) -> tuple[CurvePoint, ...]:
        return tuple(point for point in self.curves[arm] if point.part == part)


def findings(plan: StudyPlan, outcomes: Sequence[Outcome]) -> Findings:
    """Of all that is done so far; also of a study in the middle."""
    unit = effort_unit(outcomes)
    ended_early = plan.stops_early and not plan.is_imported and bool(may_end(plan, outcomes))
    comparisons = _adjusted(
        _comparison(plan, outcomes, part, scale, tested, control, unit, ended_early and part != "harm")
        for part in PART_ORDER
        if _agreed(plan, part)
        for tested, control in plan.compared
        for scale in plan.scales.values()
    )
    words = {(each.tested, each.control): each.verdict for each in comparisons if each.scale == plan.measure}
    return Findings(
        comparisons=comparisons,
        curves={arm.name: _curves([o for o in outcomes if o.arm == arm.name], unit) for arm in plan.arms},
        spent={arm.name: _spent(o for o in outcomes if o.arm == arm.name) for arm in plan.arms},
        measured_as=unit,
        done=len(outcomes),
        size=plan.size,
        models=tuple(dict.fromkeys(outcome.model for outcome in outcomes if outcome.model)),
        proof=proof_of(plan, outcomes, words, unit) if plan.is_proof else None,
    )


def may_end(plan: StudyPlan, outcomes: Sequence[Outcome]) -> str:
    """Why the study may end now, "" while it may not. The rule holds at every look, so looking costs nothing."""
    scale = plan.scales[plan.measure]
    pairs = task_pairs(plan, outcomes, "transfer", scale, *plan.compared[0])
    agreed = _agreed(plan, "transfer")
    if len(pairs) >= agreed:
        return ""
    now = verdict(pairs, scale, agreed=agreed)
    return f"It ended early: {now.sentence}" if now.word in ("better", "worse") else ""


def task_pairs(
    plan: StudyPlan, outcomes: Sequence[Outcome], part: Part, scale: Scale, tested: str, control: str
) -> list[TaskPair]:
    """The tasks that both arms have done in all repeats, in the order in which that happened.

    What nobody can judge in one arm is left out in both. A task counts from the moment when all its repeats are there:
    looking at half of them would be a look that the test does not know of. So a run that broke off and is taken up
    again later keeps its task waiting; the task then comes after those that were done meanwhile. Of runs brought from
    elsewhere all are there.
    """
    met: dict[str, dict[str, dict[tuple[int, int], float | None]]] = {}
    first = {task.item.task.task_id for task in plan.related[: plan.warm_up]}
    unit = effort_unit(outcomes)
    for outcome in outcomes:
        if outcome.part == part and outcome.arm in (tested, control) and outcome.task_id not in first:
            if outcome.is_open:
                continue
            arms = met.pop(outcome.task_id, {tested: {}, control: {}})
            met[outcome.task_id] = arms
            arms[outcome.arm][outcome.repeat, outcome.turn] = _value(outcome, scale, unit)
    turns = {"transfer": 1, "retry": plan.passes - 1, "harm": 1}[part]
    pairs = []
    for task_id, arms in met.items():
        if not plan.is_imported and any(len(arm) < plan.repeats * turns for arm in arms.values()):
            continue
        known = [key for key, value in sorted(arms[control].items()) if None not in (value, arms[tested].get(key))]
        values = [[value for key in known if (value := arm[key]) is not None] for arm in (arms[control], arms[tested])]
        pairs.append(TaskPair(task_id, *values))
    return pairs


def _adjusted(looked_at: Iterable[tuple[Comparison, float]]) -> tuple[Comparison, ...]:
    """Each with its p among all that do not decide. Those that tell nothing apart have 1, which changes no other."""
    looked_at = list(looked_at)
    beside = {str(place): p for place, (each, p) in enumerate(looked_at) if not each.decides and each.verdict.tasks}
    among = holm(beside)
    return tuple(
        each._replace(adjusted=among[str(place)]) if str(place) in among and _claims(each) else each
        for place, (each, _) in enumerate(looked_at)
    )


def _claims(comparison: Comparison) -> bool:
    return comparison.verdict.word in ("better", "worse")


def _comparison(
    plan: StudyPlan,
    outcomes: Sequence[Outcome],
    part: Part,
    scale: Scale,
    tested: str,
    control: str,
    unit: EffortUnit,
    ended_early: bool,
) -> tuple[Comparison, float]:
    """With its p at this look; 1 where it tells nothing apart."""
    pairs = task_pairs(plan, outcomes, part, scale, tested, control)
    decides = (part, scale.name, (tested, control)) == (plan.decides, plan.measure, plan.compared[0])
    both = sum(bool(pair.baseline and pair.candidate) for pair in pairs)
    agreed = both if plan.is_imported else _agreed(plan, part) - _lost(pairs, outcomes, part, (tested, control))
    agreed = max(1, agreed)
    setting = Setting(is_agreed=not plan.is_imported, ended_early=ended_early, unjudged=len(pairs) - both)
    found = verdict(pairs, scale, agreed=agreed, what=unit, setting=setting)
    totals = _totals(pairs) if scale.name == "effort" else None
    each = gains(pairs, scale)
    gained, lost = int((each > 0).sum()), int((each < 0).sum())
    once = table(pairs) if scale.name == "solved" and found.tasks == len(pairs) >= agreed else None
    newcombe = None if once is None else newcombe_paired(once)
    comparison = Comparison(part, scale.name, tested, control, found, decides, totals, gained, lost, newcombe)
    return comparison, sequential_p(each, scale, agreed) if _claims(comparison) else 1.0


def _totals(pairs: Sequence[TaskPair]) -> Interval | None:
    rows = [(math.fsum(pair.baseline), math.fsum(pair.candidate)) for pair in pairs if pair.baseline]
    return ratio_of_totals([control for control, _ in rows], [tested for _, tested in rows], seed=_SEED)


def _lost(pairs: Sequence[TaskPair], outcomes: Iterable[Outcome], part: Part, arms: tuple[str, str]) -> int:
    """Tasks of which nothing is left because runs broke off each time: fewer tasks than agreed can be done.

    To reckon with the lower number is no gain for the test: the bounds that held at earlier looks were stricter.
    """
    broke = {
        outcome.task_id for outcome in outcomes if outcome.part == part and outcome.broke_off and outcome.arm in arms
    }
    return sum(pair.task in broke and not pair.baseline for pair in pairs)


def _agreed(plan: StudyPlan, part: Part) -> int:
    match part:
        case "transfer":
            return len(plan.related) - plan.warm_up
        case "retry":
            return (len(plan.related) - plan.warm_up) * (plan.passes > 1)
        case "harm":
            return len(plan.unrelated)


def _value(outcome: Outcome, scale: Scale, unit: EffortUnit) -> float | None:
    match scale.name:
        case "solved":
            return None if outcome.right is None else float(outcome.right)
        case "phi":
            return outcome.counted_phi
        case "effort":
            is_judged = outcome.right is not None or outcome.counted_phi is not None
            return float(outcome.effort(unit)) or None if is_judged else None


def _curves(outcomes: Sequence[Outcome], unit: EffortUnit) -> tuple[CurvePoint, ...]:
    return tuple(point for part in PART_ORDER for point in curve(outcomes, part, unit))


def _spent(outcomes: Iterable[Outcome]) -> Spent:
    spent = Spent()
    for outcome in outcomes:
        spent = spent.and_also(outcome)
    return spent
