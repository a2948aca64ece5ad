"""How the command line starts, answers wrong commands, and ends."""

import os
import re
import subprocess
import sys

import pytest

import purpose_agent
from tests.unit.cli.conftest import Command, in_own_process
from tests.unit.cli.terminal import at_terminal


def test_the_version_is_told(command: Command) -> None:
    assert command("--version").out == f"purpose-agent {purpose_agent.__version__}\n"


def test_help_lists_every_command_and_the_exit_codes(command: Command) -> None:
    done = command("--help")
    assert done.code == 0
    for name in ("ui", "run", "ask", "teach", "status", "models", "export", "review"):
        assert re.search(rf"^\s*{name}\s", done.out, re.MULTILINE), name
    assert "130" in done.out


@pytest.mark.parametrize(
    "name", [["ui"], ["run"], ["ask"], ["teach"], ["status"], ["models"], ["models", "pull"], ["models", "key", "set"],
             ["export"], ["review"], ["review", "approve"]],
    ids=" ".join,
)  # fmt: skip
def test_every_command_has_help(command: Command, name: list[str]) -> None:
    done = command(*name, "--help")
    assert done.code == 0
    assert "Usage: purpose-agent " + " ".join(name) in done.out


@pytest.mark.parametrize("line", [["fly"], ["run", "--wings"], ["run"], ["run", "x", "--steps", "0"], ["ask"]])
def test_a_command_written_wrongly_ends_with_code_2_and_says_so(command: Command, line: list[str]) -> None:
    done = command(*line)
    assert done.code == 2
    assert done.out == ""
    assert done.err.strip()


def test_without_a_terminal_the_wizard_says_so_and_ends() -> None:
    done = in_own_process(stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "no terminal" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_small_character_set_is_no_reason_to_fail(own_home: object) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = in_own_process("review", env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
@pytest.mark.parametrize(("keys", "words"), [(b"\x04", "Nothing more to do"), (b"\x03", "Nothing more to do")])
def test_the_wizard_ends_politely_when_the_person_leaves(keys: bytes, words: str) -> None:
    assert words in wizard(keys)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
def test_the_wizard_shows_the_command_that_it_runs() -> None:
    down = b"\x1b[B"
    shown = wizard(down * 3 + b"\r", then=b"\x03")
    assert "purpose-agent review" in shown
    assert "No lesson waits for you" in shown


def wizard(keys: bytes, then: bytes = b"") -> str:
    """Start it, press keys when it has asked, and again when it asks anew."""
    return at_terminal([], (rb"Quit", keys), (rb"No lesson waits.*Quit", then))
