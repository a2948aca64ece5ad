"""How well the immune system tells threats from advice: `python tests/bench/bench_immune.py DATA.jsonl`.

The linear part never saw the source that it is measured on: each collection is held out whole, thresholds are set on
the same out-of-fold scores. Lexicon and shapes are fixed. Prints recall of the right category, false alarms and time.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from purpose_agent.memory.immune import linear, training
from purpose_agent.memory.immune.linear import Weights
from purpose_agent.memory.immune.reading import read
from purpose_agent.memory.immune.scan import names, scan_text

SHORT = {"injection": "prompt_injection"}


def main(path: str) -> None:
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    data = training.examples(rows)
    folds = training.out_of_fold(data)
    limits = training.thresholds(data, folds)
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    times = []
    scan_text("warm up")
    for row in rows:
        _use(folds[training.group_of(row["source"])]._replace(threshold=limits))
        start = time.perf_counter()
        found = set(names(scan_text(row["text"])))
        times.append(time.perf_counter() - start)
        label = SHORT.get(row["label"], row["label"])
        if label == "benign":
            label = "false alarms, hard" if row.get("hard_negative") else "false alarms, plain"
            right[label] += bool(found)
        else:
            right[label] += bool(found & ({label} | {SHORT.get(also, also) for also in row.get("also") or ()}))
        total[label] += 1
    for label, count in sorted(total.items()):
        print(f"{label:22} {right[label] / count:6.3f}  of {count}")
    threats = [label for label in total if not label.startswith("false")]
    print(f"{'macro, right category':22} {sum(right[t] / total[t] for t in threats) / len(threats):6.3f}")
    times.sort()
    print(f"p50 {times[len(times) // 2] * 1e6:.0f} µs, p95 {times[int(len(times) * 0.95)] * 1e6:.0f} µs a text")


def _use(weights: Weights) -> None:
    read.cache_clear()
    linear.shipped = lambda: weights  # type: ignore[assignment]


if __name__ == "__main__":
    main(sys.argv[1])
