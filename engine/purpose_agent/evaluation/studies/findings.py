"""What a study shows so far: of every part and every control a verdict, and the curves behind it.

All of it is worked out from the plan and the outcomes alone, so whoever has the two files finds the same to the last
digit. One comparison decides, on the measure and against the control that were agreed before the start; the others
stand beside it and decide nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import Scale, ScaleName, TaskPair
from purpose_agent.evaluation.statistics.resampling import ratio_of_totals
from purpose_agent.evaluation.statistics.verdicts import Verdict, verdict
from purpose_agent.evaluation.studies.curves import CurvePoint, curve
from purpose_agent.evaluation.studies.outcomes import Outcome, Spent
from purpose_agent.evaluation.studies.plan import Part, StudyError, StudyPlan
from purpose_agent.evaluation.studies.proving import Proof, proof_of

PARTS: tuple[Part, ...] = ("transfer", "retry", "harm")
_SEED = 1


class Comparison(NamedTuple):
    """Two arms on the same tasks of one part. `decides`: it is the one that the study was made for.

    totals  effort of the tested arm as a share of the control's, all tasks together; None where none was measured.
    """

    part: Part
    scale: ScaleName
    tested: str
    control: str
    verdict: Verdict
    decides: bool
    totals: Interval | None = None


class Findings(NamedTuple):
    """`measured_as` is what effort counts: programs tried, or tokens. An arm's curves are of one part after another.

    proof  of a study that rolls lessons back and puts them back: what its three phases show together.
    """

    comparisons: tuple[Comparison, ...]
    curves: Mapping[str, tuple[CurvePoint, ...]]
    spent: Mapping[str, Spent]
    measured_as: str
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
        raise StudyError(
            "There is no control here, so nothing can be said about learning.",
            "Bring runs on the same tasks without the memory, too.",
        )

    def curve(self, arm: str, part: Part) -> tuple[CurvePoint, ...]:
        return tuple(point for point in self.curves[arm] if point.part == part)


def findings(plan: StudyPlan, outcomes: Sequence[Outcome]) -> Findings:
    """Of all that is done so far; also of a study in the middle."""
    measured_as = "programs tried" if any(outcome.attempts for outcome in outcomes) else "tokens"
    comparisons = [
        _comparison(plan, outcomes, part, scale, tested, control, measured_as)
        for part in PARTS
        if _agreed(plan, part)
        for tested, control in plan.compared
        for scale in plan.scales.values()
    ]
    words = {(each.tested, each.control): each.verdict for each in comparisons if each.scale == plan.measure}
    return Findings(
        comparisons=tuple(comparisons),
        curves={arm.name: _curves([o for o in outcomes if o.arm == arm.name]) for arm in plan.arms},
        spent={arm.name: _spent(o for o in outcomes if o.arm == arm.name) for arm in plan.arms},
        measured_as=measured_as,
        done=len(outcomes),
        size=plan.size,
        models=tuple(dict.fromkeys(outcome.model for outcome in outcomes if outcome.model)),
        proof=proof_of(plan, outcomes, words, measured_as) if plan.is_proof else None,
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
    plan: StudyPlan, outcomes: Iterable[Outcome], part: Part, scale: Scale, tested: str, control: str
) -> list[TaskPair]:
    """The tasks that both arms have done in all repeats, in the order in which that happened.

    What nobody can judge in one arm is left out in both. A task counts from the moment when all its repeats are there:
    looking at half of them would be a look that the test does not know of. So a run that broke off and is taken up
    again later keeps its task waiting; the task then comes after those that were done meanwhile. Of runs brought from
    elsewhere all are there.
    """
    met: dict[str, dict[str, dict[tuple[int, int], float | None]]] = {}
    first = {task.item.task.task_id for task in plan.related[: plan.warm_up]}
    for outcome in outcomes:
        if outcome.part == part and outcome.arm in (tested, control) and outcome.task_id not in first:
            if outcome.is_open:
                continue
            arms = met.pop(outcome.task_id, {tested: {}, control: {}})
            met[outcome.task_id] = arms
            arms[outcome.arm][outcome.repeat, outcome.turn] = _value(outcome, scale)
    turns = {"transfer": 1, "retry": plan.passes - 1, "harm": 1}[part]
    pairs = []
    for task_id, arms in met.items():
        if not plan.is_imported and any(len(arm) < plan.repeats * turns for arm in arms.values()):
            continue
        known = [key for key, value in sorted(arms[control].items()) if None not in (value, arms[tested].get(key))]
        values = [[value for key in known if (value := arm[key]) is not None] for arm in (arms[control], arms[tested])]
        pairs.append(TaskPair(task_id, *values))
    return pairs


def _comparison(
    plan: StudyPlan, outcomes: Sequence[Outcome], part: Part, scale: Scale, tested: str, control: str, measured_as: str
) -> Comparison:
    pairs = task_pairs(plan, outcomes, part, scale, tested, control)
    decides = (part, scale.name, (tested, control)) == (plan.decides, plan.measure, plan.compared[0])
    agreed = max(1, _agreed(plan, part) - _lost(pairs, outcomes, part, (tested, control)))
    found = verdict(pairs, scale, agreed=agreed, what=measured_as)
    totals = _totals(pairs) if scale.name == "effort" else None
    return Comparison(part, scale.name, tested, control, found, decides, totals)


def _totals(pairs: Sequence[TaskPair]) -> Interval | None:
    rows = [(math.fsum(pair.baseline), math.fsum(pair.candidate)) for pair in pairs if pair.baseline]
    if not rows:
        return None
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


def _value(outcome: Outcome, scale: Scale) -> float | None:
    match scale.name:
        case "solved":
            return None if outcome.right is None else float(outcome.right)
        case "phi":
            return outcome.counted_phi
        case "effort":
            return float(outcome.effort) if outcome.effort and outcome.right is not None else None


def _curves(outcomes: Sequence[Outcome]) -> tuple[CurvePoint, ...]:
    return tuple(point for part in PARTS for point in curve(outcomes, part))


def _spent(outcomes: Iterable[Outcome]) -> Spent:
    spent = Spent()
    for outcome in outcomes:
        spent = spent.and_also(outcome)
    return spent
