"""`ui`: open the app in the browser.

The app stands beside the engine, not inside it, so it is found as a resource and loaded by name: the one place where
the two meet.
"""

import sys
import webbrowser
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.options import Details, Home
from purpose_agent.errors import PurposeError
from purpose_agent.resources import resource_root

DEFAULT_PORT = 8501


def ui(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port on this machine.")] = DEFAULT_PORT,
    home: Home = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only serve; open no browser window.")] = False,
    details: Details = False,
) -> None:
    """Open the app in the browser. It serves this machine only; Ctrl-C stops it."""
    from purpose_agent.storage.errors import WorkspaceOwned

    try:
        open_app(home.expanduser() if home else None, port, open_browser=not no_browser)
    except WorkspaceOwned as owned:
        if not owned.address:
            raise
        Screen.make().tell(f"This workspace is already open, at {owned.address}")
        if not no_browser:
            webbrowser.open(owned.address)


def open_app(home: Path | None, port: int, *, open_browser: bool) -> None:
    """Serve until stopped. Raises PurposeError when the app is not there, or a port or the workspace is taken."""
    root = resource_root()
    if not (root / "app" / "server.py").is_file():
        raise PurposeError(
            "This copy of Purpose Agent came without its app.", "Install it from the checkout: pip install ."
        )
    sys.path.insert(0, str(root))
    import_module("app.server").serve(home=home, port=port, open_browser=open_browser)
