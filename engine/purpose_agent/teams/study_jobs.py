"""The job that does a study: round after round, every arm on the same task, until all is done or nothing is in doubt.

Stopping is pausing: what was done is kept, and the job goes on where it stopped, also after its process died. Nothing
is done or counted twice, because the id of every run follows from its place in the plan.

Runs that broke off are taken up again (`study_arms` tells why that is fair): once more after all others, and once or
twice whenever the study is gone on with, until they ended or were tried so often that the fault lies with them.
"""

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.outcomes import Outcome, Spent
from purpose_agent.evaluation.studies.plan import Limits, StudyPlan, Trial, rounds
from purpose_agent.evaluation.studies.words import arm_words
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.runtime.jobs import JobContext
from purpose_agent.teams.study_arms import Arms
from purpose_agent.teams.study_workers import MakeArms, work
from purpose_agent.types import JSON, RunResult

KIND = "study"
FAULTS = 3
"""So many runs in a row that broke off end the study: the model is not there, and nothing is learned from that."""

WALKS = 2
"""The second time only for runs that broke off in the first: by then the model may be there again."""

ALL_DONE = "All of it was done."
_TASK_CHARS = 72

Done = tuple[Outcome, RunResult]
Do = Callable[[Sequence[Trial]], AsyncIterator[Done]]
Decided = Callable[[StudyPlan, Sequence[Outcome]], str]
"""Why the study may end now, "" while it may not."""


class StudyJobs:
    """Does the work of study jobs in the workspace folder `home`.

    executors  by study what does its trials in place of the job's own thread.
    """

    def __init__(self, home: Path, make_arms: MakeArms, decided: Decided) -> None:
        self.executors: dict[str, Executor] = {}
        self._home = home
        self._make_arms = make_arms
        self._decided = decided

    async def study(self, context: JobContext) -> JSON:
        folder = StudyFolder(self._home, str(context.job.spec["study_id"]))
        plan = folder.plan()
        executor = self.executors.pop(plan.study_id, None)
        if executor is not None:
            ended = await self._walk(plan, folder, context, partial(_elsewhere, executor, self._home))
        else:
            arms = self._make_arms(plan, folder)
            try:
                ended = await self._walk(plan, folder, context, partial(_one_by_one, arms, context.cancel))
            finally:
                arms.close()
        return {"study_id": plan.study_id, "ended": ended}

    async def _walk(self, plan: StudyPlan, folder: StudyFolder, context: JobContext, do: Do) -> str:
        """Why it ended, in a sentence. Once nothing is in doubt, unrelated tasks are still done: they tell of harm."""
        progress = _Progress(plan, folder, context)
        decided = self._decided(plan, progress.outcomes) if plan.stops_early else ""
        for _ in range(WALKS):
            for together in rounds(plan):
                if decided and together[0].part != "harm":
                    continue
                new = [trial for trial in together if progress.is_to_do(trial)]
                if not new:
                    continue
                if why := _beyond(plan.limits, progress.spent):
                    return why
                progress.tell(new[0])
                async for outcome, result in do(new):
                    progress.keep(outcome, result)
                if plan.stops_early and not decided:
                    decided = self._decided(plan, progress.outcomes)
        return progress.ended(decided)


class _Progress:
    """What was done so far, in this process and before."""

    def __init__(self, plan: StudyPlan, folder: StudyFolder, context: JobContext) -> None:
        self.spent = Spent()
        self._kept = {outcome.run_id: outcome for outcome in folder.outcomes()}
        for outcome in self._kept.values():
            self.spent = self.spent.and_also(outcome)
        self._plan = plan
        self._folder = folder
        self._context = context
        self._faults = 0
        self._last_fault = ("", "")

    @property
    def outcomes(self) -> list[Outcome]:
        """In the order in which they came; one that was taken up again stands where it came last."""
        return list(self._kept.values())

    def is_to_do(self, trial: Trial) -> bool:
        known = self._kept.get(trial.run_id)
        return known is None or known.is_open

    def tell(self, trial: Trial) -> None:
        plan, task = self._plan, self._plan.tasks[trial.task].item.task
        phase = f"{arm_words(trial.arm.name, plan)} · " if plan.is_proof else ""
        doing = textwrap.shorten(task.text, _TASK_CHARS, placeholder=" …")
        told = f"{self.spent.runs:,} of {plan.size:,} runs · {phase}{doing}"
        self._context.report(told, min(1.0, self.spent.runs / plan.size))

    def keep(self, outcome: Outcome, result: RunResult) -> None:
        """Raises what ends the study here: the person's wish, or a model that is not there."""
        if self._context.cancel.is_set or result.status == "cancelled":
            raise asyncio.CancelledError
        self._faults = self._faults + 1 if outcome.broke_off else 0
        if self._faults >= FAULTS:
            raise PurposeError(
                f"{FAULTS} runs in a row broke off: {result.what}", result.fix or "Mend it, then go on with the study."
            )
        if outcome.broke_off:
            self._last_fault = result.what, result.fix
        before = self._kept.pop(outcome.run_id, None)
        if before is not None:
            outcome = msgspec.structs.replace(outcome, tries=before.tries + 1)
            self.spent = self.spent.without(before)
        self._folder.add(outcome)
        self._kept[outcome.run_id] = outcome
        self.spent = self.spent.and_also(outcome)

    def ended(self, decided: str) -> str:
        """How it ended, in a sentence. Raises PurposeError while runs are left that are to be taken up again.

        decided  why it ended early, "" where it did not; then only runs of unrelated tasks are missed.
        """
        missed = [outcome for outcome in self._kept.values() if not decided or outcome.part == "harm"]
        left = sum(outcome.is_open for outcome in missed)
        if left:
            what, fix = self._last_fault
            raise PurposeError(
                f"{_runs(left)} broke off and can be taken up again: {what}",
                f"{fix} Then go on with the study; all that was done is kept.".strip(),
            )
        if decided:
            return decided
        lost = sum(outcome.broke_off for outcome in missed)
        return f"All of it was done. {_runs(lost)} broke off each time and count for no arm." if lost else ALL_DONE


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


async def _one_by_one(arms: Arms, cancel: CancelToken, trials: Sequence[Trial]) -> AsyncIterator[Done]:
    for trial in trials:
        yield await arms.run(trial, cancel)


async def _elsewhere(executor: Executor, home: Path, trials: Sequence[Trial]) -> AsyncIterator[Done]:
    """All arms of a round at once; what others do while the study is being paused is looked up later."""
    futures = [asyncio.wrap_future(executor.submit(work, home, trial)) for trial in trials]
    for future in futures:
        yield await future


def _beyond(limits: Limits, spent: Spent) -> str:
    for used, limit, what in (
        (spent.seconds, limits.seconds, "time"),
        (spent.tokens, limits.tokens, "number of tokens"),
        (spent.cost_usd, limits.cost_usd, "money"),
    ):
        if limit is not None and used >= limit:
            return f"The {what} agreed for this study is used up."
    return ""
