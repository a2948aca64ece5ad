"""The order in which waiting lessons are worth a person's time: by what a decision now is expected to gain.

A lesson that waits does nothing. Once approved it helps with the tasks it applies to, and credit drops it again if it
does not: so what it is worth at best is E[max(0, effect)] over the belief about its effect, the value of perfect
information about one normal quantity (Raiffa & Schlaifer 1961). Times how often such tasks come up, that is the
expected number of tasks out of a hundred that go better. Lessons that replays released come first: there the
evidence is in, and only the person's word is missing. What was put off comes last, the longest ago first.

Nothing here reads a database; `Inbox` keeps the last order until the ledger moves.
"""

import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from purpose_agent.memory.fold import CardView
from purpose_agent.memory.probit import NOISE_VARIANCE, normal_cdf
from purpose_agent.memory.replay_evidence import KEY as REPLAY
from purpose_agent.memory.risk import Risk, risk_of
from purpose_agent.memory.task_kinds import covers
from purpose_agent.types import Record

LATER = "later"
"""Evidence key: when a lesson was put off ("" = it is not put off any more)."""
RECENT_RUNS = 50
"""How many of the latest runs tell how often a kind of task comes up."""


class Recent(Record, frozen=True, kw_only=True):
    """The task kinds of the latest runs, counted."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    total: int = 0

    @classmethod
    def of(cls, kinds: Sequence[str]) -> "Recent":
        return cls(counts=dict(Counter(kinds)), total=len(kinds))

    def such(self, scope_kind: str) -> int:
        """How many of them a lesson of this scope applies to."""
        return sum(count for kind, count in self.counts.items() if covers(scope_kind, kind))


class InboxItem(Record, frozen=True, kw_only=True):
    """One waiting lesson in its place.

    gain      tasks out of 100 that are expected to go better for a decision now.
    such, of  how many of the latest runs it applies to, and of how many.
    released  replays on past tasks released it: only the person's word is missing.
    later     when the person put it off; "" if they did not.
    """

    view: CardView
    risk: Risk
    gain: float
    such: int = 0
    of: int = 0
    released: bool = False
    later: str = ""

    @property
    def card_id(self) -> str:
        return self.view.card_id


class WaitingLessons(Protocol):
    """The part of the ledger that the inbox reads."""

    @property
    def position(self) -> int: ...

    def views(self, status: str | None = None) -> list[CardView]: ...
    def with_effects(self, views: Sequence[CardView]) -> list[CardView]: ...


class Inbox:
    """The ranked waiting lessons of one ledger, ranked anew when it has moved. Safe from any thread."""

    def __init__(self, ledger: WaitingLessons) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._known: tuple[int, Recent] | None = None
        self._ranked: dict[str, InboxItem] = {}

    def ranked(self, recent: Recent) -> Mapping[str, InboxItem]:
        """Every waiting lesson by its id, best first."""
        with self._lock:
            now = (self._ledger.position, recent)
            if self._known != now:
                kept = self._ranked if self._known and self._known[1] == recent else {}
                items = self._still_right(kept, recent)
                self._ranked = {item.card_id: item for item in sorted(items, key=_place)}
                self._known = now
            return self._ranked

    def _still_right(self, kept: Mapping[str, InboxItem], recent: Recent) -> list[InboxItem]:
        """The items of all that waits now; one whose lesson has no new row since is taken over as it was."""
        views = self._ledger.views("quarantined")
        old = [item for view in views if (item := kept.get(view.card_id)) and item.view.row == view.row]
        known = {item.card_id for item in old}
        moved = self._ledger.with_effects([view for view in views if view.card_id not in known])
        return old + rank(moved, recent)


def rank(waiting: Sequence[CardView], recent: Recent) -> list[InboxItem]:
    """Best first. The views carry their effect, as `Ledger.cards` gives them; the same input gives the same order."""
    such = {kind: recent.such(kind) for kind in {view.card.scope.task_kind for view in waiting}}
    items = [_item(view, such[view.card.scope.task_kind], recent.total) for view in waiting]
    return sorted(items, key=_place)


def expected_gain(mean: float, sd: float, base_mean: float = 0.0, base_variance: float = 1.0) -> float:
    """E[max(0, effect)] in points of success out of 100: never below 0, and above 0 while anything is uncertain."""
    hoped = max(mean, 0.0) if sd <= 0.0 else mean * normal_cdf(mean / sd) + sd * _density(mean / sd)
    spread = math.sqrt(NOISE_VARIANCE + base_variance)
    return 100.0 * hoped * _density(base_mean / spread) / spread


def _item(view: CardView, such: int, total: int) -> InboxItem:
    effect = view.effect
    hoped = expected_gain(effect.mean, effect.sd, effect.base_mean, effect.base_variance) if effect else 0.0
    share = (such + 0.5) / (total + 1)  # a kind that has not come up lately may still come up
    later = view.evidence.get(LATER) or ""
    return InboxItem(
        view=view,
        risk=risk_of(view),
        gain=hoped * share,
        such=such,
        of=total,
        released=is_released(view),
        later=later if isinstance(later, str) else "",
    )


def is_released(view: CardView) -> bool:
    """Whether replays released it; only the verdict is read, since this is asked of every lesson that waits."""
    replay = view.evidence.get(REPLAY)
    return isinstance(replay, Mapping) and replay.get("verdict") == "released"


def _place(item: InboxItem) -> tuple[str, bool, float, int, int]:
    return item.later, not item.released, -item.gain, -item.view.seen, item.view.born


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
