"""Numbered changes of the stores' layouts: `journal_0001.sql`, `duckdb_0001.sql`, `vault_0001.sql`, and so on.

A store knows its own version. Opening it applies what is missing, in order and in one transaction, after a backup of
what stood there; a version above the highest known one is refused.
"""

from importlib.resources import files
from typing import Literal

from purpose_agent.types import Record

Store = Literal["journal", "duckdb", "vault"]


class Migration(Record, frozen=True, kw_only=True):
    """One step; it brings a store from `version - 1` to `version`."""

    version: int
    sql: str


def shipped(store: Store) -> tuple[Migration, ...]:
    """The migrations that come with this package, oldest first."""
    found = sorted(
        (entry for entry in files(__name__).iterdir() if entry.name.startswith(f"{store}_")),
        key=lambda entry: entry.name,
    )
    return tuple(
        Migration(version=int(entry.name.removeprefix(f"{store}_").removesuffix(".sql")), sql=entry.read_text("utf-8"))
        for entry in found
    )
