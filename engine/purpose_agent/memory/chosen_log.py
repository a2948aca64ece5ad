"""When each lesson was last in the prompt of somebody's own task, and how many tasks of each kind came since.

Read from the counted runs, and refreshed with those that were counted since the last look. Replays do not count: that a
lesson is tried says nothing about its being of use.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime

from purpose_agent.memory.effects import card_of
from purpose_agent.memory.ledger_rows import LedgerStore, reading
from purpose_agent.memory.task_kinds import covers


class ChosenLog:
    """Not thread-safe: its owner locks."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._last_row = 0
        self._chosen: dict[str, datetime] = {}  # card id → when
        self._runs: dict[str, list[str]] = defaultdict(
            list
        )  # task kind → when each run was counted, as ISO text in UTC, in order

    def refresh(self) -> None:
        with reading(self._store) as db:
            rows = db.execute(
                "SELECT id, card_id, task_kind, in_prompt, at FROM credits"
                " WHERE id > ? AND source = 'live' ORDER BY id",
                (self._last_row,),
            )
            for row, key, kind, in_prompt, at in rows:
                self._last_row = row
                if not key:
                    self._runs[kind].append(at)
                elif in_prompt:
                    self._chosen[card_of(key)] = datetime.fromisoformat(at)

    def last_chosen(self, card_id: str) -> datetime | None:
        return self._chosen.get(card_id)

    def tasks_since(self, home: str, moment: datetime) -> int:
        """Tasks of the kinds that a home covers which were counted after the moment (in UTC)."""
        since = moment.isoformat()
        return sum(len(at) - bisect_right(at, since) for kind, at in self._runs.items() if covers(home, kind))
