"""`purpose-agent learning` and `query`: what daily work shows, and questions of one's own to the data."""

import csv as csv_files
import sys
from typing import Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import Details, Home, Json, engine_at


def learning(
    team: Annotated[str, typer.Option(help="Only runs of this team.")] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="Only runs with this model.")] = "",
    kind: Annotated[str, typer.Option(help="Only tasks of this kind.")] = "",
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Tell what daily work shows of learning: what lessons add, by the runs that left them out by chance."""
    import msgspec

    from purpose_agent.evaluation.live.records import Which

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        engine.workspace.trajectories().settle()
        found = engine.learning.findings(Which(team=team, model=model, task_kind=kind))
    screen.data(
        {
            "runs": found.runs,
            "judged": found.judged,
            "overall": msgspec.to_builtins(found.overall),
            "lessons": [msgspec.to_builtins(lesson._asdict()) for lesson in found.lessons],
            "alarms": [msgspec.to_builtins(alarm._asdict()) for alarm in found.alarms],
        }
    )
    if not found.runs:
        screen.result("No runs yet. Run a first task: purpose-agent run")
        return
    for alarm in found.alarms:
        screen.result(f"{alarm.sentence} {alarm.fix}".strip())
    rows = [
        (
            lesson.text[:60],
            lesson.verdict.word,
            f"{lesson.effect.estimate:+.0f}",
            f"{lesson.left_out:,}",
            f"{lesson.shown:,}",
        )
        for lesson in found.lessons
    ]
    if rows:
        screen.table("", ("Lesson", "Verdict", "#Points", "#Left out", "#In the prompt"), rows)
    screen.result(found.overall.sentence)
    screen.tell(f"{found.judged:,} of {found.runs:,} runs were judged by somebody other than the model.")


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the trajectories; “tables” tells what there is.")],
    csv: Annotated[bool, typer.Option("--csv", help="The answer as CSV.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Ask the trajectories in SQL. Questions only read, within limits."""
    from purpose_agent.storage.asking import ask, tables

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        store = engine.workspace.trajectories()
        store.settle()
        if sql.strip().casefold() == "tables":
            known = tables(store)
            screen.data(
                [{"table": one.name, "told": one.told, "columns": [c.name for c in one.columns]} for one in known]
            )
            screen.table("", ("Table", "What it holds"), [(one.name, one.told) for one in known])
            return
        answer = ask(store, sql)
    screen.data({"columns": list(answer.columns), "rows": [list(row) for row in answer.rows], "is_cut": answer.is_cut})
    if csv:
        rows = csv_files.writer(sys.stdout)
        rows.writerow(answer.columns)
        rows.writerows(answer.rows)
        return
    screen.table("", answer.columns, [tuple("" if cell is None else str(cell) for cell in row) for row in answer.rows])
    if answer.is_cut:
        screen.tell(f"Only the first {len(answer.rows):,} rows are shown; there are more.")
