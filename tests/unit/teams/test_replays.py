"""Waiting lessons are tried on past tasks: what it would cost is said first, and what it showed is kept with them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import purpose_agent as pa
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.credit_model import CreditModel
from purpose_agent.memory.replay_evidence import KEY, Pair, ReplayEvidence, replay_of
from purpose_agent.runtime.run_manager import Job
from purpose_agent.teams.past_tasks import PastTask
from purpose_agent.teams.replay_plan import OnTrial, ReplayPlan
from purpose_agent.teams.replay_policies import APPROVE_CONFIRMED, REJECT_HARMFUL, ReplayPolicies
from purpose_agent.teams.replay_reckoning import Outcome, ReplayTest
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import Task

PURPOSE = "Help me write Python code"
QUICK = ("sum_evens", "digit_sum", "only_digits", "digit_squares", "sum_threes", "even_digits")
NUMBERS = "code: number → number"


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Six small tasks done on the built-in model; each taught a lesson that waits."""
    team = pa.purpose(PURPOSE, model="builtin", home=tmp_path_factory.mktemp("learned"))
    for item in load_suite("related_stream").tasks:
        if item.task.task_id in QUICK:
            team.run(item.task, seed=1)
    yield team.engine
    team.engine.close()


@pytest.fixture(scope="module")
def tested(learned: Engine) -> Job:
    plan = learned.plan_replay(replays=36)
    return learned.jobs.wait(learned.submit_replay(plan).job_id, 100)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def test_a_plan_says_what_it_would_cost_and_spends_nothing(learned: Engine) -> None:
    journal = learned.workspace.journal
    runs, counted = journal.run_ids(), journal.query("SELECT count(*) FROM credits")
    plan = learned.plan_replay(replays=18)
    assert (len(plan.lessons), len(plan.tasks), plan.succeeded) == (6, 6, 6)
    assert plan.attempts > 1000
    assert str(plan).startswith("6 lessons on 6 past tasks, at most 18 replays.")
    assert "programs tried, by what those tasks took" in str(plan)
    assert journal.run_ids() == runs
    assert journal.query("SELECT count(*) FROM credits") == counted


def test_siblings_come_first_and_the_lessons_own_task_last(learned: Engine) -> None:
    plan = learned.plan_replay()
    digits = next(lesson for lesson in plan.lessons if "fold(digits, sum, square)" in lesson.text)
    texts = {task.key: task.request.task.text for task in plan.tasks}
    assert digits.siblings >= 1
    assert "digit" in texts[digits.tasks[0]]
    assert digits.tasks[-1] == digits.own
    assert "square" in texts[digits.own]


def test_without_past_tasks_or_lessons_there_is_nothing_to_try(fresh: Engine) -> None:
    plan = fresh.plan_replay()
    assert str(plan) == "There is nothing to try. No lesson waits."
    card = MemoryCard(kind="skill_card", when="a number comes", do="Double it", scope=Scope(task_kind=NUMBERS))
    fresh.memory.ledger.add_candidate(card, actor="extractor", reason="solved")
    with pytest.raises(PurposeError, match="No past task is of the kind"):
        fresh.submit_replay(fresh.plan_replay())
    with pytest.raises(PurposeError, match="0 replays cannot be made"):
        fresh.plan_replay(replays=0)


def test_what_replays_showed_is_kept_with_each_lesson_and_decides_nothing(learned: Engine, tested: Job) -> None:
    assert (tested.status, tested.what) == ("done", "")
    views = learned.memory.ledger.views("quarantined")
    found = [evidence for view in views if (evidence := replay_of(view))]
    assert len(views) == 6
    assert len(found) >= 4
    assert all(evidence.replays >= 1 for evidence in found)
    assert learned.memory.in_use == 0
    effect = learned.memory.ledger.card(views[0].card_id).effect
    assert effect is not None
    assert (effect.live, effect.replays) == (0, replay_of(views[0]).replays)  # type: ignore[union-attr]


def test_a_method_that_cuts_the_work_on_other_tasks_is_released(learned: Engine, tested: Job) -> None:
    found = {view.card.do: replay_of(view) for view in learned.memory.ledger.views("quarantined")}
    released = {do: evidence for do, evidence in found.items() if evidence and evidence.verdict == "released"}
    assert released
    for evidence in released.values():
        assert evidence.effort is not None
        assert evidence.effort < 0.5
        assert not evidence.harmed
        assert any(pair.sibling and not pair.same_task for pair in evidence.pairs)


def test_replays_are_told_from_a_persons_own_runs(learned: Engine, tested: Job) -> None:
    store = learned.workspace.trajectories()
    store.settle()
    assert {row.parent_run for row in store.runs(limit=100)} == {""}
    assert store.count() == 6
    replays = store.runs(limit=100, replays=True)
    assert len(replays) == tested.result["replays"]  # type: ignore[call-overload,index]
    assert {row.mode for row in replays} == {"validation"}
    again = learned.plan_replay(replays=18)
    assert len(again.tasks) == 6


def test_a_stopped_test_goes_on_where_it_was_and_counts_nothing_twice(tmp_path: Path) -> None:
    team = pa.purpose(PURPOSE, model="builtin", home=tmp_path / "home")
    engine = team.engine
    for item in load_suite("related_stream").tasks:
        if item.task.task_id in ("digit_sum", "digit_squares", "only_digits"):
            team.run(item.task, seed=1)
    job = engine.submit_replay(engine.plan_replay(replays=10))
    done = 0
    while done < 3 and engine.jobs.get(job.job_id).is_alive:  # type: ignore[union-attr]
        done = engine.workspace.journal.query("SELECT count(*) FROM credits WHERE card_id = '' AND source = 'replay'")[
            0
        ][0]
    engine.jobs.cancel(job.job_id)
    stopped = engine.jobs.wait(job.job_id, 10)
    assert stopped.status == "cancelled"
    engine.jobs.resume(job.job_id)
    ended = engine.jobs.wait(job.job_id, 60)
    assert ended.status == "done"
    rows = engine.workspace.journal.query("SELECT run_id, count(*) FROM credits WHERE card_id = '' GROUP BY run_id")
    assert {count for _, count in rows} == {1}
    replays = [run_id for run_id, _ in rows if run_id.startswith("replay-")]
    assert len(replays) == ended.result["replays"]  # type: ignore[call-overload,index]
    engine.close()


def test_a_test_that_was_stopped_and_taken_up_keeps_what_an_earlier_test_showed(tmp_path: Path) -> None:
    team = pa.purpose(PURPOSE, model="builtin", home=tmp_path / "home")
    engine = team.engine
    for item in load_suite("related_stream").tasks:
        if item.task.task_id in ("digit_sum", "digit_squares"):
            team.run(item.task, seed=1)
    card_id = engine.memory.ledger.views("quarantined")[0].card_id
    first = engine.jobs.wait(engine.submit_replay(engine.plan_replay([card_id], replays=4)).job_id, 60)
    job = engine.submit_replay(engine.plan_replay([card_id], replays=4))
    engine.jobs.cancel(job.job_id)
    engine.jobs.wait(job.job_id, 10)
    shown = [replay_of(view) for view in engine.memory.ledger.states(card_id)]
    of_first = next(found for found in shown if found is not None and found.job_id == first.job_id)
    noted = {KEY: msgspec.to_builtins(msgspec.structs.replace(of_first, job_id=job.job_id, pairs=()))}
    engine.lessons.note(card_id, by="replay test", reason="stopped on the way", evidence=noted)
    if engine.jobs.get(job.job_id).status != "done":  # type: ignore[union-attr]
        engine.jobs.resume(job.job_id)
    engine.jobs.wait(job.job_id, 60)
    now = replay_of(engine.memory.ledger.card(card_id))
    assert now is not None
    assert set(of_first.pairs) < set(now.pairs)
    engine.close()


@pytest.mark.parametrize(
    ("limit", "told"),
    [({"seconds_limit": 1e-9}, "The time of this test"), ({"cost_limit_usd": 0.0}, "The money of this test")],
)
def test_a_test_ends_at_the_limit_that_a_person_set(learned: Engine, limit: dict[str, float], told: str) -> None:
    plan = learned.plan_replay(replays=18, **limit)  # type: ignore[arg-type]
    ended = learned.jobs.wait(learned.submit_replay(plan).job_id, 60)
    assert ended.status == "done"
    assert told in str(ended.result)
    assert ended.result["replays"] <= 1  # type: ignore[call-overload,index,operator]


# ---- the reckoning alone


def past(key: str, text: str) -> PastTask:
    request = RunRequest(purpose=PURPOSE, task=Task(text=text))
    return PastTask(key=key, run_id=f"run {key}", kind=NUMBERS, success=True, request=request)


TASKS = tuple(past(f"t{number}", f"Task {number}") for number in range(8))
LESSON = OnTrial(
    card_id="lesson-1",
    version=1,
    text="Add the digits",
    home=NUMBERS,
    tasks=tuple(t.key for t in TASKS),
    siblings=7,
    own="t7",
)


def outcome(success: bool, effort: int = 100) -> Outcome:
    return Outcome("run", success, effort)


def reckoned(*pairs: tuple[bool, bool], falls: bool = False) -> ReplayEvidence:
    """(with, without) on one task after the other."""
    plan = ReplayPlan(lessons=(LESSON,), tasks=TASKS)
    test = ReplayTest(plan, CreditModel(), "job", {})
    for task, (with_it, without) in zip(TASKS, pairs, strict=False):
        test.believe(None, task, outcome(without), newly=True)
        test.believe(LESSON, task, outcome(with_it), newly=True)
        if test.compare(LESSON, task, outcome(with_it), outcome(without)) and falls:
            test.confirm_fall(LESSON, task)
    return test.evidence()["lesson-1"]


def test_a_lesson_that_helps_is_released_and_in_the_end_confirmed() -> None:
    some = reckoned((True, False), (True, False), (True, True))
    assert (some.verdict, some.released_for, some.confirmed) == ("released", "success", False)
    assert (some.right_with, some.right_without) == (3, 1)
    many = reckoned(*[(True, False)] * 7)
    assert many.e_value > 20
    assert many.confirmed


def test_a_lesson_under_which_tasks_fall_is_called_harmful() -> None:
    found = reckoned((False, True), (False, True), (True, True), falls=True)
    assert (found.verdict, found.harmed) == ("harmful", (NUMBERS,))
    assert (found.kept, found.kept_of) == (1, 3)


def test_its_own_task_done_again_releases_no_lesson() -> None:
    plan = ReplayPlan(lessons=(LESSON,), tasks=TASKS)
    test = ReplayTest(plan, CreditModel(), "job", {})
    for _ in range(6):
        test.believe(LESSON, TASKS[7], outcome(True), newly=True)
        test.compare(LESSON, TASKS[7], outcome(True, 1), outcome(False, 100))
    found = test.evidence()["lesson-1"]
    assert (found.verdict, found.right_with) == ("waiting", 0)


def test_a_lesson_that_changes_nothing_waits() -> None:
    found = reckoned(*[(True, True)] * 3)
    assert (found.verdict, found.confirmed) == ("waiting", False)


@pytest.mark.parametrize(
    ("setting", "evidence", "status", "by"),
    [
        ({}, {"verdict": "released", "confirmed": True}, "quarantined", ""),
        (
            {APPROVE_CONFIRMED: "low"},
            {"verdict": "released", "confirmed": True},
            "promoted",
            "policy: confirmed lessons",
        ),
        ({APPROVE_CONFIRMED: "low"}, {"verdict": "released"}, "quarantined", ""),
        ({}, {"verdict": "harmful"}, "quarantined", ""),
        ({REJECT_HARMFUL: True}, {"verdict": "harmful"}, "rejected", "policy: harmful lessons"),
    ],
)
def test_nothing_is_decided_without_asking_unless_a_person_switched_that_on(
    fresh: Engine, setting: dict[str, object], evidence: dict[str, object], status: str, by: str
) -> None:
    for key, value in setting.items():
        fresh.workspace.set_setting(key, value)  # type: ignore[arg-type]
    card = MemoryCard(kind="skill_card", when="a number comes", do="Double it", scope=Scope(task_kind=NUMBERS))
    card_id = fresh.memory.ledger.add_candidate(card, actor="extractor", reason="solved").card_id
    found = msgspec.convert({"task_kind": NUMBERS, **evidence}, ReplayEvidence)
    ReplayPolicies(fresh.workspace, fresh.memory, fresh.lessons, read_documents=lambda _: False).apply(card_id, found)
    view = fresh.memory.ledger.card(card_id)
    assert view.status == status
    if by:
        assert view.changed_by == by


def test_pairs_of_an_earlier_test_still_count() -> None:
    pair = Pair(task="Task 0", task_key="t0", run_with="a", run_without="b", success_with=True, success_without=False)
    before = ReplayEvidence(task_kind=NUMBERS, pairs=(pair,), tried_on=("t0",), replays=1)
    test = ReplayTest(ReplayPlan(lessons=(LESSON,), tasks=TASKS), CreditModel(), "job", {"lesson-1": before})
    test.compare(LESSON, TASKS[1], outcome(True), outcome(False))
    found = test.evidence()["lesson-1"]
    assert (found.tasks, found.replays, len(found.pairs), found.right_with) == (2, 2, 2, 2)
