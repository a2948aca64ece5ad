"""Does a roll-back take the gain away, and does going forward again bring it back? On the built-in model.

    python -m tests.bench.rollback_gain [--learn 54] [--limit N]

A team learns on the related stream (lessons that the given tests confirmed are approved). Then the tasks after the
first 20 are done again three times without learning from them: with what was learned, after the whole memory was rolled
back to its empty beginning, and after it was rolled forward again. Beside them the control with lessons off. Prints
programs tried and hidden tests passed of each, and whether forward again is the same as applied, run by run.
"""

import argparse
import json
import tempfile

import purpose_agent as pa
from purpose_agent.evaluation.suites import SuiteTask, grade, load_suite

WARM_UP = 20


def measure(team: pa.Team, tasks: list[SuiteTask], *, use_lessons: bool = True) -> dict[str, object]:
    """`attempts` of each task, and how many were right by hidden tests."""
    attempts, right = [], 0
    for number, item in enumerate(tasks):
        result = team.run(item.task, use_lessons=use_lessons, seed=number + 1)
        attempts.append(result.usage.attempts)
        report = grade(result.answer, item.hidden_tests)
        right += result.status == "done" and report.passed == report.total
    return {"attempts": attempts, "tried": sum(attempts), "right": right, "of": len(tasks)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--learn", type=int, default=54, help="tasks to learn from")
    parser.add_argument("--limit", type=int, help="tasks to measure on")
    options = parser.parse_args()
    tasks = list(load_suite("related_stream").tasks)
    measured = tasks[WARM_UP:][: options.limit]
    with tempfile.TemporaryDirectory() as home:
        purpose = "Help me write Python code"
        learner = pa.purpose(purpose, model="builtin", home=home, trust_tested_lessons=True)
        for number, item in enumerate(tasks[: options.learn]):
            learner.run(item.task, seed=number + 1)
        reader = pa.purpose(purpose, model="builtin", home=home, learn=False)
        lessons, ledger = learner.engine.lessons, learner.engine.memory.ledger
        arms = {"lessons_off": measure(reader, measured, use_lessons=False), "applied": measure(reader, measured)}
        learned = ledger.position
        moved = len(lessons.rollback(0, reason="to see whether it matters"))
        arms["rolled_back"] = measure(reader, measured)
        lessons.rollback(learned, reason="forward again")
        arms["applied_again"] = measure(reader, measured)
        report = {
            "lessons_moved": moved,
            **{arm: {name: row[name] for name in ("tried", "right", "of")} for arm, row in arms.items()},
            "back_is_off": arms["rolled_back"]["attempts"] == arms["lessons_off"]["attempts"],
            "again_is_applied": arms["applied_again"]["attempts"] == arms["applied"]["attempts"],
            "ledger_ok": ledger.verify().ok,
        }
        learner.engine.close()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
