"""What daily work shows of learning: asked of the trajectories, the ledger and the tosses of the coin.

Sums over runs are made inside of the database, so that a page over a million steps asks for some hundred numbers.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from purpose_agent.evaluation.live.alarming import WINDOW, Scored, alarms
from purpose_agent.evaluation.live.lessons import lesson_effects, overall
from purpose_agent.evaluation.live.records import EVERYTHING, Choices, LiveFindings, Mark, Spent, Stretch, Which
from purpose_agent.evaluation.live.toss_table import Mask, TossTable
from purpose_agent.evaluation.statistics.intervals import wilson
from purpose_agent.memory.decisions import decisions
from purpose_agent.memory.ledger_rows import LedgerRow
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.trajectories import Trajectories
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.imports import TEAM as BROUGHT
from purpose_agent.types import SUCCESS_PHI

MOST_STRETCHES = 60
_FEWEST_RUNS = 5  # in a stretch, as long as there are enough for several
_DECISIONS = 200
_KEPT = 64
_JUDGED = "phi IS NOT NULL AND tier NOT IN ('self', 'none')"
_OWN = "parent_run = '' AND mode = 'train' AND status IN ('done', 'failed')"
"""Runs of somebody's own tasks that came to an end: no replays, no studies, nothing brought from elsewhere."""


class LiveLearning:
    """Of one workspace. Safe from any thread."""

    def __init__(self, workspace: Workspace, memory: Memory) -> None:
        self._workspace = workspace
        self._memory = memory
        self._lock = threading.Lock()
        self._table = TossTable()
        self._rewritten = 0  # how often outcomes had been set right when the table was begun
        self._known: dict[tuple[object, ...], LiveFindings] = {}

    def choices(self) -> Choices:
        """What filters can be set to."""
        found = []
        for column in ("team", "model", "task_kind", "notebook_id"):
            rows = self._store.sql(
                f"SELECT {column} AS value, count(*) AS runs FROM runs WHERE {_OWN} AND {column} <> ''"
                " GROUP BY ALL ORDER BY runs DESC, value"
            )
            found.append(tuple((str(row["value"]), int(row["runs"])) for row in rows))
        return Choices(*found)

    def findings(self, which: Which = EVERYTHING) -> LiveFindings:
        """Raises PurposeError when another process has the trajectories. Worked out anew only when something came."""
        key = (which, self._standing())
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = self._worked_out(which)
        with self._lock:
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        return found

    def _standing(self) -> tuple[object, ...]:
        """Moves whenever a run, a decision or a score came that could change what is found."""
        (runs,) = self._store.sql("SELECT count(*) AS n, max(finished_at) AS last FROM runs")
        (scores,) = self._store.sql("SELECT count(*) AS n FROM scores")
        effects = self._memory.effects
        return (runs["n"], runs["last"], scores["n"], self._memory.ledger.position, effects.newest, effects.rewritten)

    def _worked_out(self, which: Which) -> LiveFindings:
        where, values = _where(which)
        stretches = self._stretches(where, values)
        marks = self._marks(which, where, values)
        table = self._tossed()
        mask = self._counting(table, which, where, values)
        working = Spent(
            sum(stretch.runs for stretch in stretches),
            sum(stretch.seconds for stretch in stretches),
            sum(stretch.tokens for stretch in stretches),
            sum(stretch.cost_usd for stretch in stretches),
        )
        return LiveFindings(
            which=which,
            runs=working.runs,
            judged=sum(stretch.judged for stretch in stretches),
            overall=overall(table, mask),
            stretches=stretches,
            marks=marks,
            lessons=tuple(lesson_effects(table, mask, self._told_of)),
            alarms=tuple(alarms(self._scored(where, values), marks)),
            working=working,
            learning=self._spent("WHERE parent_run <> '' AND team <> ?", [BROUGHT]),
        )

    # ---- of the trajectories

    @property
    def _store(self) -> Trajectories:
        return self._workspace.trajectories()

    def _stretches(self, where: str, values: Sequence[object]) -> tuple[Stretch, ...]:
        rows = self._store.sql(
            f"""
            WITH own AS (
                SELECT *, row_number() OVER (ORDER BY started_at, run_id) AS n, count(*) OVER () AS of_all
                FROM runs {where}
            )
            SELECT min(n) AS first, max(n) AS last, min(started_at) AS began, max_by(run_id, n) AS run_id,
                count(*) FILTER ({_JUDGED}) AS judged, count(*) FILTER ({_JUDGED} AND phi >= {SUCCESS_PHI}) AS solved,
                avg(phi) FILTER ({_JUDGED}) AS phi, sum(tokens) AS tokens, sum(seconds) AS seconds,
                sum(steps) AS steps, sum(attempts) AS attempts, sum(cost_usd) AS cost_usd
            FROM own
            GROUP BY ((n - 1) * least({MOST_STRETCHES}, greatest(1, of_all // {_FEWEST_RUNS}))) // of_all
            ORDER BY first
            """,
            values,
        )
        return tuple(_stretch(row) for row in rows)

    def _scored(self, where: str, values: Sequence[object]) -> list[Scored]:
        """The latest judged runs, oldest first. A score compares with those of its kind by the same sort of judge."""
        rows = self._store.sql(
            f"""
            SELECT n, started_at, phi, task_kind || ' ' || tier AS kind FROM (
                SELECT *, row_number() OVER (ORDER BY started_at, run_id) AS n FROM runs {where}
            ) WHERE {_JUDGED} ORDER BY n DESC LIMIT {WINDOW}
            """,
            values,
        )
        return [Scored(int(row["n"]), _utc(row["started_at"]), row["phi"], row["kind"]) for row in reversed(rows)]

    def _spent(self, where: str, values: Sequence[object]) -> Spent:
        (row,) = self._store.sql(
            "SELECT count(*) AS runs, coalesce(sum(seconds), 0) AS seconds, coalesce(sum(tokens), 0) AS tokens,"
            f" coalesce(sum(cost_usd), 0) AS cost_usd FROM runs {where}",
            values,
        )
        return Spent(int(row["runs"]), float(row["seconds"]), int(row["tokens"]), float(row["cost_usd"]))

    # ---- of what changed

    def _marks(self, which: Which, where: str, values: Sequence[object]) -> tuple[Mark, ...]:
        """Lessons put in use and put away, and the first run of a further model or judge; oldest first."""
        rows = [row for row in decisions(self._workspace.journal, limit=_DECISIONS) if _changes_use(row)]
        if which.since is not None:
            rows = [row for row in rows if row.at >= which.since]
        counted = self._counted(where, values, [row.at for row in rows])
        marks = [self._mark(row, after) for row, after in zip(rows, counted, strict=True)]
        marks += self._first_of("model", "a run with the model {}", where, values)
        marks += self._judges(where, values)
        return tuple(sorted(marks, key=lambda mark: (mark.at, mark.kind)))

    def _mark(self, row: LedgerRow, after: int) -> Mark:
        text = self._memory.ledger.card(row.card_id).text or "(erased)"
        came = row.to_status == "promoted"
        told = f"the lesson “{text}” was {'put in use' if came else 'put away'}"
        return Mark(after, row.at, "in use" if came else "put away", told, row.card_id)

    def _counted(self, where: str, values: Sequence[object], moments: Sequence[datetime]) -> list[int]:
        """How many of the runs had begun at each of the moments."""
        if not moments:
            return []
        rows = self._store.sql(
            f"""
            SELECT (SELECT count(*) FROM (SELECT started_at FROM runs {where}) WHERE started_at <= moment) AS after
            FROM (SELECT unnest(?) AS moment, unnest(range(?)) AS place) ORDER BY place
            """,
            [*values, [moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], len(moments)],
        )
        return [int(row["after"]) for row in rows]

    def _first_of(self, column: str, told: str, where: str, values: Sequence[object]) -> list[Mark]:
        """The very first one is where the curve begins, not a change."""
        rows = self._store.sql(
            f"""
            SELECT {column} AS value, min(n) AS n, min(started_at) AS at FROM (
                SELECT *, row_number() OVER (ORDER BY started_at, run_id) AS n FROM runs {where}
            ) GROUP BY ALL ORDER BY n
            """,
            values,
        )
        return [Mark(int(row["n"]) - 1, _utc(row["at"]), "model", told.format(row["value"])) for row in rows[1:]]

    def _judges(self, where: str, values: Sequence[object]) -> list[Mark]:
        """Where another model began to judge: from there on scores do not compare with those before."""
        rows = self._store.sql(
            f"""
            SELECT judged_by AS value, min(n) AS n, min(started_at) AS at FROM (
                SELECT run_id, started_at, row_number() OVER (ORDER BY started_at, run_id) AS n FROM runs {where}
            ) AS own JOIN (
                SELECT DISTINCT run_id, judged_by FROM scores WHERE judged_by <> '' AND tier = 'judge'
            ) USING (run_id) GROUP BY ALL ORDER BY n
            """,
            values,
        )
        return [Mark(int(row["n"]) - 1, _utc(row["at"]), "judge", f"{row['value']} began to judge") for row in rows[1:]]

    # ---- of lessons

    def _tossed(self) -> TossTable:
        """Read on from where it was. When outcomes were set right meanwhile, what was read may stand otherwise."""
        effects = self._memory.effects
        with self._lock:
            rewritten = effects.rewritten  # before the tosses: what is set right in between is seen the next time
            if rewritten != self._rewritten:
                self._table, self._rewritten = TossTable(), rewritten
            self._table = self._table.with_more(effects.tosses(self._table.last))
            return self._table

    def _counting(self, table: TossTable, which: Which, where: str, values: Sequence[object]) -> Mask:
        if which == EVERYTHING:
            return table.all()
        if which == Which(task_kind=which.task_kind):
            return table.of_kind(which.task_kind)
        with self._store.cursor() as cursor:  # no dict a row: these may be a hundred thousand
            found = cursor.execute(f"SELECT run_id FROM runs {where}", values).fetchall()
        return table.of_runs([run_id for (run_id,) in found])

    def _told_of(self, card_id: str, version: int) -> tuple[str, bool] | None:
        """None for one that is not known any more, and for words that were edited since."""
        found = self._memory.ledger.known([card_id])
        if not found or found[0].card.version != version:
            return None
        return found[0].text, found[0].status == "promoted"


def _where(which: Which) -> tuple[str, list[object]]:
    asked = {
        "team": which.team, "model": which.model, "task_kind": which.task_kind, "notebook_id": which.notebook_id
    }  # fmt: skip
    conditions = [_OWN, *(f"{column} = ?" for column, value in asked.items() if value)]
    values: list[object] = [value for value in asked.values() if value]
    if which.since is not None:
        conditions.append("started_at >= ?")
        values.append(which.since.astimezone(UTC).replace(tzinfo=None))
    return f"WHERE {' AND '.join(conditions)}", values


def _stretch(row: dict[str, Any]) -> Stretch:
    judged = int(row["judged"])
    return Stretch(
        first=int(row["first"]),
        last=int(row["last"]),
        began=_utc(row["began"]),
        run_id=row["run_id"],
        judged=judged,
        solved=wilson(int(row["solved"]), judged) if judged else None,
        phi=row["phi"],
        tokens=int(row["tokens"]),
        seconds=float(row["seconds"]),
        steps=int(row["steps"]),
        attempts=int(row["attempts"]),
        cost_usd=float(row["cost_usd"]),
    )


def _changes_use(row: LedgerRow) -> bool:
    return (row.from_status == "promoted") != (row.to_status == "promoted")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
