"""Read files and draw pages in a process of their own, so that no file can harm the app.

A parser may crash, hang or eat all memory, and a hostile file may even make it do what the file wants. Here it does so
in a child process that has no network, writes nothing, sees no file but the one that was handed to it, and is ended
when its time is up; the next file gets a fresh one. The child stays warm between files: starting it costs more than
reading a short one.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading import messages, ocr
from purpose_agent.vault.reading.files import too_large
from purpose_agent.vault.reading.limits import MAX_FILE_BYTES
from purpose_agent.vault.reading.starting import clean_environment, import_paths, readable_folders

TIMEOUT_S = 90.0
MEMORY_MB = 2_048
PICTURE_WIDTH = 1_000  # pixels
_MAX_WIDTH = 3_000
_REPLACED_AFTER_CPU_S = 300.0
_REPLACED_AFTER_MB = 700
_START = (
    "import json, sys; sys.path[:0] = json.loads(sys.argv[1])['paths']; "
    "from purpose_agent.vault.reading.child import main; main()"
)
_answer = msgspec.msgpack.Decoder(messages.Answer)


class ReaderProcess:
    """One reading process, started when it is first needed. May be used from any thread; requests wait for each other.

    recognise   whether pictures of text are read by the OCR program, if one is installed.
    memory_mb   address space of the process; a long PDF or a workbook of 200,000 cells takes about 330.
    """

    def __init__(self, *, recognise: bool = True, memory_mb: int = MEMORY_MB) -> None:
        self._recognise = recognise
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def read(self, name: str, path: "Path | str", *, timeout_s: float = TIMEOUT_S) -> Reading:
        """The text of the file at `path`, which is called `name`. Raises Unreadable with a sentence."""
        key, body = _content(Path(path))
        with self._lock:
            recogniser = ocr.installed() if self._recognise else None
            request = messages.Read(
                name=name.encode("utf-8", "replace").decode(), key=key, recognises=recogniser is not None
            )
            done = self._ask(request, body, timeout_s, recogniser)
        if done.reading is None or any(place.start > len(done.reading.text) for place in done.reading.places):
            raise _crashed()
        return done.reading

    def picture(
        self, path: "Path | str", page: int, quote: str = "", *, width: int = PICTURE_WIDTH, timeout_s: float = 30.0
    ) -> bytes:
        """PNG of a page of a PDF, pages counted from 1, with `quote` marked on it where it is found.

        Raises Unreadable when it is no PDF or has no such page.
        """
        key, body = _content(Path(path))
        if b"%PDF-" not in body[:1024]:
            raise Unreadable("Only pages of PDF files can be shown as pictures.", "Open the file in its own program.")
        with self._lock:
            wide = max(50, min(width, _MAX_WIDTH))
            request = messages.Draw(key=key, page=page, quote=quote.encode("utf-8", "replace").decode(), width=wide)
            done = self._ask(request, body, timeout_s, None)
        if not done.picture.startswith(b"\x89PNG"):
            raise _crashed()
        return done.picture

    def attempts(self) -> dict[str, bool]:
        """What the process was kept from when it tried: "write", "read", "connect" and "start". Told on Safety."""
        with self._lock, tempfile.TemporaryDirectory() as folder:
            Path(folder, "private").write_bytes(b"private")
            return self._ask(messages.Attempt(folder=folder), b"", 20.0, None).held

    def warm_up(self) -> None:
        """Start the process now, so that the first file need not wait for it."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End the process at once, also from another thread while it reads; what it read becomes Unreadable."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
        with self._lock:
            self._drop()

    def _ready(self) -> "_Child":
        if self._closed:
            raise Unreadable("Reading was stopped.", "Start it again.")
        if self._child is None or not self._child.is_alive:
            self._drop()
            self._child = _Child(self._memory_mb)
        return self._child

    def _drop(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None

    def _ask(
        self, request: messages.Request, body: bytes, timeout_s: float, recogniser: "ocr.Recogniser | None"
    ) -> messages.Done:
        """One request and its answer; a child that failed is replaced before the next."""
        child = self._ready()
        try:
            told = child.ask(request, body, timeout_s, recogniser)
        except BaseException:
            self._drop()
            raise
        if told is None:
            late = child.is_late
            self._drop()
            if self._closed:
                raise Unreadable("Reading was stopped.", "Start it again.")
            raise _late(timeout_s) if late else _crashed()
        if isinstance(told, messages.Refused):
            if "memory" in told.what:
                self._drop()
            raise Unreadable(told.what, told.fix, details=told.details)
        if told.cpu_s > _REPLACED_AFTER_CPU_S or told.memory_mb > _REPLACED_AFTER_MB:
            self._drop()
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Child:
    """A started process and our ends of its pipes. Raises Unreadable when it cannot be started."""

    def __init__(self, memory_mb: int) -> None:
        told = json.dumps({"paths": import_paths(), "readable": readable_folders(), "memory_mb": memory_mb})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, told],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment(),
                cwd=os.sep, start_new_session=os.name == "posix",
            )  # fmt: skip
        except OSError as problem:
            raise Unreadable(
                "The process that reads files could not be started.",
                "Free some memory, then try again.",
                details=str(problem),
            ) from problem
        self._key = ""
        self.is_late = False

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(
        self, request: messages.Request, body: bytes, timeout_s: float, recogniser: "ocr.Recogniser | None"
    ) -> "messages.Done | messages.Refused | None":
        """None when it died, was ended, or said what cannot be an answer."""
        if isinstance(request, messages.Read | messages.Draw) and request.key != self._key:
            self._key = request.key
            request = msgspec.structs.replace(request, body=body)
        deadline = time.monotonic() + timeout_s
        message: messages.Request = request
        while True:
            answer = self._exchange(message, deadline - time.monotonic())
            if not isinstance(answer, messages.Recognise):
                return answer
            if recogniser is None:
                return None
            started = time.monotonic()
            message = messages.Recognised(text=recogniser(answer.picture).encode("utf-8", "replace").decode())
            deadline += time.monotonic() - started  # the other program keeps its own time

    def _exchange(self, message: messages.Request, seconds: float) -> "messages.Answer | None":
        """Pipes block; a watch ends the child at the deadline, which ends the waiting. Works on every system."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        watch = threading.Timer(max(seconds, 0.0), self._too_late)
        watch.daemon = True
        watch.start()
        try:
            messages.send(requests, message)  # type: ignore[arg-type]
            frame = messages.take(answers)  # type: ignore[arg-type]
            return None if frame is None else _answer.decode(frame)
        except (OSError, ValueError, msgspec.MsgspecError):
            return None
        finally:
            watch.cancel()

    def _too_late(self) -> None:
        self.is_late = True
        self.kill()

    def kill(self) -> None:
        with suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)


def _content(path: Path) -> tuple[str, bytes]:
    """What tells this file from others, and its bytes. Its size is looked at before anything is read."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as problem:
        raise Unreadable("There is no such file.", "Add it again.") from problem
    except PermissionError as problem:
        raise Unreadable("The file may not be opened: permission is missing.", "Change its permissions.") from problem
    except OSError as problem:
        raise Unreadable(f"The file cannot be opened ({problem.strerror}).", "Check where it is stored.") from problem
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise Unreadable("It is not a file but a folder, a pipe or a device.", "Choose a file.")
    with os.fdopen(descriptor, "rb") as file:
        if about.st_size > MAX_FILE_BYTES:
            raise too_large(about.st_size)
        try:
            body = file.read(MAX_FILE_BYTES + 1)
        except OSError as problem:
            raise Unreadable("The file cannot be read from its disk.", "Check the disk, then try again.") from problem
    if len(body) > MAX_FILE_BYTES:  # it has grown meanwhile
        raise too_large(len(body))
    return f"{about.st_dev}-{about.st_ino}-{about.st_size}-{about.st_mtime_ns}", body


def _late(timeout_s: float) -> Unreadable:
    return Unreadable(
        f"Reading the file took longer than {timeout_s:g} seconds and was ended.", "Split it into smaller ones."
    )


def _crashed() -> Unreadable:
    return Unreadable(
        "The file made its reader crash; it is damaged or made to do harm.",
        "Open it in its program and save it again, or leave it out.",
    )
