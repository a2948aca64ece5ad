"""The rows of the ledger: how they are written, chained and read.

A row says who moved which card from which status to which, why, on what evidence and when. Its hash covers all that and
the hash of the row before, so a row that is changed, dropped or slipped in breaks every hash after it. Positions have
no gaps. A row carries the card's content only when it is new or edited.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import msgspec

from purpose_agent.memory.cards import CardStatus, MemoryCard
from purpose_agent.memory.errors import LedgerDamaged
from purpose_agent.storage.errors import WorkspaceError
from purpose_agent.types import JSON, Record

FIRST_HASH = "0" * 64

MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("", "candidate"),
        ("candidate", "quarantined"),
        ("quarantined", "promoted"),
        ("quarantined", "rejected"),
        ("quarantined", "archived"),
        ("quarantined", "quarantined"),
        ("promoted", "archived"),
        ("promoted", "quarantined"),
        ("promoted", "promoted"),
        ("rejected", "quarantined"),
        ("rejected", "rejected"),
        ("archived", "quarantined"),
        ("archived", "archived"),
    }
)
"""Legal moves. From a status to itself: something was noted about the card ("seen again") or its words were edited."""

_MAY_BRING_WORDS = ("candidate", "quarantined")
RESTORED = "restored"
"""Evidence key of a row that brings an earlier state back: the position of the row that had made that state."""
ERASED = "erased"
"""Evidence key of a row that names rows of its card whose words were erased: their positions."""
SALT = "salt"
"""Evidence key of a random text in every row: once a row is erased, nobody can guess its words from its hash."""
_SALT_BYTES = 12
_COLUMNS = "position, card_id, version, from_status, to_status, actor, reason, evidence, card, at, previous_hash, hash"


class LedgerStore(Protocol):
    """What the ledger needs of the journal: one writer at a time across processes, and reads that see its commits."""

    def write(self) -> AbstractContextManager[sqlite3.Connection]: ...

    def read(self) -> sqlite3.Connection: ...


@contextmanager
def reading(store: LedgerStore) -> Iterator[sqlite3.Connection]:
    """The connection of this thread, for reading; what SQLite cannot read becomes a sentence."""
    try:
        yield store.read()
    except sqlite3.ProgrammingError as error:
        raise WorkspaceError("This workspace was closed.", "Open it again.", details=str(error)) from error
    except sqlite3.Error as error:
        raise LedgerDamaged(
            "The record of lessons cannot be read.",
            "Try again; if it stays so, restore the workspace from a backup.",
            details=str(error),
        ) from error


class RawRow(NamedTuple):
    """A row as stored; `evidence` and `card` are JSON text, `card` empty where the content did not change."""

    position: int
    card_id: str
    version: int
    from_status: str
    to_status: str
    actor: str
    reason: str
    evidence: str
    card: str
    at: str
    previous_hash: str
    hash: str

    def computed_hash(self) -> str:
        """Blake2b over the row's canonical JSON (an array in column order) without its own hash."""
        return hashlib.blake2b(msgspec.json.encode(self[:-1]), digest_size=32).hexdigest()

    def follows(self, position: int, previous_hash: str) -> bool:
        """Whether this is the row after that one, untouched."""
        return self.is_joined(position, previous_hash) and self.hash == self.computed_hash()

    @property
    def restores(self) -> int:
        """Position of the row whose state this row brings back; 0 for any other row."""
        if f'"{RESTORED}"' not in self.evidence:
            return 0
        found: dict[str, JSON] = msgspec.json.decode(self.evidence)
        position = found.get(RESTORED)
        return position if isinstance(position, int) else 0

    @property
    def names_erased(self) -> tuple[int, ...]:
        """Positions of erased rows of this card that this row accounts for."""
        if f'"{ERASED}"' not in self.evidence:
            return ()
        found: dict[str, JSON] = msgspec.json.decode(self.evidence)
        return msgspec.convert(found.get(ERASED, ()), tuple[int, ...])

    @property
    def is_erased(self) -> bool:
        """Whether its words were taken out: nothing is written in it, and its hash is of something else."""
        return (self.reason, self.evidence, self.card) == ("", "{}", "") and self.hash != self.computed_hash()

    def is_joined(self, position: int, previous_hash: str) -> bool:
        """Whether this row comes after that one. Its own hash is not looked at: an erased row has lost its words."""
        return self.position == position + 1 and self.previous_hash == previous_hash

    def is_legal(self, status: str, earlier: "Standing | None" = None) -> bool:
        """Whether a card of this status ("" = none yet) may make this move.

        New words always go through quarantine. A row that restores may go anywhere, but only to a state in which this
        very card has been: `earlier` is what the row that it names had made.
        """
        if self.from_status != status:
            return False
        if self.restores:
            return not self.card and earlier == Standing(self.card_id, self.version, self.to_status)
        return (self.from_status, self.to_status) in MOVES and (not self.card or self.to_status in _MAY_BRING_WORDS)


class Standing(NamedTuple):
    """What a row made of its card."""

    card_id: str
    version: int
    status: str


class LedgerRow(Record, frozen=True, kw_only=True):
    """A row as a person or a program reads it: who, when, why."""

    position: int
    card_id: str
    version: int
    from_status: CardStatus | None
    to_status: CardStatus
    actor: str
    reason: str
    evidence: dict[str, JSON]
    card: MemoryCard | None
    at: datetime
    previous_hash: str
    hash: str


def rows_after(db: sqlite3.Connection, position: int) -> Iterator[RawRow]:
    found = db.execute(f"SELECT {_COLUMNS} FROM ledger WHERE position > ? ORDER BY position", (position,))
    return map(_raw, found)


def rows_of(db: sqlite3.Connection, card_id: str) -> list[RawRow]:
    found = db.execute(f"SELECT {_COLUMNS} FROM ledger WHERE card_id = ? ORDER BY position", (card_id,))
    return [_raw(row) for row in found]


def erase(db: sqlite3.Connection, positions: Sequence[int], at: datetime) -> None:
    """Take the words out of rows; their place in the chain stays."""
    for position in positions:
        db.execute("INSERT OR IGNORE INTO erasures (position, at) VALUES (?, ?)", (position, at.isoformat()))
        db.execute("UPDATE ledger SET reason = '', evidence = '{}', card = '' WHERE position = ?", (position,))


def last_position(db: sqlite3.Connection) -> int:
    found: tuple[int | None] = db.execute("SELECT max(position) FROM ledger").fetchone()
    return found[0] or 0


def last_position_at(db: sqlite3.Connection, moment: datetime) -> int:
    """The newest row made at that moment or before; 0 when there was none yet."""
    query = "SELECT coalesce(max(position), 0) FROM ledger WHERE at <= ?"
    found: tuple[int] = db.execute(query, (moment.astimezone(UTC).isoformat(),)).fetchone()
    return found[0]


def moment_of(db: sqlite3.Connection, position: int) -> datetime | None:
    """When a row was made; None when there is no such row."""
    found: tuple[str] | None = db.execute("SELECT at FROM ledger WHERE position = ?", (position,)).fetchone()
    return datetime.fromisoformat(found[0]) if found else None


def highest_position_ever(db: sqlite3.Connection) -> int:
    """SQLite's own count of rows inserted: higher than the last row when rows were cut off the end."""
    found: tuple[int] | None = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'ledger'").fetchone()
    return found[0] if found else 0


def chained(previous: RawRow | None, unchained: RawRow) -> RawRow:
    """The row with its place in the chain after `previous`."""
    placed = unchained._replace(
        position=previous.position + 1 if previous else 1, previous_hash=previous.hash if previous else FIRST_HASH
    )
    return placed._replace(hash=placed.computed_hash())


def unchained(
    card: MemoryCard,
    move: tuple[str, str],
    *,
    actor: str,
    reason: str,
    at: datetime,
    evidence: Mapping[str, JSON] | None = None,
    with_content: bool = False,
) -> RawRow:
    """A row that has no place in the chain yet."""
    return RawRow(
        position=0,
        card_id=card.card_id,
        version=card.version,
        from_status=move[0],
        to_status=move[1],
        actor=actor,
        reason=reason,
        evidence=msgspec.json.encode(
            {**(evidence or {}), SALT: os.urandom(_SALT_BYTES).hex()}, order="deterministic"
        ).decode(),
        card=msgspec.json.encode(card, order="deterministic").decode() if with_content else "",
        at=at.isoformat(),
        previous_hash="",
        hash="",
    )


def insert(db: sqlite3.Connection, row: RawRow) -> None:
    db.execute(f"INSERT INTO ledger ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)


def imported(line: bytes | str) -> RawRow:
    """The row of an exported line, as it was stored. Raises msgspec.MsgspecError for what is no such line."""
    values: dict[str, object] = {}
    for name, raw in msgspec.json.decode(line, type=dict[str, msgspec.Raw]).items():
        as_text = name in ("evidence", "card")
        values[name] = bytes(raw).decode() if as_text else msgspec.json.decode(raw)
    if values.get("card") == "null":
        values["card"] = ""
    return msgspec.convert(tuple(values.get(name) for name in RawRow._fields), RawRow)


def exported(row: RawRow) -> str:
    """One line of JSON whose values are the stored ones, so that the hashes can be computed again from it."""
    values: dict[str, object] = row._asdict()
    values |= {"evidence": msgspec.Raw(row.evidence.encode()), "card": msgspec.Raw(row.card.encode() or b"null")}
    return msgspec.json.encode(values).decode()


def readable(row: RawRow) -> LedgerRow:
    evidence: dict[str, JSON] = msgspec.json.decode(row.evidence)
    evidence.pop(SALT, None)
    values = row._asdict() | {
        "from_status": row.from_status or None,
        "evidence": evidence,
        "card": msgspec.json.decode(row.card) if row.card else None,
    }
    return msgspec.convert(values, LedgerRow, strict=True)


def _raw(row: tuple[object, ...]) -> RawRow:
    return RawRow(*row)  # type: ignore[arg-type]  # sqlite types its rows loosely; the hash check refuses what is wrong
