"""What a test of lessons on past tasks would do and cost, shown before anything is spent."""

import random
from collections.abc import Sequence

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.memory.fold import CardView
from purpose_agent.teams.past_tasks import PastTask, PastTasks, TellingWords, applies
from purpose_agent.types import Record

LEAST_REPLAYS, REPLAYS_A_LESSON, USUAL_MOST = 12, 6, 120
"""Replays where the person names no number: six for each lesson, within bounds."""
MOST_REPLAYS = 2_000
MOST_LESSONS = 200
MOST_TASKS = 60
"""Past tasks that one test draws on; a plan is kept in its job, so it must not grow without bound."""
NEARLY_AS_LIKE = 0.5
"""A sibling has at least this share of the likeness of the most similar task: one common word is no kinship."""
SCREENING_SHARE, SCREENING_FROM = 0.4, 4
"""The part of the replays that tries many lessons at once, where there are so many; the rest compares single ones."""


class OnTrial(Record, frozen=True, kw_only=True):
    """A lesson to be tested, and the past tasks that it is meant for.

    tasks     keys; first its siblings, the most similar one first, then those that it must only not harm, then its own.
    siblings  how many of them are siblings: alike in their telling words.
    own       the key of the task that taught it: doing that again proves no transfer.
    """

    card_id: str
    version: int
    text: str
    home: str
    tasks: tuple[str, ...]
    siblings: int = 0
    own: str = ""


class ReplayPlan(Record, frozen=True, kw_only=True):
    """A test as it would be made.

    replays     runs that it may make, all in all; screening: those of them with several lessons at once.
    limits      it stops when one of them is reached; None = no limit of that sort.
    seconds, tokens, cost_usd, attempts   about how much, from what the past runs took.
    untested    lessons for which there is no past task, as sentences; skipped: past runs that cannot be repeated.
    """

    lessons: tuple[OnTrial, ...] = ()
    tasks: tuple[PastTask, ...] = ()
    replays: int = LEAST_REPLAYS
    screening: int = 0
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    attempts: int = 0
    seconds_limit: float | None = None
    tokens_limit: int | None = None
    cost_limit_usd: float | None = None
    untested: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    seed: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.lessons or not self.tasks

    @property
    def succeeded(self) -> int:
        """Past tasks that went well; they must still do so with each lesson."""
        return sum(task.success for task in self.tasks)

    def __str__(self) -> str:
        if self.is_empty:
            why = " ".join((*self.untested, *self.skipped)) or "No lesson waits."
            return f"There is nothing to try. {why}"
        lines = [
            f"{_count(len(self.lessons), 'lesson')} on {_count(len(self.tasks), 'past task')},"
            f" at most {_count(self.replays, 'replay')}.",
            f"{self.succeeded} of these tasks went well before; they must still do so.",
            f"About {_duration(self.seconds)}{self._price()}, by what those tasks took.",
        ]
        return "\n".join([*lines, *self.untested, *self.skipped])

    def _price(self) -> str:
        if self.tokens:
            return f" and {self.tokens:,} tokens" + (f" ({self.cost_usd:.2f} USD)" if self.cost_usd else "")
        return f" and {self.attempts:,} programs tried" if self.attempts else ""


def make_plan(
    views: Sequence[CardView],
    past: PastTasks,
    *,
    replays: int | None = None,
    seconds_limit: float | None = None,
    tokens_limit: int | None = None,
    cost_limit_usd: float | None = None,
    seed: int = 0,
) -> ReplayPlan:
    """Raises PurposeError for a number of replays that is none."""
    if replays is None:
        replays = min(max(LEAST_REPLAYS, REPLAYS_A_LESSON * len(views)), USUAL_MOST)
    if not 1 <= replays <= MOST_REPLAYS:
        raise PurposeError(f"{replays} replays cannot be made.", f"Choose between 1 and {MOST_REPLAYS:,}.")
    lessons, untested, wanted = [], [], dict[str, PastTask]()
    past_few = past.tasks[:MOST_TASKS]
    words = TellingWords(past_few)
    for view in views[:MOST_LESSONS]:
        if view.card.kind == "critic_calibration":
            untested.append(f"Not tried on tasks, since it tells a critic how to judge: {view.text}")
            continue
        if any(finding.severity == "critical" for finding in view.findings):
            untested.append(f"Not tried, since a scanner found something critical in it: {view.text}")
            continue
        meant = [task for task in past_few if applies(view.card, task)]
        if not meant:
            untested.append(f"No past task is of the kind that this lesson is for: {view.text}")
            continue
        own = past.keys.get(view.card.source_run, "")
        likeness = {task.key: words.likeness(view.card, task) for task in meant}
        random.Random(f"{seed}:{view.card_id}").shuffle(meant)
        meant.sort(key=lambda task: (task.key == own, -likeness[task.key]))
        wanted |= {task.key: task for task in meant}
        lessons.append(
            OnTrial(
                card_id=view.card_id,
                version=view.card.version,
                text=view.text,
                home=view.card.scope.task_kind,
                tasks=tuple(task.key for task in meant),
                siblings=_siblings([likeness[task.key] for task in meant if task.key != own]),
                own=own,
            )
        )
    plan = ReplayPlan(
        lessons=tuple(lessons),
        tasks=tuple(wanted.values()),
        replays=replays,
        screening=round(SCREENING_SHARE * replays) if len(lessons) >= SCREENING_FROM else 0,
        seconds_limit=seconds_limit,
        tokens_limit=tokens_limit,
        cost_limit_usd=cost_limit_usd,
        untested=tuple(untested),
        skipped=past.skipped,
        seed=seed,
    )
    return _with_estimate(plan)


def _siblings(likeness: Sequence[float]) -> int:
    """How many of the other tasks are about as like the lesson as the one that is most like it."""
    enough = NEARLY_AS_LIKE * max(likeness, default=0.0)
    return sum(each > 0.0 and each >= enough for each in likeness)


def _with_estimate(plan: ReplayPlan) -> ReplayPlan:
    if not plan.tasks:
        return plan
    share = plan.replays / len(plan.tasks)
    return msgspec.structs.replace(
        plan,
        seconds=share * sum(task.seconds for task in plan.tasks),
        tokens=round(share * sum(task.tokens for task in plan.tasks)),
        cost_usd=share * sum(task.cost_usd for task in plan.tasks),
        attempts=round(share * sum(task.attempts for task in plan.tasks)),
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
