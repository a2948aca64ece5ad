"""Whether the ledger is as it was written: every hash, every position, every move, and nothing cut off its end."""

import sqlite3

from purpose_agent.memory.ledger_rows import FIRST_HASH, RawRow, Standing, highest_position_ever, rows_after
from purpose_agent.types import Record


class Verification(Record, frozen=True, kw_only=True):
    """`broken_at` is the position of the first row that is wrong or missing; `why` says what is wrong with it."""

    ok: bool
    rows: int
    broken_at: int | None = None
    why: str = ""


def verify(db: sqlite3.Connection, *, known: RawRow | None = None) -> Verification:
    """Walk the chain from its first row. `known`: a row this process has read before, which must still be there."""
    position, previous_hash = 0, FIRST_HASH
    statuses: dict[str, str] = {}
    made: dict[int, Standing] = {}
    for row in rows_after(db, 0):
        why = _fault(row, position, previous_hash, statuses, made)
        if not why and known and row.position == known.position and row.hash != known.hash:
            why = "The record was rewritten since it was read."
        if why:
            return Verification(ok=False, rows=position, broken_at=position + 1, why=why)
        position, previous_hash = row.position, row.hash
        statuses[row.card_id] = row.to_status
        made[position] = Standing(row.card_id, row.version, row.to_status)
    if position < max(highest_position_ever(db), known.position if known else 0):
        return Verification(ok=False, rows=position, broken_at=position + 1, why="Rows are missing at the end.")
    return Verification(ok=True, rows=position)


def _fault(row: RawRow, position: int, previous_hash: str, statuses: dict[str, str], made: dict[int, Standing]) -> str:
    if row.position != position + 1:
        return "A row is missing."
    if row.previous_hash != previous_hash or row.hash != row.computed_hash():
        return "A row was changed."
    if not row.is_legal(statuses.get(row.card_id, ""), made.get(row.restores)):
        return "A row makes a move that is not allowed."
    return ""
