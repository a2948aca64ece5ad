"""How often does a study in which nothing differs say that something does?

    python -m tests.bench.many_comparisons [studies] [seed]

Four arms, 24 tasks met twice and 12 unrelated ones, three repeats: 45 comparisons, of which one was agreed to decide.
Whether a task is solved, its score and the programs tried hang on how hard it is and on chance, never on the arm.
Prints in which share of the studies the one that decides said better or worse, any of the others said so, and any of
the others held among all of them, with 95 % intervals.
"""

import sys
import time

import numpy as np

from purpose_agent.evaluation.statistics.intervals import Interval, wilson
from purpose_agent.evaluation.studies.findings import findings
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import ARM_KINDS, Arm, StudyPlan, StudyTask, rounds
from purpose_agent.evaluation.suite_records import SuiteTask
from purpose_agent.types import Task

RELATED, UNRELATED, REPEATS = 24, 12, 3


def plan() -> StudyPlan:
    names = [f"task {number}" for number in range(RELATED + UNRELATED)]
    items = [SuiteTask(task=Task(text=name, task_id=name)) for name in names]
    return StudyPlan(
        study_id="null", title="Nothing differs", purpose="None", suite="drawn",
        tasks=tuple(StudyTask(item=item, harm=place >= RELATED) for place, item in enumerate(items)),
        arms=tuple(Arm(kind=kind) for kind in ARM_KINDS), learns=True, repeats=REPEATS, passes=2, stops_early=False,
    )  # fmt: skip


def played(made: StudyPlan, rng: np.random.Generator) -> list[Outcome]:
    ease = rng.random(len(made.tasks))
    return [
        Outcome(
            run_id=trial.run_id, arm=trial.arm.name, repeat=trial.repeat, position=trial.position, part=trial.part,
            task_id=made.tasks[trial.task].item.task.task_id, turn=trial.turn, tier="given_tests",
            right=bool(rng.random() < ease[trial.task]),
            phi=round(float(np.clip(10 * ease[trial.task] + rng.normal(0, 2), 0, 10)), 1),
            attempts=1 + int(np.exp(7 - 2 * ease[trial.task] + rng.normal(0, 0.5))),
        )
        for together in rounds(made)
        for trial in together
    ]  # fmt: skip


def main(studies: int = 400, seed: int = 1) -> None:
    rng, began, made = np.random.default_rng(seed), time.monotonic(), plan()
    counted = {"the one that decides": 0, "any other": 0, "any other, among all": 0}
    for _ in range(studies):
        found = findings(made, played(made, rng))
        counted["the one that decides"] += found.headline.verdict.word in ("better", "worse")
        counted["any other"] += any(each.verdict.word in ("better", "worse") for each in found.beside)
        counted["any other, among all"] += any(each.holds for each in found.beside)
    for name, count in counted.items():
        print(f"{name}: {_shown(wilson(count, studies))} of {studies:,} studies")
    print(f"{len(found.beside)} others; {time.monotonic() - began:.0f} s")


def _shown(share: Interval) -> str:
    return f"{100 * share.estimate:.1f} % ({100 * share.low:.1f}-{100 * share.high:.1f})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
