"""The only loop: one task, one team, from `run.started` to exactly one terminal event.

`run` and `resume` never raise for what a model, a tool or a draft did: the result says what happened and the steps are
kept. They raise a PurposeError only when a run cannot begin (SpecRefused, RunUnknown) or the log itself cannot be
written, and CancelledError when the calling task was cancelled, after the end of the run was stored.
"""

import asyncio
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from purpose_agent.core.assembly import ACTOR_LIMITS, Live, Wiring, set_up
from purpose_agent.core.ending import LEAST_LEARNING_S, Ending, close, learn, tell_result
from purpose_agent.core.environment import Environment, TaskEnvironment
from purpose_agent.core.hardening import Guard, Sleep, validate_spec
from purpose_agent.core.learning import choose, choose_again, chosen_from
from purpose_agent.core.once import recalled
from purpose_agent.core.ports import Cancel, EventSink, LearningMemory, LessonMemory, RunLog, TestRunner
from purpose_agent.core.progress import Fixed, restore
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.recorder import Recorder
from purpose_agent.core.spec import AgentSpec, CriticMode, RunSpec
from purpose_agent.errors import PurposeError
from purpose_agent.memory.promoted import PromotedView
from purpose_agent.memory.task_kinds import task_kind
from purpose_agent.models.backend import Backend, Limits
from purpose_agent.models.builtin.errors import BuiltinRefusal
from purpose_agent.runtime.events import CheckpointSaved, RunError, RunStarted, SkillSelected
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import Action, RunResult, Usage

__all__ = ["AgentSpec", "CriticMode", "Orchestrator", "RunSpec", "RunUnknown"]

RUN_INTENT = "run"
STOPPED = "stopped by you"
YIELD_EVERY_S = 0.02


class RunUnknown(PurposeError):
    """There is no run of this id in the log."""


class Orchestrator:
    """Runs tasks on one model. Keeps no state of a run, so any number may go on at once.

    critic_backend  another model as judge; without it the same model judges itself (tier "self").
    run_tests       how a draft's code is tested; the sandbox, unless a caller brings something better.
    check           the person's own check of a draft, the best evidence there is.
    memory          what runs learn into, and read from.
    lessons         what runs read from when they must not write: without `memory` there is no way to.
    root            the folder for tools that work with files.
    """

    def __init__(
        self,
        *,
        backend: Backend,
        journal: RunLog,
        bus: EventSink | None = None,
        memory: LearningMemory | None = None,
        lessons: LessonMemory | None = None,
        toolbox: ToolBox | None = None,
        why_model: str = "",
        critic_backend: Backend | None = None,
        run_tests: TestRunner | None = None,
        check: Callable[[str], bool | float] | None = None,
        environment: Callable[[RunSpec], Environment] | None = None,
        root: Path | None = None,
        limits: Limits = ACTOR_LIMITS,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wiring = Wiring(
            backend=backend,
            journal=journal,
            sleep=sleep,
            bus=bus,
            toolbox=toolbox,
            critic_backend=critic_backend,
            run_tests=run_tests,
            check=check,
            environment=environment,
            root=root,
            limits=limits,
            clock=clock,
        )
        self._log = journal
        self._memory = memory
        self._lessons = memory if lessons is None else lessons
        self._why_model = why_model

    async def run(self, spec: RunSpec, *, cancel: Cancel | None = None) -> RunResult:
        """Run to the end."""
        validate_spec(spec)
        if self._log.last_seq(spec.run_id) >= 0:
            raise ValueError(f"there is a run {spec.run_id} already; resume it, or give this one another id")
        kind = task_kind(spec.task)
        chosen = choose(self._lessons, spec, kind)
        fixed = Fixed(spec=spec, task_kind=kind, uses=chosen.uses, model=self._wiring.backend.name)
        self._log.record_intent(spec.run_id, RUN_INTENT, "", {"fixed": msgspec.json.encode(fixed).decode()})
        live = set_up(self._wiring, fixed, chosen, None, cancel)
        self._tell_start(live, fixed)
        return await self._carry_through(live, cancel)

    async def resume(self, run_id: str, *, cancel: Cancel | None = None) -> RunResult:
        """Take a run up where its last checkpoint left it, also one that was stopped or broke.

        One that is done is told again from the log.
        """
        ended = tell_result(self._log, run_id)
        if ended is not None:
            return ended
        intent, checkpoint = self._log.intent(run_id, RUN_INTENT), self._log.checkpoint(run_id)
        if intent is None or (checkpoint is None and self._log.last_seq(run_id) >= 0):
            return self._cannot_go_on(run_id)
        fixed = msgspec.json.decode(str(intent.args["fixed"]), type=Fixed)
        if checkpoint is None:
            return await self.run(fixed.spec, cancel=cancel)
        chosen = choose_again(self._lessons, fixed.spec, fixed.uses, fixed.task_kind)
        live = set_up(self._wiring, fixed, chosen, restore(fixed, checkpoint), cancel)
        live.loop.tell(f"The run is taken up again at step {live.loop.progress.step}.")
        for text in chosen.gone:
            live.loop.tell(f"A lesson of this run is not in use any more and stays out: {text}")
        return await self._carry_through(live, cancel)

    def preview(self, spec: RunSpec) -> CompiledPrompt:
        """What a run's first agent would be sent if it began now. Nothing is run or kept."""
        validate_spec(spec)
        kind = task_kind(spec.task)
        chosen = choose(self._lessons, spec, kind)
        fixed = Fixed(spec=spec, task_kind=kind, uses=chosen.uses, model=self._wiring.backend.name)
        return set_up(self._wiring, fixed, chosen, None, None).loop.first_prompt()

    def first_prompt(self, run_id: str, in_use: PromotedView) -> CompiledPrompt:
        """What a run's first agent was sent, compiled again from the record and the lessons in use at its time.

        The same bytes as then, if nothing that the record says was changed. Raises RunUnknown.
        """
        intent = self._log.intent(run_id, RUN_INTENT)
        if intent is None:
            raise RunUnknown(
                f"Nothing is kept of how the run {run_id} began.", "Look at its prompts as they were sent."
            )
        fixed = msgspec.json.decode(str(intent.args["fixed"]), type=Fixed)
        chosen = chosen_from(in_use, fixed.uses, fixed.task_kind)
        return set_up(self._wiring, fixed, chosen, None, None).loop.first_prompt()

    # ---- before the first step

    def _tell_start(self, live: Live, fixed: Fixed) -> None:
        recorder, spec, chosen = live.parts.recorder, fixed.spec, live.chosen
        recorder.add(
            RunStarted(
                **recorder.stamp(),
                task=spec.task,
                team=spec.team,
                model=self._wiring.backend.name,
                why_model=self._why_model,
                agents=tuple(agent.role for agent in spec.agents),
                budget=spec.budget,
                mode=spec.mode,
                task_kind=fixed.task_kind,
                lessons=chosen.uses,
                use_lessons=spec.use_lessons,
                notebook_id=spec.notebook_id,
                cell_id=spec.cell_id,
                parent_run=spec.parent_run,
                seed=spec.seed,
            )
        )
        recorder.add(SkillSelected(**recorder.stamp(), lessons=chosen.uses, considered=chosen.considered))
        if self._wiring.alone(spec):
            role = spec.agents[spec.answering].role
            live.loop.tell(f"{self._wiring.backend.name} plays one role only, so {role} works alone.")
        for notice in spec.notices:
            live.loop.tell(notice)
        recorder.add(CheckpointSaved(**recorder.stamp(), step=0))
        recorder.flush(live.loop.progress.checkpoint(standing=live.parts.phi.standing, used=Usage(), seconds=0.0))

    # ---- the loop and its end

    async def _carry_through(self, live: Live, cancel: Cancel | None) -> RunResult:
        """The run's outermost edge: whatever happens inside, one terminal event is stored."""
        ending = Ending(status="cancelled", reason=STOPPED)
        born: tuple[str, ...] = ()
        try:
            ending = await self._walk(live, cancel)
            born = await self._learn(live, ending, cancel)
        except asyncio.CancelledError:
            close(live.loop, ending, chosen=live.chosen, born=born)
            raise
        return close(live.loop, ending, chosen=live.chosen, born=born)

    async def _walk(self, live: Live, cancel: Cancel | None) -> Ending:
        """Take steps until there is a reason to stop."""
        guard = Guard(cancel, live.parts.meter.seconds_left)
        try:
            async with guard:
                return await self._steps(live, cancel)
        except asyncio.CancelledError:
            if not guard.took_over():
                raise
            if guard.why == "time":
                return Ending(reason=live.parts.meter.time_words, at_limit=True)
            return Ending(status="cancelled", reason=STOPPED)
        except BuiltinRefusal as refusal:
            live.parts.meter.spend(refusal.usage)
            return Ending(error=refusal)
        except PurposeError as error:
            return Ending(error=error)
        except Exception as error:  # noqa: BLE001  (whoever watches gets an end and a reason)
            return Ending(error=_unexpected(error))

    async def _steps(self, live: Live, cancel: Cancel | None) -> Ending:
        loop, parts = live.loop, live.parts
        progress = loop.progress
        await self._finish_begun_step(live)
        yielded = self._wiring.clock()
        while not progress.reason:
            if cancel is not None and cancel.is_set:
                return Ending(status="cancelled", reason=STOPPED)
            limit = parts.meter.limit_hit(progress.step)
            if limit:
                return Ending(reason=limit, at_limit=True)
            await loop.step()
            now = self._wiring.clock()
            if now - yielded > YIELD_EVERY_S:  # a model that never waits must not starve its event loop
                await asyncio.sleep(0)
                yielded = self._wiring.clock()
        return Ending(reason=progress.reason)

    async def _finish_begun_step(self, live: Live) -> None:
        """After a resume: a side effect that had begun is finished from its record, and never done twice."""
        loop, parts = live.loop, live.parts
        progress, environment = loop.progress, parts.environment
        if not live.resumed or progress.reason or not isinstance(environment, TaskEnvironment):
            return
        begun = environment.runner.pending(progress.spec.run_id, progress.step) if environment.runner else None
        if begun is None:
            return
        agent, kind = parts.turns.agent(progress.turn), parts.turns.kind(progress.turn)
        action = Action(tool=begun.tool, args=begun.args)
        state, observation = environment.taken_up(progress.state, begun.tool, recalled(begun))
        loop.tell(f"The call of {begun.tool} in step {progress.step} had begun before the stop; it is not repeated.")
        await loop.settle(action, agent, kind, state, observation, replayed=True)

    async def _learn(self, live: Live, ending: Ending, cancel: Cancel | None) -> tuple[str, ...]:
        """Learning may call a model, so it has a limit of time too, and the person can cut it short."""
        if not ending.teaches or (cancel is not None and cancel.is_set):
            return ()
        left = live.parts.meter.seconds_left
        guard = Guard(cancel, None if left is None else max(left, LEAST_LEARNING_S))
        try:
            async with guard:
                return await learn(
                    live.loop, ending, memory=self._memory, chosen=live.chosen, log=self._log, resumed=live.resumed
                )
        except asyncio.CancelledError:
            if not guard.took_over():
                raise
            live.loop.tell("Learning from this run was cut short.")
            return ()
        except Exception as error:  # noqa: BLE001  (an answer must not be lost because a lesson could not be drawn)
            live.loop.tell(f"Nothing could be learned from this run: {_unexpected(error).what}")
            return ()

    def _cannot_go_on(self, run_id: str) -> RunResult:
        """A run whose beginning is in the log and whose way on is not: say so, in the log too."""
        started = next((event for event in self._log.events(run_id, limit=1) if isinstance(event, RunStarted)), None)
        if started is None:
            raise RunUnknown(f"There is no run {run_id} that could be taken up.", "Start the task again.")
        recorder = Recorder(self._log, self._wiring.bus, run_id, next_seq=self._log.last_seq(run_id) + 1)
        what, fix = "The run was interrupted before it could be kept well enough to go on.", "Run the task again."
        recorder.add(RunError(**recorder.stamp(), what=what, fix=fix, status="interrupted"))
        recorder.flush()
        return RunResult(
            run_id=run_id, task=started.task.text, answer="", status="interrupted", lessons=started.lessons,
            what=what, fix=fix,
        )  # fmt: skip


def _unexpected(error: Exception) -> PurposeError:
    return PurposeError(
        "The run broke off because of a fault in the program.",
        "Run it again; if it breaks again, report it with the details.",
        details="".join(traceback.format_exception(error)),
    )
