"""Running Python in the sandbox as a tool."""

from purpose_agent.sandbox.run import SandboxResult, arun_python, run_python
from purpose_agent.tools.port import ToolContext, ToolOutput
from purpose_agent.types import JSON

_STDERR_CHARS = 2_000


class PythonExecTool:
    """Runs a program behind the sandbox's walls; a limit or a cancel really kills it.

    `allow_unwalled`: the person has turned execution on for a machine without walls.
    """

    name = "python_exec"
    description = "Run a Python program and see what it prints."
    parameters: dict[str, JSON] = {  # noqa: RUF012  read only, and part of the Tool protocol as a dict
        "type": "object",
        "properties": {"code": {"type": "string"}, "stdin": {"type": "string", "default": ""}},
        "required": ["code"],
        "additionalProperties": False,
    }
    side_effects = False
    quick = False

    def __init__(self, *, timeout_s: float = 5.0, allow_unwalled: bool = False) -> None:
        self._timeout_s, self._allow_unwalled = timeout_s, allow_unwalled

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        return observed(
            run_python(
                str(args["code"]),
                stdin=str(args.get("stdin", "")),
                timeout_s=self._timeout_s,
                allow_unwalled=self._allow_unwalled,
            )
        )

    async def acall(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        return observed(
            await arun_python(
                str(args["code"]),
                stdin=str(args.get("stdin", "")),
                timeout_s=self._timeout_s,
                allow_unwalled=self._allow_unwalled,
            )
        )


def observed(result: SandboxResult) -> ToolOutput:
    """What a run printed and how it ended, as an observation."""
    parts = [result.stdout.rstrip("\n")] if result.stdout.strip() else []
    if result.stderr.strip():
        parts.append("[errors]\n" + result.stderr.strip()[-_STDERR_CHARS:])
    if not result.ok:
        parts.append(f"[not finished] {result.error}")
    text = "\n".join(parts) or "[it printed nothing]"
    return ToolOutput(text=text, ok=result.ok, truncated=result.truncated)
