"""Making studies, starting them, and what came of them: what the app, the command line and programs share."""

import secrets
from builtins import list as builtins_list
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.evaluation.statistics.power import REPEATS
from purpose_agent.evaluation.studies.episodes import Episode
from purpose_agent.evaluation.studies.exporting import export
from purpose_agent.evaluation.studies.findings import Findings, findings, may_end
from purpose_agent.evaluation.studies.folder import StudyFolder, studies_in
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import (
    ARM_KINDS,
    PHASES,
    Arm,
    ArmKind,
    Limits,
    Measure,
    StudyError,
    StudyPlan,
    StudyTask,
    check,
)
from purpose_agent.evaluation.suite_records import SHORT_VERSION, Suite
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.models.resolve import BUILTIN, resolve_backend, unnamed
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.jobs import Job, JobContext
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.storage.run_fold import fold_run
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.foresight import LOOKED_AT, Foresight, Measured, Took, foresee
from purpose_agent.teams.past_tasks import PastTasks
from purpose_agent.teams.proof_tasks import MOST, ProofTasks, key_of, tasks_to_prove_on, taught_by
from purpose_agent.teams.study_arms import Arms
from purpose_agent.teams.study_jobs import KIND, StudyJobs
from purpose_agent.teams.study_reversal import prepare
from purpose_agent.types import JSON, Budget

__all__ = ["Foresight", "Studies"]

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf


USUAL_PURPOSE = "Help me with my work"


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
        episodes: Callable[[], list[Episode]],
        past: Callable[[], PastTasks],
    ) -> None:
        """`episodes`: the person's past tasks as they went. `past`: the same tasks, so that they can be done again."""
        self._workspace = workspace
        self._memory = memory
        self._bus = bus
        self._shelf = shelf
        self._jobs = jobs
        self._episodes = episodes
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
        repeats: int | None = None,
        passes: int = 1,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        stops_early: bool = True,
        measure: Measure = "solved",
        warm_up: int = 0,
        smallest_effect: float | None = None,
    ) -> StudyPlan:
        """A plan to look at and agree to; nothing is kept or spent yet.

        Raises StudyError for what would show nothing, and another PurposeError for a model that cannot be had.

        unrelated  tasks that have nothing to do with the suite's, to see that nothing falls there.
        leave_out  ids of approved lessons, each of which is left out in an arm of its own.
        learns     begin with nothing and learn on the way, or (False) put the approved lessons to the test.
        repeats    None: 3 for language models, whose answers differ from one time to the next; 1 for the built-in one.
        """
        tasks = [StudyTask(item=item) for item in suite.tasks]
        tasks += [StudyTask(item=item, harm=True) for item in (unrelated.tasks if unrelated else ())]
        lessons = () if learns else tuple(lesson.card_id for lesson in self._memory.ledger.promoted())
        model, repeats = _decided(model, repeats)
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
            smallest_effect=smallest_effect,
        )
        check(made)
        return made

    def proof(
        self,
        suite: Suite | None = None,
        *,
        purpose: str = "",
        lessons: Sequence[str] | None = None,
        title: str = "",
        model: str | None = None,
        repeats: int | None = None,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        measure: Measure = "solved",
        smallest_effect: float | None = None,
    ) -> StudyPlan:
        """A plan to prove lessons: with them, rolled back, put back, on the same tasks with the same seeds.

        All of it happens in a copy of the memory as it stands at the start; the person's own is never written.

        suite    None: the person's own past tasks in which these lessons were used, with their purpose.
        lessons  ids of approved ones; None: all that are in use.
        Raises StudyError where there is nothing to prove, or nothing to prove it on.
        """
        in_use = self._provable()
        chosen = tuple(in_use if lessons is None else dict.fromkeys(lessons))
        if unknown := sorted(set(chosen) - set(in_use)):
            raise StudyError(
                f"The lesson {unknown[0]} is not in use, or only tells a critic how to judge.",
                "Choose lessons that are in use and made for the work itself.",
            )
        if suite is None:
            own = self.proof_tasks(lessons=chosen)
            suite, purpose = own.suite, purpose or own.purpose
        taught = set(taught_by(self._past(), [in_use[card_id] for card_id in chosen]).values())
        model, repeats = _decided(model, repeats)
        made = StudyPlan(
            study_id=secrets.token_hex(6),
            title=title or f"Proof: {suite.title}",
            purpose=purpose or USUAL_PURPOSE,
            suite=f"{suite.name}@{suite.version[:SHORT_VERSION]}",
            tasks=tuple(StudyTask(item=item, taught=key_of(item) in taught) for item in suite.tasks),
            arms=tuple(Arm(kind=kind) for kind in PHASES),
            model=model,
            lessons=chosen,
            repeats=repeats,
            seed=seed,
            budget=budget,
            limits=limits,
            stops_early=False,
            measure=measure,
            design="reversal",
            smallest_effect=smallest_effect,
        )
        check(made)
        return made

    def proof_tasks(self, limit: int = MOST, lessons: Sequence[str] | None = None) -> ProofTasks:
        """The person's own past tasks that are checked and in which these lessons (None = all in use) were used.

        Newest first. Raises StudyError that says why there is none.
        """
        cards = [card for card in self._provable().values() if lessons is None or card.card_id in lessons]
        return tasks_to_prove_on(self._workspace.journal, self._past(), cards, limit)

    def _provable(self) -> dict[str, MemoryCard]:
        """The lessons in use by id, without what critics were taught: the judge of a comparison stays the same."""
        cards = (lesson.card for lesson in self._memory.ledger.promoted())
        return {card.card_id: card for card in cards if card.kind != "critic_calibration"}

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
        return [Took(row.seconds, row.tokens, row.cost_usd) for row in rows]

    # ---- the work

    def submit(self, plan: StudyPlan, *, executor: Executor | None = None) -> Job:
        """Keep the plan and begin in the background. `executor`: does the arms of a round at once, on this computer."""
        check(plan)
        if plan.is_proof:
            prepare(plan, self._workspace.journal, self.folder(plan.study_id).memory("proof"))
        retrieves = not plan.learns and any(arm.kind == "episodes" for arm in plan.arms)
        self.folder(plan.study_id).begin(plan, self._episodes() if retrieves else ())
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

    def remove(self, study_id: str) -> None:
        """Take a study away. Its runs stay among the runs."""
        self.pause(study_id)
        self.folder(study_id).remove()

    def _arms(self, plan: StudyPlan, folder: StudyFolder) -> Arms:
        return Arms(plan, folder, self._workspace, self._memory, self._bus, shelf=self._shelf)


def _decided(model: str | None, repeats: int | None) -> tuple[str, int]:
    """The model by its name, and how often all is done with it. Raises PurposeError when it cannot be had."""
    name = (model or "").strip() or unnamed()
    backend = resolve_backend(name).backend
    if repeats is None:
        repeats = 1 if backend.name == BUILTIN else REPEATS  # the built-in one finds the same each time
    return name, repeats
