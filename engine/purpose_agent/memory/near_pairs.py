"""Pairs of lessons that tell something alike to be done, among those that wait or are in use.

A card is laid beside all others once, when it is new or has new words. Cards without a vector (in a script that the
model does not know) are laid beside each other by their words instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from purpose_agent.memory.duplicates import NEAR
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.statements import alike, statement
from purpose_agent.memory.task_kinds import covers
from purpose_agent.memory.vector_matrix import VectorMatrix
from purpose_agent.models.embedding.port import Embedder

NEIGHBOURS = 12
_WORDLESS_PAIRS = 400  # cards without a vector that are compared with a new one

Pair = tuple[str, str, float]


class NearPairs:
    """Not thread-safe: its owner locks."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._matrix = VectorMatrix(embedder.dims)
        self._versions: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], float] = {}
        self._without: dict[str, frozenset[str]] = {}  # card id → words, of cards without a vector

    def of(self, views: Sequence[CardView]) -> list[Pair]:
        """(card id, card id, cosine) of the near pairs whose task kinds can meet, in the order of their ids."""
        there = {view.card_id: view for view in views}
        gone = [card_id for card_id in self._versions if card_id not in there]
        new = [view for view in views if self._versions.get(view.card_id) != view.card.version]
        self._forget({*gone, *(view.card_id for view in new)})
        rows = self._embedder.embed([view.card.do for view in new])
        by_kind: dict[str, list[str]] = defaultdict(list)
        for view, row in zip(new, rows, strict=True):
            self._versions[view.card_id] = view.card.version
            self._matrix.put(view.card_id, view.card.scope.task_kind, row)
            by_kind[view.card.scope.task_kind].append(view.card_id)
            if not row.any():
                self._without[view.card_id] = _words(view)
        kinds = {view.card.scope.task_kind for view in views}
        for kind, ids in by_kind.items():
            groups = [other for other in kinds if covers(kind, other) or covers(other, kind)]
            self._pairs |= self._matrix.pairs(ids, groups, least=NEAR, most=NEIGHBOURS)
        for view in new:
            if view.card_id in self._without:
                self._pairs |= self._by_words(view.card_id)
        return [(one, other, cosine) for (one, other), cosine in sorted(self._pairs.items())]

    def _by_words(self, card_id: str) -> dict[tuple[str, str], float]:
        words, found = self._without[card_id], {}
        for other, its in list(self._without.items())[-_WORDLESS_PAIRS:]:
            likeness = alike(words, its)
            if other != card_id and likeness >= NEAR:
                one, two = sorted((card_id, other))
                found[one, two] = likeness
        return found

    def _forget(self, card_ids: Iterable[str]) -> None:
        gone = set(card_ids) & self._versions.keys()
        for card_id in gone:
            self._matrix.remove(card_id)
            del self._versions[card_id]
            self._without.pop(card_id, None)
        if gone:
            self._pairs = {pair: cosine for pair, cosine in self._pairs.items() if gone.isdisjoint(pair)}


def _words(view: CardView) -> frozenset[str]:
    told = statement(view.card)
    return told.when.words | told.do.words
