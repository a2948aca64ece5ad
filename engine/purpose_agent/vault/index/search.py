"""A search by words and by meaning, over whatever tables and indexes the caller has."""

from collections.abc import Callable, Collection, Mapping, Sequence

from purpose_agent.vault.index.fusion import DEPTH, NEURAL, Hit, Weights, fuse, spread

Ranked = Sequence[tuple[int, float]]


def hybrid(
    query: str,
    k: int,
    *,
    lexical: Callable[[str, int], Ranked],
    dense: Callable[[str, int], Ranked],
    info: Callable[[Sequence[int]], Mapping[int, str]],
    without_vector: Collection[int] = (),
    weights: Weights = NEURAL,
    per_document: int | None = None,
) -> list[Hit]:
    """At most k passages, best first.

    lexical, dense   (query, how many) → (chunk id, score), best first.
    info             the document of each chunk; ids it does not know are no longer there and are left out.
    without_vector   chunks that `dense` does not know yet.
    per_document     at most so many of one document.
    """
    if k <= 0 or not query.strip():
        return []
    hits = fuse(lexical(query, DEPTH), dense(query, DEPTH), weights=weights, without_vector=without_vector)
    documents = info([hit.chunk_id for hit in hits])
    hits = [hit for hit in hits if hit.chunk_id in documents]
    if per_document is None:
        return hits[:k]
    return spread(hits, lambda chunk: documents[chunk], per_document=per_document, k=k)
