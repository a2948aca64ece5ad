"""The small linear part: one logistic model per threat over words, word pairs, concepts and shapes.

The weights are plain JSON, feature → weight, so a person can read why a text was held suspicious. training.py makes
them; nothing here needs more than the standard library.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from purpose_agent.memory.immune.lexicon import Hit, data

_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?|\d+|[<>{}|;&$`=/\\]")
_CARD_WRAPPER = re.compile(
    r"^(?:lesson(?: ?\[\w+\]|:)|kind: ?\w+\s+content:|pattern:|strategy:|content:|steps:)\s*", re.IGNORECASE
)
MAX_WORDS = 300
_LITTLE = frozenset(
    ["the", "and", "for", "that", "this", "with", "from", "they", "one", "its", "are", "was", "has", "not"]
)
_STEM = 6
_SEAM = re.compile(r"(?<=[.!?])[\s\"”')\]]+(?=\S)|[。！？]|\n+")
_LEAST_WORDS = 5
_MOST_PIECES = 60


class Weights(NamedTuple):
    """Per threat: bias, decision thresholds (probabilities) and the weight of each feature."""

    bias: Mapping[str, float]
    threshold: Mapping[str, float]  # for a whole text
    features: Mapping[str, Mapping[str, float]]
    piece_threshold: Mapping[str, float] = {}  # for one sentence of several; a text has many, so it is higher


def features(text: str, found: Iterable[Hit]) -> set[str]:
    """What the model sees: w:word, p:start of a long word, b:two words, c:concept, cc:two concepts, f:first word."""
    body = _CARD_WRAPPER.sub("", text)
    words = ["0" if word.isdigit() else word.lower() for word in _WORD.findall(body)][:MAX_WORDS]
    named = sorted({hit.concept for hit in found})
    seen = {f"w:{word}" for word in words}
    seen.update(f"p:{word[:_STEM]}" for word in words if len(word) > _STEM)
    seen.update(f"b:{first} {second}" for first, second in itertools.pairwise(words))
    seen.update(f"c:{concept}" for concept in named)
    seen.update(f"cc:{one}+{other}" for at, one in enumerate(named) for other in named[at + 1 :])
    if words:
        seen.add(f"f:{words[0]}")
    return seen


def pieces(text: str) -> list[tuple[int, int]]:
    """The whole text, then its sentences where there are several: one bad sentence drowns in a long good text.

    A sentence of few words goes with the next one.
    """
    found = [(0, len(text))]
    start = 0
    for seam in _SEAM.finditer(text):
        if text.count(" ", start, seam.start()) >= _LEAST_WORDS - 1 and len(found) < _MOST_PIECES:
            found.append((start, seam.start()))
            start = seam.end()
    if len(found) > 1 and text.count(" ", start) >= _LEAST_WORDS - 1:
        found.append((start, len(text)))
    return found


def probabilities(seen: Iterable[str], weights: Weights) -> dict[str, float]:
    names = frozenset(seen)
    size = 1.0 / math.sqrt(len(names) or 1)
    return {
        threat: _sigmoid(weights.bias[threat] + size * sum(map(table.__getitem__, table.keys() & names)))
        for threat, table in weights.features.items()
    }


def telling(seen: Iterable[str], threat: str, weights: Weights, count: int = 3) -> list[str]:
    """The words that spoke loudest for the threat, none twice and none that says little."""
    table = weights.features[threat]
    loud = sorted((name for name in seen if name[:2] in ("w:", "b:")), key=lambda name: -table.get(name, 0.0))
    told: list[str] = []
    for name in loud:
        words = name[2:]
        if table.get(name, 0.0) <= 0 or len(told) == count:
            break
        content = [word for word in words.split() if len(word) > 2 and word not in _LITTLE]
        if content and not any(word in other.split() for other in told for word in content):
            told.append(words)
    return told


@cache
def shipped() -> Weights:
    stored = data("weights.json")
    return Weights(stored["bias"], stored["threshold"], stored["features"], stored["piece_threshold"])


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, x))))
