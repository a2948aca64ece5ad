"""Where a study stands on the disk: its plan, its outcomes one a line, and the memories that arms learn in.

`studies/<id>/plan.json`, `episodes.json`, `outcomes.jsonl`, `decided.jsonl`, `memory-<lane>.sqlite`. Each outcome is on
the disk before the next run begins. A last line that a killed process left in the middle does not count; its run is
looked up again. What a person decides afterwards stands in a file of its own, since the study may be at work meanwhile.
"""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from purpose_agent.evaluation.studies.episodes import Episode
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.types import Record

STUDIES = "studies"
_PLAN, _EPISODES, _OUTCOMES, _DECIDED = "plan.json", "episodes.json", "outcomes.jsonl", "decided.jsonl"
_FIX = "Remove the study, or make it again."
Stamp: TypeAlias = tuple[tuple[int, int], ...]
_LONGEST_LINE = 1 << 16
_outcome = msgspec.json.Decoder(Outcome)


class _Decided(Record, frozen=True, kw_only=True):
    """What was decided on the answer of a run after it was done; `right` None: that counts no more.

    judge  the model that decided, where it was not a person.
    """

    run_id: str
    right: bool | None
    judge: str = ""


class StudyFolder:
    """One study of the workspace in `home`."""

    def __init__(self, home: Path, study_id: str) -> None:
        if not study_id.isalnum():
            raise StudyError("This is not the name of a study.", "Choose one from the list.")
        self.path = home / STUDIES / study_id

    def begin(self, plan: StudyPlan, episodes: Sequence[Episode] = ()) -> None:
        """Keep the plan and the person's earlier runs that it may retrieve, before anything is done."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / _EPISODES).write_bytes(msgspec.json.encode(episodes))
        part = self.path / f"{_PLAN}.part"
        with part.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(plan), indent=1))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path / _PLAN)

    def plan(self) -> StudyPlan:
        """Raises StudyError when it is not there or cannot be read."""
        try:
            return msgspec.json.decode((self.path / _PLAN).read_bytes(), type=StudyPlan)
        except FileNotFoundError as problem:
            raise StudyError("This study is not there any more.", "Choose another one.") from problem
        except (OSError, ValueError) as problem:
            raise StudyError(
                f"The plan of study {self.path.name} cannot be read.", _FIX, details=str(problem)
            ) from problem

    def episodes(self) -> list[Episode]:
        """As they stood at the start."""
        return msgspec.json.decode((self.path / _EPISODES).read_bytes(), type=list[Episode])

    def outcomes(self) -> list[Outcome]:
        """In the order in which they came, each run once, with what was decided on it later.

        A run that was taken up again stands where it ended at last.
        """
        found: dict[str, Outcome] = {}
        try:
            lines = (self.path / _OUTCOMES).read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise StudyError(
                f"The outcomes of study {self.path.name} cannot be read.", _FIX, details=str(problem)
            ) from problem
        for place, line in enumerate(lines):
            try:
                outcome = _outcome.decode(line) if line.strip() else None
            except ValueError as problem:
                if place == len(lines) - 1:
                    break
                raise StudyError(
                    f"Line {place + 1} of the outcomes of study {self.path.name} cannot be read.",
                    _FIX,
                    details=str(problem),
                ) from problem
            if outcome is not None:
                found.pop(outcome.run_id, None)
                found[outcome.run_id] = outcome
        decided = self._decided()
        return [_with(outcome, decided.get(run_id)) for run_id, outcome in found.items()]

    def decide(self, run_id: str, right: bool | None, judge: str = "") -> None:
        """Keep what a person or a judge says of the answer of a run; None: what its check said counts again."""
        line = msgspec.json.encode(_Decided(run_id=run_id, right=right, judge=judge))
        with (self.path / _DECIDED).open("ab") as file:  # one write, so that two processes do not mix their lines
            file.write(b"\n" + line + b"\n")  # behind a line that a killed process left in the middle, too
            file.flush()
            os.fsync(file.fileno())

    def _decided(self) -> dict[str, _Decided]:
        try:
            lines = (self.path / _DECIDED).read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        found: dict[str, _Decided] = {}
        for line in filter(None, lines):
            with contextlib.suppress(msgspec.MsgspecError):
                said = msgspec.json.decode(line, type=_Decided)
                found[said.run_id] = said
        return found

    def add(self, outcome: Outcome) -> None:
        """On the disk when this returns. It takes the place of a torn last line."""
        path = self.path / _OUTCOMES
        path.touch()
        with path.open("rb+") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _LONGEST_LINE)
            file.seek(start)
            file.seek(start + file.read().rfind(b"\n") + 1)
            file.write(msgspec.json.encode(outcome) + b"\n")
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def add_all(self, outcomes: Sequence[Outcome]) -> None:
        """Those of a study that was done elsewhere, in place of what is there. On the disk when this returns."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _OUTCOMES).open("wb") as file:
            file.writelines(msgspec.json.encode(outcome) + b"\n" for outcome in outcomes)
            file.flush()
            os.fsync(file.fileno())

    def sound_plan(self) -> StudyPlan:
        """The plan, when all of the study can be read. Raises StudyError that says which study it is."""
        plan = self.plan()
        if plan.study_id != self.path.name:
            raise StudyError(f"The folder {self.path.name} holds the plan of another study, {plan.study_id}.", _FIX)
        self.outcomes()
        return plan

    @property
    def stamp(self) -> Stamp:
        """Changes whenever the plan or the outcomes do."""
        return tuple(map(_stamp, (self.path / _PLAN, self.path / _OUTCOMES)))

    @property
    def is_there(self) -> bool:
        return (self.path / _PLAN).exists()

    def memory(self, lane: str) -> Path:
        """The file in which the runs of one lane learn."""
        return self.path / f"memory-{lane}.sqlite"

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _with(outcome: Outcome, said: _Decided | None) -> Outcome:
    if said is None or said.right is None:
        return outcome
    return msgspec.structs.replace(outcome, right=said.right, judge=said.judge or outcome.judge)


def studies_in(home: Path) -> list[str]:
    """Ids of the studies of a workspace, newest first. A folder whose name is no id is none, whatever it holds."""
    plans = sorted((home / STUDIES).glob(f"*/{_PLAN}"), key=_stamp, reverse=True)
    return [path.parent.name for path in plans if path.parent.name.isalnum()]


def _stamp(path: Path) -> tuple[int, int]:
    """When it was written, in nanoseconds, and how long it is; zeros when it is not there."""
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size
