"""`purpose-agent study`: the same tasks with and without memory, and what that shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.lesson_ids import find
from purpose_agent.cli.options import Details, Home, Json, Model, Purpose, engine_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from purpose_agent.evaluation.studies.findings import Findings
    from purpose_agent.evaluation.studies.plan import Measure, StudyPlan
    from purpose_agent.runtime.jobs import Job
    from purpose_agent.teams.service import Engine

study = typer.Typer(help="Did it learn? The same tasks with and without memory.")

_POLL_S = 0.5
_STOP_WITHIN_S = 5.0
StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="The study's id, as `study list` tells it.")]
Repeats = Annotated[
    int | None,
    typer.Option(min=1, max=100, help="How often all of it is done. Usually 3 for a language model, else once."),
]
MeasureName = Annotated[str, typer.Option("--measure", help="What decides: solved, phi or effort.")]
Matters = Annotated[
    float | None,
    typer.Option("--matters", help="The smallest difference that matters to you: in points, in Φ, or in % of effort."),
]
Seed = Annotated[int, typer.Option(help="Fixes what is drawn by chance.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")]
_OTHER_FILES = frozenset({
    ".doc", ".docx", ".gz", ".htm", ".jpeg", ".jpg", ".json", ".jsonl", ".md", ".ods", ".odt", ".pdf", ".png", ".svg",
    ".tar", ".tsv", ".txt", ".webp", ".xls", ".xlsx", ".xml",
})  # fmt: skip
"""Endings by which nobody means a folder."""


@study.command()
def run(
    suite: Annotated[str, typer.Argument(help="A suite by name, or the path of a file.")],
    unrelated: Annotated[
        str | None, typer.Option(help="A suite of unrelated tasks, to see that nothing falls there.")
    ] = None,
    purpose: Purpose = "Help me write Python code",
    own_lessons: Annotated[
        bool, typer.Option("--own-lessons", help="Put your approved lessons to the test, in place of learning anew.")
    ] = False,
    repeats: Repeats = None,
    passes: Annotated[int, typer.Option(min=1, max=20, help="How often the same tasks come round.")] = 1,
    warm_up: Annotated[int, typer.Option(min=0, help="So many first tasks do not count.")] = 0,
    measure: MeasureName = "solved",
    matters: Matters = None,
    seed: Seed = 0,
    to_the_end: Annotated[
        bool, typer.Option("--to-the-end", help="Do all of it, also when nothing is in doubt.")
    ] = False,
    yes: Yes = False,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Do a study. What it will take is said first; Ctrl-C pauses it."""
    measured = _measure(measure)
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        plan = engine.studies.plan(
            engine.suites.load(suite),
            unrelated=engine.suites.load(unrelated) if unrelated else None,
            purpose=purpose,
            model=model,
            learns=not own_lessons,
            repeats=repeats,
            passes=passes,
            warm_up=warm_up,
            measure=measured,
            seed=seed,
            stops_early=not to_the_end,
            smallest_effect=_effect(matters, measured),
        )
        _agree_and_do(engine, plan, screen, asks=not (yes or json))


@study.command()
def prove(
    suite: Annotated[
        str | None,
        typer.Argument(help="A suite by name, or the path of a file. Without it: your past tasks with these lessons."),
    ] = None,
    lesson: Annotated[
        list[str] | None,
        typer.Option("--lesson", "-l", metavar="ID", help="An approved lesson; may be repeated. Without it: all."),
    ] = None,
    tasks: Annotated[int, typer.Option(min=1, help="So many of your past tasks at most.")] = 20,
    purpose: Annotated[
        str, typer.Option("--purpose", "-p", help="What the team is for. Usually that of the tasks.")
    ] = "",
    repeats: Repeats = None,
    measure: MeasureName = "solved",
    matters: Matters = None,
    seed: Seed = 0,
    yes: Yes = False,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Prove your lessons: tasks with them, with them rolled back, and with them put back.

    It works on a copy of your memory, which is never written. Ctrl-C pauses it.
    """
    measured = _measure(measure)
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        chosen = _lesson_ids(engine, lesson)
        if suite is None:
            own = engine.studies.proof_tasks(tasks, chosen)
            for sentence in own.notes:
                screen.tell(sentence, style="dim")
            found, purpose = own.suite, purpose or own.purpose
        else:
            found = engine.suites.load(suite)
        plan = engine.studies.proof(
            found,
            purpose=purpose,
            lessons=chosen,
            model=model,
            repeats=repeats,
            measure=measured,
            seed=seed,
            smallest_effect=_effect(matters, measured),
        )
        _agree_and_do(engine, plan, screen, asks=not (yes or json))


@study.command()
def resume(study_id: StudyId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Go on with a study that was paused or interrupted."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        plan = engine.studies.folder(study_id).plan()
        _follow(engine, plan, engine.studies.resume(study_id), screen)


@study.command("list")
def list_studies(home: Home = None, json: Json = False, details: Details = False) -> None:
    """List the studies."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found = [(plan, len(engine.studies.outcomes(plan.study_id))) for plan in engine.studies.list()]
        unreadable = engine.studies.unreadable()
    screen.data([
        *({"study_id": plan.study_id, "title": plan.title, "runs": n, "of": plan.size} for plan, n in found),
        *({"study_id": name, "title": "", "runs": None, "of": None, "problem": what} for name, what in unreadable),
    ])  # fmt: skip
    if found:
        rows = [(plan.study_id, plan.title, f"{n:,} of {plan.size:,}") for plan, n in found]
        screen.table("", ("Study", "Title", "#Runs"), rows)
    elif not unreadable:
        screen.result("There is no study yet. Begin one: purpose-agent study run related_stream --unrelated unrelated")
    for study_id, what in unreadable:
        screen.tell(f"{what} Remove it with: purpose-agent study remove {study_id}")


@study.command()
def show(study_id: StudyId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Show what a study found out."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        _tell(screen, engine.studies.folder(study_id).plan(), engine.studies.findings(study_id))


@study.command("remove")
def remove_study(
    study_id: StudyId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Remove a study with all that it found; its runs stay among the runs."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        title = next((plan.title for plan in engine.studies.list() if plan.study_id == study_id), None)
        is_there = engine.studies.folder(study_id).path.is_dir()
        what = f"“{title}”" if title is not None else f"study {study_id}, which cannot be read"
        if is_there and not yes and not typer.confirm(f"Remove {what}? Its runs stay among the runs.", err=True):
            raise typer.Exit(RUN_FAILED)
        engine.studies.remove(study_id)
    screen.data({"removed": study_id})
    screen.result(f"Removed: {study_id}")


@study.command("import")
def import_log(
    file: Annotated[Path, typer.Argument(help="A log of runs that another program did.")],
    title: Annotated[str, typer.Option(help="What to call it; usually the name of the file.")] = "",
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Bring in runs of another program, to look at like a study. Nothing in the file is run."""
    import msgspec

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        brought = engine.imports.take_in_file(file, title=title)
        found = engine.studies.findings(brought.plan.study_id)
        study_id = brought.plan.study_id
        screen.data(
            {
                "study_id": study_id,
                "form": brought.form,
                "runs": brought.runs,
                "steps": brought.steps,
                "judged": brought.judged,
                "was_there": brought.was_there,
                "notices": list(brought.notices),
                "verdict": msgspec.to_builtins(found.headline.verdict) if found.has_control else None,
            }
        )
        screen.result(str(brought))
        for notice in brought.notices:
            screen.tell(notice)
        if found.has_control:
            screen.result(found.headline.verdict.sentence)
        screen.tell(f"See it with: purpose-agent study show {study_id}", style="dim")


@study.command()
def export(
    study_id: StudyId,
    into: Annotated[
        Path,
        typer.Argument(
            help="A new folder, for all of it; or a file: .html (report), .csv or .parquet (data), .zip (all of it)."
        ),
    ],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write a study down: the report, its pictures, the data, and a script that works out every figure anew."""
    from purpose_agent.evaluation.studies.exporting import write_new

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        make = _maker(engine, into)
        if make is None:
            written = engine.studies.export(study_id, into)
        else:
            write_new(into, make(study_id))
            written = [into]
    screen.data({"written": str(into), "files": [path.name for path in written]})
    screen.result(f"Written to {into}: {', '.join(path.name for path in written)}.")
    if len(written) > 1:
        screen.tell(f"Check it with: python {written[-1]}", style="dim")


def _maker(engine: "Engine", into: Path) -> "Callable[[str], bytes] | None":
    """What makes the file that `into` names by its ending; None where it names a folder. Raises StudyError."""
    from purpose_agent.evaluation.studies.plan import StudyError

    studies, ending = engine.studies, into.suffix.casefold()
    makers: dict[str, Callable[[str], bytes]] = {
        ".html": lambda study_id: studies.report(study_id).encode(),
        ".zip": studies.bundle,
        ".csv": studies.as_csv,
        ".parquet": studies.as_parquet,
    }
    if into.is_dir():
        return None
    if ending in _OTHER_FILES:
        raise StudyError(
            f"A study is not written as {ending}.",
            "Name a file in .html (the report, which a browser prints as PDF), .csv or .parquet (the data) or .zip "
            "(all of it), or a new folder: in there are the pictures too, as SVG and PNG.",
        )
    return makers.get(ending)


def _measure(name: str) -> "Measure":
    for known in ("solved", "phi", "effort"):
        if name == known:
            return known
    raise typer.BadParameter("take solved, phi or effort", param_hint="--measure")


def _effect(matters: float | None, measure: "Measure") -> float | None:
    """In the unit of a plan: points and per cent are shares there."""
    return matters if matters is None or measure == "phi" else matters / 100


def _lesson_ids(engine: "Engine", named: list[str] | None) -> list[str] | None:
    """Whole ids for those that were typed, perhaps shortened."""
    if not named:
        return None
    return [find(engine, text, "promoted").card_id for text in named]


def _agree_and_do(engine: "Engine", plan: "StudyPlan", screen: Screen, *, asks: bool) -> None:
    screen.tell(f"{plan.title}: {engine.studies.foresee(plan)}")
    if asks and not typer.confirm("Begin?", default=True):
        return
    _follow(engine, plan, engine.studies.submit(plan), screen)


def _follow(engine: "Engine", plan: "StudyPlan", job: "Job", screen: Screen) -> None:
    """To its end, telling how far it is."""
    told = ""
    try:
        with screen.busy("Working … Ctrl-C pauses it"):
            while (now := engine.jobs.get(job.job_id)) is not None and now.is_alive:
                if now.message != told:
                    told = now.message
                    screen.tell(told, style="dim")
                engine.jobs.wait(job.job_id, _POLL_S)
    except KeyboardInterrupt:
        engine.studies.pause(plan.study_id)
        engine.jobs.wait(job.job_id, _STOP_WITHIN_S)
        screen.tell(f"Paused. Go on with: purpose-agent study resume {plan.study_id}")
        raise
    ended = engine.jobs.get(job.job_id)
    if ended is not None and ended.status == "failed":
        screen.tell(f"{ended.what} {ended.fix}")
    _tell(screen, plan, engine.studies.findings(plan.study_id))
    if ended is None or ended.status != "done":
        raise typer.Exit(RUN_FAILED)


def _tell(screen: Screen, plan: "StudyPlan", found: "Findings") -> None:
    import msgspec

    from purpose_agent.evaluation.studies.words import about, arm_words, line, net_benefit, task_by_task

    screen.data(
        {
            "study_id": plan.study_id,
            "runs": found.done,
            "of": found.size,
            "verdict": msgspec.to_builtins(found.headline.verdict) if found.has_control else None,
            "comparisons": [comparison._asdict() for comparison in found.comparisons],
            **({"proof": found.proof._asdict()} if found.proof else {}),
        }
    )
    rows = []
    for arm in plan.arms:
        curve = found.curve(arm.name, "transfer")
        solved = curve[-1].solved if curve else None
        share = f"{100 * solved.estimate:.0f} %" if solved else "–"
        effort, spent = curve[-1].effort if curve else 0, found.spent[arm.name]
        rows.append((arm_words(arm.name, plan), f"{spent.runs:,}", share, f"{effort:,}", f"{spent.seconds:,.0f}"))
    screen.table("", ("Arm", "#Runs", "#Solved", f"#{found.measured_as.capitalize()}", "#Seconds"), rows)
    screen.result(f"\n{found.sentence}")
    if not found.has_control:
        return
    if found.proof is None:
        screen.tell(f"{task_by_task(found.headline)} {about(plan, found.headline)}".strip())
        screen.tell(net_benefit(plan, found))
    beside = found.comparisons if found.proof is not None else found.beside
    for comparison in beside:
        screen.tell(line(comparison, plan), style="dim")
