"""What a person asks for, as a record that a job can keep and a later process can take up again."""

import secrets
from datetime import UTC, datetime
from typing import Literal

from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.types import Budget, Record, RunMode, Task


class RunRequest(Record, frozen=True, kw_only=True):
    """One task for one team.

    run_id        made when it is empty.
    model         None = take what is here (see `resolve_backend`).
    agents        empty = worked out from the purpose.
    knowledge     paths of files and folders whose passages are shown to the team as data.
    hidden_tests  graded after the run; no agent, lesson or prompt ever sees them.
    trust_tested_lessons
                  the person switched this on: lessons that their own tests confirmed are approved without asking.
    live          the run uses objects of the calling program (a model, tools); no other process can take it up.
    """

    purpose: str
    task: Task
    run_id: str = ""
    ask: bool = False
    model: str | None = None
    agents: tuple[AgentSpec, ...] = ()
    knowledge: tuple[str, ...] = ()
    budget: Budget = Budget()
    mode: RunMode = "train"
    use_lessons: bool = True
    trust_tested_lessons: bool = False
    seed: int = 0
    notebook_id: str = ""
    cell_id: str = ""
    critic: Literal["standard", "delta"] = "delta"
    hidden_tests: tuple[str, ...] = ()
    live: bool = False


def new_run_id() -> str:
    """Sorts by time, does not collide between processes: `20260131-120000-1f2e3d4c5b6a`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(6)}"
