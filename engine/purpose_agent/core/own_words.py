"""The distiller's second part: one lesson in the model's own words, only where somebody else judged the run.

The model is told the story of the run without the lessons that stood in its prompts: it is asked for what the run
showed, not for what it was told.
"""

from collections.abc import Awaitable, Callable

from purpose_agent.core.actor import Exchange
from purpose_agent.core.optimizer import Episode, make_card
from purpose_agent.core.passing_faults import may_pass
from purpose_agent.core.prompt_compiler import CompiledPrompt, prompt_of
from purpose_agent.core.recall import without_recall
from purpose_agent.core.state_delta import shorten, value_text
from purpose_agent.memory.cards import CardKind, MemoryCard
from purpose_agent.models.backend import Message
from purpose_agent.models.reply_parsing import json_objects
from purpose_agent.types import JSON, Step

STORY_CHARS = 1_500
STORY_STEPS = 8
READ_CHARS = 2_000  # of one draft or observation; more than is told, so that what is cut out leaves enough
FIELDS = ("when", "do", "why", "unless")
RULES = (
    "Draw one lesson from this run for later tasks of the same kind: general, checkable, one sentence each. "
    'Reply {"when":"the task …","do":"…","why":"…","unless":"…"}, "unless" only if it has exceptions, or {} if there '
    "is nothing to learn."
)
SCHEMA: dict[str, JSON] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in FIELDS},
}

Ask = Callable[[CompiledPrompt, dict[str, JSON]], Awaitable[Exchange]]


async def in_own_words(episode: Episode, ask: Ask, *, author: str) -> tuple[list[MemoryCard], Exchange | None]:
    """One call for one lesson; none when nobody but the model knows how the run went. Raises ModelError."""
    if episode.outcome is None or not episode.steps:
        return [], None
    exchange = await ask(_story_prompt(episode), SCHEMA)
    said = next(iter(json_objects(exchange.reply.text)), None)
    when, do, why, unless = (_sentence(said, name) for name in FIELDS)
    if not do or not when:
        return [], exchange
    kind: CardKind = "skill_card" if episode.outcome.is_success else "failure_pattern"
    card = make_card(
        episode,
        kind,
        step=episode.steps[-1].index,
        evidence=f"{episode.outcome.checked_by}: {episode.outcome.evidence}",
        fault=next((step.observation.text for step in episode.steps if _passing_fault(step)), ""),
        when=when,
        do=do,
        why=why,
        unless=unless,
        author=author,
    )
    return ([card] if card else []), exchange


def _sentence(said: object, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    return " ".join(value.split()) if isinstance(value, str) else ""


def _passing_fault(step: Step) -> bool:
    return bool(step.action.tool) and not step.observation.ok and may_pass(step.observation.text)


def _story_prompt(episode: Episode) -> CompiledPrompt:
    """The task, what was tried and how it ended, bounded whatever the length of the run; nothing that was recalled."""
    outcome = episode.outcome

    def told(text: str, room: int) -> str:
        return shorten(without_recall(text[:READ_CHARS], episode.recalled), room)

    lines = [f"Task ({episode.task_kind}): {shorten(episode.task.text, STORY_CHARS // 2)}"]
    lines += [
        f"{step.index} {step.agent}: {_did(step, told)} → {told(step.observation.text, 120)}" for step in _told(episode)
    ]
    ended = told(outcome.evidence, STORY_CHARS) if outcome else ""
    lines.append(f"Outcome: {'success' if outcome and outcome.is_success else 'failure'}. {ended}")
    return prompt_of(
        (
            Message(role="system", content=RULES),
            Message(role="user", content=shorten("\n".join(lines), 2 * STORY_CHARS)),
        )
    )


def _told(episode: Episode) -> list[Step]:
    steps = list(episode.steps)
    half = STORY_STEPS // 2
    return steps if len(steps) <= STORY_STEPS else steps[:half] + steps[-half:]


def _did(step: Step, told: Callable[[str, int], str]) -> str:
    action = step.action
    if action.tool:
        return f"{action.tool} {told(value_text(action.args), 80)}"
    return f"draft {told(action.answer, 120)}" if action.answer is not None else "done"
