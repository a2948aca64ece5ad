"""Reads every file of a workspace for words, in a process of its own that holds no lock on any of them.

Takes {"home": …, "terms": […]} on standard input and writes the names of the files that hold one of them.
"""

import sys
from pathlib import Path

import msgspec

from purpose_agent.storage.terms import Terms, files_of
from purpose_agent.types import Record


class Search(Record, frozen=True, kw_only=True):
    home: str
    terms: tuple[str, ...]


def main() -> None:
    search = msgspec.json.decode(sys.stdin.buffer.read(), type=Search)
    home, terms = Path(search.home), Terms(search.terms)
    found = [str(path.relative_to(home)) for path in files_of(home) if terms.stand_in_file(path)]
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
