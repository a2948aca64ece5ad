"""What an engine does with its memory beyond runs: try lessons, correct scores, breed, keep house, erase."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from purpose_agent.core.calibration import Correction
from purpose_agent.errors import PurposeError
from purpose_agent.memory.homeostasis import Act
from purpose_agent.memory.housekeeping import Housekeeping
from purpose_agent.memory.memory import Memory
from purpose_agent.models.backend import Backend
from purpose_agent.models.resolve import resolve_backend
from purpose_agent.runtime.events import RunEvent, now
from purpose_agent.runtime.run_manager import Job, RunManager
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.calibrating import Calibrated, Calibrating
from purpose_agent.teams.erasure import Eraser, ErasurePlan, ErasureReport
from purpose_agent.teams.evolving import Bred, Evolving
from purpose_agent.teams.lessons import Lessons
from purpose_agent.teams.past_tasks import PastTasks, past_tasks
from purpose_agent.teams.replay_plan import ReplayPlan, make_plan
from purpose_agent.teams.results import fold_result
from purpose_agent.teams.scoring import Scoring
from purpose_agent.types import RunResult, Score

if TYPE_CHECKING:
    from purpose_agent.evaluation.studies.episodes import Episode
    from purpose_agent.memory.consolidation import Consolidation
    from purpose_agent.vault.shelf import Shelf

TIDIED_AT = "tidied_at"
"""Setting of a workspace: when all its lessons were last looked at."""
JOBS_KNOWN = 10_000
_A_DAY = timedelta(days=1)

T = TypeVar("T")


class MemoryCare:
    """The part of `Engine` that looks after what was learned. `Engine` fills the fields in."""

    workspace: Workspace
    memory: Memory
    lessons: Lessons
    jobs: RunManager
    housekeeping: Housekeeping
    _scoring: Scoring
    _calibrating: Calibrating
    _shelf: "Callable[[], Shelf]"
    _closed: bool = False

    def events(self, run_id: str, after_seq: int = -1) -> list[RunEvent]:
        """What is stored of a run, in order."""
        return list(self.workspace.events(run_id, after_seq))

    # ---- trying lessons on past tasks

    def plan_replay(
        self,
        card_ids: Sequence[str] | None = None,
        *,
        replays: int | None = None,
        seconds_limit: float | None = None,
        tokens_limit: int | None = None,
        cost_limit_usd: float | None = None,
        seed: int = 0,
    ) -> ReplayPlan:
        """What trying these lessons (None = all that wait) on past tasks would do and cost. Nothing is spent."""
        ledger = self.memory.ledger
        views = ledger.views("quarantined") if card_ids is None else [ledger.card(card_id) for card_id in card_ids]
        past = self._past_tasks()
        return make_plan(
            views,
            past,
            replays=replays,
            seconds_limit=seconds_limit,
            tokens_limit=tokens_limit,
            cost_limit_usd=cost_limit_usd,
            seed=seed,
        )

    def submit_replay(self, plan: ReplayPlan) -> Job:
        """Start the test in the background. What it finds out is noted with each lesson; it decides nothing."""
        self._refuse_when_closed()
        if plan.is_empty:
            raise PurposeError(str(plan), "Run some tasks with tests first; they are what lessons are tried on.")
        title = f"Trying {len(plan.lessons)} lesson{'s' * (len(plan.lessons) > 1)} on past tasks"
        return self.jobs.submit("replay", title, {"plan": msgspec.to_builtins(plan)})

    def _past_tasks(self) -> PastTasks:
        return past_tasks(self.workspace.journal, self.jobs.list(limit=JOBS_KNOWN), self._told)

    def _past_episodes(self) -> "list[Episode]":
        """The person's own past tasks as they went, oldest first."""
        from purpose_agent.evaluation.studies.episodes import episode_of  # with it comes numpy

        results = (self._told(task.run_id) for task in reversed(self._past_tasks().tasks))
        return [episode for result in results if result is not None and (episode := episode_of(result))]

    # ---- a person's word on a score

    def override_score(
        self, run_id: str, phi: float, reason: str, step: int | None = None, by: str = "person"
    ) -> Score:
        """Give a run that has ended (or its step 0, 1, …) another Φ; the machine's is kept beside it."""
        return self._scoring.override(run_id, phi, reason, step=step, by=by)

    def take_back_score(self, run_id: str, step: int | None = None, by: str = "person") -> Score:
        """Let the machine's score stand again."""
        return self._scoring.take_back(run_id, step=step, by=by)

    def evolve(self, *, limit: int = 4, seed: int = 0, model: str | Backend | None = None) -> list[Bred]:
        """Breed at most `limit` new candidates from lessons that proved themselves; they wait like any other.

        model  may say each shorter; without one the words are the parents' own.
        """
        self._refuse_when_closed()
        backend = resolve_backend(model).backend if isinstance(model, str) else model
        evolving = Evolving(self.workspace, self.memory, self.lessons)
        return _finished(evolving.breed(limit=limit, seed=seed, model=backend))

    def corrections(self) -> list[Correction]:
        """The critics' scores that people set right, as far as a critic may learn from them."""
        return self._calibrating.corrections()

    def submit_calibration(self, model: str | Backend | None = None, *, seed: int = 0) -> Job:
        """Make lessons for critics from people's corrections, and examine them with the model, in the background."""
        self._refuse_when_closed()
        return self.jobs.submit(
            "calibrate", "Teach the critic by your corrections", self._calibrating.spec(model, seed)
        )

    def calibrate_critic(self, model: str | Backend | None = None, *, seed: int = 0) -> list[Calibrated]:
        """The same, waited for: what came of it for each family of tasks. Raises PurposeError."""
        job = self.jobs.wait(self.submit_calibration(model, seed=seed).job_id, None)
        if job.status != "done":
            raise not_run(job)
        return msgspec.convert(job.result, list[Calibrated])

    # ---- a person's data

    def plan_erasure(self, terms: Sequence[str], user: str = "") -> ErasurePlan:
        """What holds these names, addresses or numbers, or is for this user alone. Nothing is touched."""
        return Eraser(self.workspace, self.memory, self._shelf).plan(terms, user)

    def erase(self, plan: ErasurePlan, *, by: str = "person", reason: str = "") -> ErasureReport:
        """Take all of it out for good, and prove it. Cannot be undone."""
        return Eraser(self.workspace, self.memory, self._shelf).erase(plan, by=by, reason=reason)

    # ---- keeping the memory healthy

    @cached_property
    def consolidation(self) -> "Consolidation":
        """What the memory proposes about its lessons, and the answers to it."""
        from purpose_agent.memory.consolidation import Consolidation  # with it comes numpy, 0.1 s

        return Consolidation(self.memory.ledger, self.housekeeping, decide=self.lessons)

    def tidy(self) -> list[Act]:
        """Look at all lessons in use: what harms waits for a decision again, what idles is put away."""
        self.workspace.set_setting(TIDIED_AT, now().isoformat())
        return self.housekeeping.sweep()

    def tidy_after(self, result: RunResult) -> None:
        """After a run that learned: its own lessons; once a day, all of them."""
        self.housekeeping.after_run(use.card_id for use in result.lessons if not use.withheld)
        tidied = self.workspace.setting(TIDIED_AT)
        if self.memory.in_use and (tidied is None or datetime.fromisoformat(str(tidied)) < now() - _A_DAY):
            self.tidy()

    # ---- small things

    def _told(self, run_id: str) -> RunResult | None:
        """The result as far as its events are within reach."""
        try:
            return fold_result(self.events(run_id))
        except PurposeError:  # they are in the trajectories, which another program has
            return None

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise PurposeError(
                f"The workspace {self.workspace.home} was closed in this program.", "Make the team again, then run it."
            )


def _finished(work: Coroutine[object, object, T]) -> T:
    """What it gives, also where an event loop runs already (Jupyter)."""
    with ThreadPoolExecutor(1, thread_name_prefix="waited-for") as pool:
        return pool.submit(asyncio.run, work).result()


def not_run(job: Job) -> PurposeError:
    """Why a job ended without a run."""
    return PurposeError(
        job.what or "The run was stopped before it began.", job.fix or "Run it again.", details=job.details
    )
