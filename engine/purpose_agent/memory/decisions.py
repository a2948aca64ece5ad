"""Who decided what about which lesson, newest first: the ledger without the rows in which nothing was decided."""

from collections.abc import Sequence
from datetime import UTC, datetime

from purpose_agent.memory.ledger_rows import RESTORED, LedgerRow, LedgerStore, RawRow, readable, reading

_COLUMNS = ", ".join(RawRow._fields)
_DECISION = (
    "from_status NOT IN ('', 'candidate')"
    f""" AND (from_status <> to_status OR card <> '' OR evidence LIKE '%"{RESTORED}"%')"""
)


def decisions(store: LedgerStore, *, before: int | None = None, limit: int = 50) -> list[LedgerRow]:
    """At most `limit`, newest first; `before` is the position of the last one of the page before."""
    with reading(store) as db:
        found = db.execute(
            f"SELECT {_COLUMNS} FROM ledger WHERE position < ? AND {_DECISION} ORDER BY position DESC LIMIT ?",
            (2**62 if before is None else before, limit),
        ).fetchall()
    return [readable(RawRow(*row)) for row in found]


def decided_since(store: LedgerStore, moment: datetime, *, by: str) -> Sequence[str]:
    """Ids of the waiting lessons that somebody approved, turned down or put away since then and that stayed so."""
    with reading(store) as db:
        found = db.execute(
            "SELECT DISTINCT card_id FROM ledger AS made WHERE at >= ? AND actor = ? AND from_status = 'quarantined'"
            " AND to_status IN ('promoted', 'rejected', 'archived') AND (SELECT to_status FROM ledger AS latest"
            " WHERE latest.card_id = made.card_id ORDER BY position DESC LIMIT 1) <> 'quarantined'",
            (moment.astimezone(UTC).isoformat(), by),
        ).fetchall()
    return [card_id for (card_id,) in found]
