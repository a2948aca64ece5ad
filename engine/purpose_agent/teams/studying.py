"""Making studies, starting them, and what came of them: what the app, the command line and programs share."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from purpose_agent.evaluation.studies.episodes import Episode
from purpose_agent.evaluation.studies.folder import StudyFolder, studies_in
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import ARM_KINDS, Arm, ArmKind, Limits, StudyPlan, StudyTask, check
from purpose_agent.evaluation.suites import Suite
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.jobs import Job, JobContext
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.study_arms import Arms
from purpose_agent.teams.study_jobs import KIND, StudyJobs
from purpose_agent.types import JSON, Budget

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf


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
        self._work = StudyJobs(workspace.home, self._arms, lambda plan, outcomes: "")

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
        effect: float = 0.1,
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
            suite=suite.name,
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
            effect=effect,
        )
        check(made)
        return made

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

    def resume(self, study_id: str) -> Job:
        """Go on where it stopped. Raises PurposeError when it cannot be."""
        job = self.job_of(study_id)
        return self._jobs().resume(job.job_id) if job else self.submit(self.folder(study_id).plan())

    # ---- afterwards

    def list(self) -> list[StudyPlan]:
        """Newest first."""
        return [self.folder(study_id).plan() for study_id in studies_in(self._workspace.home)]

    def folder(self, study_id: str) -> StudyFolder:
        return StudyFolder(self._workspace.home, study_id)

    def outcomes(self, study_id: str) -> "tuple[Outcome, ...]":
        return tuple(self.folder(study_id).outcomes())

    def remove(self, study_id: str) -> None:
        """Take a study away. Its runs stay among the runs."""
        self.pause(study_id)
        self.folder(study_id).remove()

    def _arms(self, plan: StudyPlan, folder: StudyFolder) -> Arms:
        return Arms(plan, folder, self._workspace, self._memory, self._bus, shelf=self._shelf)
