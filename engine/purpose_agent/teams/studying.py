"""Making studies, starting them, and what came of them: what the app, the command line and programs share."""

import secrets
from builtins import list as builtins_list
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.evaluation.statistics.outcomes import SOLVED
from purpose_agent.evaluation.statistics.power import smallest_effect, supposed_spread
from purpose_agent.evaluation.studies.episodes import Episode
from purpose_agent.evaluation.studies.exporting import as_csv, export, parquet
from purpose_agent.evaluation.studies.findings import Findings, findings, may_end
from purpose_agent.evaluation.studies.folder import StudyFolder, studies_in
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import ARM_KINDS, Arm, ArmKind, Limits, Measure, StudyPlan, StudyTask, check
from purpose_agent.evaluation.suite_records import SHORT_VERSION, Suite
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.jobs import Job, JobContext
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.study_arms import Arms
from purpose_agent.teams.study_jobs import KIND, StudyJobs
from purpose_agent.types import JSON, Budget, Record

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf


class Foresight(Record, frozen=True, kw_only=True):
    """What is known of a study before it starts.

    smallest   difference in the share of tasks solved that it finds with 80 % probability; None: it can find none.
    seconds, tokens, cost_usd   by what runs on this model took in earlier studies; None where there were none.
    """

    runs: int
    smallest: float | None = None
    seconds: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None

    def __str__(self) -> str:
        took = "How long that takes is not known yet" if self.seconds is None else f"About {_long(self.seconds)}"
        sees = (
            "these are too few tasks to show any difference"
            if self.smallest is None or self.smallest > 1
            else f"a difference of {100 * self.smallest:.0f} points or more would show"
        )
        money = f" and ${self.cost_usd:.2f}" if self.cost_usd else ""
        return f"{self.runs:,} runs. {took}{money}; {sees}."


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5_400 else f"{seconds / 3_600:.1f} hours"


class Studies:
    """The studies of one workspace."""

    def __init__(
        self,
        workspace: Workspace,
        memory: Memory,
        bus: EventBus,
        *,
        shelf: "Callable[[], Shelf]",
        jobs: Callable[[], RunManager],
        past: Callable[[], list[Episode]],
    ) -> None:
        self._workspace = workspace
        self._memory = memory
        self._bus = bus
        self._shelf = shelf
        self._jobs = jobs
        self._past = past
        self._work = StudyJobs(workspace.home, self._arms, may_end)

    # ---- before

    def plan(
        self,
        suite: Suite,
        *,
        purpose: str,
        unrelated: Suite | None = None,
        arms: Sequence[ArmKind] = ARM_KINDS,
        leave_out: Sequence[str] = (),
        learns: bool = True,
        title: str = "",
        model: str | None = None,
        repeats: int = 1,
        passes: int = 1,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        stops_early: bool = True,
        measure: Measure = "solved",
        warm_up: int = 0,
    ) -> StudyPlan:
        """A plan to look at and agree to; nothing is kept or spent yet. Raises StudyError.

        unrelated  tasks that have nothing to do with the suite's, to see that nothing falls there.
        leave_out  ids of approved lessons, each of which is left out in an arm of its own.
        learns     begin with nothing and learn on the way, or (False) put the approved lessons to the test.
        """
        tasks = [StudyTask(item=item) for item in suite.tasks]
        tasks += [StudyTask(item=item, harm=True) for item in (unrelated.tasks if unrelated else ())]
        lessons = () if learns else tuple(lesson.card_id for lesson in self._memory.ledger.promoted())
        made = StudyPlan(
            study_id=secrets.token_hex(6),
            title=title or suite.title,
            purpose=purpose,
            suite=f"{suite.name}@{suite.version[:SHORT_VERSION]}",
            tasks=tuple(tasks),
            arms=(
                *(Arm(kind=kind) for kind in arms),
                *(Arm(kind="without", card_id=card_id) for card_id in leave_out),
            ),
            model=model,
            learns=learns,
            lessons=lessons,
            repeats=repeats,
            passes=passes,
            seed=seed,
            budget=budget,
            limits=limits,
            stops_early=stops_early,
            measure=measure,
            warm_up=warm_up,
        )
        check(made)
        return made

    def foresee(self, plan: StudyPlan) -> Foresight:
        """What it will take, and the smallest difference that it could show."""
        tasks = len(plan.related) - plan.warm_up
        smallest = smallest_effect(tasks, plan.repeats, supposed_spread(SOLVED))
        known = [
            outcome
            for other in self.list()
            if other.model == plan.model and other.study_id != plan.study_id
            for outcome in self.outcomes(other.study_id)
        ]
        if not known:
            return Foresight(runs=plan.size, smallest=smallest)
        share = plan.size / len(known)
        return Foresight(
            runs=plan.size,
            smallest=smallest,
            seconds=share * sum(outcome.seconds for outcome in known),
            tokens=round(share * sum(outcome.tokens for outcome in known)),
            cost_usd=share * sum(outcome.cost_usd for outcome in known),
        )

    # ---- the work

    def submit(self, plan: StudyPlan, *, executor: Executor | None = None) -> Job:
        """Keep the plan and begin in the background. `executor`: does the arms of a round at once, on this computer."""
        check(plan)
        retrieves = not plan.learns and any(arm.kind == "episodes" for arm in plan.arms)
        self.folder(plan.study_id).begin(plan, self._past() if retrieves else ())
        if executor is not None:
            self._work.executors[plan.study_id] = executor
        return self._jobs().submit(KIND, plan.title, {"study_id": plan.study_id})

    async def job(self, context: JobContext) -> JSON:
        return await self._work.study(context)

    def job_of(self, study_id: str) -> Job | None:
        """The latest job that worked at a study."""
        return next(
            (job for job in self._jobs().list() if job.kind == KIND and job.spec.get("study_id") == study_id), None
        )

    def pause(self, study_id: str) -> None:
        """Stop it; what was done is kept."""
        if job := self.job_of(study_id):
            self._jobs().cancel(job.job_id)

    def resume(self, study_id: str, *, executor: Executor | None = None) -> Job:
        """Go on where it stopped. Raises PurposeError when it cannot be."""
        job = self.job_of(study_id)
        if executor is not None:
            self._work.executors[study_id] = executor
        return self._jobs().resume(job.job_id) if job else self.submit(self.folder(study_id).plan())

    # ---- afterwards

    def list(self) -> list[StudyPlan]:
        """Newest first."""
        return [self.folder(study_id).plan() for study_id in studies_in(self._workspace.home)]

    def folder(self, study_id: str) -> StudyFolder:
        return StudyFolder(self._workspace.home, study_id)

    def outcomes(self, study_id: str) -> "tuple[Outcome, ...]":
        return tuple(self.folder(study_id).outcomes())

    def findings(self, study_id: str) -> Findings:
        """What it shows so far."""
        folder = self.folder(study_id)
        return findings(folder.plan(), folder.outcomes())

    def export(self, study_id: str, into: Path) -> "builtins_list[Path]":
        """Its data as files, with the script that works out every figure anew. Raises StudyError."""
        return export(self.folder(study_id), into)

    def report(self, study_id: str) -> str:
        """One HTML page that needs no network. Raises StudyError."""
        from purpose_agent.evaluation.reports.bundle import report  # with it comes matplotlib

        return report(self.folder(study_id), is_whole=self._is_whole(study_id))

    def bundle(self, study_id: str) -> bytes:
        """A zip of the page, its pictures (SVG, PNG), the data (CSV, Parquet) and the script that checks it all."""
        from purpose_agent.evaluation.reports.bundle import bundle

        return bundle(self.folder(study_id), is_whole=self._is_whole(study_id))

    def as_csv(self, study_id: str) -> bytes:
        """One row a run."""
        return as_csv(self.folder(study_id).outcomes())

    def as_parquet(self, study_id: str) -> bytes:
        return parquet(self.folder(study_id).outcomes())

    def _is_whole(self, study_id: str) -> bool:
        job, folder = self.job_of(study_id), self.folder(study_id)
        return (job is not None and job.status == "done") or len(folder.outcomes()) >= folder.plan().size

    def remove(self, study_id: str) -> None:
        """Take a study away. Its runs stay among the runs."""
        self.pause(study_id)
        self.folder(study_id).remove()

    def _arms(self, plan: StudyPlan, folder: StudyFolder) -> Arms:
        return Arms(plan, folder, self._workspace, self._memory, self._bus, shelf=self._shelf)
