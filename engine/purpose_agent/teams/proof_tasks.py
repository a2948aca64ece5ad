"""What a person's lessons are proved on when they name no tasks: their own past tasks that the lessons took part in.

A task fits when something other than a model decides whether it is solved (tests, a check), when one of the lessons
stood in its prompt, and when it can be done again from its words alone. What a lesson does for the very task that
taught it shows little: those tasks come last, and one that only ever met its own lesson is left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from purpose_agent.evaluation.checks.records import ByPerson
from purpose_agent.evaluation.studies.plan import StudyError
from purpose_agent.evaluation.suite_records import QUESTION, Suite, SuiteTask
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.effects import card_of
from purpose_agent.storage.journal import Journal
from purpose_agent.teams.past_tasks import PastTask, PastTasks, task_key
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.roles import agents_for
from purpose_agent.types import Record

MOST = 20
NAME, TITLE = "past-tasks", "Your past tasks with these lessons"

_USED = "SELECT run_id, card_id FROM credits WHERE card_id <> '' AND in_prompt = 1 AND source = 'live'"


class ProofTasks(Record, frozen=True, kw_only=True):
    """Newest first, but for those that taught one of the lessons, which come last.

    purpose  they share it, and the study takes it over.
    notes    sentences about tasks that had one of these lessons and cannot be used.
    """

    suite: Suite
    purpose: str
    notes: tuple[str, ...] = ()


def tasks_to_prove_on(journal: Journal, past: PastTasks, cards: Sequence[MemoryCard], limit: int = MOST) -> ProofTasks:
    """Raises StudyError that says why there is none."""
    if not cards:
        raise StudyError(
            "No lesson is in use, so there is nothing to prove.", "Approve lessons first, then prove them."
        )
    used = _used(journal, past.keys, {card.card_id for card in cards})
    taught = taught_by(past, cards)
    met = [task for task in past.tasks if task.key in used]
    reasons = {task.key: _unfit(task.request, task.key, used[task.key], taught) for task in met}
    fit = [task for task in met if not reasons[task.key]]
    counted = Counter(reason for reason in reasons.values() if reason)
    notes = [f"{_tasks(count)} {reason}" for reason, count in counted.items()]
    if not fit:
        why = " ".join(notes) or "None of your past tasks that had an outcome used one of these lessons."
        raise StudyError(
            f"There is no past task to prove them on. {why}",
            "Run tasks with tests while the lessons are in use, or prove them on a suite of tasks.",
        )
    purposes = Counter(task.request.purpose for task in fit)
    purpose = purposes.most_common(1)[0][0]
    own = set(taught.values())
    same = sorted((task for task in fit if task.request.purpose == purpose), key=lambda task: task.key in own)
    if others := len(fit) - len(same):
        notes.append(f"{_tasks(others)} had another purpose.")
    suite = Suite(name=NAME, title=TITLE, tasks=tuple(map(_as_suite_task, same[:limit])))
    return ProofTasks(suite=suite, purpose=purpose, notes=tuple(notes))


def taught_by(past: PastTasks, cards: Iterable[MemoryCard]) -> dict[str, str]:
    """Card id → key of the task that the lesson was learned from, "" where that is not known."""
    return {card.card_id: past.keys.get(card.source_run, "") for card in cards}


def key_of(item: SuiteTask) -> str:
    """The key that a past run of this task would have."""
    return task_key(of_suite(RunRequest(purpose="", task=item.task), item))


def _used(journal: Journal, keys: Mapping[str, str], card_ids: Set[str]) -> dict[str, set[str]]:
    """Task key → those of the lessons that stood in the prompt of one of its runs."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    for run_id, key in journal.query(_USED):
        if run_id in keys and (card_id := card_of(key)) in card_ids:
            used[keys[run_id]].add(card_id)
    return dict(used)


def _unfit(request: RunRequest, key: str, used: Set[str], taught: Mapping[str, str]) -> str:
    """Why a task cannot be used, to go on after "3 of your past tasks"; "" for one that can."""
    if not request.task.tests and (request.grading is None or isinstance(request.grading, ByPerson)):
        return "had no tests and no check that decides by itself."
    if request.knowledge or (request.ask and request.task.kind != QUESTION):
        return "used files, which a study does not take along."
    if request.agents not in ((), agents_for(request.purpose)):
        return "were done by agents of their own."
    if all(taught[card_id] == key for card_id in used):
        return "met no lesson but the one that came of it."
    return ""


def _as_suite_task(task: PastTask) -> SuiteTask:
    request = task.request
    named = msgspec.structs.replace(request.task, task_id=task.key, suite=NAME)
    return SuiteTask(task=named, check=request.grading, vaults=request.vaults)


def _tasks(count: int) -> str:
    return "1 of your past tasks" if count == 1 else f"{count:,} of your past tasks"
