"""Which runs a lesson took part in, read for one lesson at a time."""

from datetime import datetime

from purpose_agent.memory.credit_log import Source
from purpose_agent.memory.ledger_rows import LedgerStore, reading
from purpose_agent.types import Record


class LessonRun(Record, frozen=True, kw_only=True):
    """A run with the lesson in its prompt, or one that left it out on purpose (`withheld`)."""

    run_id: str
    version: int
    task_kind: str
    withheld: bool
    success: bool
    phi: float | None
    at: datetime
    source: Source = "live"


def runs_of(store: LedgerStore, card_id: str, *, limit: int = 50) -> list[LessonRun]:
    """Newest first, all versions of the lesson."""
    with reading(store) as db:
        found = db.execute(
            "SELECT run_id, card_id, task_kind, withheld, success, phi, at, source FROM credits"
            " WHERE card_id = ? OR card_id GLOB ? ORDER BY id DESC LIMIT ?",
            (card_id, f"{card_id}@*", limit),
        ).fetchall()
    return [
        LessonRun(
            run_id=run_id,
            version=int(key.partition("@")[2] or 1),
            task_kind=kind,
            withheld=bool(withheld),
            success=bool(success),
            phi=phi,
            at=datetime.fromisoformat(at),
            source=source,
        )
        for run_id, key, kind, withheld, success, phi, at, source in found
    ]


def task_kinds_of(store: LedgerStore, card_id: str) -> list[str]:
    """The task kinds in which it was in a prompt, the most frequent first."""
    with reading(store) as db:
        found = db.execute(
            "SELECT task_kind FROM credits WHERE (card_id = ? OR card_id GLOB ?) AND in_prompt"
            " GROUP BY task_kind ORDER BY count(*) DESC, task_kind",
            (card_id, f"{card_id}@*"),
        ).fetchall()
    return [kind for (kind,) in found]


def recent_kinds(store: LedgerStore, limit: int) -> list[str]:
    """The task kinds of the latest runs with an outcome, newest first; replays are nobody's work and do not count."""
    with reading(store) as db:
        found = db.execute(
            "SELECT task_kind FROM credits WHERE card_id = '' AND source = 'live' ORDER BY id DESC LIMIT ?", (limit,)
        ).fetchall()
    return [kind for (kind,) in found]
