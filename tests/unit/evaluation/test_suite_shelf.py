"""Suites are kept by name and version, and what was measured on a version stays as it was."""

from pathlib import Path

import pytest

from purpose_agent.evaluation.checks.records import ExactMatch
from purpose_agent.evaluation.suite_records import Suite, SuiteError, TaskRow, suite_of
from purpose_agent.evaluation.suite_shelf import SuiteShelf


def made(*texts: str, name: str = "mine") -> Suite:
    return suite_of(
        [TaskRow(task_id=f"t{n}", text=text, check=ExactMatch(answers=("yes",))) for n, text in enumerate(texts)],
        name=name,
    )


@pytest.fixture
def shelf(tmp_path: Path) -> SuiteShelf:
    return SuiteShelf(tmp_path / "suites")


def test_an_empty_shelf_lists_nothing_and_makes_no_folder(shelf: SuiteShelf, tmp_path: Path) -> None:
    assert shelf.list() == ()
    assert not (tmp_path / "suites").exists()


def test_a_suite_is_kept_and_loaded_by_name_or_version(shelf: SuiteShelf) -> None:
    old, new = made("Is it?"), made("Is it?", "And this?")
    first, second = shelf.keep(old), shelf.keep(new)
    assert [kept.ref for kept in shelf.list()] == [second.ref, first.ref]
    assert (second.tasks, second.checks, second.families, second.version) == (2, 2, 0, new.version)
    assert shelf.load("mine") == new
    assert shelf.load("MINE@" + old.version[:8]) == old
    assert shelf.load("related_stream").name == "related_stream"


def test_the_same_content_is_kept_once_and_is_then_the_newest(shelf: SuiteShelf) -> None:
    old, new = made("Is it?"), made("Is it?", "And this?")
    shelf.keep(old)
    shelf.keep(new)
    shelf.keep(old)
    assert len(shelf.list()) == 2
    assert shelf.load("mine") == old


def test_a_suite_kept_under_another_name_is_the_same_version_of_another_suite(shelf: SuiteShelf) -> None:
    kept = shelf.keep(made("Is it?"), "Über alles / 1".replace(" / ", " "))
    found = shelf.load("über ALLES 1")
    assert found.version == kept.version == made("Is it?").version
    assert found.tasks[0].task.suite == "Über alles 1"


@pytest.mark.parametrize("name", ["", " ", "a@b", "../up", "a\\b", "classic", "Related_Stream", "x" * 101, "a\x00b"])
def test_a_name_that_would_mislead_is_refused(shelf: SuiteShelf, name: str) -> None:
    with pytest.raises(SuiteError):
        shelf.keep(made("Is it?", name="fine"), name or "\t")


def test_what_is_deleted_is_gone(shelf: SuiteShelf) -> None:
    old = shelf.keep(made("Is it?"))
    new = shelf.keep(made("Is it?", "And this?"))
    shelf.keep(made("Is it?", name="other"))
    assert [one.kept.ref for one in shelf.delete(old.ref)] == [old.ref]
    assert [one.kept.ref for one in shelf.delete("mine")] == [new.ref]
    assert [kept.name for kept in shelf.list()] == ["other"]
    with pytest.raises(SuiteError, match="no suite called “mine”"):
        shelf.delete("mine")
    with pytest.raises(SuiteError) as missing:
        shelf.load("mine")
    assert "other" in missing.value.fix


def test_a_file_that_was_changed_by_hand_is_not_passed_off_as_the_old_version(shelf: SuiteShelf) -> None:
    kept = shelf.keep(made("Is it?"))
    path = next(path for path in (shelf._folder).iterdir() if path.name == kept.file)
    path.write_text(path.read_text().replace("Is it?", "Is it not?"))
    with pytest.raises(SuiteError, match="changed since it was kept"):
        shelf.load("mine")


def test_damaged_and_strange_files_hide_no_other_suite(shelf: SuiteShelf) -> None:
    kept = shelf.keep(made("Is it?"))
    (shelf._folder / "notes.json").write_text("{}")
    (shelf._folder / kept.file.replace(kept.version, "0" * 64)).write_text("{broken")
    assert [one.ref for one in shelf.list()] == [kept.ref]


def test_a_version_that_is_named_too_shortly_is_asked_for_again(shelf: SuiteShelf) -> None:
    for number in range(40):
        shelf.keep(made(f"Is it {number}?"))
    first = shelf.list()[0].version[0]
    same = [kept for kept in shelf.list() if kept.version.startswith(first)]
    assert len(same) > 1
    with pytest.raises(SuiteError, match="Several versions"):
        shelf.load(f"mine@{first}")


def test_a_renamed_suite_keeps_all_its_versions_and_times(shelf: SuiteShelf) -> None:
    old, new = made("Is it?"), made("Is it?", "And this?")
    before = [shelf.keep(old), shelf.keep(new)]
    renamed = shelf.rename("mine", "Yours ")
    assert (renamed.name, renamed.title, renamed.version) == ("Yours", "Yours", new.version)
    assert shelf.versions("mine") == ()
    found = shelf.versions("yours")
    assert [(one.version, one.kept_at) for one in found] == [(one.version, one.kept_at) for one in reversed(before)]
    assert shelf.load(found[1].ref).tasks[0].task.suite == "Yours"
    assert shelf.rename("yours", "YOURS").name == "YOURS"
    assert len(shelf.list()) == 2


def test_a_name_that_is_taken_is_not_given_twice(shelf: SuiteShelf) -> None:
    shelf.keep(made("Is it?"))
    shelf.keep(made("Is it?", name="other"))
    for name in ("Other", "classic", "a@b"):
        with pytest.raises(SuiteError):
            shelf.rename("mine", name)
    assert shelf.load("mine").name == "mine"
    with pytest.raises(SuiteError, match="no suite called “none”"):
        shelf.rename("none", "some")


def test_a_deleted_suite_comes_back_as_it_was(shelf: SuiteShelf) -> None:
    shelf.keep(made("Is it?"))
    shelf.keep(made("Is it?", "And this?"))
    before = shelf.list()
    gone = shelf.delete("mine")
    assert shelf.list() == ()
    shelf.restore(gone)
    assert shelf.list() == before
    assert shelf.load("mine") == made("Is it?", "And this?")


def test_a_copy_takes_no_name_that_is_taken(shelf: SuiteShelf) -> None:
    shelf.keep(made("Is it?"))
    copy = shelf.copy(shelf.load("mine"), "Another")
    assert (copy.name, copy.version) == ("Another", made("Is it?").version)
    for name in ("MINE", " another ", "classic", "", "mine@1"):
        with pytest.raises(SuiteError):
            shelf.copy(made("And this?"), name)
    assert {kept.name for kept in shelf.list()} == {"mine", "Another"}


def test_a_task_is_taken_out_of_the_newest_version(shelf: SuiteShelf) -> None:
    shelf.keep(made("Is it?", "And this?", "And that?"))
    assert shelf.take_out("mine", "t1").tasks == 2
    assert [item.task.task_id for item in shelf.load("mine").tasks] == ["t0", "t2"]
    assert len(shelf.versions("mine")) == 2
    with pytest.raises(SuiteError, match="has no task t1"):
        shelf.take_out("mine", "t1")
    shelf.take_out("mine", "t0")
    with pytest.raises(SuiteError, match="the only task"):
        shelf.take_out("mine", "t2")
    with pytest.raises(SuiteError, match="no suite called"):
        shelf.take_out("classic", "add")


def test_each_suite_is_told_once_with_how_many_versions_came_before(shelf: SuiteShelf) -> None:
    shelf.keep(made("Is it?"))
    shelf.keep(made("Is it?", name="other"))
    newest = shelf.keep(made("Is it?", "And this?"), "Mine")
    assert [(one.kept.name, one.earlier) for one in shelf.newest()] == [("Mine", 1), ("other", 0)]
    assert shelf.newest()[0].kept == newest
