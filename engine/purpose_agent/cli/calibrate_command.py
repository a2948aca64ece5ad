"""`purpose-agent memory calibrate`: teach the critic by the scores that you set right."""

from typing import Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import Details, Home, Json, Model, engine_at


def calibrate(
    model: Model = None,
    seed: Annotated[int, typer.Option(help="Which corrected runs are held out for the exam.")] = 0,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Teach the critic by the scores that you set right.

    The model judges a part of those runs again, with the new lesson and without. A lesson that does not bring it nearer
    to you is turned down.
    """
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        found = engine.calibrate_critic(model, seed=seed)
    screen.data([msgspec.to_builtins(each) for each in found])
    if not found:
        screen.result("You set no critic's score right yet. Do so on the page of a run, with your reason.")
    for each in found:
        screen.result(str(each))
    if any(each.status == "quarantined" for each in found):
        screen.tell("\nIt waits for you: purpose-agent review")
