"""A small HTTP/1.1 server on loopback whose replies can go wrong at any byte: stall, be cut, be split anywhere.

The fake providers stand on it. Every request is kept, so a test can look at what was really sent.
"""

import json
import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

LONGEST_STALL_S = 20.0


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)


class ClientLeft(Exception):
    """The client closed the connection."""


class Wire:
    """One response, written byte by byte."""

    def __init__(self, handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        self._handler = handler
        self._stopped = stopped

    def start(self, status: int, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", content_type)
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def send(self, data: bytes, *, split: int = 0) -> None:
        """As one chunk, or in chunks of `split` bytes, wherever that falls."""
        pieces = [data[at : at + split] for at in range(0, len(data), split)] if split else [data]
        for piece in pieces:
            self._write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def end(self) -> None:
        self._write(b"0\r\n\r\n")

    def cut(self) -> None:
        """Break off in the middle of a chunk."""
        self._write(b"40\r\nhalf")
        self._handler.close_connection = True

    def stall(self) -> None:
        """Say nothing until the client leaves (ClientLeft) or the server is stopped."""
        until = time.monotonic() + LONGEST_STALL_S
        while not self._stopped.is_set() and time.monotonic() < until:
            readable, _, _ = select.select([self._handler.connection], [], [], 0.05)
            if readable and self._has_left():
                raise ClientLeft

    def _has_left(self) -> bool:
        try:
            return not self._handler.connection.recv(1)
        except ConnectionResetError:  # it left without a word
            return True

    def json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(body).encode() if not isinstance(body, str) else body.encode()
        kind = "application/json" if not isinstance(body, str) else "text/html"
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", kind)
        self._handler.send_header("Content-Length", str(len(data)))
        self._handler.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            self._handler.wfile.write(data)
            self._handler.wfile.flush()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ClientLeft from error


class WireServer:
    """Serves `answer(request, wire)` on a free port of 127.0.0.1. `client_left` is set when a client hung up."""

    def __init__(self, answer: Callable[[Request, Wire], None]) -> None:
        self.requests: list[Request] = []
        self.client_left = threading.Event()
        self._stopped = threading.Event()
        self._answer = answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._handle(self)

            def do_POST(self) -> None:
                outer._handle(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        raw = handler.rfile.read(length)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, handler.path, headers, json.loads(raw) if raw else {})
        self.requests.append(request)
        handler.close_connection = True
        try:
            self._answer(request, Wire(handler, self._stopped))
        except ClientLeft:
            self.client_left.set()
