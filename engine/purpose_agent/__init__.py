"""Purpose Agent: agents that get better at their work by experience, with no fine-tuning, on your own machine.

    import purpose_agent as pa
    team = pa.purpose("Help me write Python code")
    print(team.run("Write a fibonacci function"))

The public names stand here and are loaded when they are first used (PEP 562), so that importing the package costs
some ms, touches no file and opens no connection.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from purpose_agent.errors import PurposeError
    from purpose_agent.evaluation.suites import Suite, SuiteTask, load_suite
    from purpose_agent.memory.cards import MemoryCard
    from purpose_agent.models.resolve import resolve_backend
    from purpose_agent.models.scripted import ScriptedBackend
    from purpose_agent.teams.service import engine_for
    from purpose_agent.teams.spark import Spark
    from purpose_agent.teams.study import Study
    from purpose_agent.teams.team import Team, TeamStatus, purpose
    from purpose_agent.tools.calculator import CalculatorTool
    from purpose_agent.tools.files import ReadFileTool, WriteFileTool
    from purpose_agent.tools.from_function import tool_from_function
    from purpose_agent.tools.python_exec import PythonExecTool
    from purpose_agent.types import Budget, RunResult, Score, Task
    from purpose_agent.vault.vault import Vault

__version__ = "0.1.0"

_HOMES = {
    "Budget": "types",
    "CalculatorTool": "tools.calculator",
    "MemoryCard": "memory.cards",
    "PurposeError": "errors",
    "PythonExecTool": "tools.python_exec",
    "ReadFileTool": "tools.files",
    "RunResult": "types",
    "Score": "types",
    "ScriptedBackend": "models.scripted",
    "Spark": "teams.spark",
    "Study": "teams.study",
    "Suite": "evaluation.suites",
    "SuiteTask": "evaluation.suites",
    "Task": "types",
    "Team": "teams.team",
    "TeamStatus": "teams.team",
    "Vault": "vault.vault",
    "WriteFileTool": "tools.files",
    "engine_for": "teams.service",
    "load_suite": "evaluation.suites",
    "purpose": "teams.team",
    "resolve_backend": "models.resolve",
    "tool_from_function": "tools.from_function",
}

__all__ = [
    "Budget",
    "CalculatorTool",
    "MemoryCard",
    "PurposeError",
    "PythonExecTool",
    "ReadFileTool",
    "RunResult",
    "Score",
    "ScriptedBackend",
    "Spark",
    "Study",
    "Suite",
    "SuiteTask",
    "Task",
    "Team",
    "TeamStatus",
    "Vault",
    "WriteFileTool",
    "engine_for",
    "load_suite",
    "purpose",
    "resolve_backend",
    "tool_from_function",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
