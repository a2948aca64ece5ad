"""An Ollama on loopback for tests of whole ways: it lists a model, pulls one, chats as told, embeds.

The adapter's own contract is tested elsewhere against a server that is faithful to every field; here it only has to
be there, be slow when wanted, and answer.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "qwen3:1.7b"
_HELD_AT_MOST_S = 120.0


class FakeOllama:
    """`held` set: chats wait. `reply` is the text of every chat. `chats` counts those that were begun."""

    def __init__(self, reply: str = "") -> None:
        self.reply = reply
        self.held = threading.Event()
        self.chats = 0
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeOllama":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_while_held(self) -> bool:
        """False when the server closes before the chat was let go."""
        deadline = time.monotonic() + _HELD_AT_MOST_S
        while self.held.is_set() and time.monotonic() < deadline:
            if self._closing.wait(0.02):
                return False
        return True


class _Handler(BaseHTTPRequestHandler):
    owner: FakeOllama

    def do_GET(self) -> None:
        details = {"parameter_size": "1.7B"}
        model = {"model": MODEL, "name": MODEL, "size": 1_400_000_000, "modified_at": "2026-01-31T12:00:00Z"}
        body = {"models": [model | {"details": details}]} if self.path == "/api/tags" else {"version": "0.12.0"}
        self._answer([body])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/api/pull":
            layers = [{"status": "pulling", "digest": "sha256:a", "total": 100, "completed": n} for n in (0, 50, 100)]
            self._answer([*layers, {"status": "success"}])
        elif self.path == "/api/chat":
            self._chat()
        elif self.path == "/api/embed":
            self._embed(json.loads(body))
        else:
            self._answer([{"capabilities": ["completion"], "model_info": {}}])

    def _chat(self) -> None:
        self.owner.chats += 1
        if not self.owner.wait_while_held():
            return
        part = {"model": MODEL, "created_at": "2026-01-31T12:00:00Z"}
        said = {"role": "assistant", "content": self.owner.reply}
        end = {"done": True, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 20}
        self._answer([part | {"message": said, "done": False}, part | {"message": said | {"content": ""}} | end])

    def _embed(self, asked: dict[str, Any]) -> None:
        """Unit vectors by the first letter: enough to see that they arrive."""
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        vectors = [[float(ord(text[:1] or " ") % 8 == slot) for slot in range(8)] for text in texts]
        self._answer([{"model": asked["model"], "embeddings": vectors, "prompt_eval_count": 8 * len(texts)}])

    def _answer(self, lines: list[dict[str, Any]]) -> None:
        try:
            self.send_response(200)
            self.send_header("content-type", "application/x-ndjson")
            self.end_headers()
            for line in lines:
                self.wfile.write(json.dumps(line).encode() + b"\n")
        except OSError:  # the client has left, as it does when a run is stopped
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
