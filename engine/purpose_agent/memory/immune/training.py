"""Train the linear part: `python -m purpose_agent.memory.immune.training DATA.jsonl … [--out OUT.json]`.

Each DATA holds one JSON object a line with `text`, `label` and `source`. The thresholds are set on out-of-fold
scores, with whole sources held out, so that few benign texts are held suspicious. The texts that this project wrote
(`tests/bench/fresh_texts.py fresh_a fresh_b`) belong to the data. Standard library only; some minutes.
"""

import argparse
import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from purpose_agent.memory.immune import lexicon, linear
from purpose_agent.memory.immune.linear import Weights
from purpose_agent.memory.immune.views import views

THREATS = ("prompt_injection", "score_manipulation", "tool_misuse", "scope_overreach")
"""Secrets and personal data have checked shapes; words tell little of them."""
OWN = "own examples"
_LABELS = {"injection": "prompt_injection"}
_SHORT_NAMES = ("ASB", "swisskyrepo", "presidio", "bandit")  # collections that appear under several source names


class Example(NamedTuple):
    """One text to learn from. `also` names further threats that are right for it; they are not held against it."""

    text: str
    label: str
    source: str
    also: frozenset[str]
    features: tuple[str, ...]
    hard: bool = False  # benign, and looks like a threat
    pieces: tuple[tuple[str, ...], ...] = ()  # features of each piece that is scored, the whole text first


def examples(rows: Sequence[Mapping[str, object]]) -> list[Example]:
    """The rows of a data file with the project's own sentences added."""
    given = [
        _example(str(row["text"]), str(row["label"]), str(row["source"]), row.get("also"))._replace(
            hard=bool(row.get("hard_negative"))
        )
        for row in rows
    ]
    return given + [_example(text, label, OWN, ()) for label, text in own_sentences()]


def own_sentences() -> Iterator[tuple[str, str]]:
    label = ""
    stored = files("purpose_agent.memory.immune") / "data" / "examples.txt"
    for line in stored.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label = line.strip("[]")
        elif line and not line.startswith("#"):
            yield label, line


def group_of(source: str) -> str:
    """Sources of one collection belong together: none of it may be in the training when it is scored."""
    return next((name for name in _SHORT_NAMES if name in source), source)


def train(data: Sequence[Example], *, epochs: int = 25, rate: float = 0.5, decay: float = 1e-3) -> Weights:
    """One logistic model per threat by AdaGrad, each source weighing by the root of its size."""
    known = {name for name, count in Counter(f for e in data for f in set(e.features)).items() if count >= 2}
    sizes = Counter((e.source, e.label) for e in data)
    learned = {threat: _train_one(data, threat, known, sizes, epochs, rate, decay) for threat in THREATS}
    return Weights(
        {threat: bias for threat, (bias, _) in learned.items()},
        dict.fromkeys(THREATS, 0.5),
        {threat: table for threat, (_, table) in learned.items()},
    )


def out_of_fold(data: Sequence[Example], most: int | None = None) -> dict[str, Weights]:
    """Per source group, weights that never saw it. With `most`, groups share that many folds, which is quicker."""
    sizes = Counter(group_of(e.source) for e in data if e.source != OWN)
    folds: list[list[str]] = [[] for _ in range(min(most or len(sizes), len(sizes)))]
    for group, _ in sizes.most_common():
        min(folds, key=lambda fold: sum(sizes[name] for name in fold)).append(group)
    trained = [(fold, train([e for e in data if group_of(e.source) not in fold])) for fold in folds]
    return {group: weights for fold, weights in trained for group in fold}


def thresholds(
    data: Sequence[Example],
    folds: Mapping[str, Weights],
    *,
    share: float = 0.003,
    hard_share: float = 0.012,
    pieces: bool = False,
) -> dict[str, float]:
    """Per threat, the probability that at most these shares of plain and of hard benign texts reach out of fold.

    At least two fifths. With `pieces`, for single sentences: that of a text is the highest of its sentences.
    """
    found: dict[str, float] = {}
    benign = [e for e in data if e.label == "benign" and e.source != OWN]
    for threat in THREATS:
        limit = 0.4
        for hard, allowed_share in ((False, share), (True, hard_share)):
            texts = [e for e in benign if e.hard is hard]
            scores = sorted((_score(e, threat, folds[group_of(e.source)], pieces=pieces) for e in texts), reverse=True)
            if scores:
                limit = max(limit, scores[int(len(scores) * allowed_share)] + 0.005)
        found[threat] = round(limit, 3)
    return found


def _score(example: Example, threat: str, weights: Weights, *, pieces: bool) -> float:
    seen = example.pieces[1:] if pieces else example.pieces[:1]
    return max((linear.probabilities(piece, weights)[threat] for piece in seen), default=0.0)


def _train_one(
    data: Sequence[Example],
    threat: str,
    known: set[str],
    sizes: Mapping[tuple[str, str], int],
    epochs: int,
    rate: float,
    decay: float,
) -> tuple[float, dict[str, float]]:
    order = [
        ([f for f in e.features if f in known], 1.0 / math.sqrt(len(e.features) or 1), float(e.label == threat),
         1.0 if e.source == OWN else min(1.0, 4.0 / math.sqrt(sizes[e.source, e.label])))
        for e in data
        if e.label == threat or threat not in e.also
    ]  # fmt: skip
    chance = random.Random(7)
    table: dict[str, float] = defaultdict(float)
    squares: dict[str, float] = defaultdict(lambda: 1e-6)
    bias = -2.0
    for _ in range(epochs):
        chance.shuffle(order)
        for names, size, target, importance in order:
            score = bias + size * sum(table[name] for name in names)
            slope = importance * (1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score)))) - target)
            if abs(slope) < 1e-3:
                continue
            bias -= 0.02 * slope
            for name in names:
                step = slope * size + decay * table[name]
                squares[name] += step * step
                table[name] -= rate * step / math.sqrt(squares[name])
    return round(bias, 3), {name: round(weight, 2) for name, weight in sorted(table.items()) if abs(weight) >= 0.25}


def _example(text: str, label: str, source: str, also: object) -> Example:
    plain = max((view.text for view in views(text) if not view.how or view.how in ("base64", "hex")), key=_readable)
    others = (
        frozenset(_LABELS.get(str(name), str(name)) for name in also)
        if isinstance(also, (list, tuple))
        else frozenset()
    )
    hits = lexicon.hits(plain)
    pieces = tuple(
        tuple(sorted(linear.features(plain[start:end], [h for h in hits if start <= h.start and h.end <= end])))
        for start, end in linear.pieces(plain)
    )
    return Example(plain, _LABELS.get(label, label), source, others, pieces[0], False, pieces)


def _readable(text: str) -> int:
    return text.count(" ")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="training", description="Train the linear part of the immune system.")
    parser.add_argument("data", nargs="+", type=Path, help="JSON lines with text, label and source")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "weights.json")
    given = parser.parse_args(arguments)
    lines = [line for path in given.data for line in path.read_text(encoding="utf-8").splitlines()]
    data = examples([json.loads(line) for line in lines if line.strip()])
    folds = out_of_fold(data, most=6)
    limits = thresholds(data, folds)
    weights = train(data)
    body = {
        "about": "Weights of the linear part. w: word, p: its start, b: pair, c: concept, cc: two, f: first.",
        "bias": weights.bias,
        "threshold": limits,
        "piece_threshold": thresholds(data, folds, share=0.001, hard_share=0.004, pieces=True),
        "features": weights.features,
    }
    given.out.write_text(json.dumps(body, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(data)} texts, {sum(map(len, weights.features.values()))} weights, thresholds {limits} → {given.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
