"""A real journal in a temporary folder, and the memory on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.memory.memory import Memory
from purpose_agent.storage.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture
def memory(journal: Journal) -> Memory:
    return Memory(journal)
