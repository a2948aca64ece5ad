"""What the three phases of a proof show together: with the lessons, rolled back, put back.

Two comparisons have to agree, the first phase against the second and the third against the second; asking for both is
stricter than either, so it needs no correction. That first and third differ from each other, by more than chance, tells
that something else changed meanwhile. How exactly the lessons are what went and came is told by the prompts: of each
run the bytes that were sent first are compared with those of the first phase, and with those that would have been sent
without the lessons.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from purpose_agent.evaluation.statistics.verdicts import Verdict
from purpose_agent.evaluation.studies.outcomes import EffortUnit, Outcome
from purpose_agent.evaluation.studies.plan import PHASES, StudyPlan

ProofWord = Literal["shown", "not shown", "worse", "not enough data", "not finished"]
_Runs = dict[tuple[str, int], Outcome]  # by task and repeat
_PHASE_WORDS = {"lessons": "with the lessons", "undone": "rolled back", "again": "put back"}


class Phase(NamedTuple):
    """One phase, over the runs that can be judged in every phase begun so far.

    right   of `runs` runs of `tasks` tasks. phi: their mean, None where nobody stands for one. effort: their sum.
    """

    arm: str
    right: int
    runs: int
    tasks: int
    phi: float | None
    effort: int


class Same(NamedTuple):
    """So many runs of so many are the same."""

    same: int
    of: int

    @property
    def is_whole(self) -> bool:
        return self.same == self.of > 0


class Proof(NamedTuple):
    """One word, all of it in sentences, and the figures behind them.

    reached         runs of the first phase in whose first prompt the lessons made a difference.
    prompts_undone  runs of the second phase that were sent the very bytes that are sent without the lessons.
    prompts_again   runs of the third phase that were sent the very bytes of the first.
    results_again   runs of the third phase that ended like those of the first: right, or not.
    """

    word: ProofWord
    sentence: str
    phases: tuple[Phase, ...]
    reached: Same
    prompts_undone: Same
    prompts_again: Same
    results_again: Same


def proof_of(
    plan: StudyPlan, outcomes: Sequence[Outcome], verdicts: Mapping[tuple[str, str], Verdict], unit: EffortUnit
) -> Proof:
    """Of all that is done so far. `verdicts`: on the measure that decides, by tested arm and control."""
    runs: dict[str, _Runs] = {arm: _by_place(outcomes, arm) for arm in PHASES}
    first, undone, again = (runs[arm] for arm in PHASES)
    reached = Same(sum(run.prompt_sha256 != run.without_sha256 for run in first.values()), len(first))
    prompts_undone = _same(
        [(run.prompt_sha256, first[place].without_sha256) for place, run in undone.items() if place in first]
    )
    prompts_again = _same(
        [(run.prompt_sha256, first[place].prompt_sha256) for place, run in again.items() if place in first]
    )
    results_again = _same([(run.right, first[place].right) for place, run in again.items() if place in first])
    phases = _phases(runs, unit)
    to_do = plan.size - sum(len(done) for done in runs.values())
    word, why = _concluded(plan, verdicts, reached) if to_do <= 0 else ("not finished", _so_far(runs, to_do))
    told = [_counted(plan, phases, unit), why, _taught(plan), _prompts(prompts_undone, prompts_again)]
    sentence = " ".join(filter(None, told))
    return Proof(word, sentence, phases, reached, prompts_undone, prompts_again, results_again)


def _by_place(outcomes: Sequence[Outcome], arm: str) -> _Runs:
    return {(run.task_id, run.repeat): run for run in outcomes if run.arm == arm and not run.is_open}


def _phases(runs: Mapping[str, _Runs], unit: EffortUnit) -> tuple[Phase, ...]:
    begun = {arm: done for arm, done in runs.items() if done}
    judged = [{place for place, run in done.items() if run.right is not None} for done in begun.values()]
    places = set.intersection(*judged) if judged else set()
    found = []
    for arm, done in begun.items():
        counted = [run for place, run in done.items() if place in places]
        phis = [phi for run in counted if (phi := run.counted_phi) is not None]
        found.append(
            Phase(
                arm=arm,
                right=sum(bool(run.right) for run in counted),
                runs=len(counted),
                tasks=len({task for task, _ in places}),
                phi=math.fsum(phis) / len(phis) if phis else None,
                effort=sum(run.effort(unit) for run in counted),
            )
        )
    return tuple(found)


def _same(pairs: Sequence[tuple[object, object]]) -> Same:
    """What is not known is the same as nothing."""
    return Same(sum(one == other and one not in ("", None) for one, other in pairs), len(pairs))


# ---- in words


def _counted(plan: StudyPlan, phases: Sequence[Phase], unit: EffortUnit) -> str:
    told = [
        f"{_PHASE_WORDS[phase.arm]} {_amount(plan, phase, unit, first=place == 0)}"
        for place, phase in enumerate(phases)
        if phase.runs
    ]
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _amount(plan: StudyPlan, phase: Phase, unit: EffortUnit, *, first: bool) -> str:
    match plan.measure:
        case "solved" if plan.repeats == 1:
            return f"{phase.right:,} of {phase.runs:,}" + " tasks solved" * first
        case "solved":
            return f"{phase.right:,} of {phase.runs:,}" + " runs right" * first
        case "phi":
            return "no Φ that counts" if phase.phi is None else f"Φ {phase.phi:.1f}" + " on average" * first
        case "effort":
            return f"{phase.effort:,}" + f" {unit}" * first


def _concluded(plan: StudyPlan, verdicts: Mapping[tuple[str, str], Verdict], reached: Same) -> tuple[ProofWord, str]:
    gone, back, before = (verdicts[pair] for pair in plan.compared)
    words = {gone.word, back.word}
    if not reached.same:
        return "not shown", "None of these lessons came into the prompt of any of these tasks, so nothing could show."
    if words == {"better"} and before.word not in ("better", "worse"):
        return "shown", "The gain went when the lessons were rolled back, and came back with them."
    if words == {"worse"}:
        return "worse", "These lessons do harm: the work went better while they were rolled back."
    if words == {"no clear change"}:
        return "not shown", f"No clear change: {_without_word(gone.sentence)}"
    if "not enough data" in words:
        unclear = gone if gone.word == "not enough data" else back
        return "not enough data", f"That may be chance: {_without_word(unclear.sentence)}"
    return (
        "not shown",
        "The difference did not come and go with the lessons alone: something else may have changed meanwhile. "
        f"Rolled back: {_without_word(gone.sentence)} Put back: {_without_word(back.sentence)}",
    )


def _without_word(sentence: str) -> str:
    """Without its first words, which were said already."""
    return sentence.partition(": ")[2] or sentence


def _so_far(runs: Mapping[str, _Runs], to_do: int) -> str:
    left = f"{to_do:,} run{'s' * (to_do > 1)} to go."
    if not runs["undone"]:
        return f"The lessons were not rolled back yet: {left}"
    if not runs["again"]:
        return f"The lessons are rolled back and not put back yet: {left}"
    return f"The lessons are put back: {left}"


def _taught(plan: StudyPlan) -> str:
    """What is gained there is no more than doing a task again, and may not carry over to others."""
    count = sum(task.taught for task in plan.tasks)
    if not count:
        return ""
    which = "All of these tasks" if count == len(plan.tasks) else f"{count:,} of these tasks"
    return f"{which} had taught one of these lessons themselves, so this tells more of doing them again than of others."


def _prompts(undone: Same, again: Same) -> str:
    told = []
    if undone.of:
        told.append(f"rolled back, {_share(undone)} what is sent without these lessons")
    if again.of:
        told.append(f"put back, {_share(again)} those of the first phase")
    return f"The first prompt of each run: {', and '.join(told)}, to the last byte." if told else ""


def _share(same: Same) -> str:
    return f"all {same.of:,} were" if same.is_whole else f"{same.same:,} of {same.of:,} were"
