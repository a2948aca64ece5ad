"""What a notebook is: its purpose and settings, its cells, and what the last run of a cell left on the page.

A `Document` is a notebook with its cells, whole: what is exported, imported, copied and shipped as a sample.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Literal, get_args

from purpose_agent.types import EvidenceTier, Record, RunStatus

CellKind = Literal["task", "ask", "teach", "note"]
CELL_KINDS: tuple[CellKind, ...] = get_args(CellKind)

MAX_SOURCE_CHARS = 100_000
MAX_TITLE_CHARS = 200

NewId = Callable[[], str]


def new_id() -> str:
    """12 hex digits: unique in a workspace, and a legal cell id of the Jupyter format."""
    return secrets.token_hex(6)


class KnowledgeFile(Record, frozen=True, kw_only=True):
    """A file that the team may read. Its bytes stand under the workspace by their content hash."""

    name: str
    sha256: str
    size: int


class TeamChoice(Record, frozen=True, kw_only=True):
    """Who works here: agents are worked out from the purpose; `model` None takes what this machine has."""

    purpose: str
    model: str | None = None


class NotebookSettings(Record, frozen=True, kw_only=True):
    """What a person set for the whole notebook.

    trust_tested_lessons  approve without asking the lessons that the person's own checks confirmed.
    vaults                ids of vaults of the workspace whose documents the team may read too.
    suite                 the task suite this notebook was made from, "" for none.
    about                 one or two sentences under the title.
    """

    use_lessons: bool = True
    trust_tested_lessons: bool = False
    knowledge: tuple[KnowledgeFile, ...] = ()
    vaults: tuple[str, ...] = ()
    suite: str = ""
    about: str = ""


class CellOutput(Record, frozen=True, kw_only=True):
    """What a run left on the page; travels with an exported notebook, so that a reader sees it without the run.

    lessons_used  their texts, which a person approved.
    lessons_born  ids only: nobody has approved their words yet, and this travels.
    sources       the files and places that the answer cites: `[1] fees.md, lines 3-5`.
    """

    run_id: str = ""
    n: int = 0
    status: RunStatus = "done"
    answer: str = ""
    phi: float | None = None
    tier: EvidenceTier = "none"
    passed: int = 0
    total: int = 0
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    attempts: int = 0
    model: str = ""
    lessons_used: tuple[str, ...] = ()
    lessons_born: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    what: str = ""
    fix: str = ""
    at: datetime | None = None


class CellSettings(Record, frozen=True, kw_only=True):
    """What a person set for one cell.

    checks      lines as the person wrote them: `double(4) -> 8` or an assert; see checks.py.
    suite_task  the task of the notebook's suite that this cell stands for; its hidden tests stay with the suite.
    output      an output that came with an imported notebook, whose run is not in this workspace.
    """

    checks: tuple[str, ...] = ()
    suite_task: str = ""
    output: CellOutput | None = None


class Cell(Record, frozen=True, kw_only=True):
    cell_id: str
    kind: CellKind = "task"
    source: str = ""
    settings: CellSettings = CellSettings()
    run_count: int = 0
    last_run_id: str = ""


class Notebook(Record, frozen=True, kw_only=True):
    notebook_id: str
    title: str
    team: TeamChoice
    settings: NotebookSettings = NotebookSettings()
    created_at: datetime
    updated_at: datetime


class Document(Record, frozen=True, kw_only=True):
    notebook: Notebook
    cells: tuple[Cell, ...] = ()


def title_from(purpose: str) -> str:
    """The first line of a purpose, short enough for a title."""
    first = next((line.strip() for line in purpose.splitlines() if line.strip()), "Untitled notebook")
    return first if len(first) <= MAX_TITLE_CHARS else first[: MAX_TITLE_CHARS - 1].rstrip() + "…"
