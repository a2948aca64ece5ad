"""Bad input at the command line: a sentence on standard error, the right exit code, nothing lost, an end in time."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

DOUBLE = ("run", "Write double(n). double(2) -> 4, double(5) -> 10")
WORKED, FAILED, WRONG_LINE, WRONG_SETTING = 0, 1, 2, 3


class Ended(NamedTuple):
    code: int
    out: str
    err: str
    seconds: float

    @property
    def words(self) -> str:
        return f"{self.out}{self.err}"


def agent(*arguments: str, stdin: bytes | int = subprocess.DEVNULL, **environment: str) -> Ended:
    """A command as a person starts it; never a trace, a class name or a long wait."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "purpose_agent", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        capture_output=True,
        timeout=60,
        check=False,
        **({"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}),  # type: ignore[arg-type]
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode(), time.monotonic() - started)
    for technical in ("Traceback", "NoneType", "Exception", "purpose_agent."):
        assert technical not in ended.words, ended.words
    assert ended.seconds < 8
    return ended


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("run", "hello", "--purpose", " "), "The purpose is empty."),
        (("run", "hello", "--purpose", "x" * 100_000), "100,000 characters"),
        (("run", "Write f", "--test", "hello world"), "“hello world” is not a test."),
        (("run", "hello", "--model", "ollama:"), "no model"),
        (("run", "hello", "--model", "openai:gpt-5-mini"), "OPENAI_API_KEY"),
        (("ask", "What?"), "no files to answer from"),
        (("ask", "What?", "--knowledge", ""), "empty"),
        (("teach", ""), "The lesson is empty."),
        (("teach", "x" * 10_000), "10000 characters"),
        (("models", "pull", " "), "No model was named."),
        (("status", "--home", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_ends_with_code_3_and_a_sentence(line: tuple[str, ...], words: str) -> None:
    done = agent(*line)
    assert (done.code, done.out) == (WRONG_SETTING, "")
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 2  # what, and what to do


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (b"", WRONG_SETTING, "The task is empty."),
        (b"x" * 1_000_000, WRONG_SETTING, "1,000,000 characters"),
        (b"hello \xff\xfe bytes", FAILED, "failed:"),
    ],
    ids=["empty", "1 MB", "not UTF-8"],
)
def test_a_task_from_standard_input_that_cannot_be_used(given: bytes, code: int, words: str) -> None:
    done = agent("run", "-", stdin=given, PYTHONUTF8="1", PURPOSE_AGENT_MODEL="builtin:search")
    assert done.code == code
    assert words in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell as Unix has it")
def test_a_closed_standard_input_is_no_fault_of_the_program() -> None:
    line = f'"{sys.executable}" -m purpose_agent run - <&-'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == WRONG_SETTING
    assert "no standard input" in done.stderr


def test_a_model_in_the_environment_that_cannot_be_had_hides_neither_models_nor_lessons() -> None:
    listed = agent("models", PURPOSE_AGENT_MODEL="openai:gpt-5-mini", OLLAMA_HOST="127.0.0.1:1")
    assert listed.code == WORKED
    assert "builtin:search" in listed.out
    assert "OPENAI_API_KEY" in listed.out
    standing = agent("status", PURPOSE_AGENT_MODEL="openai:gpt-5-mini")
    assert standing.code == WORKED
    assert "OPENAI_API_KEY" in standing.out
    assert "Lessons" in standing.out


# ---- the workspace


def everything_says(home: Path, words: str) -> None:
    """Each command that needs the workspace refuses in the same words, the app too, and in JSON as well."""
    for line in (DOUBLE, ("status",), ("teach", "Check for empty input"), ("review",), ("ui", "--no-browser")):
        done = agent(*line, "--home", str(home))
        assert done.code == WRONG_SETTING, line
        assert words in done.err
        assert len(done.err.strip().splitlines()) == 2
    assert words in json.loads(agent("status", "--json", "--home", str(home)).out)["error"]["what"]


def test_a_folder_that_is_a_file_or_full_of_other_things(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all")
    everything_says(letter, "is not a folder")
    everything_says(tmp_path, "holds other things")
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]
    assert letter.read_text() == "Dear all"


def test_a_workspace_of_a_newer_version_is_not_touched(filled: Path) -> None:
    newer = sqlite3.connect(filled / "journal.sqlite")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    before = (filled / "journal.sqlite").read_bytes()
    everything_says(filled, "newer version")
    assert (filled / "journal.sqlite").read_bytes() == before


def test_a_damaged_journal_is_left_as_it_is(filled: Path) -> None:
    (filled / "journal.sqlite").write_bytes(b"hello" * 1000)
    everything_says(filled, "left exactly as it is")
    assert (filled / "journal.sqlite").read_bytes() == b"hello" * 1000


@pytest.mark.parametrize("content", [b"hello" * 3000, b""], ids=["foreign", "cut off"])
def test_a_damaged_store_is_kept_aside_told_and_begun_again(filled: Path, content: bytes) -> None:
    (filled / "purpose.duckdb").write_bytes(content)
    done = agent("export", "no such notebook", "--home", str(filled))
    (kept,) = filled.glob("purpose.duckdb.damaged-*")
    assert kept.read_bytes() == content
    assert kept.name in done.err
    assert agent("status", "--home", str(filled)).code == WORKED


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A workspace in which a task was run."""
    home = tmp_path / "workspace"
    assert agent(*DOUBLE, "--home", str(home), PURPOSE_AGENT_MODEL="builtin:search").code == WORKED
    return home


@contextmanager
def mounted(folder: Path, *commands: tuple[str, ...]) -> Iterator[None]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    done = [subprocess.run(["mount", *line], check=False, capture_output=True).returncode for line in commands]
    try:
        if any(done):
            pytest.skip("nothing can be mounted here")
        yield
    finally:
        if not done[0]:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_workspace(filled: Path) -> None:
    place = str(filled)
    with mounted(filled, ("--bind", place, place), ("-o", "remount,ro,bind", place)):
        everything_says(filled, "cannot be written")
    assert "1 waiting" in agent("status", "--home", place).out


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_space(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    home = disk / "w"
    with mounted(disk, ("-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk))):
        assert agent(*DOUBLE, "--home", str(home), PURPOSE_AGENT_MODEL="builtin:search").code == WORKED
        fill = disk / "fill"
        with fill.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        everything_says(home, "is full")
        fill.unlink()
        assert "1 waiting" in agent("status", "--home", str(home)).out
        assert agent(*DOUBLE, "--home", str(home), PURPOSE_AGENT_MODEL="builtin:search").code == WORKED


# ---- the app beside


@pytest.fixture
def app(filled: Path) -> Iterator[tuple[str, Path, int]]:
    """An open app: its address, its workspace and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "purpose_agent", "ui", "--no-browser", "--port", str(port), "--home", str(filled)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not (filled / "owner.json").exists() or f":{port}" not in (filled / "owner.json").read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://localhost:{port}", filled, process.pid
    finally:
        process.terminate()
        started = time.monotonic()
        process.wait(20)
        assert time.monotonic() - started < 8


def test_a_second_app_points_to_the_first_and_scripts_go_on_beside_it(app: tuple[str, Path, int]) -> None:
    address, home, pid = app
    second = agent("ui", "--no-browser", "--home", str(home))
    assert second.code == WORKED
    assert address in second.err
    assert agent(*DOUBLE, "--home", str(home), PURPOSE_AGENT_MODEL="builtin:search").code == WORKED
    owned = agent("export", "some notebook", "--home", str(home))
    assert owned.code == WRONG_SETTING
    assert str(pid) in owned.err
    assert address in owned.err


def test_a_port_in_use_is_told_and_the_next_one_taken(app: tuple[str, Path, int], tmp_path: Path) -> None:
    port = app[0].rpartition(":")[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "purpose_agent", "ui", "--no-browser", "--port", port, "--home", str(tmp_path / "two")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert f"Port {port} is in use by another program" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=20)
