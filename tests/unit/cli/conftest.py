"""Run commands in this process, or in one of their own when signals or terminals matter."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from purpose_agent.cli import main


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


class _Ollama(BaseHTTPRequestHandler):
    """As much of Ollama as the commands ask for. A chat is taken and never answered."""

    ended = threading.Event()

    def do_GET(self) -> None:
        models = [
            {
                "model": "qwen3:1.7b",
                "name": "qwen3:1.7b",
                "size": 1_400_000_000,
                "modified_at": "2026-01-31T12:00:00Z",
                "details": {"parameter_size": "1.7B"},
            }
        ]
        self._answer([{"models": models}] if self.path == "/api/tags" else [{"version": "0.12.0"}])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/api/pull":
            layers = [{"status": "pulling", "digest": "sha256:a", "total": 100, "completed": n} for n in (0, 50, 100)]
            self._answer([*layers, {"status": "success"}])
        elif self.path == "/api/chat":
            self.ended.wait(30)
        else:
            self._answer([{"capabilities": ["completion"], "model_info": {}}])

    def _answer(self, lines: list[dict[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.end_headers()
        for line in lines:
            self.wfile.write(json.dumps(line).encode() + b"\n")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def ollama() -> Iterator[str]:
    """The address of a small Ollama on loopback."""
    _Ollama.ended.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ollama)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    _Ollama.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()
