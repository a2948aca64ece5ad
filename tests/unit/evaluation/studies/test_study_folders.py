"""Outcomes are on the disk one by one, and a line that was torn by a kill spoils no other."""

import shutil
from pathlib import Path

import pytest

from purpose_agent.evaluation.studies.folder import StudyFolder, studies_in
from purpose_agent.evaluation.studies.plan import StudyError
from tests.unit.evaluation.studies.test_findings import played
from tests.unit.evaluation.studies.test_plans import plan_of


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    folder = StudyFolder(tmp_path, "s1")
    folder.begin(plan_of())
    return folder


def test_plan_and_outcomes_come_back_as_they_were(folder: StudyFolder, tmp_path: Path) -> None:
    outcomes = played(plan_of())
    for outcome in outcomes:
        folder.add(outcome)
    assert folder.plan() == plan_of()
    assert folder.outcomes() == outcomes
    assert studies_in(tmp_path) == ["s1"]


def test_a_torn_last_line_does_not_count_and_the_next_takes_its_place(folder: StudyFolder) -> None:
    first, second, third = played(plan_of())[:3]
    folder.add(first)
    folder.add(second)
    path = folder.path / "outcomes.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert folder.outcomes() == [first]
    folder.add(third)
    assert folder.outcomes() == [first, third]


def test_a_line_that_is_broken_in_the_middle_is_told(folder: StudyFolder) -> None:
    for outcome in played(plan_of())[:3]:
        folder.add(outcome)
    path = folder.path / "outcomes.jsonl"
    path.write_bytes(path.read_bytes().replace(b"{", b"(", 1))
    with pytest.raises(StudyError, match="Line 1 of the outcomes"):
        folder.outcomes()


def test_a_run_that_stands_twice_counts_once(folder: StudyFolder) -> None:
    outcome = played(plan_of())[0]
    folder.add(outcome)
    folder.add(outcome)
    assert folder.outcomes() == [outcome]


def test_outcomes_that_cannot_be_opened_are_told(folder: StudyFolder) -> None:
    (folder.path / "outcomes.jsonl").mkdir()
    with pytest.raises(StudyError, match="The outcomes of study s1 cannot be read"):
        folder.outcomes()


def test_a_folder_whose_name_is_no_id_is_no_study(folder: StudyFolder, tmp_path: Path) -> None:
    shutil.copytree(folder.path, tmp_path / "studies" / "my-copy")
    assert studies_in(tmp_path) == ["s1"]
    shutil.copytree(folder.path, tmp_path / "studies" / "copied")
    with pytest.raises(StudyError, match="holds the plan of another study, s1"):
        StudyFolder(tmp_path, "copied").sound_plan()
    assert folder.sound_plan() == plan_of()


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b"])
def test_a_name_that_leads_elsewhere_is_no_study(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError):
        StudyFolder(tmp_path, name)


def test_a_study_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not there any more"):
        StudyFolder(tmp_path, "s2").plan()
