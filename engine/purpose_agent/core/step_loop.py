"""One step of a run, from the prompt to the stored checkpoint.

    compile prompt → model → action → environment → state′ → delta → Φ → events + checkpoint in one append → published

Nothing here looks at the history: the prompt's still part is compiled once per agent, the critic reads the delta, and
the last steps are three short lines. So a step costs the same at any place in a run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from purpose_agent.core.actor import Decision, Exchange, ModelCaller, decide
from purpose_agent.core.environment import Environment
from purpose_agent.core.hardening import BudgetMeter
from purpose_agent.core.once import StepContext
from purpose_agent.core.ports import Cancel
from purpose_agent.core.progress import Progress
from purpose_agent.core.prompt_compiler import ActorPrompt, CompiledPrompt
from purpose_agent.core.purpose_function import Judged, PurposeFunction
from purpose_agent.core.recorder import Recorder
from purpose_agent.core.spec import AgentSpec
from purpose_agent.core.state_delta import Delta, DeltaTeller
from purpose_agent.core.turns import Turn, TurnKind, Turns, hand_over
from purpose_agent.runtime.events import (
    AgentFinished,
    AgentProgress,
    AgentStarted,
    CheckpointSaved,
    ModelRequest,
    ModelResponse,
    ReasoningSummary,
    ScoreComputed,
    StateDelta,
    StateSnapshot,
    TextDone,
    ToolArgs,
    ToolError,
    ToolResult,
    ToolStarted,
)
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import MAX_PHI, Action, Observation, Score, State, Step, Usage

Asked = Literal["actor", "critic", "distiller"]

SNAPSHOT_EVERY = 25
CHECKED_BY_CODE = ("user", "given_tests", "generated_tests")


@dataclass(slots=True)
class Parts:
    """What the steps of one run share."""

    caller: ModelCaller
    environment: Environment
    turns: Turns
    teller: DeltaTeller
    phi: PurposeFunction
    meter: BudgetMeter
    recorder: Recorder
    prompt_for: Callable[[AgentSpec, TurnKind], ActorPrompt]
    toolbox: ToolBox | None = None
    cancel: Cancel | None = None


class StepLoop:
    """Takes steps of one run. `progress` is always that of the last stored checkpoint or ahead of it by one step."""

    def __init__(self, progress: Progress, parts: Parts) -> None:
        self.progress = progress
        self.parts = parts
        self._prompts: dict[tuple[int, TurnKind], ActorPrompt] = {}
        self._announced: tuple[int, int] | None = None

    async def step(self) -> None:
        """Raises ModelError when the model cannot be asked any more."""
        progress, parts = self.progress, self.parts
        turn = progress.turn
        agent, kind = parts.turns.agent(turn), parts.turns.kind(turn)
        self._announce(agent, turn)
        prompt = self._prompt(turn, agent, kind).compile(progress.state, tuple(progress.last))
        relay = parts.recorder.text_relay(progress.step) if parts.caller.backend.capabilities.streaming else None
        decision = await decide(parts.caller, prompt, on_text=relay)
        if relay is not None:
            relay.close()
        parts.meter.spend(decision.usage)
        self._tell_decision(decision, agent)
        state, observation = await self._act(decision.action, agent, kind, decision.usage.attempts)
        await self.settle(decision.action, agent, kind, state, observation, decision.usage, prompt.sha256)

    async def settle(
        self,
        action: Action,
        agent: AgentSpec,
        kind: TurnKind,
        state: State,
        observation: Observation,
        usage: Usage = Usage(),
        prompt_sha256: str = "",
        *,
        replayed: bool = False,
    ) -> None:
        """From the new state to the stored checkpoint."""
        progress, parts = self.progress, self.parts
        delta = parts.teller.compare(progress.state, state)
        judged = await parts.phi.score(progress.state, state, delta)
        if judged.judgement is not None and judged.judgement.exchange is not None:
            usage = usage + judged.judgement.exchange.reply.usage
            parts.meter.spend(judged.judgement.exchange.reply.usage)
        step = Step(
            index=progress.step,
            agent=agent.role,
            action=action,
            observation=observation,
            state=state,
            delta=delta.text,
            score=judged.score,
            prompt_sha256=prompt_sha256,
            usage=usage,
        )
        self._tell_tool(action, observation, replayed=replayed)
        self._tell_notices(observation.notices)
        self._tell_change(step, delta, kind)
        self._tell_score(judged)
        if "tests_not_run" in delta.changed:
            self._tell_notices((f"The tests of this task were not run. {delta.changed['tests_not_run']}",))
        progress.state = state
        progress.remember(step)
        if kind == "answer":
            progress.keep_best(judged.score)
        self._move_on(action, kind, judged.score)
        self._save()

    def first_prompt(self) -> CompiledPrompt:
        """What is sent when nothing has been done yet."""
        progress, turns = self.progress, self.parts.turns
        turn = turns.first()
        return self._prompt(turn, turns.agent(turn), turns.kind(turn)).compile(progress.state)

    def _prompt(self, turn: Turn, agent: AgentSpec, kind: TurnKind) -> ActorPrompt:
        key = (turn.place, kind)
        known = self._prompts.get(key)
        if known is None:
            known = self._prompts[key] = self.parts.prompt_for(agent, kind)
        return known

    async def _act(self, action: Action, agent: AgentSpec, kind: TurnKind, attempts: int) -> tuple[State, Observation]:
        state = self.progress.state
        if kind != "answer" and not action.tool:
            return hand_over(state, agent.role, kind, action)
        context = StepContext(
            run_id=self.progress.spec.run_id,
            step=self.progress.step,
            agent=agent.role,
            tools=agent.tools,
            attempts=attempts,
            cancel=self.parts.cancel,
        )
        return await self.parts.environment.step(state, action, context)

    def _move_on(self, action: Action, kind: TurnKind, score: Score) -> None:
        """Whose turn is next, or why the run is over."""
        progress, parts = self.progress, self.parts
        solved = kind == "answer" and score.phi == MAX_PHI and score.tier in CHECKED_BY_CODE
        if solved:
            progress.reason = "all tests pass" if score.total else "your check is satisfied"
        after = parts.turns.after(progress.turn, action)
        if after.note:
            self.tell(after.note)
        if solved or after.ended or after.place != progress.turn.place:
            self._finish_turn(observed=after.note)
        if after.ended and not progress.reason:
            progress.reason = after.note or "done"
        progress.turn = after
        progress.step += 1

    def _finish_turn(self, observed: str) -> None:
        recorder, progress = self.parts.recorder, self.progress
        agent = self.parts.turns.agent(progress.turn)
        recorder.add(AgentFinished(**recorder.stamp(), agent=agent.role, step=progress.step, note=observed))
        self._announced = None

    def _save(self) -> None:
        progress, parts, recorder = self.progress, self.parts, self.parts.recorder
        recorder.add(CheckpointSaved(**recorder.stamp(), step=progress.step))
        recorder.flush(
            progress.checkpoint(standing=parts.phi.standing, used=parts.meter.used, seconds=parts.meter.seconds)
        )

    # ---- what is told

    def tell(self, text: str) -> None:
        """A sentence for the person, with the next append."""
        recorder, progress = self.parts.recorder, self.progress
        agent = self.parts.turns.agent(progress.turn).role
        recorder.add(AgentProgress(**recorder.stamp(), agent=agent, text=text, step=progress.step))

    def _announce(self, agent: AgentSpec, turn: Turn) -> None:
        key = (turn.place, turn.rounds)
        if self._announced != key:
            self._announced = key
            recorder = self.parts.recorder
            if turn.used == 0:
                recorder.add(AgentStarted(**recorder.stamp(), agent=agent.role, step=self.progress.step))

    def _tell_decision(self, decision: Decision, agent: AgentSpec) -> None:
        recorder, progress, action = self.parts.recorder, self.progress, decision.action
        for exchange in decision.exchanges:
            self.tell_exchange(exchange, "actor")
            self._tell_notices(exchange.reply.notices)
        for problem in decision.problems:
            self.tell(problem)
        if action.thought:
            recorder.add(
                ReasoningSummary(**recorder.stamp(), step=progress.step, agent=agent.role, text=action.thought)
            )

    def _tell_notices(self, notices: Sequence[str]) -> None:
        for notice in notices:
            if notice not in self.progress.told:
                self.progress.told.add(notice)
                self.tell(notice)

    def tell_exchange(self, exchange: Exchange, purpose: Asked) -> None:
        recorder, step, prompt = self.parts.recorder, self.progress.step, exchange.prompt
        recorder.add(
            ModelRequest(
                **recorder.stamp(exchange.asked),
                step=step,
                purpose=purpose,
                prompt=prompt.text,
                prompt_sha256=prompt.sha256,
                lessons=prompt.lessons,
                cut=prompt.cut,
            )
        )
        reply = exchange.reply
        recorder.add(ModelResponse(**recorder.stamp(), step=step, purpose=purpose, text=reply.text, usage=reply.usage))

    def _tell_tool(self, action: Action, observation: Observation, *, replayed: bool) -> None:
        if not action.tool:
            return
        recorder, step, tool = self.parts.recorder, self.progress.step, action.tool
        call_id = f"{recorder.run_id}:{step}"
        recorder.add(ToolStarted(**recorder.stamp(), step=step, tool=tool, call_id=call_id))
        recorder.add(ToolArgs(**recorder.stamp(), step=step, tool=tool, call_id=call_id, args=action.args))
        if observation.ok:
            recorder.add(
                ToolResult(
                    **recorder.stamp(),
                    step=step,
                    tool=tool,
                    call_id=call_id,
                    text=observation.text,
                    truncated=observation.truncated,
                    replayed=replayed,
                )
            )
        else:
            recorder.add(ToolError(**recorder.stamp(), step=step, tool=tool, call_id=call_id, what=observation.text))

    def _tell_change(self, step: Step, delta: Delta, kind: TurnKind) -> None:
        recorder, index = self.parts.recorder, step.index
        if kind == "answer" and step.action.answer is not None:
            recorder.add(TextDone(**recorder.stamp(), step=index, text=step.action.answer))
        recorder.add(
            StateDelta(
                **recorder.stamp(),
                step=index,
                agent=step.agent,
                action=step.action,
                changed=delta.changed,
                removed=delta.removed,
                text=delta.text,
            )
        )
        if index % SNAPSHOT_EVERY == 0:
            recorder.add(StateSnapshot(**recorder.stamp(), step=index, state=step.state))

    def _tell_score(self, judged: Judged) -> None:
        recorder, judgement = self.parts.recorder, judged.judgement
        if judgement is not None and judgement.exchange is not None:
            self.tell_exchange(judgement.exchange, "critic")
            self._tell_notices(judgement.exchange.reply.notices)
        if judged.why:
            self.tell(f"No score for this step: {judged.why}")
        if judged.made:
            recorder.add(ScoreComputed(**recorder.stamp(), step=self.progress.step, score=judged.score, by=judged.by))
