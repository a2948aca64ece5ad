"""Reading and writing text files beneath one folder."""

from pathlib import Path

from purpose_agent.tools.errors import ToolError
from purpose_agent.tools.port import ToolContext, ToolOutput
from purpose_agent.tools.rooted import read_bytes, write_bytes
from purpose_agent.types import JSON

MAX_READ_BYTES = 200_000
MAX_WRITE_BYTES = 2_000_000


class ReadFileTool:
    """Reads text beneath `root` (None: the run's own working folder)."""

    name = "read_file"
    description = "Read a text file of the working folder."
    parameters: dict[str, JSON] = {  # noqa: RUF012  read only, and part of the Tool protocol as a dict
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
        "additionalProperties": False,
    }
    side_effects = False
    quick = False

    def __init__(self, root: Path | str | None = None) -> None:
        self._root = None if root is None else Path(root)

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        path = str(args["path"])
        body, more = read_bytes(_root(self._root, context), path, limit=MAX_READ_BYTES)
        if b"\0" in body:
            raise ToolError(f"{path!r} is not text.", "Read a text file.")
        text = body.decode("utf-8", "replace")
        if more:
            text += f"\n[cut after {MAX_READ_BYTES:,} bytes]"
        return ToolOutput(text=text, truncated=more)


class WriteFileTool:
    """Writes text beneath `root`, whole or not at all."""

    name = "write_file"
    description = "Write a text file into the working folder, replacing what it held."
    parameters: dict[str, JSON] = {  # noqa: RUF012  read only, and part of the Tool protocol as a dict
        "type": "object",
        "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
        "required": ["path", "text"],
        "additionalProperties": False,
    }
    side_effects = True
    quick = False

    def __init__(self, root: Path | str | None = None) -> None:
        self._root = None if root is None else Path(root)

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        path, body = str(args["path"]), str(args["text"]).encode("utf-8", "replace")
        if len(body) > MAX_WRITE_BYTES:
            raise ToolError(
                f"The text is too large ({len(body):,} bytes).", f"Write at most {MAX_WRITE_BYTES:,} bytes."
            )
        replaced = write_bytes(_root(self._root, context), path, body)
        done = "Replaced" if replaced else "Wrote"
        return ToolOutput(text=f"{done} {path} ({len(body):,} bytes).", changed={f"file:{path}": f"{len(body)} bytes"})


def _root(own: Path | None, context: ToolContext) -> Path:
    root = own or context.root
    if root is None:
        raise ToolError("There is no working folder for files here.", "Give the tool a folder.")
    return root
