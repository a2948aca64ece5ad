"""Breeding lessons: the parents with what their runs showed, a few children, each handed to the gate as a candidate."""

import asyncio
from collections.abc import Collection, Sequence

from purpose_agent.core.actor import Exchange, ModelCaller
from purpose_agent.core.assembly import CRITIC_LIMITS
from purpose_agent.core.optimizer import topic
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.rewording import reworded
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard, act
from purpose_agent.memory.evolution import Child, Parent, offspring
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.uses import runs_of, task_kinds_of
from purpose_agent.models.backend import Backend
from purpose_agent.runtime.events import RunStarted
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.lessons import Lessons
from purpose_agent.types import JSON, Record

BY = "evolution"
RUNS_READ = 40
MOST_CHILDREN = 12


class Bred(Record, frozen=True, kw_only=True):
    """A child as it stands now. `how` says what was changed of its parents."""

    card_id: str
    text: str
    how: str
    parents: tuple[str, ...]
    status: str


class Evolving:
    def __init__(self, workspace: Workspace, memory: Memory, lessons: Lessons) -> None:
        self._workspace = workspace
        self._memory = memory
        self._lessons = lessons

    async def breed(self, *, limit: int, seed: int, model: Backend | None) -> list[Bred]:
        """At most `limit` new candidates. Raises PurposeError for a limit that is none, and a ModelError."""
        if not 1 <= limit <= MOST_CHILDREN:
            raise PurposeError(f"{limit} new lessons at once cannot be looked at.", f"Ask for 1 to {MOST_CHILDREN}.")
        views = self._memory.ledger.views()
        rejected = [view.card for view in views if view.status == "rejected"]
        children = offspring(self._parents(), [view.card for view in views], rejected, seed=seed, limit=limit)
        if model is not None and model.capabilities.critic:
            refused = {act(card) for card in rejected}
            children = [await self._reworded(child, model, refused) for child in children]
        return [bred for child in children if (bred := self._kept(child))]

    def _kept(self, child: Child) -> Bred | None:
        added = self._lessons.propose(child.card, by=BY, reason=child.how, evidence=child.card.evidence)
        if not added.is_new:
            return None  # a model's words made it one that was there already
        view = self._memory.ledger.card(added.card_id)
        return Bred(
            card_id=added.card_id, text=view.text, how=child.how, parents=child.card.parents, status=view.status
        )

    def _parents(self) -> list[Parent]:
        """Every lesson in use, with its effects; only approved lessons have children."""
        in_use = self._memory.ledger.views(status="promoted")
        return [self._parent(view) for view in self._memory.ledger.with_effects(in_use) if view.effect]

    def _parent(self, view: CardView) -> Parent:
        card, effects, store = view.card, self._memory.effects, self._workspace.journal
        assert view.effect is not None
        if not view.effect.uses:
            return Parent(card, view.effect)
        kinds = [kind for kind in task_kinds_of(store, card.card_id) if kind != card.scope.task_kind]
        failed, succeeded = self._topics(card)
        return Parent(
            card,
            view.effect,
            {kind: effects.effect(card.card_id, kind, card.version) for kind in kinds},
            failed,
            succeeded,
        )

    def _topics(self, card: MemoryCard) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
        """The telling words of the tasks of its latest runs, by how they went."""
        failed: list[Sequence[str]] = []
        succeeded: list[Sequence[str]] = []
        for run in runs_of(self._workspace.journal, card.card_id, limit=RUNS_READ):
            if run.withheld or run.version != card.version or run.source != "live":
                continue
            words = self._words_of(run.run_id)
            if words:
                (succeeded if run.success else failed).append(words)
        return failed, succeeded

    def _words_of(self, run_id: str) -> list[str]:
        try:
            first = self._workspace.events(run_id, limit=1)
        except PurposeError:
            return []  # moved into trajectories that another process has: this run tells nothing here
        return topic(first[0].task).split(", ") if first and isinstance(first[0], RunStarted) else []

    async def _reworded(self, child: Child, model: Backend, refused: Collection[str]) -> Child:
        """The child in fewer words, unless those were turned down before."""
        caller = ModelCaller(model, limits=CRITIC_LIMITS, sleep=asyncio.sleep, on_retry=lambda _: None)

        async def ask(prompt: CompiledPrompt, schema: dict[str, JSON]) -> Exchange:
            return await caller.ask(prompt, schema=schema)

        card = await reworded(child.card, ask, author=model.name)
        return child if act(card) in refused else child._replace(card=card)
