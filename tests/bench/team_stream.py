"""Does memory help? The related stream through `pa.purpose`, three arms on the same tasks, graded by hidden tests.

    python tests/bench/team_stream.py [--limit N] [--seed 0]

Arms: `on` learns and approves what the given tests confirmed; `off` never reads a lesson; `empty` reads from a memory
in which nothing was ever approved (the control for the machinery itself). Prints one JSON object: attempts and hidden
tests per arm on the tasks after the first 20, the ratio of attempts and the difference in right answers with 95 %
intervals from a paired bootstrap over tasks.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

import purpose_agent as pa
from purpose_agent.evaluation.suites import Suite, grade, load_suite

WARM_UP = 20
ARMS = ("on", "off", "empty")


def run_arm(arm: str, suite: Suite, home: Path, seed: int) -> tuple[list[int], list[bool]]:
    team = pa.purpose("Help me write Python code", model="builtin", home=home, trust_tested_lessons=arm == "on")
    attempts, right = [], []
    for number, item in enumerate(suite.tasks):
        result = team.run(item.task, use_lessons=arm != "off", seed=seed * 10_000 + number + 1)
        attempts.append(result.usage.attempts)
        right.append(bool(result.answer) and all_pass(result.answer, item.hidden_tests))
    team.engine.close()
    return attempts, right


def all_pass(answer: str, hidden_tests: tuple[str, ...]) -> bool:
    report = grade(answer, hidden_tests)
    return report.passed == report.total


def interval(values: np.ndarray) -> list[float]:
    return [round(float(x), 3) for x in np.percentile(values, [2.5, 97.5])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    suite = load_suite("related_stream")
    if options.limit:
        suite = Suite(name=suite.name, title=suite.title, tasks=suite.tasks[: options.limit])
    attempts, right = {}, {}
    for arm in ARMS:
        with tempfile.TemporaryDirectory() as home:
            tried, solved = run_arm(arm, suite, Path(home), options.seed)
        attempts[arm], right[arm] = np.array(tried[WARM_UP:]), np.array(solved[WARM_UP:], dtype=float)
    tasks = len(attempts["on"])
    draws = np.random.default_rng(1).integers(0, tasks, (10_000, tasks))
    report: dict[str, object] = {"tasks_after_20": tasks, "seed": options.seed}
    for arm in ARMS:
        report[arm] = {"attempts": int(attempts[arm].sum()), "right": round(float(right[arm].mean()), 3)}
    for control in ("off", "empty"):
        ratios = attempts["on"][draws].sum(1) / attempts[control][draws].sum(1)
        gains = (right["on"] - right[control])[draws].mean(1)
        report[f"on_against_{control}"] = {
            "attempts_ratio": round(float(attempts["on"].sum() / attempts[control].sum()), 3),
            "attempts_ratio_95": interval(ratios),
            "more_right": round(float((right["on"] - right[control]).mean()), 3),
            "more_right_95": interval(gains),
        }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
