"""From a file to its text with places in it.

`read` is the whole of it; `process.ReaderProcess` does the same in a process of its own, behind walls, and is what a
file from outside should go through. Libraries are imported by the readers that need them, when they first do.
"""

from purpose_agent.vault.reading.files import read
from purpose_agent.vault.reading.kinds import CODE_ENDINGS, READABLE_ENDINGS
from purpose_agent.vault.reading.limits import MAX_TEXT_CHARS

__all__ = ["CODE_ENDINGS", "MAX_TEXT_CHARS", "READABLE_ENDINGS", "read"]
