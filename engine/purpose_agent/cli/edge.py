"""The outermost edge of the command line: exceptions become sentences and exit codes here, and only here."""

import logging
import sys
import traceback
from contextlib import suppress
from functools import partial

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED, SETTING_WRONG, STOPPED, WORKED
from purpose_agent.errors import PurposeError


def run_command(arguments: list[str], app: typer.Typer) -> int:
    """The exit code of one command of `app`."""
    _write_any_text()
    screen = Screen.make(json="--json" in arguments)
    details = "--details" in arguments
    if not details:
        logging.getLogger("purpose_agent").addHandler(logging.NullHandler())  # else Python prints what is logged
    try:
        code = _dispatch(arguments, app)
    except PurposeError as error:
        screen.problem(error, details=f"{error.details}\n{_trace()}".strip() if details else "")
        return SETTING_WRONG
    except KeyboardInterrupt:
        code = STOPPED
    except Exception as error:  # noqa: BLE001 - the outermost edge: a person gets a sentence
        unknown = PurposeError(
            f"Something inside Purpose Agent went wrong: {error or type(error).__name__}",
            "What was done is kept. Add --details to see more, and please report it.",
        )
        screen.problem(unknown, details=_trace() if details else "")
        return RUN_FAILED
    if code == STOPPED:  # typer makes this code of a Ctrl-C that reaches it
        screen.tell("Stopped. What was done is kept.")
    return code


def _dispatch(arguments: list[str], app: typer.Typer) -> int:
    try:
        app(args=arguments, prog_name="purpose-agent", obj=partial(run_command, app=app))
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else WORKED
    return WORKED


def _trace() -> str:
    return traceback.format_exc().strip()


def _write_any_text() -> None:
    """A terminal with a small character set shows a `?` for what it lacks, in place of an error."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a test's or a notebook's stream may not be reconfigurable
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
