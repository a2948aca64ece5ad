"""What can go wrong with the sandbox itself, each with what to do."""

from purpose_agent.errors import PurposeError


class SandboxOff(PurposeError):
    """Code is not run here: no wall holds on this machine and the person has not turned execution on."""


class SandboxBroken(PurposeError):
    """The sandbox could not be started; nothing was run."""
