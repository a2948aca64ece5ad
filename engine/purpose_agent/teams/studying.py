"""Planning studies, starting them, and what came of them: what the app, the command line and programs share."""

from builtins import list as builtins_list
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from purpose_agent.evaluation.studies.episodes import Episode
from purpose_agent.evaluation.studies.exporting import as_csv, parquet
from purpose_agent.evaluation.studies.findings import Findings, findings, may_end
from purpose_agent.evaluation.studies.folder import Stamp, StudyFolder, studies_in
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan, check
from purpose_agent.memory.memory import Memory
from purpose_agent.models.resolve import BUILTIN, resolve_backend
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.jobs import Job, JobContext
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.storage.run_fold import fold_run
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.foresight import LOOKED_AT, Foresight, Measured, Took, foresee
from purpose_agent.teams.past_tasks import PastTasks
from purpose_agent.teams.study_arms import Arms
from purpose_agent.teams.study_jobs import KIND, StudyJobs
from purpose_agent.teams.study_planning import StudyPlanning
from purpose_agent.teams.study_reversal import prepare
from purpose_agent.types import JSON

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf

__all__ = ["Foresight", "Studies"]

_DONE_HERE = ("train", "validation", "eval")  # runs that other programs did tell nothing of this machine


class _LookedAt(NamedTuple):
    """A study as it was when its files had this stamp: its plan, or what keeps it from being read."""

    stamp: Stamp
    plan: StudyPlan | None
    trouble: str = ""


class Studies(StudyPlanning):
    """The studies of one workspace."""

    def __init__(
        self,
        workspace: Workspace,
        memory: Memory,
        bus: EventBus,
        *,
        shelf: "Callable[[], Shelf]",
        jobs: Callable[[], RunManager],
        episodes: Callable[[], list[Episode]],
        past: Callable[[], PastTasks],
    ) -> None:
        """`episodes`: the person's past tasks as they went. `past`: the same tasks, so that they can be done again."""
        super().__init__(workspace, memory, past=past)
        self._bus = bus
        self._shelf = shelf
        self._jobs = jobs
        self._episodes = episodes
        self._work = StudyJobs(workspace.home, self._arms, may_end)
        self._looked_at: dict[str, _LookedAt] = {}

    # ---- before

    def foresee(self, plan: StudyPlan) -> Foresight:
        """What it will take, and the smallest difference that it could show. Raises PurposeError without the model."""
        backend = resolve_backend(plan.model).backend
        studied = [
            Took(outcome.seconds, outcome.tokens, outcome.cost_usd)
            for other in self.list()
            if other.study_id != plan.study_id
            for outcome in self.outcomes(other.study_id)
            if outcome.model == backend.name and not outcome.broke_off
        ]
        sources = [Measured(studied, "runs of earlier studies on this model")]
        if not studied:
            sources.append(Measured(self._ordinary_runs(backend.name), "of your latest runs on this model"))
        return foresee(plan, sources, is_builtin=backend.name == BUILTIN, is_free=backend.capabilities.free)

    def _ordinary_runs(self, model: str) -> "builtins_list[Took]":
        """Of the person's own work, the latest: from the trajectories if this process has them, else the journal."""
        if self._workspace.is_owner:
            trajectories = self._workspace.trajectories()
            trajectories.settle()
            rows = trajectories.runs(model=model, status="done", limit=LOOKED_AT)
        else:
            journal = self._workspace.journal
            folds = (fold_run(journal.events(run_id)) for run_id in journal.run_ids(LOOKED_AT))
            found = (fold.row for fold in folds if fold is not None and fold.row is not None)
            rows = [row for row in found if (row.model, row.status, row.parent_run) == (model, "done", "")]
        return [Took(row.seconds, row.tokens, row.cost_usd) for row in rows if row.mode in _DONE_HERE]

    # ---- the work

    def submit(self, plan: StudyPlan, *, executor: Executor | None = None) -> Job:
        """Keep the plan and begin in the background. `executor`: does the arms of a round at once, on this computer."""
        check(plan)
        folder = self.folder(plan.study_id)
        if plan.is_proof:
            try:
                prepare(plan, self._workspace.journal, folder.memory("proof"))
            except BaseException:  # no copy of a memory is left lying about
                folder.remove()
                raise
        retrieves = not plan.learns and any(arm.kind == "episodes" for arm in plan.arms)
        folder.begin(plan, self._episodes() if retrieves else ())
        return self._enqueue(plan, executor)

    def _enqueue(self, plan: StudyPlan, executor: Executor | None) -> Job:
        if executor is not None:
            self._work.executors[plan.study_id] = executor
        return self._jobs().submit(KIND, plan.title, {"study_id": plan.study_id})

    async def job(self, context: JobContext) -> JSON:
        return await self._work.study(context)

    def job_of(self, study_id: str) -> Job | None:
        """The latest job that worked at a study."""
        return self._jobs().latest("study_id", study_id)

    def pause(self, study_id: str) -> None:
        """Stop it; what was done is kept."""
        if job := self.job_of(study_id):
            self._jobs().cancel(job.job_id)

    def resume(self, study_id: str, *, executor: Executor | None = None) -> Job:
        """Go on where it stopped. Raises PurposeError when it cannot be."""
        plan, job = self.folder(study_id).plan(), self.job_of(study_id)
        check(plan)
        if job is None:
            return self._enqueue(plan, executor)
        if executor is not None:
            self._work.executors[study_id] = executor
        return self._jobs().resume(job.job_id)

    # ---- afterwards

    def list(self) -> list[StudyPlan]:
        """Newest first. Those that cannot be read are left out here, and named by `unreadable`."""
        looked_at = map(self._look_at, studies_in(self._workspace.home))
        return [found.plan for found in looked_at if found.plan is not None]

    def unreadable(self) -> "builtins_list[tuple[str, str]]":
        """The other studies, newest first: their ids, each with what keeps it from being read, in a sentence."""
        looked_at = ((study_id, self._look_at(study_id)) for study_id in studies_in(self._workspace.home))
        return [(study_id, found.trouble) for study_id, found in looked_at if found.plan is None]

    def _look_at(self, study_id: str) -> "_LookedAt":
        """Anew only when the study changed: it takes reading all of its outcomes."""
        folder = self.folder(study_id)
        stamp, known = folder.stamp, self._looked_at.get(study_id)
        if known is None or known.stamp != stamp:
            try:
                known = _LookedAt(stamp, folder.sound_plan())
            except StudyError as problem:
                known = _LookedAt(stamp, None, problem.what)
            self._looked_at[study_id] = known
        return known

    def folder(self, study_id: str) -> StudyFolder:
        return StudyFolder(self._workspace.home, study_id)

    def outcomes(self, study_id: str) -> "tuple[Outcome, ...]":
        return tuple(self.folder(study_id).outcomes())

    def findings(self, study_id: str) -> Findings:
        """What it shows so far."""
        folder = self.folder(study_id)
        return findings(folder.plan(), folder.outcomes())

    def export(self, study_id: str, into: Path) -> "builtins_list[Path]":
        """All of it as files in a new folder, the script that works out every figure anew last. Raises StudyError."""
        from purpose_agent.evaluation.reports.bundle import write_all  # with it comes matplotlib

        return write_all(self.folder(study_id), into, is_whole=self.is_whole(study_id))

    def report(self, study_id: str) -> str:
        """One HTML page that needs no network. Raises StudyError."""
        from purpose_agent.evaluation.reports.bundle import report  # with it comes matplotlib

        return report(self.folder(study_id), is_whole=self.is_whole(study_id))

    def bundle(self, study_id: str) -> bytes:
        """A zip of the page, its pictures (SVG, PNG), the data (CSV, Parquet) and the script that checks it all."""
        from purpose_agent.evaluation.reports.bundle import bundle

        return bundle(self.folder(study_id), is_whole=self.is_whole(study_id))

    def as_csv(self, study_id: str) -> bytes:
        """One row a run."""
        return as_csv(self.folder(study_id).outcomes())

    def as_parquet(self, study_id: str) -> bytes:
        return parquet(self.folder(study_id).outcomes())

    def is_whole(self, study_id: str) -> bool:
        """Nothing is left to do: all that was agreed is done, or its job ended since nothing was in doubt any more."""
        job, folder = self.job_of(study_id), self.folder(study_id)
        plan = folder.plan()
        is_ended = plan.is_imported or (job is not None and job.status == "done")
        return is_ended or len(folder.outcomes()) >= plan.size

    def remove(self, study_id: str) -> None:
        """Take a study away, also one that cannot be read. Its runs stay among the runs. Raises StudyError."""
        folder = self.folder(study_id)
        if not folder.path.is_dir():
            raise StudyError("This study is not there any more.", "Choose another one.")
        self.pause(study_id)
        folder.remove()
        if folder.path.exists():
            raise StudyError(
                f"The study could not be removed whole: {folder.path}.", "Check the permissions of that folder."
            )

    def _arms(self, plan: StudyPlan, folder: StudyFolder) -> Arms:
        return Arms(plan, folder, self._workspace, self._memory, self._bus, shelf=self._shelf)
