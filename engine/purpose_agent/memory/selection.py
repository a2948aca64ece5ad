"""The lessons of one run: find candidates, weigh them by their effect, choose under the prompt's limits.

Candidates come from four bounded lists: lessons that share words with the task, those that mean something like it,
those with the best effect in its kind, and the newest of its kind. So the number that is weighed does not grow with the
number of lessons. Words and meaning also say how similar a lesson is; that orders exploration, and decides nothing.
"""

import random
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from purpose_agent.memory.choice import Choice, Option, Rules, choose
from purpose_agent.memory.credit_model import EVERYWHERE
from purpose_agent.memory.effects import Effect, EffectLedger
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.promoted import PromotedLesson, PromotedView
from purpose_agent.memory.replay_evidence import helped_in
from purpose_agent.memory.task_kinds import covers
from purpose_agent.memory.word_index import content_words
from purpose_agent.types import LessonUse, Task

if TYPE_CHECKING:
    from purpose_agent.memory.lesson_vectors import LessonVectors

FOUND_BY_WORDS = 60
FOUND_BY_MEANING = 40
BEST_OF_KIND = 40
NEWEST_OF_KIND = 30
CHARS_PER_TOKEN = 4
WORD_SIMILARITY, MEANING_SIMILARITY, KIND_SIMILARITY, GENERAL_SIMILARITY = 0.36, 0.24, 0.4, 0.15
"""Similarity, in [0, 1] = shared words (0.36 for the best match) + meaning (0.24 for the very same) + 0.4 for a lesson
of this kind, 0.15 for one without a kind. Six parts of words to four of meaning found more than either alone on three
sets of questions (nDCG@10 0.85, 0.59 and 0.81, where words alone reach 0.80, 0.53 and 0.80)."""
NOTHING_ALIKE, THE_SAME = 0.2, 0.8
"""Cosines that count as 0 and as 1: of two English texts chosen at random one pair in five is above the first."""


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
        vectors: "LessonVectors | None" = None,
    ) -> None:
        self._ledger = ledger
        self._effects = effects
        self._vectors = vectors
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
        among: Collection[str] | None = None,
        rng: random.Random,
    ) -> Selection:
        """The lessons for this task. The same rng state gives the same selection.

        agent, user  a lesson scoped to another one stays out.
        tools        names of the tools at hand; a lesson about another tool stays out. None = not known, all pass.
        may_withhold  False where nothing is learned from the run, so leaving a lesson out would only cost.
        among        ids of the lessons that may be chosen from. None = all that are in use.
        """
        view = self._ledger.promoted()
        if not len(view):
            return Selection()
        words = dict(self._ledger.find(content_words(task.text), task_kind, FOUND_BY_WORDS))
        known = self._candidates(view, task_kind, words)
        meaning = self._meaning(view, task, task_kind, known)
        found = dict.fromkeys([*known, *meaning])
        candidates = [
            lesson
            for card_id in found
            if (among is None or card_id in among)
            and (lesson := view.get(card_id))
            and _in_scope(lesson, task_kind, agent, tools, user)
        ]
        effects = self._effects.effects([(x.card_id, x.version, x.scope.task_kind) for x in candidates], task_kind)
        helped = {
            view.card_id for view in self._ledger.known(x.card_id for x in candidates) if helped_in(view, task_kind)
        }
        options = [
            _option(lesson, effect, _similarity(lesson, words, meaning), replayed=lesson.card_id in helped)
            for lesson, effect in zip(candidates, effects, strict=True)
        ]
        rules = self._rules if may_withhold else self._rules._replace(holdout=0.0)
        return _selection(view, choose(options, rules, rng), len(candidates))

    def _candidates(self, view: PromotedView, task_kind: str, by_words: Iterable[str]) -> list[str]:
        """Ids of what its words, its effects, its age or the person bring up."""
        found = dict.fromkeys(by_words)
        for kind in {task_kind, EVERYWHERE}:
            found |= dict.fromkeys(self._effects.best(kind, BEST_OF_KIND))
        for kind in _covering(task_kind):
            found |= dict.fromkeys(lesson.card_id for lesson in view.newest(kind, NEWEST_OF_KIND))
        found |= dict.fromkeys(lesson.card_id for lesson in view.preferences(NEWEST_OF_KIND))
        return list(found)

    def _meaning(self, view: PromotedView, task: Task, task_kind: str, known: Collection[str]) -> dict[str, float]:
        """Id → likeness in [0, 1] of the known candidates, and of others that mean something like the task."""
        if self._vectors is None:  # numpy and the model, 0.1 s: only where there is a lesson to choose
            from purpose_agent.memory.lesson_vectors import LessonVectors
            from purpose_agent.models.embedding.choose import shipped_embedder

            self._vectors = LessonVectors(shipped_embedder(), self._ledger.moved)
        cosines = self._vectors.closest(
            view, task.text, FOUND_BY_MEANING, task_kinds=_covering(task_kind), least=NOTHING_ALIKE, also=known
        )
        return {card_id: _likeness(cosine) for card_id, cosine in cosines.items()}


def _covering(task_kind: str) -> set[str]:
    return {task_kind, task_kind.partition(":")[0], EVERYWHERE}


def _likeness(cosine: float) -> float:
    return min(max((cosine - NOTHING_ALIKE) / (THE_SAME - NOTHING_ALIKE), 0.0), 1.0)


def _in_scope(lesson: PromotedLesson, task_kind: str, agent: str, tools: Collection[str] | None, user: str) -> bool:
    scope = lesson.scope
    return (
        lesson.kind != "critic_calibration"  # it tells a critic how to judge, and an actor what to please
        and covers(scope.task_kind, task_kind)
        and scope.agent in ("", agent)
        and scope.user in ("", user)
        and (not scope.tool or tools is None or scope.tool in tools)
    )


def _similarity(lesson: PromotedLesson, words: Mapping[str, float], meaning: Mapping[str, float]) -> float:
    kind = KIND_SIMILARITY if lesson.scope.task_kind else GENERAL_SIMILARITY
    told = WORD_SIMILARITY * words.get(lesson.card_id, 0.0) + MEANING_SIMILARITY * meaning.get(lesson.card_id, 0.0)
    return min(kind + told, 1.0)


def _option(lesson: PromotedLesson, effect: Effect, similarity: float, *, replayed: bool) -> Option:
    return Option(
        key=lesson.card_id,
        mean=effect.mean,
        sd=effect.sd,
        uses=effect.uses,
        similarity=similarity,
        tokens=len(lesson.text) // CHARS_PER_TOKEN + 2,
        act=re.sub(r"\W+", " ", lesson.card.do.casefold()).strip(),
        replayed=replayed,
        pinned=lesson.kind == "user_preference" and lesson.card.author == "person",
    )


def _selection(view: PromotedView, choice: Choice, considered: int) -> Selection:
    lessons = tuple(lesson for key in choice.keys if (lesson := view.get(key)))
    withheld = view.get(choice.withheld) if choice.withheld else None
    uses = [_use(lesson, choice) for lesson in (*lessons, *([withheld] if withheld else ()))]
    return Selection(lessons, withheld, tuple(uses), considered)


def _use(lesson: PromotedLesson, choice: Choice) -> LessonUse:
    return LessonUse(
        card_id=lesson.card_id,
        version=lesson.version,
        text=lesson.text,
        exploring=lesson.card_id in choice.exploring,
        withheld=lesson.card_id == choice.withheld,
        chance=choice.chance if lesson.card_id in choice.tossed else 0.0,
    )
