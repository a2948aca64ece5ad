"""The table of commands."""

import sys
from typing import Annotated

import typer

from purpose_agent import __version__
from purpose_agent.cli.calibrate_command import calibrate
from purpose_agent.cli.console import Screen
from purpose_agent.cli.evolve_command import evolve
from purpose_agent.cli.exit_codes import WRITTEN_WRONGLY
from purpose_agent.cli.export_command import export
from purpose_agent.cli.learning_commands import learning, query
from purpose_agent.cli.memory_commands import memory
from purpose_agent.cli.models_command import models
from purpose_agent.cli.review_commands import review
from purpose_agent.cli.run_command import ask, run
from purpose_agent.cli.sandbox_command import sandbox
from purpose_agent.cli.study_commands import study
from purpose_agent.cli.suite_commands import suite
from purpose_agent.cli.team_commands import status, teach
from purpose_agent.cli.ui_command import ui
from purpose_agent.cli.vault_commands import vault

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 it worked, 1 the run failed, 2 the command was written wrongly, 3 a setting, a file or a "
    "model is missing or wrong, 130 stopped with Ctrl-C.",
)
for command in (ui, run, ask, teach, status, sandbox, export, learning, query):
    app.command()(command)
app.add_typer(review, name="review")
app.add_typer(models, name="models")
memory.command()(evolve)
memory.command()(calibrate)
app.add_typer(memory, name="memory")
app.add_typer(vault, name="vault")
app.add_typer(suite, name="suite")
app.add_typer(study, name="study")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"purpose-agent {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Agents that get better at their work by experience. Started alone at a terminal, it asks what to do."""
    if context.invoked_subcommand is not None:
        return
    screen = Screen.make()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        screen.tell("There is no terminal to ask you at. Name a command; `purpose-agent --help` lists them.")
        raise typer.Exit(WRITTEN_WRONGLY)
    from purpose_agent.cli import wizard

    raise typer.Exit(wizard.start(context.obj, screen))
