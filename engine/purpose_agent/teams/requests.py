"""What a person asks for, as a record that a job can keep and a later process can take up again."""

import secrets
from datetime import UTC, datetime
from typing import Literal

import msgspec

from purpose_agent.core.given_tests import asserts
from purpose_agent.core.hardening import validate_budget, validate_words
from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.evaluation.checks.records import Check, HiddenTests
from purpose_agent.evaluation.suite_records import QUESTION, SuiteTask
from purpose_agent.types import Budget, Record, RunMode, Task, whole_characters


class RunRequest(Record, frozen=True, kw_only=True):
    """One task for one team.

    run_id        made when it is empty.
    model         None = take what is here (see `resolve_backend`).
    agents        empty = worked out from the purpose.
    knowledge     paths of files and folders whose passages are shown to the team as data.
    vaults        ids of vaults of the workspace that are used in the same way.
    hidden_tests  graded after the run; no agent, lesson or prompt ever sees them.
    check         the same for checks of every kind; it takes the place of `hidden_tests`.
    trust_tested_lessons
                  the person switched this on: lessons that their own tests confirmed are approved without asking.
    trial         ids of the lessons of a replay: exactly these stand in its prompts; only in `validation` mode.
    among         ids of the approved lessons that may be chosen from; None = all.
    random_stream runs with the same stream and seed draw the same by chance; "" = a stream of its own.
    live          the run uses objects of the calling program (a model, tools); no other process can take it up.
    """

    purpose: str
    task: Task
    run_id: str = ""
    ask: bool = False
    model: str | None = None
    agents: tuple[AgentSpec, ...] = ()
    knowledge: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()
    budget: Budget = Budget()
    mode: RunMode = "train"
    use_lessons: bool = True
    trust_tested_lessons: bool = False
    seed: int = 0
    notebook_id: str = ""
    cell_id: str = ""
    critic: Literal["standard", "delta"] = "delta"
    hidden_tests: tuple[str, ...] = ()
    check: Check | None = None
    trial: tuple[str, ...] | None = None
    among: tuple[str, ...] | None = None
    parent_run: str = ""
    random_stream: str = ""
    live: bool = False

    @property
    def grading(self) -> Check | None:
        """How the answer is checked after the run, if at all."""
        return self.check or (HiddenTests(tests=self.hidden_tests) if self.hidden_tests else None)


def of_suite(pattern: RunRequest, item: SuiteTask) -> RunRequest:
    """The request for one task of a suite, whose check goes to the grader only; `pattern` holds what all share."""
    vaults = tuple(dict.fromkeys((*item.vaults, *pattern.vaults)))
    return msgspec.structs.replace(
        pattern,
        run_id=new_run_id(),
        task=item.task,
        ask=item.task.kind == QUESTION and bool(item.task.context or vaults or pattern.knowledge),
        vaults=vaults,
        hidden_tests=(),
        check=item.check,
    )


def readied(request: RunRequest) -> RunRequest:
    """The request with an id, and with words and tests that a prompt, the sandbox and the log can hold.

    Raises PurposeError for what cannot be run at all, before anything is stored: whoever asked hears it at once.
    """
    validate_words(request.purpose, request.task.text)
    validate_budget(request.budget)
    task = request.task
    task = msgspec.structs.replace(
        task,
        text=whole_characters(task.text),
        tests=asserts(task.tests),
        context=tuple(whole_characters(passage) for passage in task.context),
    )
    return msgspec.structs.replace(
        request, run_id=request.run_id or new_run_id(), purpose=whole_characters(request.purpose), task=task
    )


def new_run_id() -> str:
    """Sorts by time, does not collide between processes: `20260131-120000-1f2e3d4c5b6a`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(6)}"
