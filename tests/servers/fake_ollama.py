"""An Ollama that speaks the wire format of the real one, with a script of what to say and how to fail.

Like the real one it cuts a prompt that does not fit the window without a word, tells how many tokens it read, and
refuses with 404 {"error": "model 'x' not found"} or 400 '"x" does not support thinking'. /api/embed takes a text or a
list of them and gives unit vectors in their order, near for texts that share words.
"""

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.wire import Request, Wire, WireServer

Fault = Literal[
    "",
    "stall",
    "stall_midway",
    "cut",
    "no_end",
    "garbage",
    "status_500",
    "error_in_stream",
    "out_of_memory",
    "unauthorized",
]
AT = "2026-01-02T03:04:05.678901Z"
LAYERS = (("sha256:aaa", 1_000_000), ("sha256:bbb", 500))


@dataclass
class Turn:
    """One answer to /api/chat."""

    text: str = "Hello!"
    thinking: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    fault: Fault = ""
    done_reason: str = "stop"
    split: int = 0


@dataclass
class FakeModel:
    name: str
    context: int = 32_768
    thinks: bool = True
    tools: bool = True
    modified_at: str = AT
    embeds: int = 0  # dimensions of its vectors; 0: it makes none
    digest: str = "8f68893c685c3ddff2aa3fffce2aa60a30bb2da65ca488b61fff134a4d1730e7"


class FakeOllama(WireServer):
    def __init__(self, turns: Sequence[Turn] = (), models: Sequence[FakeModel] = (FakeModel("qwen3:1.7b"),)) -> None:
        super().__init__(self._route)
        self.models = {model.name: model for model in models}
        self.pull_fault: Fault = ""
        self.embed_fault: Fault | Literal["one_missing"] = ""
        self._turns = list(turns)

    def chats(self) -> list[dict[str, Any]]:
        return [request.body for request in self.requests if request.path == "/api/chat"]

    def embeds(self) -> list[dict[str, Any]]:
        return [request.body for request in self.requests if request.path == "/api/embed"]

    def _route(self, request: Request, wire: Wire) -> None:
        match request.method, request.path:
            case "GET", "/":
                wire.json(200, "Ollama is running")
            case "GET", "/api/version":
                wire.json(200, {"version": "0.12.6"})
            case "GET", "/api/tags":
                wire.json(200, {"models": [_listed(model) for model in self.models.values()]})
            case "POST", "/api/show":
                self._show(request, wire)
            case "POST", "/api/chat":
                self._chat(request, wire)
            case "POST", "/api/embed":
                self._embed(request, wire)
            case "POST", "/api/pull":
                self._pull(request, wire)
            case _:
                wire.json(404, "404 page not found")

    def _show(self, request: Request, wire: Wire) -> None:
        model = self.models.get(request.body.get("model", ""))
        if model is None:
            wire.json(404, {"error": f"model '{request.body.get('model')}' not found"})
            return
        capabilities = ["completion", *(["tools"] if model.tools else []), *(["thinking"] if model.thinks else [])]
        wire.json(200, {"capabilities": capabilities, "model_info": {"qwen3.context_length": model.context}})

    def _chat(self, request: Request, wire: Wire) -> None:
        body = request.body
        model = self.models.get(body["model"])
        if model is None:
            wire.json(404, {"error": f"model '{body['model']}' not found"})
        elif body.get("think") and not model.thinks:
            wire.json(400, {"error": f'"{model.name}" does not support thinking'})
        elif body.get("tools") and not model.tools:
            wire.json(400, {"error": f"registry.ollama.ai/library/{model.name} does not support tools"})
        else:
            turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0] if self._turns else Turn()
            self._say(turn, model, body, wire)

    def _say(self, turn: Turn, model: FakeModel, body: dict[str, Any], wire: Wire) -> None:
        if turn.fault == "status_500":
            wire.json(500, {"error": "llama runner process has terminated: exit status 2"})
            return
        if turn.fault == "unauthorized":
            wire.json(401, {"error": "unauthorized"})
            return
        if turn.fault == "out_of_memory":
            said = "model requires more system memory (9.3 GiB) than is available (2.1 GiB)"
            wire.json(500, {"error": said})
            return
        parts = _parts(turn, model, body)
        if not body.get("stream", True):
            whole = {**parts[-1], "message": {"role": "assistant", "content": turn.text}}
            wire.json(200, whole)
            return
        wire.start(200, "application/x-ndjson")
        if turn.fault == "stall":
            wire.stall()
        for index, part in enumerate(parts):
            if index == len(parts) // 2 and self._fail(turn.fault, wire):
                return
            if not (turn.fault == "no_end" and part["done"]):
                wire.send(json.dumps(part, ensure_ascii=False).encode() + b"\n", split=turn.split)
        wire.end()

    @staticmethod
    def _fail(fault: Fault, wire: Wire) -> bool:
        """Whether the reply ends here."""
        if fault == "stall_midway":
            wire.stall()
        elif fault == "cut":
            wire.cut()
        elif fault == "garbage":
            wire.send(b"<html>not json</html>\n")
            wire.end()
        elif fault == "error_in_stream":
            wire.send(b'{"error":"an error was encountered while running the model"}\n')
            wire.end()
        else:
            return False
        return True

    def _embed(self, request: Request, wire: Wire) -> None:
        name, given = request.body["model"], request.body.get("input", "")
        model = self.models.get(name) or self.models.get(f"{name}:latest")
        texts = [given] if isinstance(given, str) else given
        vectors = [_vector(text, model.embeds) for text in texts] if model else []
        match self.embed_fault:
            case "stall":
                wire.stall()
            case "status_500":
                wire.json(500, {"error": "llama runner process has terminated: exit status 2"})
                return
            case "garbage":
                wire.json(200, "<html>not json</html>")
                return
            case "one_missing":
                vectors = vectors[:-1]
        if model is None:
            wire.json(404, {"error": f'model "{name}" not found, try pulling it first'})
        elif not model.embeds:
            wire.json(501, {"error": "this model does not support embeddings"})
        else:
            counts = {"total_duration": 14_143_917, "load_duration": 1_019_500, "prompt_eval_count": 8 * len(texts)}
            wire.json(200, {"model": name, "embeddings": vectors, **counts})

    def _pull(self, request: Request, wire: Wire) -> None:
        name = request.body["model"]
        wire.start(200, "application/x-ndjson")
        events: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        if "/" not in name and ":" not in name and name.startswith("no-such"):
            events.append({"error": "pull model manifest: file does not exist"})
        else:
            for digest, total in LAYERS:
                for completed in (0, total // 2, total):
                    status = f"pulling {digest[7:]}"
                    events.append({"status": status, "digest": digest, "total": total, "completed": completed})
            events += [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]
        for index, event in enumerate(events):
            if index == 3 and self.pull_fault == "stall":
                wire.stall()
            if index == 3 and self.pull_fault == "no_end":
                break
            wire.send(json.dumps(event).encode() + b"\n")
        else:
            self.models[name] = FakeModel(name)
        wire.end()


def _listed(model: FakeModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "model": model.name,
        "modified_at": model.modified_at,
        "size": 1_359_293_444,
        "digest": model.digest,
        "details": {"format": "gguf", "family": "qwen3", "parameter_size": "2.0B", "quantization_level": "Q4_K_M"},
    }


def _parts(turn: Turn, model: FakeModel, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a streamed reply, with the counts of a model that reads no more than its window."""
    head = {"model": model.name, "created_at": AT}

    def part(**message: object) -> dict[str, Any]:
        return {**head, "message": {"role": "assistant", "content": "", **message}, "done": False}

    words = [turn.text[at : at + 4] for at in range(0, len(turn.text), 4)]
    parts = [part(thinking=turn.thinking)] if turn.thinking else []
    parts += [part(content=word) for word in words]
    if turn.tool_calls:
        parts.append(part(tool_calls=turn.tool_calls))
    tokens = sum(4 + len(message.get("content", "")) // 4 for message in body["messages"])
    window = min(body.get("options", {}).get("num_ctx", 4096), model.context)
    end = {
        **part(),
        "done": True,
        "done_reason": turn.done_reason,
        "total_duration": 5_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": min(tokens, window),
        "prompt_eval_duration": 2_000_000,
        "eval_count": len(words),
        "eval_duration": 2_000_000,
    }
    return [*parts, end]


def _vector(text: str, dims: int) -> list[float]:
    """Words in slots by their hash, unit length, as the real one gives them."""
    row = [0.0] * dims
    for word in text.lower().split() if dims else ():
        row[zlib.crc32(word.encode()) % dims] += 1.0
    length = math.sqrt(sum(x * x for x in row)) or 1.0
    return [x / length for x in row]
