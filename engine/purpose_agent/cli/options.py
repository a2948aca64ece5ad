"""Options that several commands share, each written once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.cli.console import Screen

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine

DEFAULT_PURPOSE = "Help me with my work"

Purpose = Annotated[str, typer.Option("--purpose", "-p", help="What the team is for, in plain words.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A model such as ollama:qwen3:1.7b. Without it: what this machine has."),
]
Home = Annotated[Path | None, typer.Option("--home", help="The workspace folder. Without it: your usual one.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document, and nothing else, to standard output.")]
Details = Annotated[bool, typer.Option("--details", help="When something goes wrong, show the technical details too.")]
Knowledge = Annotated[
    list[str] | None,
    typer.Option("--knowledge", "-k", metavar="PATH", help="A file or folder to answer from; may be repeated."),
]


@contextmanager
def engine_at(home: Path | None) -> Iterator["Engine"]:
    """The engine of a workspace, closed at the end, so that everything is on disk when the command returns."""
    from purpose_agent.teams.service import engine_for

    engine = engine_for(home.expanduser() if home else None)
    try:
        yield engine
    finally:
        for notice in engine.workspace.notices:  # what was found damaged and mended is never done in silence
            Screen.make().tell(notice)
        engine.close()
