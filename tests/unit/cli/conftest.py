"""Run commands in this process, or in one of their own when signals or terminals matter."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from purpose_agent.cli import main
from tests.fake_ollama import FakeOllama

FIBONACCI = (
    "run",
    "Write a function fibonacci(n) that returns the n-th Fibonacci number.",
    *(
        part
        for n, value in ((0, 0), (1, 1), (2, 1), (5, 5), (10, 55))
        for part in ("--test", f"assert fibonacci({n}) == {value}")
    ),
)
"""A task that the built-in model solves at once."""


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as the one JSON document that `--json` promises."""
        return json.loads(self.out)


Command = Callable[..., Done]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`command("run", "…", "--json", stdin="…")` gives exit code and both outputs."""

    def call(*arguments: str, stdin: str = "") -> Done:
        reading, writing = os.pipe()
        with os.fdopen(writing, "w") as feed:
            feed.write(stdin)
        capsys.readouterr()
        with os.fdopen(reading) as source:
            monkeypatch.setattr(sys, "stdin", source)
            code = main(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in out
        return Done(code, out, err)

    return call


def in_own_process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "purpose_agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.fixture
def ollama() -> Iterator[str]:
    """The address of a small Ollama on loopback whose chats are never answered."""
    with FakeOllama() as server:
        server.held.set()
        yield server.url
