"""A workspace: one folder that holds everything a person made.

Opening it costs a few milliseconds and takes nothing from anybody: scripts and the app may all have it open. Only
`trajectories()` takes the DuckDB file, which lets one process in, and starts to drain the journal into it.
"""

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.runtime.events import RunEvent
from purpose_agent.storage.errors import NotAWorkspace, RunMovedOn, WorkspaceError, WorkspaceFull, WorkspaceReadOnly
from purpose_agent.storage.journal import Journal
from purpose_agent.types import JSON

if TYPE_CHECKING:
    from purpose_agent.storage.trajectories import Trajectories

HOME_VARIABLE = "PURPOSE_AGENT_HOME"
_ENOSPC = 28
_OURS = ("journal.sqlite", "purpose.duckdb")  # also what was kept aside of them
_OUR_FOLDERS = {"files", "backups", "chroma", "vaults", "suites", "studies"}


class Workspace:
    """Made by `Workspace.open`. Any thread may use it.

    notices  sentences about what was found and mended while opening, for a person to read.
    """

    def __init__(self, home: Path, journal: Journal) -> None:
        self.home = home
        self.journal = journal
        self.files = home / "files"
        self.notices: list[str] = []
        self._lock = threading.Lock()
        self._trajectories: Trajectories | None = None

    @staticmethod
    def folder(home: Path | str | None = None) -> Path:
        """The folder that `open` would take; nothing is touched. Raises NotAWorkspace for a name that is none."""
        if home is not None and (not isinstance(home, str | Path) or not str(home).strip() or "\0" in str(home)):
            raise NotAWorkspace("The workspace folder has no name, or a broken one.", "Give the path of a folder.")
        if home is not None:
            return Path(home).expanduser().resolve()
        if named := os.environ.get(HOME_VARIABLE):
            return Path(named).expanduser().resolve()
        from platformdirs import user_data_path

        return user_data_path("purpose-agent", appauthor=False)

    @classmethod
    def open(cls, home: Path | str | None = None) -> "Workspace":
        """The workspace in `home`, made if there is none.

        None: the folder in PURPOSE_AGENT_HOME, else the platform's folder for user data. Raises a `WorkspaceError`.
        """
        folder = cls.folder(home)
        _refuse_other_folder(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "files").mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise NotAWorkspace(
                f"{folder} is not a folder.", "Choose a folder with PURPOSE_AGENT_HOME or --home.", details=str(error)
            ) from error
        except OSError as error:
            kind = WorkspaceFull if error.errno == _ENOSPC else WorkspaceReadOnly
            raise kind(folder, details=str(error)) from error
        path = folder / "journal.sqlite"
        is_lost = not path.exists() and (folder / "purpose.duckdb").exists()
        workspace = cls(folder, Journal(path))
        if is_lost:
            workspace.notices.append(
                f"The journal of {folder} was missing, so a new one was begun: finished runs are still there, "
                "lessons and settings are not. If you have a backup, close everything and put journal.sqlite back."
            )
        return workspace

    def trajectories(self) -> "Trajectories":
        """Take the DuckDB file and drain the journal into it. Raises WorkspaceOwned when another process has it."""
        from purpose_agent.storage.trajectories import Trajectories

        with self._lock:
            if self._trajectories is None:
                self._trajectories = Trajectories.open(self.home, self.notices)
            return self._trajectories

    @property
    def is_owner(self) -> bool:
        """Whether this process has the trajectories."""
        return self._trajectories is not None

    def announce(self, address: str) -> None:
        """Tell others where the app of this workspace answers. Only its owner may."""
        if self._trajectories is None:
            raise WorkspaceError("Only the program that owns the workspace can announce an address.", "Open it first.")
        self._trajectories.announce(address)

    def events(self, run_id: str, after_seq: int = -1, limit: int | None = None) -> list[RunEvent]:
        """A run's events in order, from the journal or, when they were pruned there, from the trajectories we own.

        Raises RunMovedOn when they were pruned and another process has the trajectories, or nobody.
        """
        found = self.journal.events(run_id, after_seq, limit)
        if (found and found[0].seq == after_seq + 1) or not self.journal.is_pruned(run_id, after_seq):
            return found
        if self._trajectories is None:
            raise RunMovedOn(run_id)
        stored = self._trajectories.events(run_id, after_seq, limit)
        newest = stored[-1].seq if stored else after_seq
        return (stored + [event for event in found if event.seq > newest])[:limit]

    def setting(self, key: str, default: JSON = None) -> JSON:
        for (value,) in self.journal.query("SELECT value FROM settings WHERE key = ?", (key,)):
            found: JSON = json.loads(value)
            return found
        return default

    def set_setting(self, key: str, value: JSON) -> None:
        with self.journal.write() as connection:
            connection.execute(
                "INSERT INTO settings (key, value) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, msgspec.json.encode(value).decode()),
            )

    def close(self) -> None:
        """Writes what is pending and lets go of the files. May be called twice."""
        with self._lock:
            trajectories, self._trajectories = self._trajectories, None
        if trajectories is not None:
            trajectories.close()
        self.journal.close()


def _refuse_other_folder(folder: Path) -> None:
    """A folder full of somebody's other things gets none of ours among them. Hidden files do not count."""
    try:
        names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return  # it is made now, or what is wrong with it is told then
    if names and not any(name.startswith(_OURS) or name in _OUR_FOLDERS for name in names):
        raise NotAWorkspace(
            f"The folder {folder} holds other things and is no workspace; nothing was changed in it.",
            "Choose a new or an empty folder with PURPOSE_AGENT_HOME or --home.",
        )
