"""`teach` and `status`: tell a team a rule, and see what it is and knows."""

from typing import Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import DEFAULT_PURPOSE, Details, Home, Json, Model, Purpose, engine_at
from purpose_agent.errors import PurposeError


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
