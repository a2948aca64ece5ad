"""A proof holds where the gain went and came back; anything else is said as it is."""

from collections.abc import Collection

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.verdicts import verdict
from purpose_agent.evaluation.studies.findings import findings, may_end, task_pairs
from purpose_agent.evaluation.studies.outcomes import MOST_TRIES, Outcome
from purpose_agent.evaluation.studies.plan import PHASES, Arm, StudyError, StudyPlan, StudyTask, Trial, check, rounds
from purpose_agent.evaluation.studies.proving import Proof
from purpose_agent.evaluation.studies.proving import proof_of as evidence_of
from tests.unit.evaluation.studies.test_plans import plan_of


def proof_plan(tasks: int = 20, **fields: object) -> StudyPlan:
    usual: dict[str, object] = {
        "arms": tuple(Arm(kind=kind) for kind in PHASES), "design": "reversal", "learns": False,
        "lessons": ("a",), "stops_early": False,
    }  # fmt: skip
    return plan_of(tasks, **{**usual, **fields})


def played(plan: StudyPlan, solved: dict[str, int], *, upto: int | None = None) -> list[Outcome]:
    """Outcomes in which each phase solves the first so many tasks, with prompts that differ where the lessons are."""
    trials = [trial for together in rounds(plan) for trial in together][:upto]
    return [outcome_of(plan, trial, right=trial.task < solved[trial.arm.name]) for trial in trials]


def outcome_of(plan: StudyPlan, trial: Trial, *, right: bool) -> Outcome:
    is_undone = trial.arm.kind == "undone"
    return Outcome(
        run_id=trial.run_id,
        arm=trial.arm.name,
        repeat=trial.repeat,
        position=trial.position,
        part=trial.part,
        task_id=plan.tasks[trial.task].item.task.task_id,
        right=right,
        phi=10.0 if right else 2.0,
        tier="given_tests",
        tokens=10 if right else 100,
        prompt_sha256=f"{'bare' if is_undone else 'with'} {trial.task}",
        without_sha256=f"bare {trial.task}" if trial.arm.kind == "lessons" else "",
    )


def proof_of(plan: StudyPlan, outcomes: Collection[Outcome]) -> Proof:
    found = findings(plan, list(outcomes)).proof
    assert found is not None
    return found


def test_a_gain_that_goes_and_comes_back_is_shown() -> None:
    plan = proof_plan()
    proof = proof_of(plan, played(plan, {"lessons": 20, "undone": 8, "again": 20}))
    assert proof.word == "shown"
    assert proof.sentence == (
        "With the lessons 20 of 20 tasks solved; rolled back 8 of 20; put back 20 of 20. "
        "The gain went when the lessons were rolled back, and came back with them. "
        "The first prompt of each run: rolled back, all 20 were what is sent without these lessons, "
        "and put back, all 20 were those of the first phase, to the last byte."
    )
    assert (proof.reached, proof.results_again) == ((20, 20), (20, 20))


def test_too_few_tasks_show_nothing_and_how_many_more_would_is_said() -> None:
    plan = proof_plan(10)
    proof = proof_of(plan, played(plan, {"lessons": 8, "undone": 6, "again": 8}))
    assert proof.word == "not enough data"
    assert proof.sentence.startswith("With the lessons 8 of 10 tasks solved; rolled back 6 of 10; put back 8 of 10. ")
    assert "That may be chance: the 10 tasks agreed are done" in proof.sentence
    assert "more tasks would tell." in proof.sentence


def test_lessons_that_change_nothing_are_said_to_change_nothing() -> None:
    plan = proof_plan(40)
    proof = proof_of(plan, played(plan, {"lessons": 30, "undone": 30, "again": 30}))
    assert proof.word == "not shown"
    assert "No clear change:" in proof.sentence


def test_lessons_that_harm_are_said_to_harm() -> None:
    plan = proof_plan()
    proof = proof_of(plan, played(plan, {"lessons": 5, "undone": 20, "again": 5}))
    assert proof.word == "worse"
    assert "These lessons do harm" in proof.sentence


def test_a_gain_that_does_not_come_back_is_no_proof() -> None:
    plan = proof_plan(30)
    proof = proof_of(plan, played(plan, {"lessons": 30, "undone": 10, "again": 10}))
    assert proof.word == "not shown"
    assert "something else may have changed meanwhile" in proof.sentence


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (3, "With the lessons 3 of 3 tasks solved. The lessons were not rolled back yet: 57 runs to go."),
        (25, "With the lessons 5 of 5 tasks solved; rolled back 5 of 5. The lessons are rolled back and not put back"),
        (59, "The lessons are put back: 1 run to go."),
    ],
)
def test_in_the_middle_it_says_where_it_stands(done: int, told: str) -> None:
    plan = proof_plan()
    proof = proof_of(plan, played(plan, {"lessons": 20, "undone": 8, "again": 20}, upto=done))
    assert proof.word == "not finished"
    assert told in proof.sentence


def test_before_the_first_run_it_says_what_is_to_come() -> None:
    assert proof_of(proof_plan(), []).sentence == "The lessons were not rolled back yet: 60 runs to go."


def test_a_prompt_that_differs_is_counted() -> None:
    plan = proof_plan()
    outcomes = played(plan, {"lessons": 20, "undone": 8, "again": 20})
    outcomes[-1] = msgspec.structs.replace(outcomes[-1], prompt_sha256="another")
    proof = proof_of(plan, outcomes)
    assert proof.prompts_again == (19, 20)
    assert "19 of 20 were those of the first phase" in proof.sentence


def test_tasks_that_taught_the_lessons_themselves_are_named() -> None:
    plan = proof_plan()
    told = msgspec.structs.replace(plan, tasks=tuple(StudyTask(item=t.item, taught=True) for t in plan.tasks))
    assert "All of these tasks had taught one of these lessons themselves" in proof_of(told, []).sentence


def test_with_repeats_runs_are_counted() -> None:
    plan = proof_plan(repeats=3)
    proof = proof_of(plan, played(plan, {"lessons": 20, "undone": 8, "again": 20}))
    assert proof.sentence.startswith("With the lessons 60 of 60 runs right; rolled back 24 of 60; put back 60 of 60. ")
    assert proof.word == "shown"


def test_it_never_ends_early_and_its_phases_come_one_after_the_other() -> None:
    plan = proof_plan(repeats=2)
    order = [trial.arm.name for together in rounds(plan) for trial in together]
    assert order == [name for name in PHASES for _ in range(40)]
    seeds = {name: [t.seed for r in rounds(plan) for t in r if t.arm.name == name] for name in PHASES}
    assert seeds["lessons"] == seeds["undone"] == seeds["again"]
    assert not plan.stops_early
    assert may_end(plan, []) == ""


@pytest.mark.parametrize("fields", [{"learns": True}, {"passes": 2}, {"stops_early": True}, {"lessons": ()}])
def test_what_is_no_proof_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(StudyError):
        check(proof_plan(**fields))


@given(broken=st.sets(st.integers(0, 59), max_size=12), tries=st.integers(1, MOST_TRIES))
@settings(max_examples=40, deadline=None)
def test_what_broke_off_counts_for_no_phase_and_what_is_left_agrees_with_the_rows(broken: set[int], tries: int) -> None:
    plan = proof_plan()
    outcomes = played(plan, {"lessons": 20, "undone": 8, "again": 20})
    for place in broken:
        outcomes[place] = msgspec.structs.replace(outcomes[place], broke_off=True, right=None, tries=tries)
    proof = proof_of(plan, outcomes)
    whole = 20 - len({place % 20 for place in broken})
    is_finished = not broken or tries == MOST_TRIES
    assert (proof.word != "not finished") == is_finished
    if is_finished:
        assert {phase.runs for phase in proof.phases} == {whole}
        headline = findings(plan, outcomes).headline.verdict
        assert headline.tasks == 20 - len({place % 20 for place in broken if place < 40})
        assert headline.agreed == max(1, headline.tasks)


def concluded(plan: StudyPlan, rng: np.random.Generator, gain: float) -> str:
    """The word of one proof whose tasks are coins of all weights, which the lessons make that much heavier."""
    easy = rng.uniform(size=len(plan.tasks))
    outcomes = []
    for trial in (trial for together in rounds(plan) for trial in together):
        chance = easy[trial.task] + (gain if trial.arm.kind != "undone" else 0.0)
        outcomes.append(outcome_of(plan, trial, right=bool(rng.random() < chance)))
    scale = plan.scales[plan.measure]
    verdicts = {
        pair: verdict(task_pairs(plan, outcomes, "transfer", scale, *pair), scale, agreed=len(plan.tasks))
        for pair in plan.compared
    }
    return evidence_of(plan, outcomes, verdicts, "tokens").word


def test_lessons_that_do_nothing_are_hardly_ever_shown_and_those_that_help_mostly_are() -> None:
    rng, plan = np.random.default_rng(5), proof_plan(20, repeats=3)
    nothing = [concluded(plan, rng, 0.0) for _ in range(200)]
    helped = [concluded(plan, rng, 0.3) for _ in range(100)]
    assert sum(word in ("shown", "worse") for word in nothing) <= 0.05 * 200
    assert sum(word == "shown" for word in helped) >= 0.6 * 100
