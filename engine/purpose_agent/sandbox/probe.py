"""What the sandbox holds on this machine, found out by attempting what must fail.

Asked once per process, at the first use of the sandbox. A wall counts as holding only when the attempt to get through
it failed while a control outside went through; what the kernel claims to have is not enough.
"""

import json
import os
import secrets
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Literal

from purpose_agent.errors import PurposeError
from purpose_agent.sandbox.leftovers import own_prefix
from purpose_agent.types import Record

Verdict = Literal["holds", "does not hold"]

_ATTEMPTS = """
import json, os, sys
place, port, host = json.loads(sys.stdin.read())
def attempt(name, act):
    try:
        return bool(act())
    except BaseException:
        return False
def read():
    with open(place) as file:
        return file.read()
def write():
    os.close(os.open(place + ".new", os.O_CREAT | os.O_WRONLY))
    return True
def connect():
    import socket
    socket.create_connection(("127.0.0.1", port), 1).close()
    return True
def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True
def reach():
    os.kill(host, 0)
    return True
def fill():
    return len(bytearray(b"x") * (900 << 20))
attempts = {"read": read, "write": write, "connect": connect, "fork": fork, "reach": reach, "fill": fill}
print(json.dumps({name: attempt(name, act) for name, act in attempts.items()}))
"""


class Wall(Record, frozen=True, kw_only=True):
    """One wall: whether it holds, and by what."""

    verdict: Verdict
    how: str

    @property
    def holds(self) -> bool:
        return self.verdict == "holds"


class Walls(Record, frozen=True, kw_only=True):
    """network: no connection out. files: nothing outside its folder but the standard library is read or written.
    processes: no other process is started or reached. memory: no more than its limit.
    """

    network: Wall
    files: Wall
    processes: Wall
    memory: Wall

    @property
    def holds(self) -> bool:
        """Code may run without being asked for: it can reach neither the person's files nor the network."""
        return self.network.holds and self.files.holds

    def describe(self) -> tuple[str, ...]:
        """A sentence per wall, for people."""
        words = (
            (self.network, "Code has no network here", "Code can use the network here"),
            (
                self.files,
                "Code sees only its own folder and the standard library",
                "Code can read and change your files",
            ),
            (self.processes, "Code cannot start or reach other programs", "Code can start or reach other programs"),
            (self.memory, "Code cannot take more memory than its limit", "Code can take as much memory as it likes"),
        )
        return tuple(f"{held if wall.holds else open_}: {wall.how}." for wall, held, open_ in words)


_lock = threading.Lock()
_found: list[Walls] = []


def probe(*, again: bool = False) -> Walls:
    """The walls of this machine; attempted once per process. About 60 ms the first time."""
    with _lock:
        if again or not _found:
            _found[:] = [attempt_walls()]
        return _found[0]


def attempt_walls() -> Walls:
    """Run the attempts in a fresh sandbox, with a file and a listener that code outside could reach."""
    from purpose_agent.sandbox.session import Session

    with tempfile.TemporaryDirectory(prefix=own_prefix()) as folder, socket.socket() as listener:
        outside = Path(folder, "outside.txt")
        outside.write_text(secrets.token_hex(8))
        listener.bind(("127.0.0.1", 0))
        listener.listen(4)
        task = json.dumps([str(outside), listener.getsockname()[1], os.getpid()])
        try:
            with Session(mode="steps", pieces=[("main", _ATTEMPTS)], tokens=[bytes(16)], stdin=task) as session:
                session.pump(lambda: session.exit_code is not None, time.monotonic() + 10)
                session.end()
                told = {name: why for line in session.told for name, why in line.items()}
                got = _answers(session.text("stdout"))
        except PurposeError as problem:
            told, got = {"failed": problem.what}, {}
        if outside.with_name("outside.txt.new").exists():
            got["write"] = True
    return _judge(got, told)


def _answers(text: str) -> dict[str, bool]:
    try:
        answers: dict[str, bool] = json.loads(text)
    except ValueError:
        return {}
    return answers


def _judge(got: dict[str, bool], told: dict[str, object]) -> Walls:
    """No answer is no proof: without the report of the attempts nothing counts as holding."""

    def wall(names: tuple[str, ...], by: str) -> Wall:
        if not got:
            return Wall(
                verdict="does not hold", how=f"the attempts could not be made ({told.get('failed', 'no answer')})"
            )
        through = [name for name in names if got.get(name, True)]
        if through:
            return Wall(verdict="does not hold", how=f"an attempt to {' and '.join(through)} went through")
        return Wall(verdict="holds", how=by)

    standing = {name for name, why in told.items() if why == ""}
    kernel = {"namespaces": "namespaces", "landlock": "Landlock", "seccomp": "seccomp"}

    def by(*names: str) -> str:
        return "kept by " + (" and ".join(kernel[name] for name in names if name in standing) or "the system")

    return Walls(
        network=wall(("connect",), by("namespaces", "seccomp", "landlock")),
        files=wall(("read", "write"), by("landlock")),
        processes=wall(("fork", "reach"), by("namespaces", "seccomp")),
        memory=wall(("fill",), "kept by a resource limit"),
    )
