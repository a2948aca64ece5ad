"""What the reading process does with each request."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading import messages
from purpose_agent.vault.reading.child import attempts
from purpose_agent.vault.reading.limits import DAMAGE

_request = msgspec.msgpack.Decoder(messages.Request)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    work = _Work(requests, answers)
    while True:
        frame = messages.take(requests)
        if frame is None:
            return
        messages.send(answers, work.answer(_request.decode(frame)))
        del frame


class _Work:
    """Keeps the last file, so that a second page of it need not be sent again."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests, self._answers = requests, answers
        self._key, self._body = "", b""

    def answer(self, request: messages.Request) -> messages.Answer:
        try:
            match request:
                case messages.Read():
                    return _done(reading=self._read(request))
                case messages.Draw():
                    return _done(picture=self._draw(request))
                case messages.Attempt(folder=folder):
                    return messages.Done(held=attempts(folder))
                case _:
                    return messages.Refused(what="Nothing was asked.", fix="")
        except Unreadable as problem:
            return messages.Refused(what=problem.what, fix=problem.fix, details=problem.details)
        except MemoryError:
            return messages.Refused(what="Reading the file needs too much memory.", fix="Split it into smaller ones.")
        except Exception as problem:  # noqa: BLE001 - the outermost edge of a process; damage that nobody foresaw
            return messages.Refused(
                what="The file is damaged in a way that its reader did not expect.",
                fix="Open it in its program and save it again.",
                details=f"{type(problem).__name__}: {problem}"[:500],
            )

    def _read(self, request: messages.Read) -> Reading:
        from purpose_agent.vault.reading.files import read

        body = self._taken(request.key, request.body)
        return read(request.name, body, recognise=self._recognise if request.recognises else False)

    def _draw(self, request: messages.Draw) -> bytes:
        from pypdfium2 import PdfiumError

        from purpose_agent.vault.reading.pdf import opened
        from purpose_agent.vault.reading.rendering import marked_page

        document = opened(self._taken(request.key, request.body))
        try:
            return marked_page(document, request.page, request.quote, request.width)
        except (PdfiumError, *DAMAGE) as problem:
            raise Unreadable("The page cannot be drawn: it is damaged.", "Open the PDF in a viewer.") from problem
        finally:
            document.close()

    def _taken(self, key: str, body: bytes | None) -> bytes:
        if body is not None:
            self._key, self._body = key, body
        return self._body

    def _recognise(self, picture: bytes) -> str:
        messages.send(self._answers, messages.Recognise(picture=picture))
        frame = messages.take(self._requests)
        told = _request.decode(frame) if frame is not None else None
        return told.text if isinstance(told, messages.Recognised) else ""


def _done(*, reading: Reading | None = None, picture: bytes = b"") -> messages.Done:
    return messages.Done(reading=reading, picture=picture, cpu_s=time.process_time(), memory_mb=_memory_mb())


def _memory_mb() -> int:
    """The most that was ever used; 0 where the system does not tell.

    Linux hands `ru_maxrss` of the process that started this one down to it, so there the kernel's own figure counts.
    """
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) >> 10
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most >> 20 if sys.platform == "darwin" else most >> 10
