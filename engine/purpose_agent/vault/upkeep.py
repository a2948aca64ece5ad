"""Bringing a vault up to date: read what waits, give passages their vectors, and Chroma what it lacks.

All that is to be done follows from what stands in the vault's file. So this can be stopped or killed at any moment and
begun again, by any process, and a second time it does nothing. A text is searchable by words as soon as it is read.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from purpose_agent.memory.immune.scan import scan_text
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.index.dense import DenseIndex, Space
from purpose_agent.vault.places import Reading
from purpose_agent.vault.records import TRUSTS, Flag
from purpose_agent.vault.similar import shingles
from purpose_agent.vault.store import Piece, VaultStore, Waiting

if TYPE_CHECKING:
    from purpose_agent.vault.reading.process import ReaderProcess

BATCH = 64
_SYNC_BATCH = 2_000

Report = Callable[[str, float | None], None]
"""Says what is done now, and how far it is: in [0, 1], None when that is not known."""


class Stopped(Exception):
    """The person asked to stop; what was done so far is kept."""


class Pace(Protocol):
    """Called between any two pieces of work; raises Stopped to end there."""

    def __call__(self) -> None: ...


def read_waiting(
    store: VaultStore, reader: "ReaderProcess", path_of: Callable[[Waiting], Path], *, report: Report, pace: Pace
) -> int:
    """Read every file that waits; how many there were. One that cannot be read becomes a row that says why."""
    done = 0
    while waiting := store.waiting():
        for item in waiting:
            pace()
            report(f"Reading {item.name}", done / (done + len(waiting)))
            _read_one(store, reader, item, path_of(item), pace)
            done += 1
            waiting = waiting[1:]
    return done


def _read_one(store: VaultStore, reader: "ReaderProcess", item: Waiting, path: Path, pace: Pace) -> None:
    try:
        if path.stat().st_size == 0:
            store.refuse(item, "empty", "The file is empty.")
            return
        reading = reader.read(item.name, path)
    except Unreadable as problem:
        pace()  # a reader that was closed is no fault of the file
        store.refuse(item, "unreadable", str(problem))
        return
    except OSError as problem:
        store.refuse(item, "unreadable", f"The file cannot be opened ({problem.strerror}).")
        return
    pieces = pieces_of(reading)
    if not pieces:
        store.refuse(item, "empty", reading.note or "The file holds no text.")
        return
    store.keep(item, reading, pieces, shingles(reading.text))


def pieces_of(reading: Reading) -> list[Piece]:
    """The passages of a text; what gives orders to its reader is flagged, with the place."""
    return [
        Piece(
            start=chunk.start,
            end=chunk.end,
            place=chunk.place,
            page=chunk.page,
            heading=chunk.heading,
            flag=flag_of(reading.text[chunk.start : chunk.end]),
        )
        for chunk in chunks(reading.text, reading.places)
    ]


def flag_of(passage: str) -> Flag | None:
    """The gravest thing found. A secret or an address in a person's own file gives no order, so it does not count."""
    for finding in scan_text(passage, "vault"):
        if finding.scanner != "privacy_leak":
            return Flag(
                scanner=finding.scanner,
                severity=finding.severity,
                why=finding.why,
                start=finding.start,
                end=finding.end,
            )
    return None


def embed_waiting(store: VaultStore, embedder: Embedder, *, report: Report, pace: Pace) -> int:
    """Give every passage its vector, in batches that each are kept; how many there were."""
    name = embedder.identity
    total = store.count_without_vector(name)
    done = after = 0
    while batch := store.without_vector(name, BATCH, after):
        pace()
        report(f"Search by meaning: {done:,} of {total:,} passages", min(1.0, done / max(total, 1)))
        ids = [chunk_id for chunk_id, _ in batch]
        store.put_vectors(name, ids, embedder.embed([text for _, text in batch]))
        done, after = done + len(ids), ids[-1]
    return done


def bring_in_line(store: VaultStore, vault_id: str, index: DenseIndex, embedder: str, dims: int, *, pace: Pace) -> None:
    """Make the index hold just the vectors that the vault has. This is also the repair after a crash."""
    for trust in TRUSTS:
        space = Space(vault=vault_id, trust=trust, embedder=embedder, dims=dims)
        wanted, there = store.vector_ids(embedder, trust), index.ids(space)
        if too_many := sorted(there - wanted):
            index.delete(space, too_many)
        for some in _batches(sorted(wanted - there)):
            pace()
            ids, vectors = store.vectors(embedder, some)
            if ids:
                index.upsert(space, ids, vectors)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _SYNC_BATCH] for start in range(0, len(ids), _SYNC_BATCH))
