"""Start the real app in a process of its own, with an empty home, and end it again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_UP_WITHIN_S = 60.0
_DOWN_WITHIN_S = 10.0


@dataclass
class AppServer:
    """One app process on one workspace. `folder` holds its home, its workspace, its log and the list of contacts."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def contacts(self) -> list[str]:
        """Addresses beyond this machine that the process reached for."""
        path = self.folder / "contacts.txt"
        return path.read_text().splitlines() if path.exists() else []

    def start(self) -> "AppServer":
        self.port = self.port or free_port()
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "purpose_agent", "ui", "--no-browser"]
        command += ["--port", str(self.port), "--home", str(self.workspace)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=home, env=self._environment(home), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_up()
        return self

    def stop(self) -> None:
        """End it as a person does, then, if it does not go, by force."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_DOWN_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """What a power cut does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(_DOWN_WITHIN_S)

    def _environment(self, home: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
        watch = str(Path(__file__).parent / "watch")
        return {
            **kept,
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join((watch, str(ROOT / "engine"))),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PURPOSE_AGENT_WATCH": str(self.folder / "contacts.txt"),
            **self.environment,
        }

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + _UP_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"the app ended with code {self.process.returncode}:\n{self.log}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=1) as reply:
                    if reply.read() == b"ok":
                        return
            except OSError:
                pass
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"the app was not up within {_UP_WITHIN_S:.0f} s:\n{self.log}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
