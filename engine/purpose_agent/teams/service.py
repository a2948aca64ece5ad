"""The engine room that Team, the command line and the browser share: one per process and workspace.

Every run is a job of the RunManager, also one that a script waits for. So each run can be seen and stopped from the
app beside it, a dead process leaves an honest "interrupted", and the sync face works inside a running event loop.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from purpose_agent.errors import PurposeError
from purpose_agent.memory.housekeeping import Housekeeping
from purpose_agent.memory.ledger import Added
from purpose_agent.memory.memory import Memory
from purpose_agent.models.resolve import BUILTIN, Resolved, resolve_backend
from purpose_agent.runtime.event_bus import EventBus, Gap
from purpose_agent.runtime.events import Event, RunEvent
from purpose_agent.runtime.run_manager import Job, JobContext, RunManager
from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.journal import Grade
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.answer_care import KeptQuestion, correct, keep_question, kept_questions
from purpose_agent.teams.calibrating import Calibrating
from purpose_agent.teams.execution import CODE_WITHOUT_WALLS, JUDGE_MODEL, Execution, Live
from purpose_agent.teams.lessons import Lessons
from purpose_agent.teams.made_again import MadeAgain, made_again
from purpose_agent.teams.memory_care import JOBS_KNOWN, MemoryCare, not_run
from purpose_agent.teams.replay_jobs import ReplayJobs
from purpose_agent.teams.replay_policies import ReplayPolicies
from purpose_agent.teams.requests import RunRequest, readied
from purpose_agent.teams.results import fold_result
from purpose_agent.teams.run_jobs import RunJobs, batch_spec, run_ids_of, run_spec, title_of
from purpose_agent.teams.scoring import Scoring
from purpose_agent.types import JSON, RunResult

if TYPE_CHECKING:
    from purpose_agent.evaluation.suite_shelf import SuiteShelf
    from purpose_agent.teams.hand_grading import HandGrading
    from purpose_agent.teams.imports import Imports
    from purpose_agent.teams.judging import Judging
    from purpose_agent.teams.live_learning import LiveLearning
    from purpose_agent.teams.studying import Studies
    from purpose_agent.teams.vault_jobs import VaultJobs
    from purpose_agent.vault.shelf import Shelf


class Engine(MemoryCare):
    """Runs, memory, events and jobs of one workspace."""

    def __init__(self, workspace: Workspace, *, workers: int = 4) -> None:
        self.workspace = workspace
        self.memory = Memory(workspace.journal)
        self.bus = EventBus(catch_up=workspace.events)
        self.lessons = Lessons(self.memory, last_seq=workspace.journal.last_seq, store=self._store)
        self.housekeeping = Housekeeping(
            self.memory.ledger, self.memory.effects, workspace.journal, decide=self.lessons
        )
        self._scoring = Scoring(workspace, self.memory, store=self._store)
        self._calibrating = Calibrating(workspace, self.memory, self.lessons, self._scoring)
        self._shelf = lambda: self.vaults
        execution = self.execution = Execution(workspace, self.memory, self.bus, self._shelf)
        self._work = RunJobs(execution, events=self.events, store=self._store, ended=self._after)
        self._closed = False
        self._job_ids: dict[str, str] = {}  # of runs; a run never changes its job
        policies = ReplayPolicies(workspace, self.memory, self.lessons, read_documents=self._read_documents)
        replaying = ReplayJobs(execution, self.memory, self.lessons, policies, events=self.events)
        self.jobs = RunManager(
            JournalJobStore(workspace.journal),
            {
                "run": self._work.run,
                "batch": self._work.batch,
                "calibrate": self._calibrating.job,
                "judge": self._judge_work,
                "replay": replaying.replay,
                "study": self._study_work,
                "vault": self._vault_work,
            },
            workers=workers,
        )
        self.jobs.start()

    # ---- documents

    @property
    def vaults(self) -> "Shelf":
        """The vaults of the workspace. Their long work is done by jobs of this engine."""
        from purpose_agent.vault.shelf import shelf_for  # what reads files is slow to import

        shelf = shelf_for(self.workspace.home)
        shelf.work = self.vault_jobs.ensure
        return shelf

    @cached_property
    def vault_jobs(self) -> "VaultJobs":
        from purpose_agent.teams.vault_jobs import VaultJobs
        from purpose_agent.vault.shelf import shelf_for

        return VaultJobs(shelf_for(self.workspace.home), lambda: self.jobs)

    @cached_property
    def suites(self) -> "SuiteShelf":
        """The suites kept in this workspace; it knows those that ship with the package too."""
        from purpose_agent.evaluation.suite_shelf import SuiteShelf

        return SuiteShelf(self.workspace.home / "suites")

    def keep_question(self, run_id: str) -> KeptQuestion:
        """Keep a question whose answer is right, so that it can be asked again to check."""
        return keep_question(self.workspace, self.events(run_id))

    def kept_questions(self, vault_id: str = "") -> list[KeptQuestion]:
        return kept_questions(self.workspace, vault_id)

    def correct(self, run_id: str, text: str) -> Added:
        """What an answer should have been; it waits for a decision as a lesson."""
        return correct(self.lessons, self.events(run_id), text)

    async def _vault_work(self, context: JobContext) -> JSON:
        return await self.vault_jobs.run(context)

    # ---- studies

    @cached_property
    def studies(self) -> "Studies":
        """Comparing work with and without memory."""
        from purpose_agent.teams.studying import Studies  # with it come numpy and scipy

        return Studies(
            self.workspace, self.memory, self.bus,
            shelf=self._shelf, jobs=lambda: self.jobs, episodes=self._past_episodes, past=self._past_tasks,
        )  # fmt: skip

    @cached_property
    def imports(self) -> "Imports":
        """Bringing runs of other programs in."""
        from purpose_agent.teams.imports import Imports

        return Imports(self.workspace, self._store)

    @cached_property
    def learning(self) -> "LiveLearning":
        """What daily work shows of learning, without a study."""
        from purpose_agent.teams.live_learning import LiveLearning  # with it come numpy and scipy

        return LiveLearning(self.workspace, self.memory)

    async def _study_work(self, context: JobContext) -> JSON:
        return await self.studies.job(context)

    # ---- starting work

    def submit(self, request: RunRequest, *, live: Live | None = None) -> Job:
        """Start one run in the background. `job.spec["run_id"]` names it.

        Raises PurposeError when it cannot be run at all: nothing asked, too much asked, a test that asserts nothing.
        """
        self._refuse_when_closed()
        request = readied(request)
        if live is not None:
            self._work.live[request.run_id] = live
        return self.jobs.submit("run", title_of(request.task.text), run_spec(request))

    def submit_batch(self, requests: Sequence[RunRequest], title: str) -> Job:
        """Run requests one after the other in one job. After a stop it goes on with those that have not ended."""
        self._refuse_when_closed()
        return self.jobs.submit("batch", title, batch_spec([readied(request) for request in requests]))

    # ---- waiting for work

    def run(self, request: RunRequest, *, live: Live | None = None) -> RunResult:
        """Run and wait. Interrupting the wait (Ctrl-C) stops the run and keeps what it did."""
        job = self.submit(request, live=live)
        try:
            return self._result_of(self.jobs.wait(job.job_id, None))
        except KeyboardInterrupt:
            self.jobs.cancel(job.job_id)
            self.jobs.wait(job.job_id, 5.0)
            raise

    async def arun(self, request: RunRequest, *, live: Live | None = None) -> RunResult:
        job = self.submit(request, live=live)
        try:
            return self._result_of(await self._ended(job))
        except asyncio.CancelledError:
            self.jobs.cancel(job.job_id)
            raise

    async def astream(self, request: RunRequest, *, live: Live | None = None) -> AsyncIterator[RunEvent | Gap]:
        """The events of a run as they happen, up to its last. Leaving the loop early stops the run.

        Raises PurposeError when the run could not begin (a model that is not there, a file that cannot be read).
        """
        self._refuse_when_closed()
        request = readied(request)
        subscription = self.bus.subscribe(request.run_id, audience="debug")
        job = self.submit(request, live=live)
        watch = asyncio.create_task(self._ended(job))
        watch.add_done_callback(lambda _: subscription.end(drain=True))  # a run that never began has no last event
        ended = False
        try:
            async for event in subscription:
                ended = not isinstance(event, Gap) and event.terminal
                yield event
                if ended:
                    return
            ended = True
            raise not_run(await watch)
        finally:
            watch.cancel()
            subscription.close()
            if not ended:
                self.jobs.cancel(job.job_id)

    async def _ended(self, job: Job) -> Job:
        """The job at its end. Waits in a daemon thread: one of the loop's own would keep a stopped program alive."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Job] = loop.create_future()

        def wait() -> None:
            try:
                known = self.jobs.wait(job.job_id, None)
            except PurposeError:  # the workspace was closed meanwhile
                known = job
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if ended.done() else ended.set_result(known))

        threading.Thread(target=wait, name="run-wait", daemon=True).start()
        return await ended

    def cancel(self, run_id: str) -> None:
        """Ask the run, or the batch that it belongs to, to stop."""
        if job := self.job_of(run_id):
            self.jobs.cancel(job.job_id)

    def resume(self, run_id: str) -> Job:
        """Take up a run whose process died or that was stopped. Raises PurposeError when nothing knows how."""
        if job := self.job_of(run_id):
            return self.jobs.resume(job.job_id)
        raise PurposeError("This run was not started on this workspace.", "Run the task again.")

    # ---- looking at work

    def default_model(self) -> Resolved:
        return resolve_backend(None)

    def result(self, run_id: str) -> RunResult | None:
        job = self.job_of(run_id)
        return fold_result(self.events(run_id), unfinished="running" if job is None or job.is_alive else "interrupted")

    def job_of(self, run_id: str) -> Job | None:
        """The job that a run belongs to, in whichever process; None when nobody submitted it."""
        if run_id not in self._job_ids:
            for job in self.jobs.list(limit=JOBS_KNOWN):
                self._job_ids.update(dict.fromkeys(run_ids_of(job), job.job_id))
        job_id = self._job_ids.get(run_id)
        return None if job_id is None else self.jobs.get(job_id)

    def made_again(self, run_id: str) -> MadeAgain:
        """A run's first prompt, compiled again from the record and the lessons that were in use at its time.

        Raises PurposeError when the run was not ordered here, used objects of a program, or tried lessons.
        """
        return made_again(self, run_id)

    def grade(self, run_id: str) -> tuple[int, int] | None:
        """Passed and total of a run's hidden tests, or of its one other check; None when nothing was decided."""
        return self.workspace.journal.grade(run_id)

    def graded(self, run_id: str) -> Grade | None:
        """What the check of a run's task said, and why; None when it has none, or when the run has no answer."""
        return self.workspace.journal.graded(run_id)

    @cached_property
    def hand_grading(self) -> "HandGrading":
        """The answers that wait for a person's word, and what was said of them."""
        from purpose_agent.teams.hand_grading import HandGrading

        return HandGrading(self.workspace, self.job_of)

    @cached_property
    def judging(self) -> "Judging":
        """Asking the judge about answers that wait."""
        from purpose_agent.teams.judging import Judging

        return Judging(self.workspace, self.execution, self.hand_grading)

    def submit_judging(self) -> Job:
        """Ask the judge about all answers to rubrics that wait. Raises PurposeError when none does, or it is nobody."""
        if not self.judge_model:
            raise PurposeError("No model is chosen that judges.", "Choose one first.")
        return self.jobs.submit("judge", "Ask the judge", self.judging.spec())

    async def _judge_work(self, context: JobContext) -> JSON:
        return await self.judging.job(context)

    def _store(self, events: Sequence[Event]) -> None:
        self.workspace.journal.append(events)
        for event in events:
            self.bus.publish(event)

    # ---- what code may do here

    @property
    def code_without_walls(self) -> bool:
        """Whether the person lets code run where no wall of the sandbox holds. Off until they say so."""
        return self.workspace.setting(CODE_WITHOUT_WALLS) is True

    @code_without_walls.setter
    def code_without_walls(self, allowed: bool) -> None:
        self.workspace.set_setting(CODE_WITHOUT_WALLS, allowed)

    # ---- who judges by rubrics

    @property
    def judge_model(self) -> str:
        """The model that decides by rubrics which name none; "" when nobody chose one."""
        return str(self.workspace.setting(JUDGE_MODEL) or "")

    def choose_judge(self, name: str) -> None:
        """Let this model decide by rubrics which name none; "" = nobody.

        Raises PurposeError for a name that is none and for a model that cannot judge; then nothing changes.
        """
        name = name.strip()
        if name:
            backend = resolve_backend(name).backend
            if not backend.capabilities.critic:
                told = "The built-in search" if backend.name == BUILTIN else backend.name
                raise PurposeError(f"{told} cannot judge.", "Choose a language model.")
        self.workspace.set_setting(JUDGE_MODEL, name)

    def close(self) -> None:
        """Stop what runs, write what is pending, let go of the files. May be called twice."""
        self._closed = True
        self.jobs.close()
        if "vault_jobs" in self.__dict__:
            from purpose_agent.vault.shelf import close_shelf

            close_shelf(self.workspace.home)
        self.bus.close()
        self.workspace.close()
        with _engines_lock:
            for home in [home for home, engine in _engines.items() if engine is self]:
                del _engines[home]

    # ---- small things

    def _after(self, request: RunRequest, result: RunResult) -> None:
        """What follows from a run that may learn.

        The policy that the person switched on: what their own tests confirmed is used without asking. Housekeeping.
        """
        if request.mode != "train":
            return
        if request.trust_tested_lessons and not self._read_documents(result.run_id):
            for card_id in result.born:
                self.lessons.approve_if_trusted(card_id, result.score)
        if request.use_lessons:
            self.tidy_after(result)

    def _read_documents(self, run_id: str) -> bool:
        from purpose_agent.teams.foreign_text import read_documents

        return bool(run_id) and read_documents(self.events(run_id))

    def _result_of(self, job: Job) -> RunResult:
        run_id = str(job.spec["run_id"])
        result = fold_result(self.events(run_id), unfinished="cancelled")
        if result is None:
            raise not_run(job)
        return result


_engines: dict[Path, Engine] = {}
_engines_lock = threading.Lock()


def engine_for(home: Path | str | None = None) -> Engine:
    """The engine of a workspace in this process, opened at first use. None = the usual workspace of this person."""
    folder = Workspace.folder(home)
    with _engines_lock:
        engine = _engines.get(folder)
        if engine is None:
            engine = _engines[folder] = Engine(Workspace.open(folder))
        return engine
