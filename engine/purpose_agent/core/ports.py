"""What the loop needs from other rooms, and no more.

Each port is the part of a neighbour's surface that the loop really uses: `storage.Journal` is a `RunLog`, `Memory` a
`LearningMemory`. So a test can run the loop on a list and a dict, and the loop cannot reach for
what it was not given.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.ledger import Added, CardView
from purpose_agent.memory.promoted import PromotedLesson, PromotedView, TrialLesson
from purpose_agent.runtime.events import Event, RunEvent
from purpose_agent.sandbox.tests import TestReport
from purpose_agent.storage.journal import Checkpoint, Intent
from purpose_agent.types import JSON, LessonUse, Task


class RunLog(Protocol):
    """The durable truth of runs. `append` stores all events and the checkpoint together or nothing: one sync."""

    def append(self, events: Sequence[Event], *, checkpoint: Checkpoint | None = None) -> None: ...
    def events(self, run_id: str, after_seq: int = -1, limit: int | None = None) -> list[RunEvent]: ...
    def last_seq(self, run_id: str) -> int: ...
    def checkpoint(self, run_id: str) -> Checkpoint | None: ...
    def record_intent(self, run_id: str, key: str, tool: str, args: dict[str, JSON]) -> None: ...
    def record_outcome(self, run_id: str, key: str, outcome: dict[str, JSON]) -> None: ...
    def intent(self, run_id: str, key: str) -> Intent | None: ...


class EventSink(Protocol):
    """Where events go after they are stored, and streamed text before."""

    def publish(self, event: Event) -> None: ...


class Cancel(Protocol):
    """The person's wish to stop, from any thread."""

    @property
    def is_set(self) -> bool: ...
    async def wait(self) -> None: ...


class TestRunner(Protocol):
    """Runs a draft's code against tests where it can do no harm. Raises a PurposeError when it may not run at all."""

    async def __call__(self, code: str, tests: Sequence[str], *, timeout_s: float = ...) -> TestReport: ...


class Selected(Protocol):
    """The lessons of one run: those for the prompt, and one left out on purpose to see whether it matters."""

    @property
    def lessons(self) -> tuple[PromotedLesson, ...]: ...
    @property
    def uses(self) -> tuple[LessonUse, ...]: ...
    @property
    def considered(self) -> int: ...


class LessonSource(Protocol):
    def select(
        self,
        task: Task,
        task_kind: str,
        *,
        agent: str = "",
        tools: Collection[str] | None = None,
        may_withhold: bool = True,
        among: Collection[str] | None = None,
        rng: random.Random,
    ) -> Selected: ...


class CreditBook(Protocol):
    def record(
        self, run_id: str, task_kind: str, lessons: Sequence[LessonUse], success: bool, phi: float | None
    ) -> Sequence[Effect]: ...


class LessonLedger(Protocol):
    def promoted(self) -> PromotedView: ...
    def on_trial(self, card_ids: Iterable[str]) -> tuple[TrialLesson, ...]: ...


class CardLedger(LessonLedger, Protocol):
    @property
    def position(self) -> int: ...
    def add_candidate(self, card: MemoryCard, *, actor: str, reason: str, evidence: str = "") -> Added: ...
    def note(self, card_id: str, *, by: str, reason: str, evidence: Mapping[str, JSON]) -> CardView: ...
    def card(self, card_id: str) -> CardView: ...
    def edit(self, card_id: str, *, by: str, reason: str = "", expires: datetime | None = None) -> CardView: ...


class LessonMemory(Protocol):
    """What was learned, to read only: a run that has no more than this cannot change it."""

    @property
    def selector(self) -> LessonSource: ...
    @property
    def ledger(self) -> LessonLedger: ...


class LearningMemory(LessonMemory, Protocol):
    """What was learned, and where new lessons wait. A run without one learns nothing."""

    @property
    def effects(self) -> CreditBook: ...
    @property
    def ledger(self) -> CardLedger: ...
