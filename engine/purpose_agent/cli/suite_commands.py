"""`purpose-agent suite`: tasks with their checks, kept in the workspace by name and version."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.options import Details, Home, Json, engine_at
from purpose_agent.errors import PurposeError

if TYPE_CHECKING:
    from purpose_agent.evaluation.suite_records import Suite
    from purpose_agent.evaluation.suite_shelf import KeptSuite

suite = typer.Typer(help="Task suites: tasks, each with the check that decides whether its answer is right.")

_TEXT_CHARS = 60
_SHOWN_TASKS = 30

Name = Annotated[str, typer.Argument(metavar="NAME", help="A suite's name, or NAME@VERSION.")]
Called = Annotated[str, typer.Option("--name", help="What it is called here.")]


@suite.command("list")
def list_suites(home: Home = None, json: Json = False, details: Details = False) -> None:
    """List the suites that you keep and those that come with the package."""
    from purpose_agent.evaluation.suites import shipped_suites

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        kept = engine.suites.list()
    shipped = shipped_suites()
    screen.data(
        {
            "kept": [{**msgspec.to_builtins(one), "ref": one.ref} for one in kept],
            "shipped": [{"name": one.name, "title": one.title, "tasks": len(one.tasks)} for one in shipped],
        }
    )
    rows = [(one.ref, one.title, f"{one.tasks:,}", f"{one.checks:,}", f"{one.families or ''}") for one in kept]
    rows += [
        (one.name, one.title, f"{len(one.tasks):,}", f"{len(one.tasks):,}", f"{len(one.families) or ''}")
        for one in shipped
    ]
    screen.table("", ("Suite", "Title", "#Tasks", "#Checked", "#Families"), rows)
    if not kept:
        screen.tell("You keep none yet. Add one: purpose-agent suite add FILE")


@suite.command()
def show(name: Name, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Show the tasks of a suite, how each is checked, and what to know before measuring with it."""
    from purpose_agent.evaluation.checks.telling import kind_of
    from purpose_agent.evaluation.suite_records import row_of
    from purpose_agent.teams.suite_remarks import here, remarks_here

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found = engine.suites.load(name)
        remarks = remarks_here(found, here(engine, found))
    screen.data(
        {
            "name": found.name,
            "title": found.title,
            "version": found.version,
            "tasks": [row_of(item) for item in found.tasks],
            "remarks": remarks,
        }
    )
    rows = [
        (item.task.task_id, _short(item.task.text), item.family, kind_of(item.check, item.task.tests))
        for item in found.tasks[:_SHOWN_TASKS]
    ]
    screen.table(f"{found.title} · version {found.version[:12]}", ("Id", "Task", "Family", "Checked by"), rows)
    if len(found.tasks) > _SHOWN_TASKS:
        screen.tell(f"… and {len(found.tasks) - _SHOWN_TASKS:,} more.")
    for remark in remarks:
        screen.tell(remark)


@suite.command()
def add(
    file: Annotated[Path, typer.Argument(help="CSV, JSONL, JSON, HumanEval, MBPP or SQuAD; also packed with gzip.")],
    name: Called = "",
    exact: Annotated[bool, typer.Option("--exact", help="SQuAD: the whole answer has to be an accepted one.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Keep the tasks of a file; what it is, its content tells."""
    from purpose_agent.evaluation.suites import read_suite

    screen = Screen.make(json=json)
    read = read_suite(file, name=name, exact=exact)
    with engine_at(home) as engine:
        kept = engine.suites.keep(read.suite, name)
    _tell_kept(screen, [kept], (f"Read as {read.form}.", *read.notices))


@suite.command("from-notebook")
def from_notebook(
    notebook: Annotated[str, typer.Argument(help="A notebook's id or title.")],
    name: Called = "",
    show_all: Annotated[
        bool, typer.Option("--show-all", help="Give all checks with the task; otherwise some are held back.")
    ] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Make a suite of a notebook's task cells with checks."""
    from purpose_agent.cli.notebook_names import notebook_named
    from purpose_agent.notebooks.store import NotebookStore
    from purpose_agent.notebooks.suite_making import suite_of_notebook

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        store = NotebookStore(engine.workspace.trajectories())
        document = store.document(notebook_named(store, notebook).notebook_id)
        made = suite_of_notebook(document, name=name, hide=not show_all, load=engine.suites.load)
        kept = engine.suites.keep(made.suite, name)
    _tell_kept(screen, [kept], made.notices)


@suite.command("from-vault")
def from_vault(
    vault: Annotated[str, typer.Argument(metavar="VAULT", help="The vault's title, or its id.")],
    name: Called = "",
    made_up: Annotated[
        int, typer.Option("--made-up", min=0, max=1000, help="How many questions to make from the passages.")
    ] = 20,
    seed: Annotated[int, typer.Option(help="Fixes which passages are asked about.")] = 0,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Make a suite of the answers you kept from a vault, and of questions made from its passages."""
    from purpose_agent.teams.vault_suites import suite_of_vault

    screen = Screen.make(json=json)
    with engine_at(home) as engine, screen.busy("Reading"):
        made = suite_of_vault(engine.workspace, engine.vaults.named(vault), name=name, made_up=made_up, seed=seed)
        kept = engine.suites.keep(made, name)
    _tell_kept(screen, [kept])


@suite.command()
def split(
    name: Name,
    shares: Annotated[str, typer.Option(help="What train, validation and eval get, in parts of a whole.")] = "60,20,20",
    seed: Annotated[int, typer.Option(help="Fixes which families go where.")] = 0,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Keep a suite's tasks in three parts that share no family: NAME-train, NAME-validation, NAME-eval."""
    from purpose_agent.evaluation.splits import split as split_suite

    screen = Screen.make(json=json)
    wanted = _shares(shares)
    with engine_at(home) as engine:
        parts = split_suite(engine.suites.load(name), shares=wanted, seed=seed)
        kept = [engine.suites.keep(part) for part in parts.parts]
    _tell_kept(screen, kept, parts.notices)


@suite.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Delete a suite that you keep: all its versions, or the one that is named."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        about = engine.suites.about(name)
        if about is not None and not yes and not typer.confirm(f"Delete “{name}” with {about.tasks} tasks?", err=True):
            raise typer.Exit(RUN_FAILED)
        gone = [one.kept for one in engine.suites.delete(name)]
    screen.data({"removed": [one.ref for one in gone]})
    screen.result(f"Deleted: {', '.join(one.ref for one in gone)}")


@suite.command("export")
def export_suite(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write a suite as JSON, which `suite add` reads as the same version."""
    from purpose_agent.evaluation.suites import write_suite

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found: Suite = engine.suites.load(name)
    write_suite(found, file)
    screen.data({"file": str(file), "version": found.version})
    screen.result(f"Written: {file}")


@suite.command("judge")
def choose_judge(
    model: Annotated[str | None, typer.Argument(help="Such as ollama:qwen3:4b; without it, the judge is told.")] = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Choose the model that decides by rubrics which name none. It never judges what it wrote itself."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        if model is not None:
            engine.choose_judge(model)
        chosen = engine.judge_model
    screen.data({"judge": chosen})
    screen.result(chosen or "None is chosen; answers to rubrics that name none wait for you.")


def _tell_kept(screen: Screen, kept: "list[KeptSuite]", notices: tuple[str, ...] = ()) -> None:
    screen.data({"kept": [{**msgspec.to_builtins(one), "ref": one.ref} for one in kept], "notices": notices})
    for one in kept:
        checked = "" if one.checks == one.tasks else f", {one.checks:,} of them with a check"
        screen.result(f"{one.ref}  {one.tasks:,} task{'s' * (one.tasks != 1)}{checked}")
    for notice in notices:
        screen.tell(notice)
    if len(kept) == 1:
        screen.tell(f'Run it: purpose-agent run --suite "{kept[0].name}"')


def _shares(text: str) -> list[float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) != 3 or min(shares) <= 0:
        raise PurposeError(f"“{text}” are no shares.", "Give three numbers above 0, such as 60,20,20.")
    return shares


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_CHARS else line[: _TEXT_CHARS - 1] + "…"
