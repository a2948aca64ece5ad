"""Which lessons in use mean something like a task: the vectors of the promoted lessons, kept in step with them.

Like the index of words, it only ever finds ids; whether an id may be used is asked of the promoted view. What it finds
depends on the lessons in use alone, not on what was approved or taken back on the way there. The vectors live in memory
and are made from the lessons' words when they are first needed: 10,000 lessons take a quarter of a second, half of what
reading and checking their ledger takes at the same moment (at 100,000: 4 s beside 6 s). So nothing is stored that would
have to be migrated, kept apart between two models, written by a run that may write nothing, or found and removed with a
person's data.
"""

import threading
from collections.abc import Callable, Collection, Iterable

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.promoted import PromotedView
from purpose_agent.memory.vector_matrix import VectorMatrix
from purpose_agent.models.embedding.port import Embedder

MAX_TEXT_READ = 2000
"""Characters of a task that are read for its meaning."""


class LessonVectors:
    """Safe from any thread. `moved(since, until)` names the cards that came into use or left it between revisions."""

    def __init__(self, embedder: "Embedder", moved: Callable[[int, int], Iterable[str]]) -> None:
        self._embedder = embedder
        self._moved = moved
        self._matrix = VectorMatrix(embedder.dims)
        self._revision = 0
        self._lock = threading.Lock()

    def closest(
        self,
        view: PromotedView,
        text: str,
        limit: int,
        *,
        task_kinds: Collection[str] | None = None,
        least: float = 0.0,
        also: Collection[str] = (),
    ) -> dict[str, float]:
        """Card id → cosine, of the lessons in `view` that mean most like the text: best first, equals by id.

        task_kinds  only lessons scoped to exactly one of these ("" = any); None = all.
        least       cosines up to this one are not looked for.
        also        ids whose cosine is told as well, however small.
        """
        (vector,) = self._embedder.embed([text[:MAX_TEXT_READ]])
        with self._lock:
            self._follow(view)
            lapsed = max(0, len(self._matrix) - len(view))  # expired since; the view has dropped them
            found = self._matrix.nearest(vector, limit + lapsed, groups=task_kinds, least=least)
            asked = self._matrix.cosines(vector, also)
        near = [(card_id, cosine) for card_id, cosine in found if view.get(card_id)][:limit]
        return dict(near) | asked

    @property
    def nbytes(self) -> int:
        return self._matrix.nbytes

    def _follow(self, view: PromotedView) -> None:
        """Take in what changed since the last look, and only that."""
        if view.revision <= self._revision:
            return
        changed = list(self._moved(self._revision, view.revision))
        lessons = [lesson for card_id in changed if (lesson := view.get(card_id))]
        for lesson, vector in zip(lessons, self._embedder.embed([meaning(x.card) for x in lessons]), strict=True):
            self._matrix.put(lesson.card_id, lesson.scope.task_kind, vector)
        for card_id in changed:
            if not view.get(card_id):
                self._matrix.remove(card_id)
        self._revision = view.revision


def meaning(card: MemoryCard) -> str:
    """The words of a lesson that say what it is about: its reason and its exceptions would only blur that."""
    return f"{card.when} {card.do}".strip()
