"""`run`: one task, or a whole suite; and `ask`: one question about files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.options import DEFAULT_PURPOSE, Details, Home, Json, Knowledge, Model, Purpose, engine_at
from purpose_agent.errors import PurposeError
from purpose_agent.types import Budget, RunResult, Task

if TYPE_CHECKING:
    from purpose_agent.teams.requests import RunRequest

Tests = Annotated[
    list[str] | None,
    typer.Option("--test", "-t", help='A check such as "assert f(2) == 4"; it decides the score. May be repeated.'),
]


def run(
    task: Annotated[
        str | None, typer.Argument(help="The task in plain words; `-` reads it from standard input.")
    ] = None,
    purpose: Purpose = DEFAULT_PURPOSE,
    test: Tests = None,
    knowledge: Knowledge = None,
    suite: Annotated[
        str | None, typer.Option(help="Run a task suite: one that you keep, classic, related_stream, or a file.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="With --suite: only its first tasks.")] = None,
    no_lessons: Annotated[bool, typer.Option("--no-lessons", help="Leave the memory out, for comparison.")] = False,
    approve_tested: Annotated[
        bool, typer.Option("--approve-tested", help="Put lessons in use unasked when your own tests confirmed them.")
    ] = False,
    steps: Annotated[int, typer.Option(min=1, max=1000, help="Stop after so many steps.")] = Budget().steps,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so many seconds.")] = Budget().seconds,
    seed: Annotated[int, typer.Option(help="Fixes what is drawn by chance.")] = 0,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Run a task, or a suite of them.

    The steps and the score Φ are told as they happen, then the answer is printed.
    """
    if (task is None) == (suite is None):
        raise typer.BadParameter('give either a task, as in: run "Write a fibonacci function", or --suite NAME')
    from purpose_agent.teams.given import read_paths
    from purpose_agent.teams.requests import RunRequest, new_run_id
    from purpose_agent.teams.roles import read_purpose

    screen = Screen.make(json=json)
    request = RunRequest(
        run_id=new_run_id(),
        purpose=read_purpose(purpose),
        task=Task(text=_task_text(task or ""), tests=tuple(test or ())),
        model=model,
        knowledge=read_paths(knowledge),
        budget=Budget(steps=steps, seconds=seconds),
        use_lessons=not no_lessons,
        trust_tested_lessons=approve_tested,
        seed=seed,
    )
    if suite is not None:
        from purpose_agent.cli.suite_run import run_suite

        run_suite(suite, request, limit=limit, home=home, screen=screen)
        return
    _run_one(request, home, screen)


def ask(
    question: Annotated[str, typer.Argument(help="The question in plain words; `-` reads it from standard input.")],
    knowledge: Knowledge = None,
    vault: Annotated[
        list[str] | None, typer.Option("--vault", help="A vault to answer from, by its title; may be repeated.")
    ] = None,
    purpose: Purpose = "Answer questions from these files",
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Ask a question about files.

    The answer rests on the files of --knowledge and the documents of --vault, and names its sources.
    """
    from purpose_agent.teams.given import read_paths
    from purpose_agent.teams.requests import RunRequest, new_run_id
    from purpose_agent.teams.roles import read_purpose

    request = RunRequest(
        run_id=new_run_id(),
        purpose=read_purpose(purpose),
        task=Task(text=_task_text(question), kind="question"),
        ask=True,
        model=model,
        knowledge=read_paths(knowledge),
    )
    _run_one(request, home, Screen.make(json=json), vaults=vault or ())


def _run_one(request: "RunRequest", home: Path | None, screen: Screen, vaults: Sequence[str] = ()) -> None:
    from purpose_agent.cli.follow import cell_of, follow, summary

    if not request.task.text.strip():
        raise PurposeError("The task is empty.", "Say in a sentence what is to be done.")
    with engine_at(home) as engine:
        if vaults:
            found = tuple(engine.vaults.named(name).vault_id for name in vaults)
            request = msgspec.structs.replace(request, vaults=found)
        result = follow(engine, request, screen)
        under = summary(cell_of(engine, result))
    screen.data(as_data(result))
    if result.answer:
        screen.result(result.answer)
    screen.tell(under)
    if result.status != "done":
        raise typer.Exit(RUN_FAILED)


def as_data(result: RunResult) -> dict[str, object]:
    """The record with what is worked out from it."""
    return {
        **msgspec.to_builtins(result),
        "answer": result.answer,
        "phi": result.phi,
        "success": result.success,
        "steps": result.steps,
    }


def _task_text(given: str) -> str:
    if given != "-":
        return given
    if sys.stdin is None:  # the caller closed it
        raise PurposeError("There is no standard input to read the task from.", "Write the task in the place of `-`.")
    return sys.stdin.read()
