"""What can go wrong with a tool call, in sentences that go to the model as an observation."""

from purpose_agent.errors import PurposeError


class ToolError(PurposeError):
    """A tool could not do what was asked."""


class ToolUnknown(ToolError):
    """There is no tool of this name."""


class ToolArgsInvalid(ToolError):
    """The arguments do not fit the tool's parameters."""


class ToolTimedOut(ToolError):
    """The tool did not finish in its time."""
