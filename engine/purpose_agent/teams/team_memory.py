"""What a program can do with the memory of a team's workspace: read, decide, try, go back, and take out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.chain import Verification
from purpose_agent.memory.history import AsOf
from purpose_agent.memory.inbox import LATER, RECENT_RUNS, InboxItem, Recent, rank
from purpose_agent.memory.ledger import CardView, LedgerRow
from purpose_agent.memory.replay_evidence import ReplayEvidence, replay_of
from purpose_agent.memory.risk import PERSON
from purpose_agent.memory.uses import recent_kinds
from purpose_agent.runtime.events import now
from purpose_agent.teams.erasure import ErasurePlan, ErasureReport
from purpose_agent.teams.replay_plan import ReplayPlan

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine


class TeamMemory:
    """`team.memory`. Lessons are named by their card ids; every decision can be taken back."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._ledger = engine.memory.ledger

    # ---- reading

    def lessons(
        self,
        status: str | None = None,
        text: str = "",
        *,
        limit: int = 100,
        where: Callable[[CardView], bool] | None = None,
    ) -> list[CardView]:
        """Newest first, each with its effect at home. `where` keeps only those for which it is true."""
        return self._ledger.cards(status=status, text=text, limit=limit, where=where)

    def lesson(self, card_id: str) -> CardView:
        """Raises CardNotFound."""
        return self._ledger.card(card_id)

    def waiting(self) -> list[InboxItem]:
        """What waits for a decision, first what is worth most to decide, each with its risk."""
        recent = Recent.of(recent_kinds(self._engine.workspace.journal, RECENT_RUNS))
        return rank(self._ledger.with_effects(self._ledger.views("quarantined")), recent)

    def history(self, card_id: str) -> list[LedgerRow]:
        """Who decided what about a lesson, when and why, oldest first."""
        return self._ledger.history(card_id)

    # ---- deciding

    def teach(self, lesson: str, *, scope: Scope | None = None) -> MemoryCard:
        """A rule in your words: in use from the next run on."""
        return self._engine.lessons.teach(lesson, scope=scope)

    def approve(self, card_id: str, *, reason: str = "") -> CardView:
        """Let a waiting lesson be used; against a critical finding only with a reason."""
        return self._engine.lessons.approve(card_id, reason=reason)

    def reject(self, card_id: str, *, reason: str = "") -> CardView:
        """Turn a waiting lesson down."""
        return self._engine.lessons.reject(card_id, reason=reason)

    def edit(
        self,
        card_id: str,
        *,
        when: str | None = None,
        do: str | None = None,
        why: str | None = None,
        unless: str | None = None,
        scope: Scope | None = None,
        approve: bool = False,
    ) -> CardView:
        """New words, which wait for a decision of their own unless `approve` is true."""
        return self._engine.lessons.edit(
            card_id, when=when, do=do, why=why, unless=unless, scope=scope, approve=approve
        )

    def archive(self, card_id: str, *, reason: str = "") -> CardView:
        """Put a waiting or used lesson away."""
        return self._engine.lessons.archive(card_id, reason=reason)

    def reopen(self, card_id: str, *, reason: str = "") -> CardView:
        """Let a lesson that was turned down or put away wait again."""
        return self._engine.lessons.reopen(card_id, reason=reason)

    def later(self, card_id: str) -> CardView:
        """Put a waiting lesson off: it comes last."""
        return self._engine.lessons.note(card_id, by=PERSON, reason="later", evidence={LATER: now().isoformat()})

    # ---- trying

    def plan_test(self, card_ids: Sequence[str] | None = None, *, replays: int | None = None) -> ReplayPlan:
        """What trying these lessons (None = all that wait) on past tasks would take. Nothing is spent."""
        return self._engine.plan_replay(card_ids, replays=replays)

    def test(
        self, card_ids: Sequence[str] | None = None, *, replays: int | None = None
    ) -> dict[str, ReplayEvidence | None]:
        """Try them on past tasks, with and without, and wait; what was found out, by card id. It decides nothing.

        Empty where there is nothing to try; `plan_test` says why.
        """
        plan = self.plan_test(card_ids, replays=replays)
        if plan.is_empty:
            return {}
        self._engine.jobs.wait(self._engine.submit_replay(plan).job_id, None)
        return {lesson.card_id: replay_of(self._ledger.card(lesson.card_id)) for lesson in plan.lessons}

    # ---- going back

    @property
    def position(self) -> int:
        """Of the newest row of the record: keep it to come back to this very moment."""
        return self._ledger.position

    def undo(self, card_id: str) -> CardView:
        """Take the last decision about a lesson back; again, and the one before it."""
        return self._engine.lessons.undo(card_id)

    def rollback(self, to: int | datetime, *, card_ids: Sequence[str] | None = None) -> list[CardView]:
        """Bring these lessons, or the whole memory with what it learned of their worth, back to a moment."""
        return self._engine.lessons.rollback(to, card_ids=card_ids)

    def as_of(self, to: int | datetime) -> AsOf:
        """The memory as it stood at a moment, to look at."""
        return self._ledger.as_of(to)

    # ---- the record

    def verify(self) -> Verification:
        """Whether the record of lessons is as it was written."""
        return self._ledger.verify()

    def export(self, path: str | Path) -> int:
        """Write the whole record, one row a line, with the hashes to check it; the number of rows."""
        lines = list(self._ledger.export())
        Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return len(lines)

    def plan_forget(self, *words: str, user: str = "") -> ErasurePlan:
        """What holds these names, addresses or numbers, in all of the workspace. Nothing is touched."""
        return self._engine.plan_erasure(words, user)

    def forget(self, plan: ErasurePlan, *, reason: str = "") -> ErasureReport:
        """Take all of the plan out for good; the report proves that it is gone."""
        return self._engine.erase(plan, reason=reason)

    def __len__(self) -> int:
        """Lessons in use."""
        return self._engine.memory.in_use

    def __iter__(self) -> Iterator[CardView]:
        """Lessons in use, newest first."""
        return iter(self._ledger.views("promoted"))
