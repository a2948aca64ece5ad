"""Serve the app: one process, this computer only, one workspace.

The launcher passes every setting itself, since a config file is only found by where the app was started from. It opens
the workspace before the server: whoever cannot have it reads a sentence in the terminal, not a broken page.
"""

import errno
import os
import socket
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from purpose_agent.errors import PurposeError
from purpose_agent.resources import resource_root

HOST = "127.0.0.1"
DEFAULT_PORT = 8501
_PORTS_TRIED = 50
_OPEN_WITHIN_S = 20.0


class PortsTaken(PurposeError):
    """No port is free near the wanted one."""


def serve(home: Path | str | None = None, port: int = DEFAULT_PORT, open_browser: bool = True) -> None:
    """Run until stopped (Ctrl-C). Raises PurposeError when the workspace or every port near `port` is taken."""
    import streamlit as st

    from purpose_agent.teams.service import engine_for

    engine = engine_for(home)
    engine.workspace.trajectories()  # takes ownership now; raises who has it, if somebody does
    os.environ["PURPOSE_AGENT_HOME"] = str(engine.workspace.home)  # the pages open the same workspace

    free = free_port(port)
    if free != port:
        print(f"Port {port} is in use by another program; taking {free} instead.")
    address = f"http://localhost:{free}"

    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
        engine.workspace.announce(address)
        threading.Thread(target=engine.vault_jobs.take_up, name="vaults-taken-up", daemon=True).start()
        if open_browser:
            threading.Thread(target=_open_when_up, args=(address,), daemon=True).start()
        try:
            yield {}
        finally:
            engine.close()

    print(f"Purpose Agent is at {address}\nYour workspace is {engine.workspace.home}\nStop it with Ctrl-C.", flush=True)
    script = resource_root() / "app" / "main.py"
    keep_import_path(script)
    app = st.App(script, lifespan=lifespan)
    app.run(config=launch_config(free))


def keep_import_path(script: Path) -> None:
    """Let Streamlit leave `sys.path` alone.

    It puts the script's folder in front for each drawing and takes it out again, and an import in another thread that
    walks the list at that moment skips an entry: it does not find a library that is there.
    """
    if (folder := str(script.parent.absolute())) not in sys.path:
        sys.path.append(folder)


def launch_config(port: int) -> dict[str, Any]:
    """Our config file, flat, and what must hold however the app was started."""
    return {
        **_flat(tomllib.loads(_config_file().read_text(encoding="utf-8"))),
        "server.address": HOST,
        "server.port": port,
        "server.headless": True,
        "server.allowedHosts": ["localhost", HOST],
        "browser.gatherUsageStats": False,
    }


def free_port(wanted: int) -> int:
    """The wanted port, or the next one up that nobody listens on."""
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65_536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
            try:
                probe.bind((HOST, port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                continue
            return port
    raise PortsTaken(f"Ports {wanted} to {wanted + _PORTS_TRIED - 1} are all in use.", "Choose another with --port.")


def _config_file() -> Path:
    """In a wheel the file stands beside main.py, in a checkout at the root."""
    root = resource_root()
    bundled = root / "app" / ".streamlit" / "config.toml"
    return bundled if bundled.is_file() else root / ".streamlit" / "config.toml"


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _open_when_up(address: str) -> None:
    deadline = time.monotonic() + _OPEN_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as reply:
                if reply.read() == b"ok":
                    webbrowser.open(address)
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
