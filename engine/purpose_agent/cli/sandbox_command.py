"""`sandbox`: what keeps code away from your files on this machine, and whether it may run where nothing does."""

from typing import Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import Details, Home, Json, engine_at


def sandbox(
    allow: Annotated[
        bool | None,
        typer.Option("--allow/--forbid", help="Let code run in this workspace also where no wall holds, or not."),
    ] = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Show what code that a model wrote can reach on this machine, tried just now."""
    from purpose_agent.sandbox.probe import probe

    screen = Screen.make(json=json)
    walls = probe()
    with engine_at(home) as engine:
        if allow is not None:
            engine.code_without_walls = allow
        allowed = engine.code_without_walls
    screen.data({"holds": walls.holds, "walls": list(walls.describe()), "allowed_without_walls": allowed})
    screen.result("\n".join(walls.describe()))
    if walls.holds:
        screen.tell("The walls hold, so code runs behind them.")
    elif allowed:
        screen.tell("The walls do not hold, and code runs all the same, since you allowed it: --forbid takes it back.")
    else:
        screen.tell("The walls do not hold, so code is not run. If you trust it: purpose-agent sandbox --allow")
