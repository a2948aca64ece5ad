"""Whether the ledger is as it was written: every hash, every position, every move, and nothing cut off its end.

An erased row has lost its words, so its own hash cannot be computed any more. It has to stand in its place all the
same: joined to the rows before and after it, and named by a later row whose hash holds.
"""

import sqlite3
from collections.abc import Iterable

from purpose_agent.memory.ledger_rows import (
    FIRST_HASH,
    RawRow,
    Standing,
    highest_position_ever,
    rows_after,
)
from purpose_agent.types import Record


class Verification(Record, frozen=True, kw_only=True):
    """`broken_at` is the position of the first row that is wrong or missing; `why` says what is wrong with it.

    head    hash of the last row: who keeps it elsewhere can tell later whether the whole record was replaced.
    erased  rows whose words were erased at a person's request.
    """

    ok: bool
    rows: int
    head: str = ""
    erased: int = 0
    broken_at: int | None = None
    why: str = ""


def verify(db: sqlite3.Connection, *, known: RawRow | None = None) -> Verification:
    """Walk the chain from its first row. `known`: a row this process has read before, which must still be there."""
    found = verify_rows(rows_after(db, 0), known=known)
    if found.ok and found.rows < max(highest_position_ever(db), known.position if known else 0):
        return _broken(found.rows, found.rows + 1, "Rows are missing at the end.")
    return found


def verify_rows(rows: Iterable[RawRow], *, known: RawRow | None = None) -> Verification:
    """The same for rows from anywhere, an exported file for example; whether the end is there cannot be told then."""
    position, previous_hash, erased = 0, FIRST_HASH, 0
    statuses: dict[str, str] = {}
    made: dict[int, Standing] = {}
    unnamed: dict[int, str] = {}
    for row in rows:
        if row.is_erased:
            erased += 1
            unnamed[row.position] = row.card_id
            why = "" if row.is_joined(position, previous_hash) else "A row is missing."
        else:
            why = _fault(row, position, previous_hash, statuses, made)
        for named in row.names_erased:
            if unnamed.get(named) == row.card_id:
                del unnamed[named]
        if not why and known and row.position == known.position and row.hash != known.hash:
            why = "The record was rewritten since it was read."
        if why:
            return _broken(position, position + 1, why)
        position, previous_hash = row.position, row.hash
        statuses[row.card_id] = row.to_status
        made[position] = Standing(row.card_id, row.version, row.to_status)
    if unnamed:
        return _broken(position, min(unnamed), "A row was emptied without a record.")
    return Verification(ok=True, rows=position, head=previous_hash, erased=erased)


def _broken(rows: int, at: int, why: str) -> Verification:
    return Verification(ok=False, rows=rows, broken_at=at, why=why)


def _fault(row: RawRow, position: int, previous_hash: str, statuses: dict[str, str], made: dict[int, Standing]) -> str:
    if row.position != position + 1:
        return "A row is missing."
    if row.previous_hash != previous_hash or row.hash != row.computed_hash():
        return "A row was changed."
    if not row.is_legal(statuses.get(row.card_id, ""), made.get(row.restores)):
        return "A row makes a move that is not allowed."
    return ""
