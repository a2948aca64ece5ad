"""Find a browser to drive: the one that was named, Playwright's own, one on the PATH, or a fresh download."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_INSTALL_WITHIN_S = 300


class NoBrowser(Exception):
    """No browser can be had; the text says why."""


def find_browser(playwrights_own: str) -> str:
    """The program to start. Raises NoBrowser with the reason."""
    named = os.environ.get("PURPOSE_AGENT_BROWSER")
    if named:
        if not Path(named).is_file():
            raise NoBrowser(f"PURPOSE_AGENT_BROWSER names {named}, which is not there")
        return named
    if Path(playwrights_own).is_file():
        return playwrights_own
    for name in ON_PATH:
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("PURPOSE_AGENT_NO_DOWNLOAD"):
        raise NoBrowser("no browser on this machine, and PURPOSE_AGENT_NO_DOWNLOAD forbids to fetch one")
    return _downloaded(playwrights_own)


def _downloaded(playwrights_own: str) -> str:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise NoBrowser(f"no browser here, and the download did not end within {_INSTALL_WITHIN_S} s") from None
    if done.returncode or not Path(playwrights_own).is_file():
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NoBrowser(f"no browser here, and the download did not work: {' '.join(last)}")
    return playwrights_own
