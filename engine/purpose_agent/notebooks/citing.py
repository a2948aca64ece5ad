"""The answer of a run from documents, checked sentence by sentence against the passages that its prompt held."""

from functools import lru_cache

import msgspec

from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.notebooks.run_view import RunView
from purpose_agent.types import Task
from purpose_agent.vault.answers.cited import CitedAnswer, cited
from purpose_agent.vault.answers.refusal import is_answerable

DOUBT = "Your documents do not seem to answer this question."
_KEPT = 500


def checked(view: RunView) -> CitedAnswer | None:
    """None for a run that had no passages, or that has no answer yet.

    It is worked out from what the run recorded, so it is the same whenever it is looked at.
    """
    if view.started is None or not view.answer:
        return None
    task = view.started.task
    return _checked(task, view.answer, view.started.model) if task.context else None


@lru_cache(maxsize=_KEPT)
def _checked(task: Task, answer: str, model: str) -> CitedAnswer:
    embedder = embedder_named("minilm")
    found = cited(task.text, answer, task.context, task.sources, embedder=embedder, model=model)
    verdict = is_answerable(task.text, [text for text in task.context if text.startswith("[")], embedder)
    if found.refused or verdict.answerable:
        return found
    return msgspec.structs.replace(found, notices=(*found.notices, f"{DOUBT} {verdict.why}"))
