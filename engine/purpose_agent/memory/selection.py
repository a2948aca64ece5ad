"""The lessons of one run: find candidates, weigh them by their effect, choose under the prompt's limits.

Candidates come from three bounded lists: lessons that share words with the task, those with the best effect in its
kind, and the newest of its kind. So the time it takes does not grow with the number of lessons.
"""

import random
import re
from collections.abc import Collection
from dataclasses import dataclass

from purpose_agent.memory.choice import Choice, Option, Rules, choose
from purpose_agent.memory.credit_model import EVERYWHERE
from purpose_agent.memory.effects import Effect, EffectLedger
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.promoted import PromotedLesson, PromotedView
from purpose_agent.memory.task_kinds import covers
from purpose_agent.memory.word_index import content_words
from purpose_agent.types import LessonUse, Task

FOUND_BY_WORDS = 60
BEST_OF_KIND = 40
NEWEST_OF_KIND = 30
CHARS_PER_TOKEN = 4
WORD_SIMILARITY, KIND_SIMILARITY, GENERAL_SIMILARITY = 0.6, 0.4, 0.15
"""Similarity = shared words (0.6 for the best match) + 0.4 for a lesson of this kind, 0.15 for one without a kind."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`lessons` are for the prompt, in this order. `uses` also names the one left out on purpose."""

    lessons: tuple[PromotedLesson, ...] = ()
    withheld: PromotedLesson | None = None
    uses: tuple[LessonUse, ...] = ()
    considered: int = 0


class Selector:
    """Selects lessons for a task. `explore` slots are for approved lessons that have not proved themselves yet."""

    def __init__(
        self,
        ledger: Ledger,
        effects: EffectLedger,
        *,
        k: int = 10,
        token_budget: int = 600,
        explore: int = 3,
        holdout: float = 0.10,
        z: float = 0.5,
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._rules = Rules(k=k, tokens=token_budget, explore=explore, holdout=holdout, z=z)

    def select(
        self,
        task: Task,
        task_kind: str,
        *,
        agent: str = "",
        tools: Collection[str] | None = None,
        user: str = "",
        may_withhold: bool = True,
        rng: random.Random,
    ) -> Selection:
        """The lessons for this task. The same rng state gives the same selection.

        agent, user  a lesson scoped to another one stays out.
        tools        names of the tools at hand; a lesson about another tool stays out. None = not known, all pass.
        may_withhold  False where nothing is learned from the run, so leaving a lesson out would only cost.
        """
        view = self._ledger.promoted()
        if not len(view):
            return Selection()
        relevance = dict(self._ledger.find(content_words(task.text), task_kind, FOUND_BY_WORDS))
        candidates = [
            lesson
            for lesson in self._candidates(view, task_kind, relevance)
            if _in_scope(lesson, task_kind, agent, tools, user)
        ]
        effects = self._effects.effects([(x.card_id, x.version, x.scope.task_kind) for x in candidates], task_kind)
        options = [
            _option(lesson, effect, _similarity(lesson, task_kind, relevance))
            for lesson, effect in zip(candidates, effects, strict=True)
        ]
        rules = self._rules if may_withhold else self._rules._replace(holdout=0.0)
        return _selection(view, choose(options, rules, rng), len(candidates))

    def _candidates(self, view: PromotedView, task_kind: str, relevance: Collection[str]) -> list[PromotedLesson]:
        ids = dict.fromkeys(relevance)
        for kind in {task_kind, EVERYWHERE}:
            ids |= dict.fromkeys(self._effects.best(kind, BEST_OF_KIND))
        found = {card_id: lesson for card_id in ids if (lesson := view.get(card_id))}
        family = task_kind.partition(":")[0]
        for kind in {task_kind, family, EVERYWHERE}:
            found |= {lesson.card_id: lesson for lesson in view.newest(kind, NEWEST_OF_KIND)}
        found |= {lesson.card_id: lesson for lesson in view.preferences(NEWEST_OF_KIND)}
        return list(found.values())


def _in_scope(lesson: PromotedLesson, task_kind: str, agent: str, tools: Collection[str] | None, user: str) -> bool:
    scope = lesson.scope
    return (
        lesson.kind != "critic_calibration"  # it tells a critic how to judge, and an actor what to please
        and covers(scope.task_kind, task_kind)
        and scope.agent in ("", agent)
        and scope.user in ("", user)
        and (not scope.tool or tools is None or scope.tool in tools)
    )


def _similarity(lesson: PromotedLesson, task_kind: str, relevance: dict[str, float]) -> float:
    kind = GENERAL_SIMILARITY if not lesson.scope.task_kind else KIND_SIMILARITY
    return kind + WORD_SIMILARITY * relevance.get(lesson.card_id, 0.0)


def _option(lesson: PromotedLesson, effect: Effect, similarity: float) -> Option:
    return Option(
        key=lesson.card_id,
        mean=effect.mean,
        sd=effect.sd,
        uses=effect.uses,
        similarity=similarity,
        tokens=len(lesson.text) // CHARS_PER_TOKEN + 2,
        act=re.sub(r"\W+", " ", lesson.card.do.casefold()).strip(),
        pinned=lesson.kind == "user_preference" and lesson.card.author == "person",
    )


def _selection(view: PromotedView, choice: Choice, considered: int) -> Selection:
    lessons = tuple(lesson for key in choice.keys if (lesson := view.get(key)))
    withheld = view.get(choice.withheld) if choice.withheld else None
    uses = [_use(lesson, exploring=lesson.card_id in choice.exploring) for lesson in lessons]
    if withheld:
        uses.append(_use(withheld, withheld=True))
    return Selection(lessons, withheld, tuple(uses), considered)


def _use(lesson: PromotedLesson, *, exploring: bool = False, withheld: bool = False) -> LessonUse:
    return LessonUse(
        card_id=lesson.card_id, version=lesson.version, text=lesson.text, exploring=exploring, withheld=withheld
    )
