"""What keeps the memory healthy: which lessons in use should rest, and which should be decided about again.

Pure rules; `housekeeping` looks at the ledger and acts on them. All are about lessons in use:
* expired   its time is over;
* harmful   it lowers success: at least 5 uses and a mean below -1.5 sd. In simulation (24 lessons, 4 in each prompt) a
            lesson that costs 0.5 probit is found within 40 uses four times in five; of those that help by 0.4 one in
            a hundred is taken for harmful. At 0.5 sd, with a look after every run, that would be one in seven;
* inert     at least 40 uses, neither help nor harm to be told, and no more than a little to be hoped for. In the same
            simulation half of the worthless ones rest after 60 uses, and one in twenty of those that help;
* stale     not in a prompt for 60 days, while at least 100 tasks came that it could have served;
* over the budget  more lessons of a card kind, or for one kind of task, than prompts can ever choose among: those that
            promise least rest.
Replays count as uses, but at least 5 uses have to be somebody's own tasks, so that who approves a lesson against what
replays say is not overruled at once. A lesson that helps in any kind of task is kept. One that was fetched back has to
be tried anew before a rule is about it again, and a budget never takes it. What a person taught is only ever proposed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from purpose_agent.memory.cards import CardKind
from purpose_agent.memory.choice import HARM_USES, helps
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.task_kinds import kind_words
from purpose_agent.types import Record

HARM_SD = 1.5
HELP_SD = 0.5
INERT_USES = 40
INERT_HOPE = 0.2
"""mean + sd of an inert lesson, in probit units: at best some 8 points of the chance of success."""
STALE_DAYS = 60
STALE_TASKS = 100

Ground = Literal["expired", "harmful", "inert", "stale", "over budget"]


class Budgets(Record, frozen=True, kw_only=True):
    """How many lessons may be in use.

    lessons  per card kind.
    tokens_per_task_kind  of all the lessons that are at home in one kind of task: 200 prompts full of them.
    """

    lessons: Mapping[CardKind, int] = msgspec.field(
        default_factory=lambda: {
            "skill_card": 20_000,
            "failure_pattern": 20_000,
            "episodic_case": 20_000,
            "tool_policy": 2_000,
            "user_preference": 500,
            "critic_calibration": 200,
            "purpose_contract": 100,
        }
    )
    tokens_per_task_kind: int = 120_000


class Standing(Record, frozen=True, kw_only=True):
    """What the rules know about a lesson in use.

    tokens      about what it takes of a prompt.
    quiet_days  since it was last in a prompt, approved or fetched back, whichever was latest.
    missed      tasks since then that it could have served.
    effects     what it does in each kind of task in which it was used.
    tried       uses it had when a rule last took it out of use; None = none ever did.
    """

    card_id: str
    kind: CardKind
    task_kind: str = ""
    tokens: int = 0
    is_taught: bool = False
    expires: datetime | None = None
    quiet_days: int = 0
    missed: int = 0
    effects: tuple[Effect, ...] = ()
    tried: int | None = None

    @property
    def uses(self) -> int:
        return sum(effect.uses for effect in self.effects)

    @property
    def promise(self) -> float:
        """The best that may be hoped for: mean + sd in the kind where that is highest."""
        return max((effect.mean + effect.sd for effect in self.effects), default=_UNTRIED)


class Act(Record, frozen=True, kw_only=True):
    """A lesson to be taken out of use. `demotes`: it waits for a decision again; else it is put away."""

    card_id: str
    ground: Ground
    reason: str
    uses: int = 0
    is_taught: bool = False

    @property
    def demotes(self) -> bool:
        return self.ground == "harmful"


_UNTRIED = 0.64  # sd of a lesson at home before its first use


def acts(lessons: Iterable[Standing], at: datetime, budgets: Budgets | None = None) -> list[Act]:
    """What the rules say, in the order of the lessons; budgets last, only when they are given."""
    lessons = list(lessons)
    found = {lesson.card_id: act for lesson in lessons if (act := _act(lesson, at))}
    if budgets is not None:
        for lesson, reason in _beyond(budgets, [x for x in lessons if x.card_id not in found]):
            found[lesson.card_id] = _made(lesson, "over budget", reason)
    return list(found.values())


def _act(lesson: Standing, at: datetime) -> Act | None:
    if lesson.expires is not None and lesson.expires <= at:
        return _made(lesson, "expired", f"It was meant to hold until {_day(lesson.expires)}.")
    if not any(effect.uses >= HARM_USES and helps(effect.mean, effect.sd, HELP_SD) for effect in lesson.effects):
        worst = min(lesson.effects, key=lambda effect: effect.mean / effect.sd, default=None)
        if worst is not None and _is_harmful(worst) and _tried_enough(lesson, HARM_USES):
            where = kind_words(worst.task_kind)
            return _made(
                lesson, "harmful", f"Runs with it do worse on {where}, by the {worst.uses} that had it in the prompt."
            )
        most = max(lesson.effects, key=lambda effect: effect.uses, default=None)
        if most is not None and _is_inert(most) and _tried_enough(lesson, INERT_USES):
            return _made(
                lesson, "inert", f"It was in the prompt of {most.uses} runs, and makes no clear difference to them."
            )
    if lesson.quiet_days >= STALE_DAYS and lesson.missed >= STALE_TASKS:
        return _made(
            lesson,
            "stale",
            f"It was not chosen for {lesson.quiet_days} days, in which {lesson.missed} tasks came that it is for.",
        )
    return None


def _is_harmful(effect: Effect) -> bool:
    return effect.live >= HARM_USES and effect.mean < -HARM_SD * effect.sd


def _is_inert(effect: Effect) -> bool:
    return (
        effect.uses >= INERT_USES and abs(effect.mean) <= HELP_SD * effect.sd and effect.mean + effect.sd < INERT_HOPE
    )


def _tried_enough(lesson: Standing, uses: int) -> bool:
    return lesson.tried is None or lesson.uses >= lesson.tried + uses


def _beyond(budgets: Budgets, lessons: Sequence[Standing]) -> list[tuple[Standing, str]]:
    """Lessons that a budget has no room for, the least promising first; what was fetched back always has room."""
    rest: dict[str, tuple[Standing, str]] = {}
    by_kind: dict[CardKind, list[Standing]] = defaultdict(list)
    for lesson in lessons:
        by_kind[lesson.kind].append(lesson)
    for kind, group in by_kind.items():
        room = budgets.lessons.get(kind, len(group))
        over = len(group) - room
        for lesson in _least(group)[:over] if over > 0 else ():
            rest[lesson.card_id] = lesson, f"More than {room:,} lessons of its sort are in use; it promises least."
    by_task_kind: dict[str, list[Standing]] = defaultdict(list)
    for lesson in lessons:
        if lesson.card_id not in rest:
            by_task_kind[lesson.task_kind].append(lesson)
    for group in by_task_kind.values():
        over = sum(lesson.tokens for lesson in group) - budgets.tokens_per_task_kind
        for lesson in _least(group) if over > 0 else ():
            if over <= 0:
                break
            over -= lesson.tokens
            rest[lesson.card_id] = (
                lesson,
                "More lessons are for this kind of task than can be chosen; it promises least.",
            )
    return list(rest.values())


def _least(group: Iterable[Standing]) -> list[Standing]:
    movable = [lesson for lesson in group if lesson.tried is None]
    return sorted(movable, key=lambda lesson: (lesson.is_taught, lesson.promise, -lesson.quiet_days, lesson.card_id))


def _made(lesson: Standing, ground: Ground, reason: str) -> Act:
    return Act(card_id=lesson.card_id, ground=ground, reason=reason, uses=lesson.uses, is_taught=lesson.is_taught)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
