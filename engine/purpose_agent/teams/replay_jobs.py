"""The job that tries waiting lessons on past tasks: Memory CI.

Each replay is a run of the one loop, in `validation` mode and with exactly the lessons on trial; it can write to no
memory. What it showed is credited here, and the evidence is noted in the ledger. The id of a replay is made of its job
and its number: after a stop or a death the job goes on with those that were not made, and nothing is counted twice.
"""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.memory.errors import LessonError
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.replay_evidence import KEY, ReplayEvidence, replay_of
from purpose_agent.runtime.events import RunEvent
from purpose_agent.runtime.jobs import JobContext
from purpose_agent.runtime.outside_verdict import outside_verdict
from purpose_agent.teams.execution import Execution
from purpose_agent.teams.lessons import Lessons
from purpose_agent.teams.past_tasks import PastTask
from purpose_agent.teams.replay_plan import OnTrial, ReplayPlan
from purpose_agent.teams.replay_policies import ReplayPolicies
from purpose_agent.teams.replay_reckoning import Outcome, ReplayTest
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.results import fold_result
from purpose_agent.types import JSON, RunResult

REPLAYER = "replay test"
FAULTS = 3
"""So many replays in a row that broke off end the test: the model is not there, and nothing is learned from that."""


class NoMore(Exception):
    """The budget is used up."""


@dataclass(slots=True)
class _Spent:
    replays: int = 0
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    faults: int = 0


@dataclass(slots=True)
class _Session:
    """One test at work."""

    context: JobContext
    plan: ReplayPlan
    test: ReplayTest
    spent: _Spent = field(default_factory=_Spent)
    baselines: dict[str, Outcome] = field(default_factory=dict)
    why_ended: str = ""

    @property
    def job_id(self) -> str:
        return self.context.job.job_id


class ReplayJobs:
    """Does the work of replay jobs. `events` gives what is stored of a run."""

    def __init__(
        self,
        execution: Execution,
        memory: Memory,
        lessons: Lessons,
        policies: ReplayPolicies,
        *,
        events: Callable[[str], list[RunEvent]],
    ) -> None:
        self._execution = execution
        self._memory = memory
        self._lessons = lessons
        self._policies = policies
        self._events = events

    async def replay(self, context: JobContext) -> JSON:
        plan = msgspec.convert(context.job.spec["plan"], ReplayPlan)
        earlier = {lesson.card_id: self._earlier(lesson, context.job.job_id) for lesson in plan.lessons}
        test = ReplayTest(plan, self._memory.effects.snapshot(), context.job.job_id, earlier)
        session = _Session(context, plan, test)
        try:
            await self._screen(session)
            await self._compare(session)
        except NoMore as end:
            session.why_ended = str(end)
        finally:
            evidence = session.test.evidence()
            self._note(session, evidence)
        return {
            "replays": session.spent.replays,
            "ended": session.why_ended,
            "verdicts": {card_id: each.verdict for card_id, each in evidence.items()},
        }

    # ---- the two parts of a test

    async def _screen(self, session: _Session) -> None:
        """Several lessons at once."""
        tasks = {task.key: task for task in session.plan.tasks}
        for number in range(session.plan.screening):
            experiment = session.test.experiment(number)
            if experiment is None:
                return
            session.context.report(
                f"Trying {len(experiment.lessons)} lessons at once", session.spent.replays / session.plan.replays
            )
            task = tasks[experiment.task.key]
            card_ids = tuple(lesson.key.partition("@")[0] for lesson in experiment.lessons)
            made = await self._one(session, f"s{number}", task, card_ids)
            if made is not None:
                outcome, newly, used = made
                kept = tuple(lesson for lesson in experiment.lessons if lesson.key.partition("@")[0] in used)
                session.test.learn(experiment._replace(lessons=kept), outcome, newly=newly)

    async def _compare(self, session: _Session) -> None:
        """Single lessons in pairs."""
        for lesson, task in session.test.pairs():
            session.context.report(
                f"With and without: {lesson.text}"[:120], session.spent.replays / session.plan.replays
            )
            if await self._pair(session, lesson, task, again=False):
                session.context.report("It went worse with it: trying once more")
                if await self._pair(session, lesson, task, again=True):
                    session.test.confirm_fall(lesson, task)

    async def _pair(self, session: _Session, lesson: OnTrial, task: PastTask, *, again: bool) -> bool:
        """Whether the task fell: it succeeds without the lesson and fails with it."""
        without = session.baselines.get(f"{task.key}:{again}")
        left = session.plan.replays - session.spent.replays
        if left < (1 if without else 2):
            raise NoMore("The replays of this test are used up.")
        if without is None:
            made = await self._one(session, f"b{task.key}{'-2' * again}", task, (), seed=again)
            if made is None:
                return False
            without, newly, _ = made
            session.baselines[f"{task.key}:{again}"] = without
            session.test.believe(None, task, without, newly=newly)
        name = f"w{lesson.card_id}-{task.key}{'-2' * again}"
        made = await self._one(session, name, task, (lesson.card_id,), seed=again)
        if made is None:
            return False
        with_it, newly, used = made
        if not used:
            return False
        session.test.believe(lesson, task, with_it, newly=newly)
        return session.test.compare(lesson, task, with_it, without)

    # ---- one replay

    async def _one(
        self, session: _Session, name: str, task: PastTask, card_ids: Sequence[str], *, seed: bool = False
    ) -> tuple[Outcome, bool, set[str]] | None:
        """The outcome, whether it was counted now, and the lessons that were in; None when it tells nothing."""
        self._stop_at_limits(session)
        run_id = f"replay-{session.job_id[:12]}-{name}"
        known = fold_result(self._events(run_id), unfinished="interrupted")
        if known is None or known.status in ("interrupted", "cancelled"):
            card_ids = self._still_there(session, card_ids) if known is None else card_ids
            request = _request(task, run_id, card_ids, seed=zlib.crc32(f"{session.job_id}{task.key}{seed}".encode()))
            known = await self._execution.run(request, cancel=session.context.cancel, resume=known is not None)
        if session.context.cancel.is_set or known.status == "cancelled":
            raise asyncio.CancelledError
        self._spend(session, known)
        success = _verdict(known, task)
        if success is None:
            return None
        uses = [use for use in known.lessons if use.trial]
        counted = self._memory.effects.counted(run_id)
        if not counted:
            self._memory.effects.record(run_id, task.kind, uses, success, known.phi, source="replay")
        usage = known.usage
        effort = usage.attempts or usage.prompt_tokens + usage.completion_tokens
        return Outcome(run_id, success, effort), not counted, {use.card_id for use in uses}

    def _still_there(self, session: _Session, card_ids: Sequence[str]) -> tuple[str, ...]:
        """Those about which nobody decided meanwhile."""
        kept = []
        for card_id in card_ids:
            try:
                self._memory.ledger.on_trial([card_id])
            except LessonError:
                session.test.drop(card_id)
            else:
                kept.append(card_id)
        return tuple(kept)

    def _stop_at_limits(self, session: _Session) -> None:
        spent, plan = session.spent, session.plan
        if spent.replays >= plan.replays:
            raise NoMore("The replays of this test are used up.")
        for used, limit, what in (
            (spent.seconds, plan.seconds_limit, "time"),
            (spent.tokens, plan.tokens_limit, "tokens"),
            (spent.cost_usd, plan.cost_limit_usd, "money"),
        ):
            if limit is not None and used >= limit:
                raise NoMore(f"The {what} of this test is used up.")

    def _spend(self, session: _Session, result: RunResult) -> None:
        spent, usage = session.spent, result.usage
        spent.replays += 1
        spent.seconds += usage.seconds
        spent.tokens += usage.prompt_tokens + usage.completion_tokens
        spent.cost_usd += usage.cost_usd
        spent.faults = spent.faults + 1 if result.broke_off else 0
        if spent.faults >= FAULTS:
            raise PurposeError(
                f"{FAULTS} replays in a row broke off: {result.what}",
                result.fix or "Mend it, then try the lessons again.",
            )

    # ---- what is kept

    def _earlier(self, lesson: OnTrial, job_id: str) -> ReplayEvidence | None:
        """The latest evidence of a former test of the same words; what this job noted before a stop is made anew."""
        for view in reversed(self._memory.ledger.states(lesson.card_id)):
            known = replay_of(view) if view.card.version == lesson.version else None
            if known is not None and known.job_id != job_id:
                return known
        return None

    def _note(self, session: _Session, evidence: dict[str, ReplayEvidence]) -> None:
        for card_id, found in evidence.items():
            view = self._memory.ledger.card(card_id)
            if view.status not in ("quarantined", "promoted"):
                continue
            noted = {KEY: msgspec.to_builtins(found)}
            self._lessons.note(card_id, by=REPLAYER, reason="tried on past tasks", evidence=noted)
            self._policies.apply(card_id, found)


def _request(task: PastTask, run_id: str, card_ids: Sequence[str], *, seed: int) -> RunRequest:
    """The past task once more, with nothing of its notebook, its hidden tests or its policies."""
    return msgspec.structs.replace(
        task.request,
        run_id=run_id,
        mode="validation",
        use_lessons=True,
        trial=tuple(card_ids),
        parent_run=task.run_id,
        seed=seed,
        hidden_tests=(),
        check=None,
        trust_tested_lessons=False,
        notebook_id="",
        cell_id="",
    )


def _verdict(result: RunResult, task: PastTask) -> bool | None:
    """Whether it went well, by somebody other than the model; None when nobody can say."""
    verdict = None if result.broke_off else outside_verdict(result.score, task.request.task)
    return None if verdict is None else verdict.is_success
