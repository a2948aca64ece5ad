"""What can go wrong with a notebook, each with what to do."""

from purpose_agent.errors import PurposeError


class NotebookMissing(PurposeError):
    """The notebook or cell is not there, or no longer."""


class NotebookUnreadable(PurposeError):
    """The file is not a notebook that can be read."""


class CheckUnreadable(PurposeError):
    """A line among a cell's checks is neither an example nor an assert."""


class FileRefused(PurposeError):
    """A knowledge file cannot be taken."""
