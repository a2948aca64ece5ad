"""Keeps the lessons in use healthy: looks with the rules of `homeostasis`, and acts in the ledger as "housekeeping".

After a run it looks at the lessons whose credit moved, which costs next to nothing; the whole memory is looked at on
demand and at most once a day by itself. Every act is one row that says why and that an undo takes back. What a person
taught is not touched: it comes out as a proposal.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from purpose_agent.memory.chosen_log import ChosenLog
from purpose_agent.memory.deciding import Decisions
from purpose_agent.memory.effects import Effect, EffectLedger
from purpose_agent.memory.errors import LessonError
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.homeostasis import STALE_DAYS, Act, Budgets, Ground, Standing, acts
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.ledger_rows import LedgerStore
from purpose_agent.memory.selection import CHARS_PER_TOKEN
from purpose_agent.runtime.events import now
from purpose_agent.types import Record

HOUSEKEEPING = "housekeeping"
MOST_ACTS = 200
EVIDENCE = "housekeeping"
"""Evidence key on a card that housekeeping took out of use: the ground, and the uses it had by then."""


class Notice(Record, frozen=True, kw_only=True):
    """A lesson that housekeeping took out of use and that nobody has decided about since. `undo` brings it back."""

    card_id: str
    text: str
    ground: Ground
    sentence: str
    at: datetime


class Housekeeping:
    """Safe from any thread. `decide` makes the moves."""

    def __init__(
        self,
        ledger: Ledger,
        effects: EffectLedger,
        store: LedgerStore,
        *,
        decide: Decisions,
        budgets: Budgets | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._decide = decide
        self._budgets = budgets or Budgets()
        self._clock = clock
        self._chosen = ChosenLog(store)
        self._lock = threading.Lock()

    def after_run(self, card_ids: Iterable[str]) -> list[Act]:
        """Look at the lessons whose credit moved. Returns what was done."""
        in_use = [view for card_id in card_ids if (view := self._ledger.card(card_id)).status == "promoted"]
        return self._do(acts(self._standings(in_use), self._clock()))

    def sweep(self) -> list[Act]:
        """Look at the whole memory. Returns what was done: at most MOST_ACTS, what harms first; the rest next time."""
        mine = [act for act in self._found() if not act.is_taught]
        return self._do(sorted(mine, key=lambda act: not act.demotes)[:MOST_ACTS])

    def proposed(self) -> list[Act]:
        """What the rules say about lessons that a person taught; nothing is done about those."""
        taught = self._ledger.views("promoted", where=_is_taught)
        return acts(self._standings(taught), self._clock(), self._budgets)

    def notices(self) -> list[Notice]:
        """What it did that nobody has answered yet, the latest first."""
        done = self._ledger.views(where=lambda view: view.changed_by == HOUSEKEEPING and EVIDENCE in view.evidence)
        return [_notice(view) for view in sorted(done, key=lambda view: -view.row)]

    def _found(self) -> list[Act]:
        in_use = self._ledger.views("promoted")
        return acts(self._standings(in_use), self._clock(), self._budgets)

    def _standings(self, views: Sequence[CardView]) -> list[Standing]:
        at = self._clock()
        effects = self._effects.by_kind([(v.card_id, v.card.version, v.card.scope.task_kind) for v in views])
        with self._lock:
            self._chosen.refresh()
            return [self._standing(view, effects[view.card.card_id], at) for view in views]

    def _standing(self, view: CardView, effects: tuple[Effect, ...], at: datetime) -> Standing:
        card, moved = view.card, view.changed_at
        chosen = self._chosen.last_chosen(card.card_id)
        moved = chosen if chosen and chosen > moved else moved
        quiet_days = (at - moved).days
        return Standing(
            card_id=card.card_id,
            kind=card.kind,
            task_kind=card.scope.task_kind,
            tokens=(len(card.when) + len(card.do) + len(card.why) + len(card.unless)) // CHARS_PER_TOKEN + 4,
            is_taught=_is_taught(view),
            expires=card.expires,
            quiet_days=quiet_days,
            missed=self._chosen.tasks_since(card.scope.task_kind, moved) if quiet_days >= STALE_DAYS else 0,
            effects=effects,
            tried=_tried(view),
        )

    def _do(self, found: Iterable[Act]) -> list[Act]:
        done = []
        for act in found:
            if act.is_taught:
                continue
            move = self._decide.revoke if act.demotes else self._decide.archive
            try:
                move(
                    act.card_id,
                    by=HOUSEKEEPING,
                    reason=act.reason,
                    evidence={EVIDENCE: {"ground": act.ground, "uses": act.uses}},
                )
            except LessonError:
                continue  # decided about meanwhile, by a person or in another process
            done.append(act)
        return done


def _is_taught(view: CardView) -> bool:
    return view.card.author == "person" or view.card.origin == "person"


def _tried(view: CardView) -> int | None:
    told = view.evidence.get(EVIDENCE) if view.evidence else None
    uses = told.get("uses") if isinstance(told, dict) else None
    return uses if isinstance(uses, int) else None


def _notice(view: CardView) -> Notice:
    told = view.evidence[EVIDENCE]
    ground = told.get("ground") if isinstance(told, dict) else ""
    waits = "It waits for your decision again." if view.status == "quarantined" else "It is put away."
    return Notice(
        card_id=view.card_id,
        text=view.text,
        ground=ground,  # type: ignore[arg-type]
        sentence=f"{view.reason} {waits}",
        at=view.changed_at,
    )
