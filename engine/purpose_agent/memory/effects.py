"""The effect ledger: what each lesson does to success, learned from the runs that had it in their prompt.

A lesson's credit belongs to the words that were in the prompt: an edited card starts anew, and an earlier version finds
its own credit again. A lesson that was left out on purpose only informs the base rate. Beliefs live in memory and are
refreshed from the rows of runs recorded since, by any process; one run is one transaction and counts once. What was
counted is never changed: a correction or a rewind is noted beside it (`credit_log`), and the beliefs are folded again.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from purpose_agent.memory.credit_log import (
    CountedRun,
    Source,
    counted_runs,
    folded,
    note_correction,
    note_rewind,
    rewrites,
)
from purpose_agent.memory.credit_model import EVERYWHERE, Change, Credited, CreditModel, Estimate
from purpose_agent.memory.ledger_rows import LedgerStore, reading
from purpose_agent.memory.probit import Gaussian, success_probability
from purpose_agent.memory.task_kinds import kind_words
from purpose_agent.memory.tosses import Toss, tosses
from purpose_agent.runtime.events import now
from purpose_agent.types import LessonUse, Record

ENOUGH_USES = 5
_RUN_ITSELF = ""  # card_id of the row that marks a run as counted, whether or not it had lessons


class Effect(Record, frozen=True, kw_only=True):
    """How much a lesson adds to the probit of success in a task kind (global effect included), and how sure that is.

    uses       runs of this kind with the lesson in the prompt, replays included.
    replays    those of them that were replays of stored tasks.
    base_mean, base_variance   the kind's own rate of success without it, on the same line.
    """

    mean: float
    sd: float
    uses: int = 0
    replays: int = 0
    card_id: str = ""
    task_kind: str = EVERYWHERE
    base_mean: float = 0.0
    base_variance: float = 1.0

    @property
    def live(self) -> int:
        """Runs of somebody's own task."""
        return self.uses - self.replays


class _Place(Record, frozen=True, kw_only=True):
    task_kind: str = EVERYWHERE


class _Placed(Record, frozen=True, kw_only=True):
    """The part of a stored card that credit needs; the rest is not decoded."""

    version: int = 1
    scope: _Place = _Place()


_decode_placed = msgspec.json.Decoder(_Placed).decode


class EffectLedger:
    """Credit over the journal. Safe from any thread and any process."""

    def __init__(self, store: LedgerStore, *, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._model = CreditModel()
        self._last_credit = 0
        self._last_rewrite = 0

    def effect(self, card_id: str, task_kind: str = EVERYWHERE, version: int | None = None) -> Effect:
        """Believed effect of a lesson in a kind; of its latest version unless one is given."""
        with reading(self._store) as db, self._refreshed(db) as model:
            placed = _placed(db, card_id, version)
            return _effect(model, _credited(card_id, *placed), task_kind)

    def effects(self, lessons: Sequence[tuple[str, int, str]], task_kind: str) -> list[Effect]:
        """The same for many (card_id, version, home task kind) at once, without a look at the ledger."""
        with reading(self._store) as db, self._refreshed(db) as model:
            return [_effect(model, _credited(*lesson), task_kind) for lesson in lessons]

    def by_kind(self, lessons: Sequence[tuple[str, int, str]]) -> dict[str, tuple[Effect, ...]]:
        """Card id → what it does in each kind of task in which it was used, of many at once."""
        with reading(self._store) as db, self._refreshed(db) as model:
            by_key = {_key(card_id, version): (card_id, home) for card_id, version, home in lessons}
            found: dict[str, tuple[Effect, ...]] = dict.fromkeys((lesson[0] for lesson in lessons), ())
            for kind, terms in model.by_kind.items():
                if kind == EVERYWHERE:
                    continue
                for key in terms.keys() & by_key.keys():
                    card_id, home = by_key[key]
                    found[card_id] += (_effect(model, Credited(key, home), kind),)
        return found

    def best(self, task_kind: str, limit: int) -> list[str]:
        """Ids of the cards with the highest effect in a kind, best first; at most `limit`, of those used there."""
        with reading(self._store) as db, self._refreshed(db) as model:
            return list(dict.fromkeys(card_of(key) for key in model.best(task_kind, limit)))

    def record(
        self,
        run_id: str,
        task_kind: str,
        lessons: Sequence[LessonUse],
        success: bool,
        phi: float | None,
        source: Source = "live",
    ) -> list[Effect]:
        """Learn from one run. Returns the effects that moved; none when the run was already counted."""
        if not run_id:
            raise ValueError("a run without an id cannot be counted once")
        with self._store.write() as db:
            if db.execute("SELECT 1 FROM credits WHERE run_id = ? AND card_id = ?", (run_id, _RUN_ITSELF)).fetchone():
                return []
            used = {
                _credited(use.card_id, *_placed(db, use.card_id, use.version)) for use in lessons if not use.withheld
            }
            shown = sorted(used)
            with self._refreshed(db) as model:
                change = model.predict(task_kind, shown, success=success, replay=source == "replay")
            _write_change(db, change)
            self._write_credits(db, run_id, task_kind, lessons, success, phi, source)
        with reading(self._store) as db, self._refreshed(db) as model:
            return [_effect(model, lesson, task_kind) for lesson in shown]

    def counted(self, run_id: str) -> bool:
        """Whether the run has been counted already."""
        with reading(self._store) as db:
            return db.execute("SELECT 1 FROM credits WHERE run_id = ?", (run_id,)).fetchone() is not None

    def correct(self, run_id: str, success: bool | None, phi: float | None) -> bool:
        """Give a counted run another outcome, and fold all credit again. False when the run was never counted.

        success  None = nobody outside the model says how it went, so the run counts for nothing.
        """
        with self._store.write() as db:
            if not db.execute("SELECT 1 FROM credits WHERE run_id = ?", (run_id,)).fetchone():
                return False
            note_correction(db, run_id, success, phi, self._clock())
            _write_model(db, self._folded(db))
        return True

    def rewind(self, db: sqlite3.Connection, moment: datetime) -> None:
        """Within the caller's transaction: believe again what was believed at that moment."""
        note_rewind(db, moment, self._clock())
        _write_model(db, self._folded(db))

    def snapshot(self) -> CreditModel:
        """The beliefs as they are now, to reckon with; what is learned in it changes nothing here."""
        with reading(self._store) as db, self._refreshed(db) as model:
            return model.copy()

    def as_of(self, moment: datetime) -> CreditModel:
        """The beliefs as they were at that moment."""
        with reading(self._store) as db:
            return self._folded(db, until=moment)

    def over_time(self, card_id: str, task_kind: str, version: int | None = None) -> list[tuple[str, Effect]]:
        """What was believed of a lesson in a kind after each such run with it in the prompt, with the run's id.

        In order. All counted runs are folded for it.
        """
        trace: list[tuple[str, Effect]] = []
        with reading(self._store) as db:
            lesson = _credited(card_id, *_placed(db, card_id, version))

            def note(run: CountedRun, model: CreditModel) -> None:
                if lesson.key in run.keys and task_kind in (EVERYWHERE, run.kind):
                    trace.append((run.run_id, _effect(model, lesson, task_kind)))

            self._folded(db, after_each=note)
        return trace

    @property
    def rewritten(self) -> int:
        """How often what was counted was given another outcome since: a score set right, a memory wound back."""
        with reading(self._store) as db:
            return rewrites(db)

    @property
    def newest(self) -> int:
        """Place of the newest row of credit; 0 while there is none."""
        with reading(self._store) as db:
            return int(db.execute("SELECT coalesce(max(id), 0) FROM credits").fetchone()[0])

    def tosses(self, after: int = 0) -> list[Toss]:
        """Every time that a coin decided whether a lesson was in the prompt of a live run, in order."""
        with reading(self._store) as db:
            return tosses(db, after)

    def _folded(
        self,
        db: sqlite3.Connection,
        *,
        until: datetime | None = None,
        after_each: Callable[[CountedRun, CreditModel], None] | None = None,
    ) -> CreditModel:
        known: dict[str, Credited] = {}

        def lesson(key: str) -> Credited:
            if key not in known:
                card_id, _, version = key.partition("@")
                known[key] = _credited(card_id, *_placed(db, card_id, int(version or 1)))
            return known[key]

        return folded(counted_runs(db, until=until), lesson, after_each)

    def _write_credits(
        self,
        db: sqlite3.Connection,
        run_id: str,
        task_kind: str,
        lessons: Sequence[LessonUse],
        success: bool,
        phi: float | None,
        source: Source,
    ) -> None:
        at = self._clock().isoformat()
        rows = {_RUN_ITSELF: (run_id, _RUN_ITSELF, task_kind, 0, 0, 0, 0.0, int(success), phi, at, source)}
        for use in lessons:
            key = _key(use.card_id, use.version)
            flags = (int(not use.withheld), int(use.withheld), int(use.exploring), use.chance)
            rows[key] = (run_id, key, task_kind, *flags, int(success), phi, at, source)
        db.executemany(
            "INSERT INTO credits"
            " (run_id, card_id, task_kind, in_prompt, withheld, exploring, chance, success, phi, at, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows.values(),
        )

    @contextmanager
    def _refreshed(self, db: sqlite3.Connection) -> Iterator[CreditModel]:
        """The model, up to date with every counted run and locked for the time of a `with` block."""
        with self._lock:
            newest: int = db.execute("SELECT coalesce(max(id), 0) FROM credits").fetchone()[0]
            rewritten = rewrites(db)
            if rewritten != self._last_rewrite:
                self._model, self._last_credit, self._last_rewrite = CreditModel(), 0, rewritten
            if newest != self._last_credit:
                _load_changes(db, self._model, self._last_credit)
                self._last_credit = newest
            yield self._model


def words(effect: Effect) -> str:
    """What the effect means for the chance of success, in points: "+18 % ± 9 on writing tasks"."""
    if effect.uses < ENOUGH_USES:
        return f"not enough runs yet ({effect.uses} so far)"
    low, middle, high = (_chance(effect, effect.mean + shift) for shift in (-effect.sd, 0.0, effect.sd))
    gain = 100.0 * (middle - _chance(effect, 0.0))
    return f"{gain:+.0f} % ± {50.0 * (high - low):.0f} on {kind_words(effect.task_kind)}"


def _chance(effect: Effect, extra: float) -> float:
    return success_probability([Gaussian(effect.base_mean + extra, effect.base_variance)])


def _key(card_id: str, version: int) -> str:
    return card_id if version == 1 else f"{card_id}@{version}"


def card_of(key: str) -> str:
    return key.partition("@")[0]


def _credited(card_id: str, version: int, home: str) -> Credited:
    return Credited(_key(card_id, version), home)


def _placed(db: sqlite3.Connection, card_id: str, version: int | None) -> tuple[int, str]:
    """A version of the card (the latest one for None) and the task kind that it is at home in.

    An unknown card is at home everywhere.
    """
    found = db.execute(
        "SELECT card FROM ledger WHERE card_id = :card_id AND card <> ''"
        " AND (:version IS NULL OR version = :version) ORDER BY position DESC LIMIT 1",
        {"card_id": card_id, "version": version},
    ).fetchone()
    placed = _decode_placed(found[0]) if found else _Placed(version=version or 1)
    return placed.version, placed.scope.task_kind


def _effect(model: CreditModel, lesson: Credited, task_kind: str) -> Effect:
    estimate, base = model.effect(lesson, task_kind), model.base(task_kind)
    return Effect(
        mean=estimate.mean,
        sd=estimate.sd,
        uses=estimate.uses,
        replays=estimate.replays,
        card_id=card_of(lesson.key),
        task_kind=task_kind,
        base_mean=base.mean,
        base_variance=base.variance,
    )


def _write_change(db: sqlite3.Connection, change: Change) -> None:
    db.execute(
        "INSERT OR REPLACE INTO base_rates (task_kind, mean, variance, uses) VALUES (?, ?, ?, ?)",
        (change.kind, *change.base[:3]),
    )
    _write_effects(db, [(key, kind, *estimate) for (key, kind), estimate in change.terms.items()])


def _write_model(db: sqlite3.Connection, model: CreditModel) -> None:
    """The whole of the beliefs in place of what stood there."""
    db.execute("DELETE FROM base_rates")
    db.execute("DELETE FROM effects")
    db.executemany(
        "INSERT INTO base_rates (task_kind, mean, variance, uses) VALUES (?, ?, ?, ?)",
        [(kind, *base[:3]) for kind, base in model.bases.items()],
    )
    _write_effects(
        db, [(key, kind, *estimate) for kind, terms in model.by_kind.items() for key, estimate in terms.items()]
    )


def _write_effects(db: sqlite3.Connection, rows: Sequence[tuple[str, str, float, float, int, int]]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO effects (card_id, task_kind, mean, variance, uses, replays) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )


def _load_changes(db: sqlite3.Connection, model: CreditModel, after: int) -> None:
    """Read again what the runs counted since `after` moved; everything on the first read."""
    if after == 0:
        effects = db.execute("SELECT card_id, task_kind, mean, variance, uses, replays FROM effects").fetchall()
        bases = db.execute("SELECT task_kind, mean, variance, uses FROM base_rates").fetchall()
    else:
        since = "FROM credits WHERE id > ?"
        effects = db.execute(
            "SELECT card_id, task_kind, mean, variance, uses, replays FROM effects"
            f" WHERE card_id IN (SELECT card_id {since} AND in_prompt)",
            (after,),
        ).fetchall()
        bases = db.execute(
            f"SELECT task_kind, mean, variance, uses FROM base_rates WHERE task_kind IN (SELECT task_kind {since})",
            (after,),
        ).fetchall()
    for key, kind, *estimate in effects:
        model.put(key, kind, Estimate(*estimate))
    for kind, *estimate in bases:
        model.bases[kind] = Estimate(*estimate)
