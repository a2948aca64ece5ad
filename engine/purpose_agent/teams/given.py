"""What a program hands to a team, checked while its author can still see which line did it.

A wrong thing found in the middle of a run would be a fault in a worker thread; here it is a sentence at the call.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.errors import PurposeError
from purpose_agent.models.backend import Backend
from purpose_agent.tools.tool import Tool


@runtime_checkable
class OpenVault(Protocol):
    """A `pa.Vault`, as far as a team needs to know it: what reads documents is slow to import."""

    @property
    def vault_id(self) -> str: ...
    @property
    def home(self) -> Path: ...


Knowledge: TypeAlias = str | Path | OpenVault | Sequence[str | Path | OpenVault] | None


def read_paths(knowledge: Knowledge) -> tuple[str, ...]:
    """Absolute paths of the files and folders; raises PurposeError for what is not there."""
    return tuple(str(_there(item)) for item in _listed(knowledge) if isinstance(item, str | Path))


def read_vaults(knowledge: Knowledge, home: Path) -> tuple[str, ...]:
    """Ids of the vaults among it; raises PurposeError for one of another workspace."""
    vaults = [item for item in _listed(knowledge) if isinstance(item, OpenVault)]
    if any(vault.home != home for vault in vaults):
        raise PurposeError(
            "The vault belongs to another workspace than the team.", "Give both the same `home`, or leave it out."
        )
    return tuple(vault.vault_id for vault in vaults)


def _listed(knowledge: Knowledge) -> Sequence[str | Path | OpenVault]:
    given = [knowledge] if isinstance(knowledge, str | Path | OpenVault) else knowledge or ()
    if not isinstance(given, Sequence) or not all(isinstance(item, str | Path | OpenVault) for item in given):
        raise PurposeError("`knowledge` is not a path.", 'Give a file or a folder: knowledge="./docs/".')
    return given


def _there(given: str | Path) -> Path:
    """An empty text would mean the current folder and all that lies beneath it, which nobody meant."""
    if not str(given).strip() or "\0" in str(given):
        raise PurposeError("A path of `knowledge` is empty or broken.", 'Give a file or a folder: knowledge="./docs/".')
    path = Path(given).expanduser().resolve()
    if not path.exists():
        raise PurposeError(f"There is no file or folder {path}.", "Check the path of `knowledge`.")
    return path


def read_backend(model: str | Backend | None) -> Backend | None:
    """The model object, None when the model is named or left open."""
    if model is None or isinstance(model, str):
        return None
    if isinstance(model, type) or not all(hasattr(model, name) for name in ("name", "capabilities", "generate")):
        raise PurposeError(
            f"`model` is a {type(model).__name__}, which is no model.",
            'Give a name such as model="ollama:qwen3:1.7b", or an object with name, capabilities and generate().',
        )
    return model


def read_tools(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools, each of a name of its own."""
    given = tuple(tools) if isinstance(tools, Sequence) else (tools,)
    for tool in given:
        if not isinstance(tool, Tool) or isinstance(tool, type):
            shown = getattr(tool, "__name__", type(tool).__name__)
            raise PurposeError(
                f"{shown} is not a tool.",
                "Make a tool of a function with pa.tool_from_function(function), or give an object such as "
                "pa.PythonExecTool().",
            )
    names = [tool.name for tool in given]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PurposeError(f"Two tools are called {twice}.", "Give each tool a name of its own.")
    return given


def read_agents(agents: Sequence[AgentSpec]) -> tuple[AgentSpec, ...]:
    """The agents, exactly one of which answers."""
    given = tuple(agents)
    if any(not isinstance(agent, AgentSpec) for agent in given):
        raise PurposeError("`agents` holds something that is no agent.", "Give AgentSpec(role=…, instructions=…).")
    if given and sum(agent.answers for agent in given) != 1:
        raise PurposeError("Exactly one agent of a team answers.", "Set answers=True on one of them.")
    return given
