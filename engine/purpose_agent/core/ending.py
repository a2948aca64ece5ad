"""How a run ends: its answer, what was learned, and one terminal event that is always the last.

A run that hits a limit is done, with its best draft and the limit as its reason. A run that was cancelled or broke
keeps its steps and learns nothing, except that a model which declines a task has given an outcome too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from purpose_agent.core.actor import Exchange
from purpose_agent.core.hindsight import relabel
from purpose_agent.core.learning import Chosen, give_credit, keep_cards, note_environment
from purpose_agent.core.optimizer import MAX_CARDS, End, Episode, extract
from purpose_agent.core.own_words import in_own_words
from purpose_agent.core.ports import LearningMemory, RunLog
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.step_loop import StepLoop
from purpose_agent.core.trajectory import steps_of
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.environments import fingerprint
from purpose_agent.memory.promoted import ShownLesson
from purpose_agent.models.builtin.errors import BuiltinRefusal
from purpose_agent.models.errors import ModelError
from purpose_agent.runtime.events import MemoryCandidate, RunError, RunFinished, RunStarted, ScoreComputed
from purpose_agent.runtime.outside_verdict import outside_verdict
from purpose_agent.tools.signature import signature_line
from purpose_agent.types import JSON, RunResult, RunStatus, Score, Step

LEAST_LEARNING_S = 5.0
NO_ANSWER = "The model ended without an answer that could be read."


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the steps stopped. `error` is set when they broke, `at_limit` when a budget was used up."""

    status: RunStatus = "done"
    reason: str = ""
    at_limit: bool = False
    error: PurposeError | None = None

    @property
    def refused(self) -> bool:
        return isinstance(self.error, BuiltinRefusal)

    @property
    def teaches(self) -> bool:
        return self.status == "done" and (self.error is None or self.refused)


def final_word(loop: StepLoop, ending: Ending) -> tuple[str, Score]:
    """The answer and its score: the last draft, or at a limit or after a failure the best one."""
    progress, standing = loop.progress, loop.parts.phi.standing
    best = progress.best
    if best is not None and (ending.at_limit or ending.error is not None or ending.status != "done"):
        return best.answer, best.score
    return progress.draft or "", standing


async def learn(
    loop: StepLoop, ending: Ending, *, memory: LearningMemory | None, chosen: Chosen, log: RunLog, resumed: bool
) -> tuple[str, ...]:
    """Credit and cards, each with its events. Returns the ids of new cards. A lesson that cannot be kept is told."""
    progress = loop.progress
    if memory is None or progress.spec.mode != "train" or not ending.teaches:
        return ()
    stored = steps_of(log.events(progress.spec.run_id)) if resumed else None
    episode = _episode(loop, ending, stored, chosen.lessons)
    try:
        if episode.outcome is not None:
            give_credit(
                memory,
                loop.parts.recorder,
                task_kind=progress.fixed.task_kind,
                uses=chosen.uses,
                outcome=episode.outcome,
            )
        here = {tool: fingerprint(episode.model, tool, form) for tool, form in episode.tools.items()}
        note_environment(memory, chosen.lessons, {"": fingerprint(episode.model), **here}, episode.outcome)
        cards = [*extract(episode), *relabel(episode)][:MAX_CARDS]
        if len(cards) < MAX_CARDS and loop.parts.caller.backend.capabilities.critic:
            cards += await _own_words(loop, episode)
        return keep_cards(
            memory,
            loop.parts.recorder,
            cards,
            draws_from=progress.spec.draws_from,
            recalled=chosen.lessons,
            succeeded=episode.solved,
        )
    except PurposeError as error:
        loop.tell(f"What was learned could not be kept: {error.what}")
        return ()


def close(loop: StepLoop, ending: Ending, *, chosen: Chosen, born: tuple[str, ...]) -> RunResult:
    """Store and tell the terminal event, and give the result."""
    progress, parts = loop.progress, loop.parts
    answer, score = final_word(loop, ending)
    recorder, usage, error = parts.recorder, parts.meter.used, ending.error
    reason = NO_ANSWER if ending.reason == "done" and not answer.strip() else ending.reason
    event: RunFinished | RunError
    if error is None:
        event = RunFinished(
            **recorder.stamp(),
            status=ending.status,
            answer=answer,
            score=score,
            usage=usage,
            steps=progress.step,
            reason=reason,
        )
    else:
        event = RunError(
            **recorder.stamp(),
            what=error.what,
            fix=error.fix,
            details=error.details,
            usage=usage,
            steps=progress.step,
            declined=ending.refused,
        )
    recorder.add(event)
    try:
        recorder.flush()
    except PurposeError:
        recorder.publish_unstored(event)
        raise
    return RunResult(
        run_id=progress.spec.run_id,
        task=progress.spec.task.text,
        answer=answer,
        status="failed" if error else ending.status,
        score=score,
        lessons=chosen.uses,
        born=born,
        steps=progress.step,
        usage=usage,
        what=error.what if error else reason,
        fix=error.fix if error else "",
        declined=ending.refused,
    )


def tell_result(log: RunLog, run_id: str) -> RunResult | None:
    """The result of a run that is done, from its events; None when it has not ended, or ended before it was done."""
    started: RunStarted | None = None
    end: RunFinished | None = None
    settled: Score | None = None
    born: list[str] = []
    for event in log.events(run_id):
        if isinstance(event, ScoreComputed) and event.is_override:
            settled = event.score if event.settles_run else settled
            continue  # a person's word on a run that is over does not open it again
        match event:
            case RunStarted():
                started = event
            case MemoryCandidate():
                born.append(event.card_id)
            case _:
                pass
        end = event if isinstance(event, RunFinished) and event.status == "done" else None
    return None if started is None or end is None else _told_again(started, end, settled or end.score, tuple(born))


def _told_again(started: RunStarted, end: RunFinished, score: Score, born: tuple[str, ...]) -> RunResult:
    return RunResult(
        run_id=started.run_id,
        task=started.task.text,
        answer=end.answer,
        status=end.status,
        score=score,
        lessons=started.lessons,
        born=born,
        steps=end.steps,
        usage=end.usage,
        what=end.reason,
    )


def _episode(loop: StepLoop, ending: Ending, steps: list[Step] | None, recalled: Sequence[ShownLesson]) -> Episode:
    progress, box = loop.progress, loop.parts.toolbox
    spec = progress.spec
    end: End = "refused" if ending.refused else "limit" if ending.at_limit else "done"
    _, score = final_word(loop, ending)
    return Episode(
        run_id=spec.run_id,
        task=spec.task,
        task_kind=progress.fixed.task_kind,
        steps=progress.steps if steps is None else steps,
        outcome=outside_verdict(score, spec.task),
        end=end,
        what=ending.reason,
        recalled=recalled,
        role=spec.agents[spec.answering].role if len(spec.agents) > 1 else "",
        model=loop.parts.caller.backend.name,
        tools={tool.name: signature_line(tool) for tool in box} if box is not None else {},
    )


async def _own_words(loop: StepLoop, episode: Episode) -> list[MemoryCard]:
    """The model's lesson, within the time that is left; it is a bonus, so a failure is told and no more."""
    caller, meter = loop.parts.caller, loop.parts.meter

    async def ask(prompt: CompiledPrompt, schema: dict[str, JSON]) -> Exchange:
        exchange = await caller.ask(prompt, schema=schema)
        meter.spend(exchange.reply.usage)
        loop.tell_exchange(exchange, "distiller")
        return exchange

    try:
        cards, _ = await in_own_words(episode, ask, author=caller.backend.name)
    except ModelError as error:
        loop.tell(f"The model was asked for a lesson and did not give one: {error.what}")
        return []
    return cards
