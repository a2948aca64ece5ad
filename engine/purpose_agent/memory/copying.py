"""A memory of its own for an experiment: every row of the ledger and of what lessons are worth, as they stand now.

The rows are the same to the last byte, so the chain of hashes holds in the copy, and the copy goes on from there: it
can be rolled back and put back by the ledger's own means without touching the memory that it came from.
"""

import sqlite3

from purpose_agent.memory.ledger_rows import LedgerStore, last_position, reading

_TABLES = ("erasures", "ledger", "effects", "base_rates", "credits", "credit_rewrites")
_INDEX = "cards_fts"
_AT_ONCE = 1_000


def copy_memory(source: LedgerStore, into: LedgerStore) -> int:
    """Copy a whole memory into an empty one; the position of its newest row. All of it is there, or nothing.

    Raises ValueError where there is a memory already.
    """
    with reading(source) as db, into.write() as copy:
        if last_position(copy):
            raise ValueError("there is a memory already")
        db.execute("BEGIN")  # one moment for all tables, whoever writes meanwhile
        try:
            for table in _TABLES:
                _copy(db, copy, table, "*")
            _copy(db, copy, _INDEX, "rowid, card_id, text")
        finally:
            db.execute("ROLLBACK")
        return last_position(copy)


def _copy(db: sqlite3.Connection, copy: sqlite3.Connection, table: str, columns: str) -> None:
    found = db.execute(f"SELECT {columns} FROM {table}")
    names = [column[0] for column in found.description]
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    while rows := found.fetchmany(_AT_ONCE):
        copy.executemany(insert, rows)
