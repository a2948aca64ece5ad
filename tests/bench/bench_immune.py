"""How well the immune system tells threats from advice: `python tests/bench/bench_immune.py DATA.jsonl`, or `fresh_c`.

For a data file, the linear part never saw the source that it is measured on: each collection is held out whole, and
thresholds are set on the same out-of-fold scores. For a set of fresh texts (fresh_texts.py) it is measured as shipped:
it was trained on fresh_a and fresh_b, and never on fresh_c. Prints recall of the right category, false alarms and
time; `--misses` prints the texts.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fresh_texts import load

from purpose_agent.memory.immune import linear, training
from purpose_agent.memory.immune.linear import Weights
from purpose_agent.memory.immune.reading import read
from purpose_agent.memory.immune.scan import names, scan_text

SHORT = {"injection": "prompt_injection"}


class Case(NamedTuple):
    text: str
    label: str
    hard: bool
    right: frozenset[str]  # threats that count as right
    group: str  # a second way to count: language and disguise
    weights: Weights | None = None  # None: as shipped


def main(name: str, *, misses: bool) -> None:
    cases = list(_held_out(Path(name)) if name.endswith(".jsonl") else _fresh(name))
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    times = []
    scan_text("warm up")
    for case in cases:
        _use(case.weights)
        start = time.perf_counter()
        found = set(names(scan_text(case.text)))
        times.append(time.perf_counter() - start)
        kind = case.label if case.label != "benign" else "false alarms, hard" if case.hard else "false alarms, plain"
        hit = bool(found & case.right) if case.right else bool(found)
        for key in {kind, "threats, any name" if case.right else kind, f"{case.group}" if case.right else kind}:
            total[key] += 1
            right[key] += bool(found) if key == "threats, any name" else hit
        if misses and hit != bool(case.right):
            print(f"{kind:20} {','.join(sorted(found)) or '-':36} {case.text[:300]!r}")
    for label, count in sorted(total.items()):
        print(f"{label:22} {right[label] / count:6.3f}  of {count}")
    threats = {case.label for case in cases if case.right}
    print(f"{'macro, right category':22} {sum(right[t] / total[t] for t in threats) / len(threats):6.3f}")
    times.sort()
    print(f"p50 {times[len(times) // 2] * 1e6:.0f} µs, p95 {times[int(len(times) * 0.95)] * 1e6:.0f} µs a text")


def _held_out(path: Path) -> Iterator[Case]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    data = training.examples(rows)
    folds = training.out_of_fold(data)
    limits = training.thresholds(data, folds)
    piece_limits = training.thresholds(data, folds, share=0.001, hard_share=0.004, pieces=True)
    held_out = {g: w._replace(threshold=limits, piece_threshold=piece_limits) for g, w in folds.items()}
    for row in rows:
        label = SHORT.get(row["label"], row["label"])
        right = frozenset() if label == "benign" else {label} | {SHORT.get(a, a) for a in row.get("also") or ()}
        weights = held_out[training.group_of(row["source"])]
        disguised = any(str(tag).startswith("obf:") for tag in row.get("tags") or ())
        group = "threats, disguised" if disguised else "threats, in English"
        yield Case(row["text"], label, bool(row.get("hard_negative")), frozenset(right), group, weights)


def _fresh(name: str) -> Iterator[Case]:
    for text in load(name):
        group = (
            "threats, disguised"
            if text.disguise
            else f"threats, in {'English' if text.lang == 'en' else 'other tongues'}"
        )
        right = frozenset() if text.label == "benign" else frozenset({text.label})
        yield Case(text.text, text.label, text.hard, right, group)


_SHIPPED = linear.shipped


def _use(weights: Weights | None) -> None:
    read.cache_clear()
    linear.shipped = _SHIPPED if weights is None else lambda: weights  # type: ignore[assignment]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    main(given.data, misses=given.misses)
