"""Does the gate let real lessons pass, and lessons without effect not? On real lesson logs with a control.

    python -m tests.bench.gate_exam reflections_dev.jsonl [shuffles]

Each row is one environment (AlfWorld) that was tried again and again: in one arm with the lessons written after each
failure, in the other (the control) without. Trial 0 is before any lesson, so it says nothing; the control has 7 trials.
An environment is one pair: solved by the last trial that both arms have (the seventh), with lessons and without. That
is fair, because both arms had the same number of tries at the same environment, and an environment has one vote only.
Pairs come one after the other in an order drawn by chance; the gate may stop at any of them, as it does in use.

Shuffled: in each environment the two arms are exchanged by the toss of a coin, so no lesson can have an effect.
"""

import json
import random
import sys
from pathlib import Path

from purpose_agent.memory.paired_gate import ALPHA, CONFIRMED_AT, Votes, e_value, highest

Pair = tuple[bool, bool]


def pairs_of(rows: list[dict[str, list[int]]]) -> list[Pair]:
    """(with lessons, without) for each environment."""
    last = min(min(len(row["success_with_lessons"]), len(row["success_control"])) for row in rows) - 1
    return [(bool(row["success_with_lessons"][last]), bool(row["success_control"][last])) for row in rows]


def reached(pairs: list[Pair], rng: random.Random) -> float:
    """The highest evidence on the way through the pairs that differ."""
    order = rng.sample(pairs, len(pairs))
    return highest(with_it for with_it, without in order if with_it != without)


def shuffled(pairs: list[Pair], rng: random.Random) -> list[Pair]:
    return [pair if rng.random() < 0.5 else pair[::-1] for pair in pairs]


def main(file: str, shuffles: int = 1_000) -> None:
    pairs = pairs_of([json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines() if line])
    rng = random.Random(1)
    wins = sum(with_it and not without for with_it, without in pairs)
    losses = sum(without and not with_it for with_it, without in pairs)
    passed = sum(reached(shuffled(pairs, rng), rng) >= CONFIRMED_AT for _ in range(shuffles))
    found = e_value(Votes(wins, losses))
    report = {
        "environments": len(pairs),
        "solved_with_lessons": sum(with_it for with_it, _ in pairs),
        "solved_without": sum(without for _, without in pairs),
        "differ": wins + losses,
        "e_value": round(found, 1),
        "promotes": reached(pairs, rng) >= CONFIRMED_AT,
        "shuffles": shuffles,
        "promoted_when_shuffled": passed / shuffles,
        "allowed": ALPHA,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
