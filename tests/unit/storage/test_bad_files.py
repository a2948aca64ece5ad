"""Bad input gets a sentence and loses nothing."""

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from purpose_agent.storage.errors import (
    NotAWorkspace,
    StoreDamaged,
    WorkspaceFull,
    WorkspaceReadOnly,
    WorkspaceTooNew,
)
from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import checkpoint, started, step, write_run


def test_a_path_that_is_a_file_is_no_workspace(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("hello")
    for home in (path, path / "below"):
        with pytest.raises(NotAWorkspace, match="not a folder"):
            Workspace.open(home)
    assert path.read_text() == "hello"


@pytest.mark.parametrize("content", [b"hello", b"hello" * 10_000, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_journal_that_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "journal.sqlite"
    journal.write_bytes(content)
    with pytest.raises(StoreDamaged) as told:
        Workspace.open(tmp_path)
    assert "left exactly as it is" in told.value.what
    assert "backup" in told.value.fix
    assert journal.read_bytes() == content


def test_a_journal_with_a_hole_in_it_is_told_when_the_hole_is_read(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    for number in range(30):
        write_run(workspace.journal, f"r{number}")
    workspace.close()
    journal = tmp_path / "journal.sqlite"
    with journal.open("r+b") as file:
        file.truncate(journal.stat().st_size // 2)
    with pytest.raises(StoreDamaged):  # noqa: PT012 - either at opening or at reading
        workspace = Workspace.open(tmp_path)
        try:
            for number in range(30):
                workspace.events(f"r{number}")
        finally:
            workspace.close()


def test_another_programs_database_is_no_workspace(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "journal.sqlite")
    other.execute("CREATE TABLE photos (name)")
    other.commit()
    other.close()
    before = (tmp_path / "journal.sqlite").read_bytes()
    with pytest.raises(NotAWorkspace, match="another program"):
        Workspace.open(tmp_path)
    after = sqlite3.connect(tmp_path / "journal.sqlite")
    assert after.execute("SELECT name FROM sqlite_master").fetchall() == [("photos",)]
    after.close()
    assert len(before) == (tmp_path / "journal.sqlite").stat().st_size


def test_a_newer_journal_is_not_touched(tmp_path: Path) -> None:
    Workspace.open(tmp_path).close()
    newer = sqlite3.connect(tmp_path / "journal.sqlite")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(WorkspaceTooNew, match="newer version") as told:
        Workspace.open(tmp_path)
    assert "Update" in told.value.fix


def test_a_newer_store_is_not_touched(tmp_path: Path) -> None:
    _filled(tmp_path)
    with duckdb.connect(str(tmp_path / "purpose.duckdb")) as newer:
        newer.execute("UPDATE purpose_meta SET value = '99' WHERE key = 'version'")
    workspace = Workspace.open(tmp_path)
    with pytest.raises(WorkspaceTooNew):
        workspace.trajectories()
    assert not list(tmp_path.glob("*.damaged-*"))
    workspace.close()


@pytest.mark.parametrize("how", ["foreign", "short", "half", "empty", "other program"])
def test_a_store_that_cannot_be_read_is_kept_aside_and_made_again(tmp_path: Path, how: str) -> None:
    _filled(tmp_path)
    path = tmp_path / "purpose.duckdb"
    whole = path.read_bytes()
    path.unlink()
    if how == "other program":
        with duckdb.connect(str(path)) as other:
            other.execute("CREATE TABLE photos (name VARCHAR)")
    else:
        path.write_bytes(
            {"foreign": b"hello" * 5000, "short": whole[:20], "half": whole[: len(whole) // 2]}.get(how, b"")
        )
    content = path.read_bytes()
    workspace = Workspace.open(tmp_path)
    store = workspace.trajectories()
    store.settle()
    assert store.count() == 1  # it was still in the journal
    (kept,) = tmp_path.glob("purpose.duckdb.damaged-*")
    if how != "other program":
        assert kept.read_bytes() == content
    assert kept.name in workspace.notices[0]
    assert "kept" in workspace.notices[0]
    workspace.close()


def test_a_healthy_store_is_never_taken_for_a_damaged_one(tmp_path: Path) -> None:
    """A checkpoint cuts free blocks off the end of the file, so it is often shorter than DuckDB's own count."""
    chance = random.Random(3)
    shorter = 0
    for _ in range(12):
        workspace = Workspace.open(tmp_path)
        rows = chance.randint(1, 40_000)
        workspace.trajectories().write(lambda connection, rows=rows: _churn(connection, rows))
        assert workspace.notices == []
        workspace.close()
        with duckdb.connect(str(tmp_path / "purpose.duckdb")) as file:
            blocks = file.execute("SELECT block_size * total_blocks FROM pragma_database_size()").fetchone()
        shorter += (tmp_path / "purpose.duckdb").stat().st_size < blocks[0]
    assert shorter > 0, "the case was not met"


def _churn(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS churn (n INTEGER, text VARCHAR)")
    connection.execute("DELETE FROM churn WHERE n % 10 < 8")
    connection.execute("INSERT INTO churn SELECT n, repeat('y', 60) || random() FROM range(?) r(n)", [rows])


def test_a_lost_journal_is_told(tmp_path: Path) -> None:
    _filled(tmp_path)
    for file in tmp_path.glob("journal.sqlite*"):
        file.unlink()
    workspace = Workspace.open(tmp_path)
    assert "missing" in workspace.notices[0]
    store = workspace.trajectories()
    write_run(workspace.journal, "after")
    store.settle()
    assert store.count() == 2
    workspace.close()


@contextmanager
def _tiny_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mounted = shutil.which("mount") is not None and os.geteuid() == 0
    if mounted:
        mounted = (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False, capture_output=True
            ).returncode
            == 0
        )
    if not mounted:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_gets_a_sentence_and_what_was_saved_is_there(tmp_path: Path) -> None:
    with _tiny_disk(tmp_path / "disk", "2m") as home:
        workspace = Workspace.open(home)
        workspace.journal.append([started("r")])
        saved = 0
        with pytest.raises(WorkspaceFull, match="full"):  # noqa: PT012 - the step at which it happens is not known
            for index in range(5000):
                events = step("r", 1 + index * 8, index)
                workspace.journal.append(events, checkpoint=checkpoint("r", index))
                saved = events[-1].seq
        assert saved > 0
        assert [event.seq for event in workspace.events("r")] == list(range(saved + 1))
        workspace.close()


def test_a_journal_that_may_not_grow_says_that_the_disk_is_full(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.journal.append([started("r")])
    pages = workspace.journal.query("PRAGMA page_count")[0][0]
    workspace.journal.query(f"PRAGMA max_page_count={pages}")
    with pytest.raises(WorkspaceFull) as told:  # noqa: PT012 - the step at which it happens is not known
        for index in range(100):
            workspace.journal.append(step("r", 1 + index * 8, index))
    assert "nothing that was saved before is lost" in told.value.what
    workspace.journal.query("PRAGMA max_page_count=1000000")
    workspace.journal.append(step("r", workspace.journal.last_seq("r") + 1, 99))
    assert [event.seq for event in workspace.events("r")] == list(range(workspace.journal.last_seq("r") + 1))
    workspace.close()


def test_a_full_disk_under_the_store_is_told_and_the_runs_stay_in_the_journal(tmp_path: Path) -> None:
    with _tiny_disk(tmp_path / "disk", "8m") as home:
        workspace = Workspace.open(home)
        store = workspace.trajectories()
        try:
            for number in range(500):
                write_run(workspace.journal, f"r{number}", steps=5)
        except WorkspaceFull:
            pass
        runs = len(workspace.journal.run_ids(limit=1000))
        assert 0 < runs < 500
        assert workspace.events("r0")
        assert isinstance(store.count(), int)
        workspace.close()


def test_a_folder_that_may_not_be_written_gets_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "read-only"
    _filled(home)
    if os.geteuid() == 0:
        home = _mounted_read_only(home)
    else:
        home.chmod(0o500)
    try:
        with pytest.raises(WorkspaceReadOnly, match="cannot be written"):
            Workspace.open(home / "new")
        with pytest.raises(WorkspaceReadOnly, match="cannot be written"):  # noqa: PT012 - at opening or at writing
            workspace = Workspace.open(home)
            try:
                workspace.set_setting("a", 1)
            finally:
                workspace.close()
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(home)], check=True)
        else:
            home.chmod(0o700)


def _mounted_read_only(home: Path) -> Path:
    subprocess.run(["mount", "--bind", str(home), str(home)], check=False)
    done = subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=False, capture_output=True)
    if done.returncode != 0:
        subprocess.run(["umount", "-l", str(home)], check=False)
        pytest.skip("root cannot make a folder read-only here")
    return home


def _filled(home: Path) -> None:
    workspace = Workspace.open(home)
    write_run(workspace.journal, "r")
    store = workspace.trajectories()
    store.settle()
    assert store.count() == 1
    workspace.close()
