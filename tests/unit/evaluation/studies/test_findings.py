"""What a study says follows from its rows alone, counts a task when it is whole, and decides by what was agreed."""

import csv
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.outcomes import SOLVED
from purpose_agent.evaluation.studies.exporting import FIGURES, OUTCOMES, PARQUET, export, recomputed
from purpose_agent.evaluation.studies.findings import findings, may_end, task_pairs
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan, rounds
from tests.unit.evaluation.studies.test_plans import plan_of


def played(plan: StudyPlan, *, helps: int = 0, upto: int | None = None) -> list[Outcome]:
    """Outcomes in which lessons solve every task and the others all but the first `helps` tasks."""
    return [
        Outcome(
            run_id=trial.run_id,
            arm=trial.arm.name,
            repeat=trial.repeat,
            position=trial.position,
            part=trial.part,
            task_id=plan.tasks[trial.task].item.task.task_id,
            turn=trial.turn,
            right=trial.arm.name == "lessons" or trial.task >= helps,
            phi=10.0 if trial.arm.name == "lessons" or trial.task >= helps else 3.3,
            tier="given_tests",
            attempts=10 if trial.arm.name == "lessons" else 100 + trial.position,
            seconds=0.1 * trial.position,
            lessons=("a", "b") if trial.arm.name == "lessons" else (),
            model="builtin:search",
        )
        for together in list(rounds(plan))[:upto]
        for trial in together
    ]


def test_what_helps_is_better_against_every_control_and_harms_nothing() -> None:
    plan = plan_of(30, 24)
    found = findings(plan, played(plan, helps=15))
    assert found.headline.verdict.word == "better"
    assert (found.headline.tested, found.headline.control, found.headline.scale) == ("lessons", "empty", "solved")
    words = {(c.part, c.scale, c.tested, c.control): c.verdict.word for c in found.comparisons}
    assert words["transfer", "solved", "lessons", "none"] == "better"
    assert words["transfer", "effort", "lessons", "empty"] == "better"
    assert words["transfer", "solved", "episodes", "none"] == "no clear change"
    assert words["harm", "solved", "lessons", "empty"] == "no clear change"
    assert sum(c.decides for c in found.comparisons) == 1
    assert (found.curve("lessons", "transfer")[-1].n, found.curve("lessons", "harm")[-1].n) == (30, 24)
    assert found.spent["none"].runs == 54


@pytest.mark.parametrize("tokens_of_control", [800, 0])
def test_effort_counts_one_thing_in_all_runs(tokens_of_control: int) -> None:
    """Programs tried on one side and tokens on the other do not compare: the arm that took ten times as many tokens
    would seem to have taken next to nothing.
    """
    plan = plan_of(20)
    rows = [
        msgspec.structs.replace(
            row,
            tokens=8_000 if row.arm == "lessons" else tokens_of_control,
            attempts=2 if row.arm == "lessons" or not tokens_of_control else 0,
        )
        for row in played(plan)
    ]
    found = findings(plan, rows)
    effort = next(each for each in found.comparisons if each.scale == "effort")
    assert found.measured_as == ("tokens" if tokens_of_control else "programs tried")
    assert effort.verdict.word == ("worse" if tokens_of_control else "no clear change")
    unit = found.measured_as
    assert found.curve("lessons", "transfer")[-1].effort == found.spent["lessons"].effort(unit)


def test_what_stands_beside_says_whether_it_holds_among_all() -> None:
    plan = plan_of(30, 24)
    found = findings(plan, played(plan, helps=15))
    assert found.headline.holds is None  # it was agreed, and needs no correction
    told = {each.verdict.word for each in found.beside if each.holds is not None}
    assert told == {"better"}
    assert all(each.holds is None for each in found.beside if each.verdict.word not in ("better", "worse"))
    assert {each.holds for each in found.beside if each.scale == "solved" and each.verdict.word == "better"} == {True}


def test_where_nothing_differs_hardly_any_of_many_comparisons_holds_among_all() -> None:
    """Looked at one by one, most such studies have some that say better or worse."""
    rng = random.Random(7)
    plan = plan_of(24, 12)
    said = held = 0
    for _ in range(30):
        rows = [msgspec.structs.replace(row, right=rng.random() < 0.5, phi=rng.choice((2.0, 10.0)),
                                        attempts=rng.randint(1, 1_000)) for row in played(plan)]  # fmt: skip
        found = findings(plan, rows)
        said += any(each.adjusted is not None for each in found.beside)
        held += any(each.holds for each in found.beside)
    assert said > 5
    assert held <= 4


def test_a_study_in_the_middle_says_how_many_tasks_are_to_go() -> None:
    plan = plan_of(30)
    found = findings(plan, played(plan, upto=4))
    assert found.headline.verdict.word == "not enough data"
    assert found.headline.verdict.more == 26
    assert (found.done, found.size) == (16, 120)


def test_it_may_end_as_soon_as_nothing_is_in_doubt_and_not_before() -> None:
    plan = plan_of(40)
    ends = [bool(may_end(plan, played(plan, helps=40, upto=n))) for n in range(1, 40)]
    assert not any(ends[:5])
    assert ends.index(True) < 20
    assert not any(bool(may_end(plan, played(plan, upto=n))) for n in range(1, 40))


def test_a_task_counts_once_all_its_repeats_are_there() -> None:
    plan = plan_of(3, repeats=2)
    half, whole = played(plan, upto=4), played(plan)
    assert [pair.task for pair in task_pairs(plan, half, "transfer", SOLVED, "lessons", "none")] == [half[-1].task_id]
    pairs = task_pairs(plan, whole, "transfer", SOLVED, "lessons", "none")
    assert len(pairs) == 3
    assert all(len(pair.baseline) == len(pair.candidate) == 2 for pair in pairs)


def test_what_nobody_can_judge_in_one_arm_is_left_out_in_both() -> None:
    plan = plan_of(2)
    outcomes = played(plan)
    blind = [o if o.arm == "none" or o.task_id == "t0" else replaced(o, right=None) for o in outcomes]
    pairs = task_pairs(plan, blind, "transfer", SOLVED, "lessons", "none")
    assert [(pair.task, len(pair.baseline)) for pair in pairs] == [("t0", 1), ("t1", 0)]


def test_tasks_for_warming_up_do_not_count() -> None:
    plan = plan_of(10, warm_up=4)
    assert [p.task for p in task_pairs(plan, played(plan), "transfer", SOLVED, "lessons", "none")] == [
        f"t{n}" for n in range(4, 10)
    ]


def test_the_same_tasks_again_are_told_apart_from_the_first_time() -> None:
    plan = plan_of(8, passes=3)
    found = findings(plan, played(plan, helps=8))
    by_part = {c.part: c.verdict for c in found.comparisons if (c.scale, c.control) == ("solved", "empty")}
    assert by_part.keys() == {"transfer", "retry"}
    assert (by_part["transfer"].runs, by_part["retry"].runs) == (16, 32)


@given(st.integers(1, 6), st.integers(0, 6), st.integers(1, 2), st.integers(0, 20))
@settings(deadline=None, max_examples=30)
def test_any_half_done_study_can_be_told(related: int, helps: int, repeats: int, upto: int) -> None:
    plan = plan_of(related, 2, repeats=repeats)
    found = findings(plan, played(plan, helps=helps, upto=upto))
    assert all(c.verdict.sentence for c in found.comparisons)


def test_an_exported_study_is_worked_out_anew_to_the_last_digit(tmp_path: Path) -> None:
    plan, folder = plan_of(12, 4, repeats=2), StudyFolder(tmp_path, "s1")
    folder.begin(plan)
    for outcome in played(plan, helps=5):
        folder.add(outcome)
    *_, script = export(folder, tmp_path / "out")
    done = subprocess.run([sys.executable, str(script)], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    assert "to the last digit" in done.stdout
    text = (tmp_path / "out" / OUTCOMES).read_text(encoding="utf-8")
    (tmp_path / "out" / OUTCOMES).write_text(text.replace(",true,", ",false,", 1), encoding="utf-8")
    figures, same = recomputed(tmp_path / "out")
    assert not same
    assert figures != (tmp_path / "out" / FIGURES).read_text(encoding="utf-8")


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path, "s1")
    folder.begin(plan_of())
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StudyError, match="not empty"):
        export(folder, tmp_path)


def test_an_export_that_fails_leaves_nothing_so_that_it_can_be_tried_again(tmp_path: Path) -> None:
    plan, folder = plan_of(), StudyFolder(tmp_path / "home", "s1")
    outcomes = played(plan)
    folder.begin(plan)
    folder.add_all([*outcomes[1:], replaced(outcomes[0], tokens=10**30)])  # more than Parquet holds
    there, empty = tmp_path / "there", tmp_path / "empty"
    empty.mkdir()
    for into in (there, empty):
        with pytest.raises(OverflowError):
            export(folder, into)
    assert not there.exists()
    assert list(empty.iterdir()) == []
    folder.add_all(outcomes)
    for into in (there, empty):
        written = export(folder, into)
        assert sorted(into.iterdir()) == sorted(written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "home", "there"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StudyError, match="is a file"):
        export(folder, tmp_path / "file")


NAMES = [("use a set", ""), ("[1]", 'say "no"', "a,b\nc"), (), ("", "x")]


def test_names_of_lessons_with_spaces_are_worked_out_anew_to_the_last_digit(tmp_path: Path) -> None:
    plan, folder = plan_of(12), StudyFolder(tmp_path, "s1")
    folder.begin(plan)
    named = [replaced(one, lessons=NAMES[n % 4], born=NAMES[n % 3]) for n, one in enumerate(played(plan, helps=5))]
    folder.add_all(named)
    *_, script = export(folder, tmp_path / "out")
    (tmp_path / "out" / PARQUET).unlink()
    done = subprocess.run([sys.executable, str(script)], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    assert "to the last digit" in done.stdout


def test_lists_with_spaces_between_as_they_were_written_before_are_still_read(tmp_path: Path) -> None:
    plan, folder = plan_of(12), StudyFolder(tmp_path, "s1")
    folder.begin(plan)
    folder.add_all([replaced(one, lessons=("l1", "l2"), born=("l3",)) for one in played(plan, helps=5)])
    export(folder, tmp_path / "out")
    (tmp_path / "out" / PARQUET).unlink()
    with (tmp_path / "out" / OUTCOMES).open(encoding="utf-8", newline="") as file:
        rows = [{**row, "lessons": "l1 l2", "born": "l3"} for row in csv.DictReader(file)]
    with (tmp_path / "out" / OUTCOMES).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    assert recomputed(tmp_path / "out")[1]


def replaced(outcome: Outcome, **fields: object) -> Outcome:
    return msgspec.structs.replace(outcome, **fields)
