"""What to know of a suite before measuring with it here: with these vaults, this judge, and code on or off."""

from typing import TYPE_CHECKING, NamedTuple

from purpose_agent.evaluation.checks.records import HiddenTests
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suite_review import remarks
from purpose_agent.sandbox.probe import probe

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine


class Here(NamedTuple):
    """What remarks on a suite depend on beside its tasks; see `suite_review.remarks`."""

    vaults: frozenset[str]
    judge: str
    code_runs: bool


def here(engine: "Engine", suite: Suite) -> Here:
    """Vaults are looked for, and the walls tried, only for a suite with tasks that need them."""
    asks = any(item.vaults for item in suite.tasks)
    tests = any(item.task.tests or isinstance(item.check, HiddenTests) for item in suite.tasks)
    return Here(
        vaults=frozenset(info.vault_id for info in engine.vaults.vaults()) if asks else frozenset(),
        judge=engine.judge_model,
        code_runs=not tests or engine.code_without_walls or probe().holds,
    )


def remarks_here(suite: Suite, known: Here) -> tuple[str, ...]:
    return remarks(suite, vaults=known.vaults, judge=known.judge, code_runs=known.code_runs)
