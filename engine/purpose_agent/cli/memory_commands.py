"""`teach`, `status` and `review`: what the workspace has learned, and what waits for a person's word."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import DEFAULT_PURPOSE, Details, Home, Json, Model, Purpose, engine_at
from purpose_agent.errors import PurposeError

if TYPE_CHECKING:
    from purpose_agent.memory.ledger import CardView
    from purpose_agent.teams.service import Engine

_MOST = 100_000

review = typer.Typer(help="Decide on the lessons that wait for you.")

CardId = Annotated[str, typer.Argument(help="The lesson's id, or its first characters, as `review` shows it.")]
Reason = Annotated[str, typer.Option(help="Why, in a few words; kept with the decision.")]


def teach(
    lesson: Annotated[str, typer.Argument(help="What the team must keep to, in a sentence.")],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Teach a rule.

    Since you say it yourself, it is in use from the next run on; `review reject` takes it back.
    """
    screen = Screen.make(json=json)
    if not lesson.strip():
        raise PurposeError("The lesson is empty.", "Say in a sentence what the team must keep to.")
    with engine_at(home) as engine:
        card = engine.lessons.teach(lesson)
    screen.data(msgspec.to_builtins(card))
    screen.result(f"In use from the next run on: {card.text}")


def status(
    purpose: Purpose = DEFAULT_PURPOSE,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Show a team, its model and its lessons."""
    from purpose_agent.teams.roles import agents_for, read_purpose
    from purpose_agent.teams.team import Team

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        team = Team(read_purpose(purpose), engine=engine, agents=agents_for(purpose), model=model)
        standing = team.status()
    screen.data(standing)
    screen.result(str(standing))


@review.callback(invoke_without_command=True)
def waiting(context: typer.Context, home: Home = None, json: Json = False, details: Details = False) -> None:
    """List the lessons that wait for you."""
    if context.invoked_subcommand is not None:
        return
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        views = engine.memory.ledger.cards(status="quarantined")
    screen.data([{**msgspec.to_builtins(view.card), "status": view.status} for view in views])
    if not views:
        screen.result("No lesson waits for you. Run a task; what it teaches appears here.")
        return
    rows = [(view.card.card_id, view.card.text, view.card.source_run) for view in views]
    screen.table("", ("Id", "Lesson", "Comes from"), rows)
    screen.tell("\nUse one: purpose-agent review approve ID · Turn one down: purpose-agent review reject ID")


@review.command()
def approve(
    card_id: CardId, reason: Reason = "", home: Home = None, json: Json = False, details: Details = False
) -> None:
    """Let a waiting lesson be used."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        whole = _find(engine, card_id).card.card_id
        engine.lessons.approve(whole, reason=reason)
    screen.data({"card_id": whole, "status": "promoted"})
    screen.result("In use from the next run on.")


@review.command()
def reject(
    card_id: CardId, reason: Reason = "", home: Home = None, json: Json = False, details: Details = False
) -> None:
    """Turn a waiting lesson down, or take one back that is in use."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        view = _find(engine, card_id)
        whole, in_use = view.card.card_id, view.status == "promoted"
        if in_use:
            engine.lessons.archive(whole, reason=reason)
        else:
            engine.lessons.reject(whole, reason=reason)
    screen.data({"card_id": whole, "status": "archived" if in_use else "rejected"})
    screen.result("Taken out of use." if in_use else "Turned down.")


def _find(engine: "Engine", start: str) -> "CardView":
    """The one lesson, waiting or in use, whose id begins so. Raises PurposeError when it is none, or more than one."""
    cards = engine.memory.ledger.cards
    live = [*cards(status="quarantined", limit=_MOST), *cards(status="promoted", limit=_MOST)]
    matching = [view for view in live if start and view.card.card_id.startswith(start)]
    if len(matching) == 1:
        return matching[0]
    what = f"{len(matching)} lessons have an id that begins with" if matching else "No lesson here has the id"
    raise PurposeError(f"{what} {start!r}.", "Take the id from the list that `purpose-agent review` shows.")
