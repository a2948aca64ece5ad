"""What a run takes from memory before it starts, and what it gives back at its end.

Before: the lessons for its prompts, chosen once. After: credit to the lessons that were in the prompt, and new cards,
which wait in quarantine. A run in `validation` mode reads lessons and writes nothing; `eval` writes nothing either.
Credit needs an outcome from outside the model: what a model thinks of its own work moves no lesson. A card that only
says again what stood in the run's prompts is no new card.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from purpose_agent.core.ports import LearningMemory, LessonMemory
from purpose_agent.core.recall import restated
from purpose_agent.core.recorder import Recorder
from purpose_agent.core.spec import RunSpec
from purpose_agent.memory.cards import MemoryCard, card_id_from
from purpose_agent.memory.environments import after_run, difference
from purpose_agent.memory.fold import SEEN_AGAIN
from purpose_agent.memory.ledger import Added
from purpose_agent.memory.promoted import PromotedLesson, PromotedView, ShownLesson
from purpose_agent.runtime.events import MemoryCandidate, MemoryQuarantined, MemoryRejected, SkillUpdated
from purpose_agent.types import LessonUse, Score

MAX_FOR_CRITICS = 3
LAPSED_AND_BACK = "it had lapsed, and the fault came up again"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lessons of one run. `gone` are those that were chosen before a resume and are not in use any more.

    for_critics  what people's corrections taught critics of such tasks. A run without memory has them too: the judge
                 of a comparison must be one and the same.
    """

    lessons: tuple[ShownLesson, ...] = ()
    uses: tuple[LessonUse, ...] = ()
    considered: int = 0
    gone: tuple[str, ...] = ()
    for_critics: tuple[PromotedLesson, ...] = ()


def choose(memory: LessonMemory | None, spec: RunSpec, task_kind: str) -> Chosen:
    """Deterministic for a seed and a memory. A replay gets the lessons that are tried in it, and no other."""
    if memory is None:
        return Chosen()
    for_critics = _for_critics(memory.ledger.promoted(), task_kind)
    if not spec.use_lessons:
        return Chosen(for_critics=for_critics)
    if spec.trial is not None:
        return _on_trial(memory, spec.trial, task_kind)
    tools = {name for agent in spec.agents for name in agent.tools}
    rng = random.Random(spec.draws_from)
    found = memory.selector.select(
        spec.task,
        task_kind,
        agent=spec.agents[spec.answering].role,
        tools=tools,
        may_withhold=spec.mode == "train",
        among=spec.among,
        rng=rng,
    )
    return Chosen(found.lessons, found.uses, found.considered, for_critics=for_critics)


def choose_again(memory: LessonMemory | None, spec: RunSpec, uses: Sequence[LessonUse], task_kind: str) -> Chosen:
    """The same lessons after a resume. One that was revoked or edited meanwhile stays out: the gate is real."""
    if memory is None:
        return Chosen(gone=tuple(use.text for use in uses if not use.withheld))
    if spec.trial is not None:
        return _on_trial(memory, spec.trial, task_kind)
    return chosen_from(memory.ledger.promoted(), uses, task_kind)


def chosen_from(in_use: PromotedView, uses: Sequence[LessonUse], task_kind: str) -> Chosen:
    """Lessons that a run was given, as they stand among those in use at some moment."""
    lessons: list[PromotedLesson] = []
    kept: list[LessonUse] = []
    gone: list[str] = []
    for use in uses:
        lesson = in_use.get(use.card_id)
        if lesson is None or lesson.version != use.version:
            gone.append(use.text)
            continue
        kept.append(use)
        if not use.withheld:
            lessons.append(lesson)
    return Chosen(tuple(lessons), tuple(kept), gone=tuple(gone), for_critics=_for_critics(in_use, task_kind))


def _on_trial(memory: LessonMemory, card_ids: Sequence[str], task_kind: str) -> Chosen:
    lessons = memory.ledger.on_trial(card_ids)
    uses = (LessonUse(card_id=each.card_id, version=each.version, text=each.text, trial=True) for each in lessons)
    return Chosen(lessons, tuple(uses), len(lessons), for_critics=_for_critics(memory.ledger.promoted(), task_kind))


def _for_critics(in_use: PromotedView, task_kind: str) -> tuple[PromotedLesson, ...]:
    return tuple(in_use.for_critics(task_kind, MAX_FOR_CRITICS))


def give_credit(
    memory: LearningMemory, recorder: Recorder, *, task_kind: str, uses: Sequence[LessonUse], outcome: Score
) -> None:
    """Count the run once, and tell which effects moved."""
    moved = memory.effects.record(recorder.run_id, task_kind, uses, outcome.is_success, outcome.phi)
    for effect in moved:
        recorder.add(
            SkillUpdated(**recorder.stamp(), card_id=effect.card_id, mean=effect.mean, sd=effect.sd, uses=effect.uses)
        )


def keep_cards(
    memory: LearningMemory,
    recorder: Recorder,
    cards: Sequence[MemoryCard],
    *,
    draws_from: str,
    recalled: Sequence[ShownLesson] = (),
    succeeded: bool = False,
) -> tuple[str, ...]:
    """Put new cards into the ledger, where they wait. Returns the ids of those that were not known before.

    draws_from  the ids of new cards follow from it and from what the memory holds, so that a study that is done again
                with its seed makes the same prompts to the byte: an id stands in them, and decides between equals.
    recalled    the lessons of the run's prompts; a card that restates one is noted there and makes no card.
    """
    born: list[str] = []
    for untold in cards:
        card = msgspec.structs.replace(untold, card_id=card_id_from(f"{draws_from}:{memory.ledger.position}"))
        known = restated(card, recalled, succeeded=succeeded)
        if known is not None:
            memory.ledger.note(known.card_id, by=card.author, reason=SEEN_AGAIN, evidence={"run": recorder.run_id})
            continue
        kept = memory.ledger.add_candidate(
            card, actor=card.author, reason=f"learned in run {recorder.run_id}", evidence=card.evidence
        )
        if not kept.is_new:  # said before; the ledger has noted that it was seen again
            if _came_up_after_it_lapsed(kept, card):
                memory.ledger.edit(kept.card_id, by=card.author, reason=LAPSED_AND_BACK, expires=card.expires)
            continue
        born.append(card.card_id)
        recorder.add(MemoryCandidate(**recorder.stamp(), card_id=card.card_id, text=card.text))
        if kept.status == "rejected":
            recorder.add(
                MemoryRejected(
                    **recorder.stamp(), card_id=card.card_id, by="scanner", reason="a scanner turned it down"
                )
            )
        else:
            recorder.add(MemoryQuarantined(**recorder.stamp(), card_id=card.card_id, reason="waits for a decision"))
    return tuple(born)


def _came_up_after_it_lapsed(known: Added, card: MemoryCard) -> bool:
    """A fault that seemed to pass and is here again: the lesson waits for a decision once more, with a new end."""
    lapsed = known.card.expires is not None and known.card.expires <= card.created_at
    return lapsed and card.expires is not None and known.status in ("quarantined", "promoted")


def note_environment(
    memory: LearningMemory, lessons: Sequence[ShownLesson], here: Mapping[str, str], outcome: Score | None
) -> None:
    """Mark lessons that were learned with another model or another form of their tool, and count how they do here.

    here  the present environment by tool; under "" that of lessons without one.
    """
    for lesson in lessons:
        differs = difference(lesson.card.environment, here.get(lesson.scope.tool, here[""]))
        if not differs:
            continue
        success = None if outcome is None else outcome.is_success
        evidence = after_run(memory.ledger.card(lesson.card_id), differs, success)
        if evidence is not None:
            memory.ledger.note(lesson.card_id, by="re-test", reason=differs, evidence=evidence)
