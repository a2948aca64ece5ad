"""What can go wrong with knowledge files."""

from purpose_agent.errors import PurposeError


class VaultError(PurposeError):
    """The folder or the files cannot be used as knowledge."""


class Unreadable(PurposeError):
    """One file cannot be read; it becomes a row of the vault's health, never an error of the whole."""


class IndexElsewhere(VaultError):
    """Another process holds the index of meanings; only one may at a time."""


class IndexFailed(VaultError):
    """The index of meanings cannot be read or written just now, for a reason outside it."""
