"""Does the built-in model learn along a stream of related tasks? Lessons on, off, and an empty memory beside it.

    python -m tests.bench.related_stream [--suite related_stream] [--each] [--json FILE]

On the backend alone: every success's method becomes a lesson as the distiller words it, the most similar ones (same
kind of task first, then shared words; at most 10) stand in the next prompt. The three arms get the same tasks in the
same order and the same budget. "Right" is by the hidden tests, which no prompt ever holds.
"""

import argparse
import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from purpose_agent.evaluation.suites import Suite, SuiteTask, load_suite
from purpose_agent.models.backend import Message
from purpose_agent.models.builtin import BuiltinBackend, BuiltinRefusal
from purpose_agent.models.builtin.examples import read_asserts
from purpose_agent.models.builtin.problem import make_problem
from purpose_agent.models.prompt_sections import render

WARM_UP = 20  # tasks before the comparison starts
MAX_LESSONS = 10
STEPS = 12


@dataclass
class Lesson:
    kind: str
    words: frozenset[str]
    method: str
    text: str


@dataclass
class Outcome:
    task_id: str
    family: str
    attempts: int
    claimed: bool
    right: bool
    seconds: float
    lessons: int
    method: str
    refusal: str


def kind_of(item: SuiteTask) -> str:
    """Types of the examples; the product has its own, better worded."""
    problem = make_problem(read_asserts(item.task.tests).examples)
    return f"{', '.join(problem.types)} → {problem.result}"


def words_of(text: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in re.findall(r"[a-z]{3,}", text.lower()))


def choose(lessons: Sequence[Lesson], kind: str, words: frozenset[str]) -> list[Lesson]:
    """One lesson a method, the same kind of task first, then the most shared words, then the newest."""
    same_kind = [lesson for lesson in lessons if lesson.kind == kind]
    newest_first = same_kind[::-1]
    ranked = sorted(newest_first, key=lambda lesson: -len(lesson.words & words))
    best_of_method: dict[str, Lesson] = {}
    for lesson in ranked:
        best_of_method.setdefault(lesson.method, lesson)
    return list(best_of_method.values())[:MAX_LESSONS]


async def solve(backend: BuiltinBackend, item: SuiteTask, lessons: Sequence[Lesson]) -> Outcome:
    kind, words = kind_of(item), words_of(item.task.text)
    chosen = choose(lessons, kind, words)
    attempts, code, method, claimed, refusal = 0, "", "", False, ""
    started = time.process_time()
    for _ in range(STEPS):
        prompt = render({
            "Lessons": "\n".join(f"- {lesson.text}" for lesson in chosen),
            "Task": item.task.text,
            "Tests": "\n".join(item.task.tests),
            "State": json.dumps({"attempts": attempts}),
        })  # fmt: skip
        try:
            reply = await backend.generate([Message(role="user", content=prompt)])
        except BuiltinRefusal as declined:
            attempts, refusal = attempts + declined.usage.attempts, str(declined)
            break
        action = json.loads(reply.text)
        attempts += reply.usage.attempts
        code, method = action["answer"], action["method"]
        if action["done"]:
            claimed = True
            break
    right = claimed and passes(code, item.hidden_tests)
    seconds = time.process_time() - started
    return Outcome(item.task.task_id, item.family, attempts, claimed, right, seconds, len(chosen), method, refusal)


def passes(code: str, tests: Sequence[str]) -> bool:
    """In process, since the code is our own rendering; the product grades in the sandbox."""
    space: dict[str, object] = {}
    try:
        exec(code, space)
        for test in tests:
            exec(test, space)
    except Exception:  # noqa: BLE001 - whatever it raises, it is not right
        return False
    return True


async def run_arm(suite: Suite, *, learn: bool) -> list[Outcome]:
    """`learn` False is the arm with lessons off; a memory that stays empty is the same prompt."""
    backend, lessons, outcomes = BuiltinBackend(), list[Lesson](), list[Outcome]()
    for item in suite.tasks:
        outcome = await solve(backend, item, lessons if learn else ())
        outcomes.append(outcome)
        if learn and outcome.claimed:  # what the person's own tests confirmed, not what the hidden ones say
            kind = kind_of(item)
            text = f"When the task is {kind}: Try the method `{outcome.method}` first."
            lessons.append(Lesson(kind, words_of(item.task.text), outcome.method, text))
    return outcomes


def interval(on: Sequence[Outcome], off: Sequence[Outcome], rounds: int = 4000) -> tuple[float, float]:
    """95 % of the ratio of attempts, paired bootstrap over tasks."""
    rng = random.Random(0)
    pairs = [(a.attempts, b.attempts) for a, b in zip(on, off, strict=True)]
    ratios = []
    for _ in range(rounds):
        drawn = rng.choices(pairs, k=len(pairs))
        ratios.append(sum(a for a, _ in drawn) / max(sum(b for _, b in drawn), 1))
    ratios.sort()
    return ratios[int(0.025 * rounds)], ratios[int(0.975 * rounds)]


def report(on: list[Outcome], off: list[Outcome], empty: list[Outcome], warm_up: int) -> dict[str, object]:
    late_on, late_off = on[warm_up:], off[warm_up:]
    ratio = sum(o.attempts for o in late_on) / max(sum(o.attempts for o in late_off), 1)
    share = lambda rows: sum(o.right for o in rows) / max(len(rows), 1)  # noqa: E731 - read where it is used
    everything = [*on, *off]
    return {
        "tasks": len(on),
        "compared": len(late_on),
        "ratio_of_attempts": round(ratio, 4),
        "interval_95": [round(x, 4) for x in interval(late_on, late_off)],
        "right_on": round(share(late_on), 3),
        "right_off": round(share(late_off), 3),
        "right_gain": round(share(late_on) - share(late_off), 3),
        "right_on_all": round(share(on), 3),
        "right_off_all": round(share(off), 3),
        "empty_memory_equals_off": [o.attempts for o in empty] == [o.attempts for o in off],
        "false_solved_on": sum(o.claimed and not o.right for o in on),
        "false_solved_off": sum(o.claimed and not o.right for o in off),
        "refused_for_two_programs_off": sum("Two short programs" in o.refusal for o in off),
        "attempts_per_cpu_second": round(sum(o.attempts for o in everything) / sum(o.seconds for o in everything)),
        "cpu_seconds_per_task": {
            "on": round(sum(o.seconds for o in on) / len(on), 3),
            "off": round(sum(o.seconds for o in off) / len(off), 3),
            "worst": round(max(o.seconds for o in everything), 2),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--suite", default="related_stream")
    parser.add_argument("--each", action="store_true", help="one line a task")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    suite = load_suite(options.suite)
    off = asyncio.run(run_arm(suite, learn=False))
    empty = asyncio.run(run_arm(suite, learn=False))
    on = asyncio.run(run_arm(suite, learn=True))
    warm_up = WARM_UP if len(suite.tasks) > WARM_UP else 0
    if options.each:
        for a, b in zip(on, off, strict=True):
            words = f"{a.family:14} {a.task_id:18} on {a.attempts:7}{mark(a)}  off {b.attempts:7}{mark(b)}"
            print(f"{words}  {a.lessons:2} {a.method} | {b.method} {b.refusal[:90]} | {a.refusal[:90]}")
    figures = report(on, off, empty, warm_up)
    print(json.dumps(figures, indent=1))
    if options.json:
        arms = {"on": on, "off": off, "empty": empty}
        body = {"figures": figures, "arms": {name: [asdict(o) for o in rows] for name, rows in arms.items()}}
        options.json.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def mark(outcome: Outcome) -> str:
    return " right" if outcome.right else " WRONG" if outcome.claimed else " -    "


if __name__ == "__main__":
    main()
