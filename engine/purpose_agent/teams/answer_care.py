"""What a person makes of an answer: a question that is asked again to check, or a correction that becomes a lesson."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.ledger import Added
from purpose_agent.runtime.events import RunEvent, RunStarted, now
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.lessons import PERSON, Lessons
from purpose_agent.teams.results import fold_result
from purpose_agent.types import Record, RunResult, Source, Task

KEPT_QUESTIONS = "kept_questions"
"""Setting of a workspace: questions whose answers a person found right."""
_QUESTION_KIND = "question"


class KeptQuestion(Record, frozen=True, kw_only=True):
    """A question with its right answer: the case of a suite. `sources`: where the answer was found."""

    question: str
    answer: str
    run_id: str
    kept_at: datetime
    sources: tuple[Source, ...] = ()


def keep_question(workspace: Workspace, events: Sequence[RunEvent]) -> KeptQuestion:
    """Keep a run's question with its answer. Raises PurposeError for a run without one."""
    task, result = _answered(events)
    kept = KeptQuestion(
        question=task.text, answer=result.answer, run_id=result.run_id, kept_at=now(), sources=task.sources
    )
    others = [one for one in kept_questions(workspace) if one.question.casefold() != kept.question.casefold()]
    workspace.set_setting(KEPT_QUESTIONS, msgspec.to_builtins([*others, kept]))
    return kept


def kept_questions(workspace: Workspace, vault_id: str = "") -> list[KeptQuestion]:
    """In the order in which they were kept; of one vault, if it is named."""
    found = msgspec.convert(workspace.setting(KEPT_QUESTIONS, []), list[KeptQuestion])
    return [one for one in found if not vault_id or any(source.vault == vault_id for source in one.sources)]


def correct(lessons: Lessons, events: Sequence[RunEvent], text: str) -> Added:
    """What the answer should have been, as a lesson that waits for a decision like any other."""
    text = " ".join(text.split())
    if not text:
        raise PurposeError("The correction is empty.", "Write what the right answer is.")
    task, result = _answered(events)
    card = MemoryCard(
        kind="episodic_case",
        when=f"asked “{' '.join(task.text.split())}”",
        do=text,
        scope=Scope(task_kind=_QUESTION_KIND),
        author=PERSON,
        origin="person",
        source_run=result.run_id,
        evidence=f"The answer was: {result.answer}",
    )
    return lessons.propose(card, by=PERSON, reason="corrected an answer", evidence=card.evidence)


def _answered(events: Sequence[RunEvent]) -> tuple[Task, RunResult]:
    result = fold_result(events, unfinished="running")
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is None or result is None or not result.answer:
        raise PurposeError("This run has no answer yet.", "Wait until it is done.")
    return started.task, result
