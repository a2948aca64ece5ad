"""What every reader of a log gives."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from purpose_agent.errors import PurposeError
from purpose_agent.types import Record

JsonObject: TypeAlias = Mapping[str, Any]
"""An object of a file that somebody else wrote; every field is looked at before it is used."""


class LogError(PurposeError):
    """The log cannot be read as it is; nothing of it was taken."""


class LoggedStep(Record, frozen=True, kw_only=True):
    """right: whether the task was solved after it, as far as the log knows."""

    action: str = ""
    tool: str = ""
    observation: str = ""
    right: bool | None = None
    phi: float | None = None


class LoggedRun(Record, frozen=True, kw_only=True):
    """One run. `arm`: none, empty, episodes, lessons, or a name of one's own.

    repeat  the how-manieth time all was done; turn: how often this task was met before in this repeat; both from 0.
    steps   how many, where their log is not there. lessons: ids of those in the prompt.
    """

    task_id: str
    text: str = ""
    arm: str = "none"
    repeat: int = 0
    turn: int = 0
    unrelated: bool = False
    family: str = ""
    right: bool | None = None
    phi: float | None = None
    attempts: int = 0
    tokens: int = 0
    seconds: float = 0.0
    steps: int = 0
    cost_usd: float = 0.0
    model: str = ""
    lessons: tuple[str, ...] = ()
    log: tuple[LoggedStep, ...] = ()


class Log(Record, frozen=True, kw_only=True):
    """A log as it was read.

    form       what it was read as, in words.
    compared   arms held against each other: tested, control; the first decides. Without any there is no control.
    decides    which runs decide: those on tasks met for the first time, or on tasks that came round again.
    notices    what was left out, or should be known.
    """

    form: str
    runs: tuple[LoggedRun, ...]
    compared: tuple[tuple[str, str], ...] = ()
    decides_on_retries: bool = False
    notices: tuple[str, ...] = ()


def text_of(value: object) -> str:
    """A text of a log, "" for anything else."""
    return value if isinstance(value, str) else ""


def truth_of(value: object) -> bool | None:
    """Whether a field says yes or no; 1 and 0 do."""
    if isinstance(value, bool):
        return value
    return bool(value) if value in (0, 1) else None


def number_of(value: object) -> float:
    """A number that is not below zero, as large as it may be; 0 for anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0
