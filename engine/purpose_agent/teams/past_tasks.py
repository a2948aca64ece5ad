"""Past tasks that can be done again to try a lesson on: who outside the model judged them, and what they took.

A run is a past task when it was somebody's own, had an outcome from outside the model, and can be repeated without
touching anything beyond its own folder: no objects of a program, no knowledge files that are gone. Equal tasks count
once, the latest run for all of them.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.task_kinds import covers
from purpose_agent.memory.word_index import content_words
from purpose_agent.runtime.jobs import Job
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.run_jobs import requests_of
from purpose_agent.types import Record, RunResult

MOST = 400
"""So many of the latest runs are looked at."""

_NEARLY_ALL = 0.8

_COUNTED = """
    SELECT run_id, task_kind, success FROM credits
    WHERE card_id = '' AND source = 'live' ORDER BY id DESC LIMIT ?"""


class PastTask(Record, frozen=True, kw_only=True):
    """One task that was done before. `key` is equal for equal tasks.

    success   as it was then; seconds, tokens, attempts, cost_usd: what it took, 0 where that is not known any more.
    """

    key: str
    run_id: str
    kind: str
    success: bool
    request: RunRequest
    seconds: float = 0.0
    tokens: int = 0
    attempts: int = 0
    cost_usd: float = 0.0


class PastTasks(Record, frozen=True, kw_only=True):
    """Newest first.

    keys     the task key of every run that was ordered here, so that a lesson's own task is known again.
    skipped  sentences about runs that cannot be done again.
    """

    tasks: tuple[PastTask, ...] = ()
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def past_tasks(
    journal: Journal, jobs: Iterable[Job], result_of: Callable[[str], RunResult | None], *, most: int = MOST
) -> PastTasks:
    """`result_of` tells what a run gave and took, or None when that is not here any more."""
    requests = {request.run_id: request for job in jobs for request in requests_of(job)}
    found: dict[str, PastTask] = {}
    live = gone = 0
    for run_id, kind, success in journal.query(_COUNTED, (most,)):
        request = requests.get(run_id)
        if request is None or request.live:
            live += 1
        elif not all(Path(path).exists() for path in request.knowledge):
            gone += 1
        else:
            key = task_key(request)
            found.setdefault(key, _with_costs(key, run_id, kind, bool(success), request, result_of(run_id)))
    skipped = []
    if live:
        skipped.append(f"{live} past runs used a model or tools of a program, or were never ordered here.")
    if gone:
        skipped.append(f"{gone} past runs used files that are not there any more.")
    keys = {run_id: task_key(request) for run_id, request in requests.items()}
    return PastTasks(tasks=tuple(found.values()), keys=keys, skipped=tuple(skipped))


def task_key(request: RunRequest) -> str:
    """Equal for the same words, tests and files, whoever asked and with whatever model."""
    task = request.task
    told = msgspec.json.encode([task.text.split(), sorted(task.tests), task.context, request.knowledge, request.ask])
    return hashlib.blake2b(told, digest_size=8).hexdigest()


def applies(card: MemoryCard, task: PastTask) -> bool:
    """Whether the lesson is meant for such a task."""
    scope, agents = card.scope, task.request.agents
    roles = {agent.role for agent in agents}
    tools = {tool for agent in agents for tool in agent.tools}
    return (
        covers(scope.task_kind, task.kind)
        and (not scope.agent or not agents or scope.agent in roles)
        and (not scope.tool or not tools or scope.tool in tools)
        and not scope.user
    )


class TellingWords:
    """Which words tell tasks apart: those that do not stand in nearly all of them, the rarer the more."""

    def __init__(self, tasks: Sequence[PastTask]) -> None:
        self._words = {task.key: _stems(task.request.task.text) for task in tasks}
        self._count = Counter(word for words in self._words.values() for word in words)
        self._tasks = len(tasks)

    def likeness(self, card: MemoryCard, task: PastTask) -> float:
        """How much a lesson and a task have in common, beyond the words of the task kind; 0 = nothing that tells."""
        shared = (_stems(card.text) - _stems(card.scope.task_kind)) & self._words[task.key]
        telling = (word for word in shared if self._count[word] <= _NEARLY_ALL * self._tasks)
        return sum(math.log((self._tasks + 1) / self._count[word]) for word in telling)


def _stems(text: str) -> set[str]:
    return {word.rstrip("s") for word in content_words(text)}


def _with_costs(
    key: str, run_id: str, kind: str, success: bool, request: RunRequest, result: RunResult | None
) -> PastTask:
    task = PastTask(key=key, run_id=run_id, kind=kind, success=success, request=request)
    if result is None:
        return task
    usage = result.usage
    return msgspec.structs.replace(
        task,
        seconds=usage.seconds,
        tokens=usage.prompt_tokens + usage.completion_tokens,
        attempts=usage.attempts,
        cost_usd=usage.cost_usd,
    )
