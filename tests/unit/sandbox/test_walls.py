"""Each wall is tried by what must fail, also with the other walls taken away."""

import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path

import pytest

from purpose_agent.sandbox import probe as probe_module
from purpose_agent.sandbox.probe import Wall, Walls, attempt_walls
from purpose_agent.sandbox.session import Session, Use

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")


def attempts(tmp_path: Path, use: Use) -> tuple[dict[str, bool], dict[str, object]]:
    """Run the probe's attempts with some of the walls."""
    outside = tmp_path / "outside.txt"
    outside.write_text(secrets.token_hex(4))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4)
        task = json.dumps([str(outside), listener.getsockname()[1], os.getpid()])
        with Session(
            mode="steps", pieces=[("main", probe_module._ATTEMPTS)], tokens=[bytes(16)], stdin=task, use=use
        ) as session:
            session.pump(lambda: session.exit_code is not None, time.monotonic() + 20)
            session.end()
            told = {name: why for line in session.told for name, why in line.items()}
            return json.loads(session.text("stdout")), told


def standing(told: dict[str, object], name: str) -> None:
    if told.get(name) != "":
        pytest.skip(f"{name} is not there on this machine: {told.get(name)}")


def test_all_walls_together_let_nothing_through(tmp_path: Path) -> None:
    got, told = attempts(tmp_path, Use())
    for name in ("namespaces", "landlock", "seccomp"):
        standing(told, name)
    assert not any(got.values())


def test_namespaces_alone_keep_the_network_and_other_processes_away(tmp_path: Path) -> None:
    got, told = attempts(tmp_path, Use(landlock=False, seccomp=False))
    standing(told, "namespaces")
    assert not got["connect"]
    assert got["read"]


def test_landlock_alone_keeps_files_away(tmp_path: Path) -> None:
    got, told = attempts(tmp_path, Use(namespaces=False, seccomp=False))
    standing(told, "landlock")
    assert not got["read"]
    assert not got["write"]


def test_seccomp_alone_keeps_the_network_away_and_starts_no_process(tmp_path: Path) -> None:
    got, told = attempts(tmp_path, Use(namespaces=False, landlock=False))
    standing(told, "seccomp")
    assert not got["connect"]
    assert not got["fork"]
    assert not got["reach"]


def test_without_walls_the_attempts_go_through_so_they_prove_something(tmp_path: Path) -> None:
    got, _ = attempts(tmp_path, Use(namespaces=False, landlock=False, seccomp=False))
    assert got == {"read": True, "write": True, "connect": True, "fork": True, "reach": True, "fill": False}


def test_the_walls_are_told_in_sentences() -> None:
    walls = attempt_walls()
    sentences = walls.describe()
    assert len(sentences) == 4
    assert all(sentence.startswith("Code ") and sentence.endswith(".") for sentence in sentences)


def test_no_report_of_the_attempts_counts_as_no_wall() -> None:
    walls = probe_module._judge({}, {"failed": "OSError"})
    assert walls.network == Wall(verdict="does not hold", how="the attempts could not be made (OSError)")
    assert not walls.holds
    assert isinstance(walls, Walls)
