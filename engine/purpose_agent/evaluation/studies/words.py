"""The words for a study, the same on the screen, at the terminal and in reports."""

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import ScaleName
from purpose_agent.evaluation.statistics.paired_tests import mcnemar
from purpose_agent.evaluation.statistics.sentences import brief, size_of_effect
from purpose_agent.evaluation.studies.plan import Part, StudyPlan

if TYPE_CHECKING:
    from purpose_agent.evaluation.studies.findings import Comparison, Findings

ARMS: Mapping[str, str] = {
    "none": "no memory",
    "empty": "empty memory (control)",
    "episodes": "raw episodes",
    "lessons": "approved lessons",
    "undone": "lessons rolled back",
    "again": "lessons put back",
}
SHORT_ARMS: Mapping[str, str] = {
    **ARMS,
    "empty": "empty memory",
    "lessons": "lessons",
    "undone": "rolled back",
    "again": "put back",
}
"""As they stand at the end of a line of a picture."""
PARTS: Mapping[Part, str] = {"transfer": "New tasks", "retry": "The same again", "harm": "Unrelated tasks"}
PART_HELP: Mapping[Part, str] = {
    "transfer": "Tasks that no arm had met before: what was learned on one helps with its siblings, or not.",
    "retry": "Tasks that came round again: what was learned on a task helps with that task, or not.",
    "harm": "Tasks that have nothing to do with the others: nothing should change here.",
}
_SCALES: Mapping[ScaleName, str] = {"solved": "Share solved", "phi": "Score Φ"}
_MEASURES: Mapping[ScaleName, str] = {
    "solved": "how many tasks are solved",
    "phi": "the score Φ",
    "effort": "how much work it takes",
}
_PAID = (
    "The lessons paid for themselves",
    "The lessons cost more than they saved",
    "Whether the lessons paid for themselves cannot be told yet",
)
_SAVED = (
    "The work got less",
    "The work got more",
    "Whether the work got less cannot be told yet",
)
_SHORT_CHARS, _LESSON_CHARS = 16, 60


def arm_words(name: str, plan: StudyPlan) -> str:
    """An arm of somebody else's study is called as they call it; a lesson left out, by its first words, too."""
    if name in _left_out(plan):
        return f"{short_arm(name, plan)} (“{lesson_words(name, plan)}”)"
    return ARMS.get(name, name)


def short_arm(name: str, plan: StudyPlan) -> str:
    """As it stands at the end of a line of a picture: lessons left out by their numbers."""
    left_out = _left_out(plan)
    if name in left_out:
        return f"all but lesson {list(left_out).index(name) + 1}"
    return SHORT_ARMS.get(name, name[:_SHORT_CHARS])


def lesson_words(name: str, plan: StudyPlan) -> str:
    """What the lesson says that this arm does without, as it stood at the start."""
    return textwrap.shorten(_left_out(plan)[name], _LESSON_CHARS, placeholder=" …")


def _left_out(plan: StudyPlan) -> dict[str, str]:
    return {arm.name: arm.title or arm.card_id for arm in plan.arms if arm.kind == "without"}


def arms_of(comparison: "Comparison", plan: StudyPlan) -> str:
    return f"{arm_words(comparison.tested, plan)} against {arm_words(comparison.control, plan)}"


def scale_words(scale: ScaleName, measured_as: str) -> str:
    return _SCALES.get(scale, measured_as.capitalize())


def measure_words(measure: ScaleName) -> str:
    return _MEASURES[measure]


def amount(plan: StudyPlan, found: "Findings", *, is_whole: bool) -> str:
    """`216 of 312 runs`; of one that is whole, and of runs done elsewhere, what is there."""
    if is_whole or plan.is_imported:
        return _count(found.done, "run")
    return f"{found.done:,} of {_count(found.size, 'run')}"


# ---- about what decides, and what stands beside it


def about(plan: StudyPlan, comparison: "Comparison", models: str = "") -> str:
    """Which arms the headline is of, and whether that was agreed."""
    told = arms_of(comparison, plan)
    on = f", on {models}" if models else ""
    if plan.is_imported:
        why = "These runs were done elsewhere: what would decide was not agreed before, so take it as a hint."
    else:
        why = "This comparison was agreed before the start; the others stand beside it and decide nothing."
    return f"{told[:1].upper()}{told[1:]}{on}. {why}"


def task_by_task(comparison: "Comparison") -> str:
    """`7 tasks went better, none worse, 36 came out alike.` With classical figures once all agreed tasks are done."""
    told, gained, lost = comparison.verdict, comparison.gained, comparison.lost
    if not told.tasks:
        return ""
    alike = told.tasks - gained - lost
    better = _count(gained, "task") if gained else "No task"
    counted = f"{better} went better, {lost or 'none'} worse, {alike:,} came out alike"
    if told.agreed is None or told.tasks < told.agreed:
        return f"{counted}."  # the test is of a size that was fixed before anybody looked
    p = f"p = {mcnemar(gained, lost):.2g}"
    if comparison.newcombe is None:
        return f"{counted} (exact sign test: {p})."
    low, high = (f"{100 * bound:+.0f}".replace("-", "−") for bound in comparison.newcombe[1:])
    return f"{counted} (exact McNemar test: {p}; Newcombe's interval: {low} to {high} points)."


def about_comparisons(plan: StudyPlan, found: "Findings") -> str:
    """What to make of a table of all of them, in which the one that decides stands in bold."""
    bold = (
        "Which one decides was not agreed before; the one in bold stands first"
        if plan.is_imported
        else "The one in bold was agreed to decide"
    )
    count = len(found.beside)
    if count < 2:
        return f"{bold}."
    return (
        f"{bold}. The more one looks at, the more is there by chance: of the {count:,} others those that say so hold "
        "among all of them together (Holm, at most 5 % chance of any error); the rest are hints."
    )


def among_all(comparison: "Comparison") -> str:
    """Of one that does not decide and tells its arms apart; "" of all others."""
    match comparison.holds:
        case None:
            return ""
        case True:
            return "Holds among all that were looked at."
        case False:
            return "Among so many this may be chance."


def cell(comparison: "Comparison") -> str:
    """For a table in which the arms and what was measured are said already: `Better: +16 points (+0.2 to +32)`."""
    told = comparison.verdict
    word = told.word.capitalize()
    if told.estimate is None:
        return word
    return f"{word}: {brief(told.word, told.estimate, told.low, told.high, told.scale)}"


def line(comparison: "Comparison", plan: StudyPlan) -> str:
    """`Unrelated tasks, approved lessons against no memory: No clear change: …`"""
    told = f"{PARTS[comparison.part]}, {arms_of(comparison, plan)}: {comparison.verdict.sentence}"
    return f"{told} {among_all(comparison)}".rstrip()


def likely_between(where: Interval) -> str:
    """Of shares, in per cent."""
    return f"likely between {100 * where.low:.0f} and {100 * where.high:.0f} %"


def totals_words(comparison: "Comparison", measured_as: str) -> str:
    """`All tasks together: 23 % of the control's tokens (likely between 11 and 41 %).`"""
    totals = comparison.totals
    if totals is None:
        return ""
    return (
        f"All tasks together: {100 * totals.estimate:.0f} % of the control's {measured_as} ({likely_between(totals)})."
    )


def net_benefit(plan: StudyPlan, found: "Findings") -> str:
    """What the tested arm took on the tasks that decide, as a share of its control.

    Only where lessons were written inside of the runs can it be said that they paid for themselves: elsewhere what
    writing them took is not among the figures.
    """
    if not found.has_control:
        return "Without a control nothing can be said of what the lessons save."
    totals = found.totals
    if totals is None:
        return "What the lessons save cannot be said yet: too few tasks were done in both arms."
    tested, control = (arm_words(name, plan) for name in (found.headline.tested, found.headline.control))
    gain, loss, unclear = _PAID if plan.learns else _SAVED
    told = gain if totals.high < 1 else loss if totals.low > 1 else unclear
    share = f"{100 * totals.estimate:.0f} % of the {found.measured_as} that {control} took"
    writing = "included" if plan.learns else "not counted"
    return (
        f"{told}: on the tasks that decide, {tested} took {share} ({likely_between(totals)}), what writing them took "
        f"{writing}."
    )


def counted(plan: StudyPlan) -> str:
    """Which work of lessons stands among the figures of what each arm took."""
    if plan.is_imported:
        return "As the log tells it."
    if plan.learns:
        return (
            "What writing the lessons took inside of the runs is counted. What trying them on past tasks took before "
            "is not."
        )
    return "What writing the lessons and trying them on past tasks took before is not counted."


# ---- what it rests on


def facts(plan: StudyPlan) -> list[tuple[str, str]]:
    """Everything that was agreed, a name and what it is in each row; of runs done elsewhere, what is known of them."""
    unrelated = f", and {len(plan.unrelated):,} unrelated ones" if plan.unrelated else ""
    told = [
        ("Purpose", plan.purpose),
        ("Tasks", f"{len(plan.related):,} from {plan.suite}{unrelated}"),
        ("Compared", ", ".join(arm_words(arm.name, plan) for arm in plan.arms)),
    ]
    if plan.is_imported:
        return [*told, ("Done", f"elsewhere; read as: {plan.source}")]
    memory = (
        "Each arm began with nothing learned; your own memory was neither read nor written."
        if plan.learns
        else f"{_count(len(plan.lessons), 'approved lesson')}, as they stood at the start."
    )
    matters = "" if plan.smallest_effect is None else size_of_effect(plan.smallest_effect, plan.measure)
    return [
        *told,
        ("Memory", memory),
        ("Decides", measure_words(plan.measure) + (f"; less than {matters} does not matter" if matters else "")),
        ("Repeats", f"{plan.repeats}, each with other seeds (first seed {plan.seed})"),
        ("The same tasks", "once" if plan.passes == 1 else f"{plan.passes} times in each repeat"),
        *([("Warming up", f"the first {_count(plan.warm_up, 'task')} did not count")] if plan.warm_up else []),
        ("Ends", "early, once nothing is in doubt" if plan.stops_early else "when all is done"),
    ]


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
