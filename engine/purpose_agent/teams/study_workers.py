"""Trials of a study in the threads or processes of a `concurrent.futures.Executor`, on this computer.

A worker opens the workspace by its folder, does one trial and gives the outcome back; the study and its verdict stay
with the process that owns it. On a cluster the folder has to be on a disk that all workers share.
"""

import asyncio
import atexit
import threading
from collections.abc import Callable
from pathlib import Path

from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyPlan, Trial
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.study_arms import Arms
from purpose_agent.types import RunResult

MakeArms = Callable[[StudyPlan, StudyFolder], Arms]

_arms: dict[tuple[Path, str], Arms] = {}
_lock = threading.Lock()


def work(home: Path, trial: Trial) -> tuple[Outcome, RunResult]:
    """One trial, in this thread. Raises PurposeError when it cannot begin."""
    return asyncio.run(_arms_of(home, trial.study_id).run(trial, CancelToken()))


def _arms_of(home: Path, study_id: str) -> Arms:
    with _lock:
        if (home, study_id) not in _arms:
            from purpose_agent.vault.shelf import shelf_for

            if not _arms:
                atexit.register(_close)
            folder, workspace = StudyFolder(home, study_id), Workspace.open(home)
            _arms[home, study_id] = Arms(
                folder.plan(), folder, workspace, Memory(workspace.journal), EventBus(catch_up=workspace.events),
                shelf=lambda: shelf_for(home),
            )  # fmt: skip
        return _arms[home, study_id]


def _close() -> None:
    for arms in _arms.values():
        arms.close()
