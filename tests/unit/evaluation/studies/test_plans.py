"""Every arm meets the same tasks with the same seeds, and what would show nothing is refused."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.evaluation.studies.plan import ARM_KINDS, Arm, StudyError, StudyPlan, StudyTask, check, rounds
from purpose_agent.evaluation.suite_records import SuiteTask
from purpose_agent.types import Task


def plan_of(related: int = 4, unrelated: int = 0, **fields: object) -> StudyPlan:
    tasks = [
        StudyTask(item=SuiteTask(task=Task(text=f"Task {n}", task_id=f"t{n}")), harm=n >= related)
        for n in range(related + unrelated)
    ]
    usual = {"arms": tuple(Arm(kind=kind) for kind in ARM_KINDS), "learns": True}
    return StudyPlan(
        study_id="s1",
        title="T",
        purpose="Help",
        suite="s@1",
        tasks=tuple(tasks),
        **{**usual, **fields},  # type: ignore[arg-type]
    )


plans = st.builds(
    plan_of,
    related=st.integers(1, 6),
    unrelated=st.integers(0, 3),
    repeats=st.integers(1, 3),
    passes=st.integers(1, 3),
    seed=st.integers(0, 9),
    learns=st.booleans(),
)


@given(plans)
def test_all_arms_meet_the_same_tasks_in_the_same_order_with_the_same_seeds(plan: StudyPlan) -> None:
    by_arm: dict[str, list[tuple[object, ...]]] = {arm.name: [] for arm in plan.arms}
    for together in rounds(plan):
        assert {trial.arm.name for trial in together} == by_arm.keys()
        for trial in together:
            by_arm[trial.arm.name].append(
                (trial.repeat, trial.position, trial.part, trial.task, trial.turn, trial.seed)
            )
    assert len(set(map(tuple, by_arm.values()))) == 1
    assert sum(map(len, by_arm.values())) == plan.size


@given(plans)
def test_every_run_has_an_id_of_its_own_and_a_place_after_those_of_its_lane(plan: StudyPlan) -> None:
    trials = [trial for together in rounds(plan) for trial in together]
    assert len({trial.run_id for trial in trials}) == len(trials)
    for lane in {trial.lane for trial in trials}:
        positions = [trial.position for trial in trials if trial.lane == lane]
        assert positions == list(range(len(positions)))


@given(plans)
def test_the_plan_comes_back_from_its_file_as_it_was(plan: StudyPlan) -> None:
    assert msgspec.json.decode(msgspec.json.encode(plan), type=StudyPlan) == plan


def test_the_arms_take_turns_at_being_first() -> None:
    first = Counter(together[0].arm.name for together in rounds(plan_of(8)))
    assert first == dict.fromkeys(ARM_KINDS, 2)


def test_a_repeat_of_approved_lessons_stands_beside_the_first_and_one_that_learns_comes_after_it() -> None:
    own = [trials[0].repeat for trials in rounds(plan_of(2, repeats=2, learns=False, lessons=("a",)))]
    anew = [trials[0].repeat for trials in rounds(plan_of(2, repeats=2))]
    assert (own, anew) == ([0, 1, 0, 1], [0, 0, 1, 1])


def test_the_same_prompt_with_an_empty_memory_is_the_control_that_decides() -> None:
    assert plan_of().compared[0] == ("lessons", "empty")
    assert plan_of(arms=(Arm(kind="none"), Arm(kind="lessons"))).compared == (("lessons", "none"),)
    left_out = plan_of(arms=(*plan_of().arms, Arm(kind="without", card_id="c7")), learns=False, lessons=("c7",))
    assert ("lessons", "without-c7") in left_out.compared


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"related": 0, "unrelated": 2}, "no tasks"),
        ({"arms": (Arm(kind="none"), Arm(kind="none"), Arm(kind="lessons"))}, "twice"),
        ({"arms": (Arm(kind="lessons"),)}, "a control"),
        ({"arms": (Arm(kind="none"), Arm(kind="empty"))}, "something to test"),
        ({"repeats": 0}, "at least once"),
        ({"repeats": 10_000}, "at most 100,000"),
        ({"warm_up": 4}, "warming up"),
        ({"learns": False}, "No lesson is in use"),
        ({"arms": (Arm(kind="none"), Arm(kind="lessons"), Arm(kind="without", card_id="c"))}, "no lesson to leave out"),
    ],
)
def test_a_study_that_would_show_nothing_is_refused_in_a_sentence(fields: dict[str, object], told: str) -> None:
    with pytest.raises(StudyError, match=told) as refused:
        check(plan_of(**fields))  # type: ignore[arg-type]
    assert refused.value.fix
