"""Words and meaning together: two ranked lists of passages made into one.

Each side's first hundred are scaled to [0, 1] and added with fixed weights. Ranks alone (reciprocal rank fusion) were
measured to be worse: they throw away how far the best stands above the rest. A bonus for a neighbour that was found
too, and one for how many of the query's words stand in a passage, were measured as well and brought nothing on top of
the surroundings that the index of words holds.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import islice

from purpose_agent.types import Record

DEPTH = 100


class Weights(Record, frozen=True, kw_only=True):
    """What each side counts for; they add up to 1."""

    lexical: float
    dense: float


NEURAL = Weights(lexical=0.5, dense=0.5)
STATIC = Weights(lexical=0.8, dense=0.2)  # it knows less; more of it would cost where words alone do well


class Hit(Record, frozen=True, kw_only=True):
    """`score` orders. `lexical` is BM25 and `cosine` nearness in meaning; None where that side did not find it."""

    chunk_id: int
    score: float
    lexical: float | None = None
    cosine: float | None = None


def fuse(
    lexical: Sequence[tuple[int, float]],
    dense: Sequence[tuple[int, float]],
    *,
    weights: Weights,
    without_vector: Collection[int] = (),
) -> list[Hit]:
    """Both lists, best first, as one, best first, equals by id.

    A passage in `without_vector` is not known by its meaning yet; its words stand for that, so that it is neither lost
    nor pushed up while the rest of its document is still being read. Without any `dense` list the words decide alone.
    """
    words, meaning = scaled(lexical), scaled(dense)
    by_words, by_meaning = dict(lexical[:DEPTH]), dict(dense[:DEPTH])
    hits = []
    for chunk in by_words | by_meaning:
        word = words.get(chunk, 0.0)
        near = word if chunk in without_vector or not meaning else meaning.get(chunk, 0.0)
        score = weights.lexical * word + weights.dense * near
        hits.append(Hit(chunk_id=chunk, score=score, lexical=by_words.get(chunk), cosine=by_meaning.get(chunk)))
    return _ordered(hits)


def scaled(found: Sequence[tuple[int, float]]) -> dict[int, float]:
    """The first hundred by min-max: the best is 1, the hundredth 0; in a shorter list 0 stays 0."""
    first = found[:DEPTH]
    if not first:
        return {}
    high = first[0][1]
    low = first[-1][1] if len(first) == DEPTH else min(0.0, first[-1][1])
    span = max(high - low, 1e-9)
    return {chunk: (score - low) / span for chunk, score in first}


def spread(hits: Sequence[Hit], document: Callable[[int], str], *, per_document: int, k: int) -> list[Hit]:
    """The best `k` of which no document has more than so many."""
    taken: dict[str, int] = {}

    def fits(hit: Hit) -> bool:
        name = document(hit.chunk_id)
        taken[name] = taken.get(name, 0) + 1
        return taken[name] <= per_document

    return list(islice(filter(fits, hits), k))


def _ordered(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))
