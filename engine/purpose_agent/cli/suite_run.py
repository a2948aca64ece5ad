"""Run the tasks of a suite one after the other and print what came of each, graded by its hidden tests or other check.

The checks go to the grader alone: no prompt, lesson or agent sees them. Attempts are programs that the built-in
search tried; language models have none.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.follow import follow
from purpose_agent.cli.options import engine_at
from purpose_agent.evaluation.checks.records import CHECK_WORDS
from purpose_agent.evaluation.suite_records import Suite, SuiteTask
from purpose_agent.notebooks import words
from purpose_agent.types import Record

if TYPE_CHECKING:
    from purpose_agent.teams.requests import RunRequest
    from purpose_agent.teams.service import Engine

_COLUMNS = ("#", "Task", "Family", "#Φ", "#Its tests", "#Hidden", "#Attempts", "#Lessons", "#Seconds", "")


class SuiteRow(Record, frozen=True, kw_only=True):
    """One task of the suite, done. `right`: its check passed; None when it has none, or when it is not decided.

    check  which sort of check it is; `why` is what the check said.
    """

    n: int
    task_id: str
    task: str
    family: str
    run_id: str
    status: str
    phi: float | None
    tier: str
    passed: int
    total: int
    hidden_passed: int
    hidden_total: int
    right: bool | None
    attempts: int
    lessons: int
    seconds: float
    check: str = ""
    why: str = ""
    note: str = ""


def run_suite(name: str, pattern: "RunRequest", *, limit: int | None, home: Path | None, screen: Screen) -> None:
    """`pattern` holds what all runs share: purpose, model, budget, whether lessons are used."""
    rows: list[SuiteRow] = []
    with engine_at(home) as engine:
        suite = engine.suites.load(name)
        tasks = suite.tasks[:limit]
        chosen = engine.default_model() if pattern.model is None else None
        screen.tell(f"{suite.title}: {words.count(len(tasks), 'task')}. {chosen.why if chosen else ''}".strip())
        try:
            for n, item in enumerate(tasks, 1):
                rows.append(_run_task(engine, n, item, pattern, screen))
                screen.tell(f"{n} of {len(tasks)} · {_line(rows[-1])}", style="dim")
        finally:
            _report(suite, rows, pattern, screen)
    if rows and not any(row.status == "done" for row in rows):
        raise typer.Exit(RUN_FAILED)


def _run_task(engine: "Engine", n: int, item: SuiteTask, pattern: "RunRequest", screen: Screen) -> SuiteRow:
    from purpose_agent.teams.requests import of_suite

    request = msgspec.structs.replace(of_suite(pattern, item), seed=pattern.seed + n)
    result = follow(engine, request, screen, steps=False)
    graded = engine.graded(request.run_id)
    if graded is not None:
        passed, total, right = graded.passed, graded.total, graded.right
    else:  # no answer came
        passed, total = 0, len(item.hidden_tests) or int(item.check is not None)
        right = False if total else None
    return SuiteRow(
        n=n,
        task_id=item.task.task_id,
        task=item.task.text,
        family=item.family,
        run_id=result.run_id,
        status=result.status,
        phi=result.phi,
        tier=result.score.tier,
        passed=result.score.passed,
        total=result.score.total,
        hidden_passed=passed,
        hidden_total=total,
        right=right,
        attempts=result.usage.attempts,
        lessons=sum(not lesson.withheld for lesson in result.lessons),
        seconds=result.usage.seconds,
        check=CHECK_WORDS[type(item.check)] if item.check is not None else "",
        why=graded.why if graded is not None else "",
        note="" if result.status == "done" else f"{result.what} {result.fix}".strip(),
    )


def _line(row: SuiteRow) -> str:
    verdict = "not graded" if row.right is None else "right" if row.right else "not right"
    return f"{_short(row.task, 60)} · Φ {words.phi(row.phi)} · {verdict}"


def _report(suite: Suite, rows: list[SuiteRow], pattern: "RunRequest", screen: Screen) -> None:
    """The table and the count, also of a suite that was stopped half way."""
    graded = [row for row in rows if row.right is not None]
    right = sum(bool(row.right) for row in graded)
    attempts = sum(row.attempts for row in rows)
    screen.data(
        {
            "suite": suite.name,
            "version": suite.version,
            "title": suite.title,
            "model": pattern.model,
            "use_lessons": pattern.use_lessons,
            "tasks": len(rows),
            "graded": len(graded),
            "right": right,
            "attempts": attempts,
            "rows": [msgspec.structs.asdict(row) for row in rows],
        }
    )
    if not rows:
        return
    screen.table("", _COLUMNS, [_cells(row) for row in rows])
    lessons = "with lessons" if pattern.use_lessons else "without lessons"
    tried = f", {words.count(attempts, 'program')} tried" if attempts else ""
    by = " and ".join(dict.fromkeys(row.check for row in graded)) or "hidden tests"
    screen.result(f"\n{right} of {len(graded)} right by {by}, {lessons}{tried}.")
    if waiting := sum(row.right is None and bool(row.check) for row in rows):
        screen.tell(f"{words.count(waiting, 'answer')} could not be decided: {_why_not(rows)}")


def _why_not(rows: list[SuiteRow]) -> str:
    return next((row.why for row in rows if row.right is None and row.why), "")


def _cells(row: SuiteRow) -> list[str]:
    return [
        str(row.n),
        _short(row.task, 44),
        row.family,
        words.phi(row.phi),
        f"{row.passed}/{row.total}" if row.total else "–",
        f"{row.hidden_passed}/{row.hidden_total}" if row.hidden_total else "–",
        f"{row.attempts:,}" if row.attempts else "–",
        str(row.lessons),
        f"{row.seconds:.1f}",
        _short(row.note or ("" if row.right else row.why), 60),
    ]


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
