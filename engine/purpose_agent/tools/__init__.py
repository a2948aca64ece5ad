"""Tools: what an agent can do beside talking, each described by a schema and bounded in time and output."""

from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.from_function import tool_from_function
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.tool import Tool, ToolBox, ToolContext, ToolOutput

__all__ = [
    "CalculatorTool",
    "PythonExecTool",
    "ReadFileTool",
    "Tool",
    "ToolBox",
    "ToolContext",
    "ToolOutput",
    "WriteFileTool",
    "tool_from_function",
]
