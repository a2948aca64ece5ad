"""What can go wrong with knowledge files."""

from purpose_agent.errors import PurposeError


class VaultError(PurposeError):
    """The folder or the files cannot be used as knowledge."""


class Unreadable(PurposeError):
    """One file cannot be read; it becomes a row of the vault's health, never an error of the whole."""
