"""`purpose-agent study`: the same tasks with and without memory, and what that shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.options import Details, Home, Json, Model, Purpose, engine_at

if TYPE_CHECKING:
    from purpose_agent.evaluation.studies.findings import Findings
    from purpose_agent.evaluation.studies.plan import StudyPlan
    from purpose_agent.runtime.jobs import Job
    from purpose_agent.teams.service import Engine

study = typer.Typer(help="Did it learn? The same tasks with and without memory.")

_POLL_S = 0.5
_STOP_WITHIN_S = 5.0
StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="The study's id, as `study list` tells it.")]


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
    repeats: Annotated[int, typer.Option(min=1, max=100, help="How often all of it is done.")] = 1,
    passes: Annotated[int, typer.Option(min=1, max=20, help="How often the same tasks come round.")] = 1,
    warm_up: Annotated[int, typer.Option(min=0, help="So many first tasks do not count.")] = 0,
    measure: Annotated[str, typer.Option(help="What decides: solved, phi or effort.")] = "solved",
    seed: Annotated[int, typer.Option(help="Fixes what is drawn by chance.")] = 0,
    to_the_end: Annotated[
        bool, typer.Option("--to-the-end", help="Do all of it, also when nothing is in doubt.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")] = False,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Do a study. What it will take is said first; Ctrl-C pauses it."""
    if measure not in ("solved", "phi", "effort"):
        raise typer.BadParameter("take solved, phi or effort", param_hint="--measure")
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
            measure=measure,  # type: ignore[arg-type]
            seed=seed,
            stops_early=not to_the_end,
        )
        screen.tell(f"{plan.title}: {engine.studies.foresee(plan)}")
        if not (yes or json) and not typer.confirm("Begin?", default=True):
            return
        _follow(engine, plan, engine.studies.submit(plan), screen)


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
    screen.data([{"study_id": plan.study_id, "title": plan.title, "runs": n, "of": plan.size} for plan, n in found])
    if not found:
        screen.result("There is no study yet. Begin one: purpose-agent study run related_stream --unrelated unrelated")
        return
    rows = [(plan.study_id, plan.title, f"{n:,} of {plan.size:,}") for plan, n in found]
    screen.table("", ("Study", "Title", "#Runs"), rows)


@study.command()
def show(study_id: StudyId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Show what a study found out."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        _tell(screen, engine.studies.folder(study_id).plan(), engine.studies.findings(study_id))


@study.command()
def export(
    study_id: StudyId,
    folder: Annotated[Path, typer.Argument(help="A new folder for the plan, the outcomes and the script.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write the data of a study as CSV, with a script that works out every figure anew."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        written = engine.studies.export(study_id, folder)
    screen.data({"folder": str(folder), "files": [path.name for path in written]})
    screen.result(f"Written to {folder}: {', '.join(path.name for path in written)}. Try: python {written[-1]}")


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

    from purpose_agent.evaluation.studies.words import arm_words, arms_of, line

    screen.data(
        {
            "study_id": plan.study_id,
            "runs": found.done,
            "of": found.size,
            "verdict": msgspec.to_builtins(found.headline.verdict),
            "comparisons": [comparison._asdict() for comparison in found.comparisons],
        }
    )
    rows = []
    for arm in plan.arms:
        curve = found.curve(arm.name, "transfer")
        solved = curve[-1].solved if curve else None
        share = f"{100 * solved.estimate:.0f} %" if solved else "–"
        effort, spent = curve[-1].effort if curve else 0, found.spent[arm.name]
        rows.append((arm_words(arm.name), f"{spent.runs:,}", share, f"{effort:,}", f"{spent.seconds:,.0f}"))
    screen.table("", ("Arm", "#Runs", "#Solved", f"#{found.measured_as.capitalize()}", "#Seconds"), rows)
    screen.result(f"\n{found.headline.verdict.sentence}")
    screen.tell(f"{arms_of(found.headline).capitalize()} decides, as agreed; the rest stands beside it.")
    for comparison in found.comparisons:
        if not comparison.decides:
            screen.tell(line(comparison), style="dim")
