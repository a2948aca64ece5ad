"""Lessons are proved: with them, rolled back, put back, on a copy of the memory; and what a person is told of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

import purpose_agent as pa
from purpose_agent.evaluation.studies.exporting import export, recomputed
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.events import ModelRequest
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import Engine, engine_for

PURPOSE = "Help me write Python code"
TAUGHT = ("sum_evens", "digit_sum", "odd_squares", "digit_squares", "sum_threes")
NEW = ("even_digits", "sum_large")


def part_of(name: str, *task_ids: str) -> Suite:
    suite = load_suite(name)
    return msgspec.structs.replace(suite, tasks=tuple(i for i in suite.tasks if i.task.task_id in task_ids))


def work_through(engine: Engine, suite: Suite, *, trust_tested_lessons: bool = False) -> str:
    """Do its tasks one after the other; the job's id."""
    requests = [
        of_suite(
            RunRequest(purpose=PURPOSE, task=item.task, model="builtin", trust_tested_lessons=trust_tested_lessons),
            item,
        )
        for item in suite.tasks
    ]
    return engine.submit_batch(requests, suite.title).job_id


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Five tasks done one after the other, whose lessons were put in use as they came."""
    engine = engine_for(tmp_path_factory.mktemp("learned"))
    suite = part_of("related_stream", *TAUGHT)
    engine.jobs.wait(work_through(engine, suite, trust_tested_lessons=True), 120)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def proven(learned: Engine) -> str:
    """The id of a whole proof of all lessons on tasks that they were not learned from."""
    assert learned.memory.in_use > 1
    plan = learned.studies.proof(part_of("related_stream", *NEW), purpose=PURPOSE, model="builtin", measure="effort")
    job = learned.jobs.wait(learned.studies.submit(plan).job_id, 120)
    assert (job.status, job.what) == ("done", "")
    return plan.study_id


def phase(engine: Engine, study_id: str, arm: str) -> list[Outcome]:
    return [outcome for outcome in engine.studies.outcomes(study_id) if outcome.arm == arm]


def sent(engine: Engine, outcome: Outcome) -> str:
    events = engine.events(outcome.run_id)
    return next(event.prompt for event in events if isinstance(event, ModelRequest) and event.purpose == "actor")


def test_the_same_tasks_are_done_with_the_lessons_then_rolled_back_then_put_back(learned: Engine, proven: str) -> None:
    outcomes = learned.studies.outcomes(proven)
    assert [outcome.arm for outcome in outcomes] == ["lessons"] * 2 + ["undone"] * 2 + ["again"] * 2
    assert [outcome.task_id for outcome in outcomes] == [outcome.task_id for outcome in outcomes[:2]] * 3
    assert all(outcome.lessons for arm in ("lessons", "again") for outcome in phase(learned, proven, arm))
    assert not any(outcome.lessons for outcome in phase(learned, proven, "undone"))


def test_the_prompts_of_the_third_phase_are_those_of_the_first_to_the_last_byte(learned: Engine, proven: str) -> None:
    prompts = {arm: [sent(learned, o) for o in phase(learned, proven, arm)] for arm in ("lessons", "undone", "again")}
    assert prompts["again"] == prompts["lessons"]
    assert all(one != other for one, other in zip(prompts["lessons"], prompts["undone"], strict=True))
    proof = learned.studies.findings(proven).proof
    assert proof is not None
    assert (proof.prompts_again, proof.prompts_undone, proof.reached) == ((2, 2), (2, 2), (2, 2))
    assert "put back, all 2 were those of the first phase, to the last byte" in proof.sentence


def test_rolled_back_the_prompt_is_that_of_a_memory_in_which_nothing_was_approved(
    learned: Engine, proven: str, tmp_path: Path
) -> None:
    empty = engine_for(tmp_path / "empty")
    empty.jobs.wait(work_through(empty, part_of("related_stream", *NEW)), 120)
    told = [event for run_id in empty.workspace.journal.run_ids() for event in empty.events(run_id)]
    first = {event.prompt_sha256 for event in told if isinstance(event, ModelRequest) and event.purpose == "actor"}
    assert {outcome.prompt_sha256 for outcome in phase(learned, proven, "undone")} <= first
    empty.close()


def test_the_copys_record_tells_the_roll_back_and_the_new_approval_and_the_persons_own_is_untouched(
    learned: Engine, proven: str
) -> None:
    own = learned.memory.ledger
    plan = learned.studies.folder(proven).plan()
    journal = Journal(learned.studies.folder(proven).memory("proof"))
    copy = Memory(journal).ledger
    assert copy.verify().ok
    for card_id in plan.lessons:
        rows = copy.history(card_id)[len(own.history(card_id)) :]
        moves = [(row.from_status, row.to_status) for row in rows]
        assert moves == [("promoted", "quarantined"), ("quarantined", "promoted")]
        assert {row.actor for row in rows} == {f"study {proven}"}
        assert not any(row.actor == f"study {proven}" for row in own.history(card_id))
    journal.close()


def test_the_gain_that_goes_and_comes_back_is_told_with_the_figures_of_each_phase(learned: Engine, proven: str) -> None:
    found = learned.studies.findings(proven)
    assert found.proof is not None
    with_them, without, again = (each.effort for each in found.proof.phases)
    assert with_them == again < without
    counted = f"With the lessons {with_them:,} programs tried; rolled back {without:,}; put back {again:,}."
    assert found.proof.sentence.startswith(f"{counted} That may be chance: ")
    assert found.proof.word == "not enough data"
    assert found.proof.results_again == (2, 2)
    pairs = {(c.tested, c.control) for c in found.comparisons}
    assert pairs == {("lessons", "undone"), ("again", "undone"), ("again", "lessons")}


def test_what_it_shows_is_worked_out_anew_from_its_exported_rows(learned: Engine, proven: str, tmp_path: Path) -> None:
    export(learned.studies.folder(proven), tmp_path / "out")
    figures, same = recomputed(tmp_path / "out")
    assert same
    assert '"proof"' in figures


def test_chosen_lessons_go_and_the_others_stay(learned: Engine, proven: str) -> None:
    chosen = phase(learned, proven, "lessons")[0].lessons[0]
    plan = learned.studies.proof(part_of("related_stream", NEW[0]), lessons=[chosen], model="builtin")
    learned.jobs.wait(learned.studies.submit(plan).job_id, 60)
    used = {outcome.arm: set(outcome.lessons) for outcome in learned.studies.outcomes(plan.study_id)}
    assert chosen not in used["undone"]
    assert used["undone"]
    assert used["lessons"] == used["again"]


def test_without_a_suite_it_takes_the_persons_own_past_tasks_in_which_lessons_were_used(learned: Engine) -> None:
    own = learned.studies.proof_tasks()
    assert own.purpose == PURPOSE
    assert 0 < len(own.suite.tasks) < len(TAUGHT)  # the first one could not have any lesson yet
    assert all(item.task.tests and item.check is not None for item in own.suite.tasks)
    assert len(learned.studies.proof_tasks(1).suite.tasks) == 1
    plan = learned.studies.proof(model="builtin")
    assert [task.item for task in plan.tasks] == list(own.suite.tasks)
    assert all(task.taught for task in plan.tasks)  # each of them taught a lesson of its own
    assert not any(task.taught for task in learned.studies.proof(part_of("related_stream", *NEW)).tasks)


def test_where_there_is_nothing_to_prove_or_to_prove_it_on_that_is_said(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    with pytest.raises(StudyError, match="No lesson is in use"):
        engine.studies.proof()
    with pytest.raises(StudyError, match="No lesson is in use"):
        engine.studies.proof(part_of("related_stream", *NEW))
    engine.memory.teach("Write short names")
    with pytest.raises(StudyError, match="no past task to prove them on") as refused:
        engine.studies.proof()
    assert refused.value.fix == "Run tasks with tests while the lessons are in use, or prove them on a suite of tasks."
    with pytest.raises(StudyError, match="is not in use"):
        engine.studies.proof(part_of("related_stream", *NEW), lessons=["lesson-nothing"])
    engine.close()


def test_lessons_that_reach_no_prompt_show_nothing(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    engine.memory.teach("Greet in French", scope=Scope(task_kind="greeting"))
    plan = engine.studies.proof(part_of("related_stream", NEW[0]), purpose=PURPOSE, model="builtin")
    engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    proof = engine.studies.findings(plan.study_id).proof
    assert proof is not None
    assert proof.word == "not shown"
    assert "None of these lessons came into the prompt of any of these tasks" in proof.sentence
    engine.close()


def test_a_lesson_taken_out_of_use_between_plan_and_start_is_told(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    card = engine.memory.teach("Write short names")
    plan = engine.studies.proof(part_of("related_stream", NEW[0]), model="builtin")
    engine.memory.ledger.revoke(card.card_id, by="person")
    with pytest.raises(StudyError, match="not in use any more"):
        engine.studies.submit(plan)
    assert engine.studies.list() == []
    assert not engine.studies.folder(plan.study_id).path.exists()
    engine.close()


def test_a_paused_proof_says_where_it_stands_and_goes_on(learned: Engine) -> None:
    plan = learned.studies.proof(part_of("related_stream", *TAUGHT, *NEW), purpose=PURPOSE, model="builtin")
    job = learned.studies.submit(plan)
    while len(learned.studies.outcomes(plan.study_id)) < 8:
        learned.jobs.wait(job.job_id, 0.02)
    learned.studies.pause(plan.study_id)
    assert learned.jobs.wait(job.job_id, 10).status == "cancelled"
    half = learned.studies.findings(plan.study_id).proof
    assert half is not None
    assert half.word == "not finished"
    assert "to go." in half.sentence
    assert learned.jobs.wait(learned.studies.resume(plan.study_id).job_id, 120).status == "done"
    whole = learned.studies.findings(plan.study_id).proof
    assert whole is not None
    assert (whole.word, whole.prompts_again) == ("not enough data", (7, 7))


def test_it_is_three_lines_of_python(learned: Engine) -> None:
    study = pa.Study.proof(
        part_of("related_stream", NEW[0]), purpose=PURPOSE, model="builtin", home=learned.workspace.home
    )
    study.run()
    assert study.proven is not None
    assert study.proven.phases[0].runs == 1


def test_what_critics_were_taught_stays_in_all_phases(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    taught = engine.memory.teach("Write short names")
    card = MemoryCard(kind="critic_calibration", when="code has no tests", do="Give at most 5", author="person")
    judge = engine.memory.ledger.teach(card, by="person")
    plan = engine.studies.proof(part_of("related_stream", NEW[0]), model="builtin")
    assert plan.lessons == (taught.card_id,)
    with pytest.raises(StudyError, match="only tells a critic how to judge"):
        engine.studies.proof(part_of("related_stream", NEW[0]), lessons=[judge.card_id])
    engine.close()


def test_the_persons_own_memory_is_the_same_after_a_proof_as_before(learned: Engine) -> None:
    def state() -> tuple[object, ...]:
        counted = learned.workspace.journal.query("SELECT count(*) FROM credits")
        return learned.memory.ledger.verify(), counted, learned.memory.waiting

    before = state()
    plan = learned.studies.proof(part_of("related_stream", NEW[0]), purpose=PURPOSE, model="builtin")
    learned.jobs.wait(learned.studies.submit(plan).job_id, 60)
    assert learned.studies.findings(plan.study_id).done == 3
    assert state() == before


def test_a_proof_whose_memory_is_gone_does_not_go_on_without_it(learned: Engine) -> None:
    plan = learned.studies.proof(part_of("related_stream", NEW[0]), purpose=PURPOSE, model="builtin")
    folder = learned.studies.folder(plan.study_id)
    folder.begin(plan)
    job = learned.jobs.wait(learned.jobs.submit("study", plan.title, {"study_id": plan.study_id}).job_id, 60)
    assert (job.status, job.what) == ("failed", "The memory that this study works in is not there any more.")
    assert folder.outcomes() == []


def test_an_executor_does_the_repeats_of_a_task_at_once_and_no_phase_overlaps(learned: Engine) -> None:
    plan = learned.studies.proof(part_of("related_stream", *NEW), purpose=PURPOSE, model="builtin", repeats=2)
    with ThreadPoolExecutor(2) as pool:
        job = learned.jobs.wait(learned.studies.submit(plan, executor=pool).job_id, 120)
    assert (job.status, job.what) == ("done", "")
    outcomes = learned.studies.outcomes(plan.study_id)
    assert [outcome.arm for outcome in outcomes] == ["lessons"] * 4 + ["undone"] * 4 + ["again"] * 4
    proof = learned.studies.findings(plan.study_id).proof
    assert proof is not None
    assert (proof.prompts_again, proof.prompts_undone) == ((4, 4), (4, 4))


def test_who_erases_words_erases_the_copies_of_the_memory_that_hold_them(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "w")
    engine.memory.teach("Greet Wilhelmina first")
    plan = engine.studies.proof(part_of("related_stream", NEW[0]), model="builtin")
    engine.jobs.wait(engine.studies.submit(plan).job_id, 60)
    erasing = engine.plan_erasure(["Wilhelmina"])
    assert erasing.holdings.studies == (f"studies/{plan.study_id}",)
    engine.erase(erasing)
    assert engine.studies.list() == []
    engine.close()
