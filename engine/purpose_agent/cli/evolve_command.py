"""`purpose-agent memory evolve`: new candidates bred from lessons that proved themselves."""

from typing import Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import Details, Home, Json, engine_at


def evolve(
    limit: Annotated[int, typer.Option(help="How many new lessons at most.")] = 4,
    seed: Annotated[int, typer.Option(help="The same seed and memory give the same lessons.")] = 0,
    model: Annotated[str | None, typer.Option("--model", "-m", help="A model that says each of them shorter.")] = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Breed new lessons from proven ones.

    Each waits for your decision like any other; nothing is used before.
    """
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        bred = engine.evolve(limit=limit, seed=seed, model=model)
    screen.data([msgspec.to_builtins(each) for each in bred])
    if not bred:
        screen.result("Nothing to breed yet: no lesson in use has proved itself, or its children are known already.")
        return
    screen.table("", ("Id", "New lesson", "It"), [(each.card_id, each.text, each.how) for each in bred])
    screen.tell("\nThey wait for you: purpose-agent review")
