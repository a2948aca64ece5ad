"""`purpose-agent review test`: try waiting lessons on past tasks, after saying what it would take."""

from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.lesson_ids import find
from purpose_agent.cli.options import Details, Home, Json, engine_at
from purpose_agent.memory import lesson_words
from purpose_agent.memory.replay_evidence import replay_of

if TYPE_CHECKING:
    from purpose_agent.runtime.run_manager import Job
    from purpose_agent.teams.service import Engine

_LOOK_S = 0.5


def try_lessons(
    card_ids: Annotated[list[str] | None, typer.Argument(help="Lessons to try; without them all that wait.")] = None,
    replays: Annotated[int | None, typer.Option(help="How many past tasks to do again, all in all.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so many seconds of work.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Stop after so many tokens.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Try waiting lessons on past tasks, with and without.

    First it says what that would take. Nothing is decided by it; what it shows is kept with each lesson.
    """
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        chosen = [find(engine, start, "quarantined", "promoted").card_id for start in card_ids] if card_ids else None
        plan = engine.plan_replay(chosen, replays=replays, seconds_limit=seconds, tokens_limit=tokens)
        screen.tell(str(plan))
        if plan.is_empty:
            screen.data({"status": "nothing to try", "plan": str(plan)})
            return
        if not yes and not json:
            typer.confirm("Try them?", default=True, abort=True, err=True)
        job = _followed(engine, engine.submit_replay(plan), screen)
        tested = [engine.memory.ledger.card(lesson.card_id) for lesson in plan.lessons]
    screen.data({
        "status": job.status,
        "result": job.result,
        "lessons": [
            {"card_id": view.card_id, "text": view.text, "replay": view.evidence.get("replay")} for view in tested
        ],
    })  # fmt: skip
    for view in tested:
        screen.result(f"\n{view.card_id}  {view.text}")
        for sentence in lesson_words.replay_says(replay_of(view)):
            screen.result(f"  {sentence}")
    if job.status != "done":
        screen.tell(f"{job.what or 'The test was stopped.'} {job.fix}".strip())
        raise typer.Exit(RUN_FAILED)


def _followed(engine: "Engine", job: "Job", screen: Screen) -> "Job":
    """Wait for its end and tell how far it is; Ctrl-C stops it and keeps what it showed."""
    told = ""
    try:
        while True:
            job = engine.jobs.wait(job.job_id, _LOOK_S)
            if not job.is_alive:
                return job
            if job.message != told:
                told = job.message
                screen.tell(f"{round(100 * (job.progress or 0.0)):3} %  {told}", style="dim")
    except KeyboardInterrupt:
        engine.jobs.cancel(job.job_id)
        return engine.jobs.wait(job.job_id, 5.0)
