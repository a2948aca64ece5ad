"""`ui`: the app is served to this machine only, once per workspace, and stops when it is told to."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import AppServer
from tests.unit.cli.conftest import in_own_process

WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    server = AppServer(tmp_path).start()
    yield server
    server.stop()


def test_a_second_app_on_the_workspace_says_where_the_first_one_is(app: AppServer) -> None:
    done = in_own_process("ui", "--no-browser", "--home", str(app.workspace), stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert f"already open, at {app.url}" in done.stderr


def test_a_command_beside_the_open_app_works_on_the_same_workspace(app: AppServer) -> None:
    taught = in_own_process("teach", "Always handle the empty list.", "--home", str(app.workspace))
    assert taught.returncode == 0, taught.stderr
    listed = in_own_process("status", "--json", "--home", str(app.workspace))
    assert '"lessons_in_use": 1' in listed.stdout


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ({}, 101),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
def test_a_page_of_somebody_else_cannot_talk_to_the_app(app: AppServer, names: dict[str, str], status: int) -> None:
    asking = {"Host": f"localhost:{app.port}", "Origin": app.url, **names}
    lines = [f"{name}: {value}" for name, value in {**asking, **WEBSOCKET}.items()]
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as plug:
        plug.sendall("\r\n".join(["GET /_stcore/stream HTTP/1.1", *lines, "", ""]).encode())
        assert plug.recv(1000).split()[1] == str(status).encode()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists its open ports there")
def test_other_machines_cannot_reach_it(app: AppServer) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{app.port:04X}")]
    assert listening == [f"0100007F:{app.port:04X}"]


def test_it_tells_where_it_is_and_ends_when_told(app: AppServer) -> None:
    assert app.url in app.log
    app.stop()
    assert app.process is not None
    assert app.process.returncode is not None
    assert "Traceback" not in app.log
