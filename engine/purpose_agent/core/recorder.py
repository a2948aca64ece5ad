"""The pen of a run: numbers its events, stores them, then tells them.

An event is published only after it is stored, so whoever saw it finds it again. All events of a step wait here and go
to the log in one append, with the checkpoint: one sync per step.
"""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, TypedDict

from purpose_agent.core.ports import EventSink, RunLog
from purpose_agent.runtime.events import Event, TextDelta, now
from purpose_agent.storage.journal import Checkpoint

PIECE_CHARS = 60


class Stamp(TypedDict):
    """What every event begins with."""

    run_id: str
    seq: int
    at: datetime


class Recorder:
    """One per run and process. `seq` goes on where the log ends."""

    def __init__(
        self,
        log: RunLog,
        sink: EventSink | None,
        run_id: str,
        *,
        next_seq: int = 0,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.next_seq = next_seq
        self.run_id = run_id
        self._log = log
        self._sink = sink
        self._clock = clock
        self._waiting: list[Event] = []

    def stamp(self, at: datetime | None = None) -> Stamp:
        """The next place in the run: for exactly one event, which has to be added."""
        seq = self.next_seq
        self.next_seq = seq + 1
        return {"run_id": self.run_id, "seq": seq, "at": at or self._clock()}

    def add(self, event: Event) -> None:
        self._waiting.append(event)

    def flush(self, checkpoint: Checkpoint | None = None) -> None:
        """Store what waits, in one append, then publish it. What could not be stored still waits."""
        events = self._waiting
        if not events and checkpoint is None:
            return
        self._log.append(events, checkpoint=checkpoint)
        self._waiting = []
        if self._sink is not None:
            for event in events:
                self._sink.publish(event)

    def publish_unstored(self, event: Event) -> None:
        """For an end that the log itself could not take: who watches must not wait for ever."""
        if self._sink is not None:
            self._sink.publish(event)

    def text_relay(self, step: int) -> "TextRelay | None":
        """None when nobody could hear it."""
        return None if self._sink is None else TextRelay(self._sink, self.run_id, self.next_seq - 1, step, self._clock)


class TextRelay:
    """Streams an answer to whoever watches, in pieces of a few words; nothing of it is stored.

    Its events carry the seq of the last event before the step, so a watcher who catches up from there misses nothing.
    A reply in the JSON form is not shown raw: only the text of its "answer" is, as it grows.
    """

    def __init__(
        self, sink: EventSink, run_id: str, last_seq: int, step: int, clock: Callable[[], datetime] = now
    ) -> None:
        self._sink = sink
        self._run_id = run_id
        self._seq = last_seq
        self._step = step
        self._clock = clock
        self._pieces: list[str] = []
        self._size = 0
        self._answer: _AnswerText | None = None
        self._begun = False

    def __call__(self, piece: str) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= PIECE_CHARS:
            self._send()

    def close(self) -> None:
        """Send the rest."""
        if self._pieces:
            self._send()

    def _send(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if not self._begun and text.strip():
            self._begun = True
            if text.lstrip().startswith("{"):
                self._answer = _AnswerText()
        if self._answer is not None:
            text = self._answer.feed(text)
        if text:
            event = TextDelta(run_id=self._run_id, seq=self._seq, at=self._clock(), step=self._step, text=text)
            self._sink.publish(event)


class _AnswerText:
    """Reads the string under "answer" out of a JSON object that is still growing."""

    _ESCAPES: ClassVar = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

    def __init__(self) -> None:
        self._text = ""
        self._at = -1  # -1: not found yet, -2: at its end

    def feed(self, piece: str) -> str:
        if self._at == -2:
            return ""
        self._text += piece
        if self._at == -1:
            self._find_start()
        return self._read_on() if self._at >= 0 else ""

    def _find_start(self) -> None:
        key = self._text.find('"answer"')
        if key < 0:
            return
        rest = self._text[key + len('"answer"') :]
        opening = rest.lstrip(" \t\r\n:")
        if opening.startswith('"'):
            self._at = len(self._text) - len(opening) + 1
        elif opening:
            self._at = -2

    def _read_on(self) -> str:
        said: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._at = -2
                break
            width = 1
            if char == "\\":
                width = 6 if self._text[self._at + 1 : self._at + 2] == "u" else 2
                if self._at + width > len(self._text):
                    break
                char = self._unescape(self._text[self._at + 1 : self._at + width])
            said.append(char)
            self._at += width
        return "".join(said)

    def _unescape(self, code: str) -> str:
        if code[0] != "u":
            return self._ESCAPES.get(code, code)
        try:
            return chr(int(code[1:], 16))
        except ValueError:
            return "�"
