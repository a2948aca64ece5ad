"""The judge is asked about answers that wait: those of rubrics that no model could decide when their run ended.

A job like any other: it can be stopped and taken up again, and what was decided meanwhile, by it or by a person, is
left alone. The judge never decides on what it wrote itself (`checks/rubric.py`); such answers go on waiting.
"""

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.records import Rubric
from purpose_agent.runtime.events import RunStarted
from purpose_agent.runtime.jobs import JobContext
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.execution import Execution
from purpose_agent.teams.hand_grading import HandGrading, WaitingAnswer
from purpose_agent.teams.lessons import PERSON
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.results import fold_result
from purpose_agent.types import JSON, Record

KIND = "judge"


class Judged(Record, frozen=True, kw_only=True):
    """How many answers the judge was asked about, and on how many of them it decided."""

    asked: int
    decided: int


class Judging:
    """The work of judge jobs."""

    def __init__(self, workspace: Workspace, execution: Execution, grading: HandGrading) -> None:
        self._workspace = workspace
        self._execution = execution
        self._grading = grading

    def for_judge(self) -> tuple[WaitingAnswer, ...]:
        """Answers that a judge could decide on; those that a person put aside are the person's."""
        return tuple(one for one in self._grading.open() if isinstance(one.check, Rubric))

    def spec(self) -> dict[str, JSON]:
        """What the job is about. Raises PurposeError when there is nothing to judge."""
        run_ids: list[JSON] = [run_id for one in self.for_judge() for run_id in one.run_ids]
        if not run_ids:
            raise PurposeError("No answer waits for a judge.", "Answers to rubrics wait here when none could be asked.")
        return {"judged_runs": run_ids}

    async def job(self, context: JobContext) -> JSON:
        listed = context.job.spec.get("judged_runs")
        run_ids = [str(run_id) for run_id in listed] if isinstance(listed, list) else []
        asked = decided = 0
        for place, run_id in enumerate(run_ids):
            context.cancel.raise_if_cancelled()
            context.report(f"{place:,} of {len(run_ids):,} answers", place / len(run_ids))
            if not self._is_open(run_id):
                continue
            asked += 1
            decided += await self._judge(run_id)
        found: JSON = msgspec.to_builtins(Judged(asked=asked, decided=decided))
        return found

    def _is_open(self, run_id: str) -> bool:
        grade = self._workspace.journal.graded(run_id)
        return grade is not None and not grade.is_decided and grade.by != PERSON

    async def _judge(self, run_id: str) -> bool:
        events = self._workspace.events(run_id)
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        result = fold_result(events, unfinished="interrupted")
        check = self._grading.check_of(run_id)
        if started is None or result is None or check is None:
            return False
        request = RunRequest(purpose="", task=started.task, run_id=run_id, check=check)
        await self._execution.grade(request, result)
        return self._grading.tell_study(run_id)
