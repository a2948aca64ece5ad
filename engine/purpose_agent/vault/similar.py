"""Documents that say nearly the same, found by MinHash over runs of five words.

Source: Broder 1997, "On the resemblance and containment of documents". Of long texts a fixed share of the runs is
taken, chosen by their hash, so that the same runs are taken of a copy.
"""

import re
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Shingles = npt.NDArray[np.uint64]
"""(128,) or (0,) for a text too short to compare."""

LIKENESS = 0.8  # share of runs in common, from which on a document is called nearly the same
_WORDS = 5
_LEAST_RUNS = 8
_MOST_RUNS = 20_000
_WORD = re.compile(r"\w+")


def shingles(text: str) -> Shingles:
    """The signature of a text."""
    from datasketch import MinHash

    words = _WORD.findall(text.casefold())
    runs = {zlib.crc32(" ".join(words[i : i + _WORDS]).encode()) for i in range(len(words) - _WORDS + 1)}
    if len(runs) < _LEAST_RUNS:
        return np.zeros(0, dtype="<u8")
    sketch = MinHash(num_perm=128, hashfunc=lambda run: run)
    sketch.update_batch(sorted(runs)[:_MOST_RUNS])  # the lowest hashes: a fixed, fair choice
    signature: Shingles = sketch.hashvalues.astype("<u8")
    return signature


def alike(signatures: Mapping[str, Shingles]) -> list[tuple[str, str]]:
    """Pairs of ids whose texts are nearly the same, each once, in the order given."""
    ids = [doc_id for doc_id, signature in signatures.items() if len(signature)]
    if len(ids) < 2:
        return []
    matrix = np.stack([signatures[doc_id] for doc_id in ids])
    found = []
    for place in range(len(ids) - 1):
        shares = (matrix[place + 1 :] == matrix[place]).mean(axis=1)
        found += [(ids[place], ids[place + 1 + int(other)]) for other in np.flatnonzero(shares >= LIKENESS)]
    return found
