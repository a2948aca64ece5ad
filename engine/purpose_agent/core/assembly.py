"""Putting one run together: environment, Φ, prompts, limits and pen, from what the orchestrator was given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec

from purpose_agent.core.actor import ModelCaller
from purpose_agent.core.critics import Ask, CodeCheck, Critic, DeltaCritic, StandardCritic, TestsCritic, UserCheck
from purpose_agent.core.environment import Environment, TaskEnvironment
from purpose_agent.core.hardening import BudgetMeter, Sleep
from purpose_agent.core.learning import Chosen
from purpose_agent.core.ports import Cancel, EventSink, RunLog, TestRunner
from purpose_agent.core.progress import Fixed, Progress, Saved
from purpose_agent.core.prompt_compiler import (
    REPLY_ANSWER,
    REPLY_CHECK,
    REPLY_PREPARE,
    TOKEN_BUDGET,
    ActorPrompt,
)
from purpose_agent.core.purpose_function import PurposeFunction
from purpose_agent.core.recorder import Recorder
from purpose_agent.core.spec import AgentSpec, RunSpec
from purpose_agent.core.state_delta import DeltaTeller
from purpose_agent.core.step_loop import Parts, StepLoop
from purpose_agent.core.task_reading import entry_point
from purpose_agent.core.turns import TurnKind, Turns
from purpose_agent.models.backend import Backend, Limits
from purpose_agent.tools.tool import ToolBox

_REPLIES: dict[TurnKind, str] = {"answer": REPLY_ANSWER, "prepare": REPLY_PREPARE, "check": REPLY_CHECK}
ACTOR_LIMITS = Limits(max_tokens=2048)
CRITIC_LIMITS = Limits(max_tokens=400, temperature=0.0)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The neighbours of the loop that all runs of an orchestrator share."""

    backend: Backend
    journal: RunLog
    sleep: Sleep
    bus: EventSink | None = None
    toolbox: ToolBox | None = None
    critic_backend: Backend | None = None
    run_tests: TestRunner | None = None
    check: Callable[[str], bool | float] | None = None
    environment: Callable[[RunSpec], Environment] | None = None
    root: Path | None = None
    limits: Limits = ACTOR_LIMITS
    clock: Callable[[], float] = time.monotonic

    def alone(self, spec: RunSpec) -> bool:
        """Whether only the answering agent of the team runs."""
        return not self.backend.capabilities.roles and len(spec.agents) > 1


@dataclass(frozen=True, slots=True)
class Live:
    """One run in this process."""

    loop: StepLoop
    parts: Parts
    chosen: Chosen
    resumed: bool = False


def set_up(
    wiring: Wiring, fixed: Fixed, chosen: Chosen, saved: tuple[Progress, Saved] | None, cancel: Cancel | None
) -> Live:
    """The parts of a run, new or taken up from `saved`."""
    spec = fixed.spec
    recorder = Recorder(wiring.journal, wiring.bus, spec.run_id, next_seq=wiring.journal.last_seq(spec.run_id) + 1)
    turns = Turns(spec.agents, spec.answering, steps=spec.budget.steps, alone=wiring.alone(spec))
    environment = _environment(wiring, spec)
    begun = environment.reset(spec.task)
    progress = saved[0] if saved else Progress(fixed=fixed, turn=turns.first(), state=begun)
    earlier = saved[1] if saved else Saved(step=0, turn=progress.turn, state=begun)
    meter = BudgetMeter(spec.budget, used=earlier.used, seconds=earlier.seconds, clock=wiring.clock)

    def retrying(text: str) -> None:
        loop.tell(text)
        recorder.flush()

    def caller(backend: Backend, limits: Limits) -> ModelCaller:
        window = min(limits.context_tokens, backend.capabilities.context_tokens)
        limits = msgspec.structs.replace(limits, context_tokens=window, seed=spec.seed or limits.seed)
        return ModelCaller(backend, limits=limits, sleep=wiring.sleep, on_retry=retrying)

    phi = _purpose_function(wiring, spec, caller, chosen)
    if saved:
        phi.standing = earlier.standing
        phi.seed(progress.state)
    parts = Parts(
        caller=caller(wiring.backend, wiring.limits),
        environment=environment,
        turns=turns,
        teller=DeltaTeller(spec.purpose),
        phi=phi,
        meter=meter,
        recorder=recorder,
        prompt_for=lambda agent, kind: _prompt(wiring, spec, agent, kind, chosen),
        toolbox=wiring.toolbox,
        cancel=cancel,
    )
    loop = StepLoop(progress, parts)
    return Live(loop, parts, chosen, resumed=saved is not None)


def _environment(wiring: Wiring, spec: RunSpec) -> Environment:
    if wiring.environment is not None:
        return wiring.environment(spec)
    run_tests = wiring.run_tests
    if run_tests is None:
        from purpose_agent.sandbox.tests import arun_tests  # slow to import, and not every run needs it

        run_tests = cast("TestRunner", arun_tests)
    return TaskEnvironment(
        wiring.toolbox, run_tests=run_tests, log=wiring.journal, root=wiring.root, entry_point=entry_point(spec.task)
    )


def _purpose_function(
    wiring: Wiring, spec: RunSpec, caller: Callable[[Backend, Limits], ModelCaller], chosen: Chosen
) -> PurposeFunction:
    checks: list[CodeCheck] = []
    if wiring.check is not None:
        checks.append(UserCheck(wiring.check))
    if spec.task.tests:
        checks.append(TestsCritic(spec.task))
    judge = wiring.critic_backend or wiring.backend
    critic: Critic | None = None
    if judge.capabilities.critic:
        asking = caller(judge, CRITIC_LIMITS)
        ask: Ask = lambda prompt, schema: asking.ask(prompt, schema=schema)  # noqa: E731
        tier = "self" if judge.name == wiring.backend.name else "judge"
        make = DeltaCritic if spec.critic == "delta" else StandardCritic
        critic = make(ask, name=judge.name, tier="judge" if tier == "judge" else "self", lessons=chosen.for_critics)
    return PurposeFunction(spec.purpose, spec.task, checks=checks, critic=critic)


def _prompt(wiring: Wiring, spec: RunSpec, agent: AgentSpec, kind: TurnKind, chosen: Chosen) -> ActorPrompt:
    box = wiring.toolbox
    there = [] if box is None else [name for name in agent.tools if name in box]
    signatures = box.only(there).signatures() if box is not None and there else ()
    room = wiring.backend.capabilities.context_tokens - wiring.limits.max_tokens
    return ActorPrompt(
        purpose=spec.purpose,
        agent=agent,
        task=spec.task,
        tools=signatures,
        lessons=chosen.lessons,
        replay=spec.is_replay,
        reply=_REPLIES[kind],
        token_budget=min(TOKEN_BUDGET, max(room, 1)),
    )
