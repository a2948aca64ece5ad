"""One process behind walls, seen from outside: starting it, feeding it, reading it within bounds, ending it.

The host side of `keeper.py` and `inside.py`. Nothing that comes out of it is trusted: output is cut at a limit while
it is read, replies are bytes of bounded size, and the only news about how it ended comes from the keeper's own pipe.
"""

import marshal
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from purpose_agent.sandbox.errors import SandboxBroken
from purpose_agent.sandbox.launching import launch
from purpose_agent.sandbox.leftovers import new_folder
from purpose_agent.types import JSON, Record

_FLOOD_BYTES = 50_000_000  # read and thrown away above the limit until here, then the code is stopped
_REPLY_BYTES = 4_000_000
_CHUNK = 1 << 16


class SandboxLimits(Record, frozen=True, kw_only=True):
    """What one run may use. Wall time is an argument of the run."""

    memory_mb: int = 768
    disk_mb: int = 64
    open_files: int = 128
    output_bytes: int = 1_000_000


class Use(Record, frozen=True, kw_only=True):
    """Which walls to put up; all, except in tests that check what each one holds by itself."""

    namespaces: bool = True
    landlock: bool = True
    seccomp: bool = True


DEFAULT_LIMITS = SandboxLimits()
ALL_WALLS = Use()


class Session:
    """A started process. Use as a context manager: leaving it ends the process and removes its folder."""

    def __init__(
        self,
        *,
        mode: str,
        pieces: Sequence[tuple[str, str]],
        tokens: Sequence[bytes] = (),
        stdin: str = "",
        files: Mapping[str, bytes] | None = None,
        limits: SandboxLimits = DEFAULT_LIMITS,
        timeout_s: float = 5.0,
        use: Use = ALL_WALLS,
    ) -> None:
        self.limits = limits
        self.output: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self.reply = bytearray()
        self.truncated = self.flooded = self.killed = False
        self._status = bytearray()
        self._printed = 0
        self._folder = new_folder()
        job = {
            "mode": mode,
            "pieces": list(pieces),
            "files": dict(files or {}),
        }
        request = _framed(marshal.dumps(job)) + b"".join(tokens)
        try:
            self._start(request, stdin.encode("utf-8", "surrogateescape"), timeout_s, use)
        except OSError as problem:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise SandboxBroken(
                "The process that runs code could not be started.",
                "Free some memory or disk space, then run it again.",
                details=str(problem),
            ) from problem

    def _start(self, request: bytes, stdin: bytes, timeout_s: float, use: Use) -> None:
        config: dict[str, JSON] = {
            "use": {"namespaces": use.namespaces, "landlock": use.landlock, "seccomp": use.seccomp},
            "memory": self.limits.memory_mb << 20,
            "disk": self.limits.disk_mb << 20,
            "open_files": self.limits.open_files,
            "cpu_s": int(timeout_s) + 2,
        }
        launched = launch(config, self._folder)
        self._process, self._request = launched.process, launched.request
        self._selector = selectors.DefaultSelector()
        self._to_write: dict[int, bytearray] = {}
        for name in ("stdout", "stderr", "reply", "status"):
            self._selector.register(getattr(launched, name), selectors.EVENT_READ, name)
        self.send(request)
        self._write(launched.stdin, stdin, then_close=True)

    # --- talking -------------------------------------------------------------------------------------------------

    def send(self, message: bytes) -> None:
        """Queue bytes for the request pipe; they go out while the session is pumped."""
        self._write(self._request, message)

    def ask(self, message: bytes) -> None:
        """Queue one framed message."""
        self.send(_framed(message))

    def take_reply(self) -> bytes | None:
        """The next framed reply when it has arrived whole; b"" when what arrives cannot be one."""
        size = int.from_bytes(self.reply[:4], "big")
        if len(self.reply) < 4:
            return None
        if size > _REPLY_BYTES - 4:
            return b""
        if len(self.reply) < 4 + size:
            return None
        message = bytes(self.reply[4 : 4 + size])
        del self.reply[: 4 + size]
        return message

    def _write(self, descriptor: int, data: bytes, *, then_close: bool = False) -> None:
        if not data:
            if then_close:
                os.close(descriptor)
            return
        os.set_blocking(descriptor, False)
        if descriptor in self._to_write:
            self._to_write[descriptor] += data
            return
        self._to_write[descriptor] = bytearray(data)
        self._selector.register(descriptor, selectors.EVENT_WRITE, "close" if then_close else "keep")

    def pump(self, until: Callable[[], bool], deadline: float) -> bool:
        """Move bytes until the condition holds (True), or all pipes ended or the deadline passed (False)."""
        while not until():
            left = deadline - time.monotonic()
            reading = any(key.events == selectors.EVENT_READ for key in self._selector.get_map().values())
            if left <= 0 or not reading or self.killed:
                return False
            for key, _ in self._selector.select(min(left, 0.2)):
                if key.events == selectors.EVENT_WRITE:
                    self._flush(key)
                else:
                    self._read(key)
        return True

    def _flush(self, key: selectors.SelectorKey) -> None:
        descriptor, waiting = key.fd, self._to_write[key.fd]
        try:
            del waiting[: os.write(descriptor, waiting[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:  # the other side is gone: nobody will read the rest
            waiting.clear()
        if not waiting:
            self._selector.unregister(descriptor)
            del self._to_write[descriptor]
            if key.data == "close":
                os.close(descriptor)

    def _read(self, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, _CHUNK)
        if not data:
            self._selector.unregister(key.fd)
            os.close(key.fd)
        elif key.data == "status":
            self._status += data
        elif key.data == "reply":
            self.reply += data[: _REPLY_BYTES - len(self.reply)]
        else:
            self._keep(self.output[key.data], data)

    def _keep(self, kept: bytearray, data: bytes) -> None:
        room = self.limits.output_bytes - len(kept)
        kept += data[: max(room, 0)]
        self.truncated = self.truncated or len(data) > room
        self._printed += len(data)
        if self._printed > _FLOOD_BYTES and not self.flooded:
            self.flooded = True
            self.kill()

    # --- the end -------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """End the process and all that it started; from any thread."""
        self.killed = True
        process = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    @property
    def told(self) -> list[dict[str, object]]:
        """What the keeper reported so far: the walls, then how it ended."""
        return [marshal.loads(bytes.fromhex(line.decode())) for line in bytes(self._status).split(b"\n")[:-1]]

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None when it was ended from outside."""
        for line in self.told:
            code = line.get("exit_code")
            if isinstance(code, int):
                return code
        return None

    def text(self, name: str) -> str:
        return self.output[name].decode("utf-8", "replace")

    def end(self) -> None:
        """End it if it still lives, and read what was left in its pipes."""
        if self.exit_code is None:
            self.kill()
        self._wait_for_the_end()
        self._end_keeper()

    def _end_keeper(self) -> None:
        """The keeper leaves by itself once it has reported; kill it if it does not."""
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            self.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)

    def close(self) -> None:
        """End it if it still lives, wait until its pipes have ended, remove its folder."""
        self.end()
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        if self._request not in self._to_write:
            os.close(self._request)
        self._selector.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_for_the_end(self) -> None:
        """Its pipes end when the last process that holds them is gone."""
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            open_ends = [key for key in self._selector.get_map().values() if key.events == selectors.EVENT_READ]
            if not open_ends:
                return
            for key, _ in self._selector.select(0.05):
                if key.events == selectors.EVENT_READ:
                    self._read(key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message
