"""The answer of a run from documents, checked sentence by sentence against the passages that its prompt held."""

from functools import lru_cache

from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.notebooks.run_view import RunView
from purpose_agent.types import Task
from purpose_agent.vault.answers.cited import CitedAnswer, cited
from purpose_agent.vault.answers.refusal import verdict_on, with_doubt

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
    embedder = best_shipped_embedder()
    found = cited(task.text, answer, task.context, task.sources, embedder=embedder, model=model)
    return with_doubt(found, verdict_on(task.text, [text for text in task.context if text.startswith("[")], embedder))
