"""What a study will do, agreed before it starts: which tasks, with which memories, how often, within which limits."""

import random
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.statistics.outcomes import SCALES, Scale, ScaleName, with_smallest_effect
from purpose_agent.evaluation.suite_records import SuiteTask
from purpose_agent.types import Budget, Record

ArmKind = Literal["none", "empty", "episodes", "lessons", "without", "undone", "again", "other"]
Design = Literal["parallel", "reversal"]
"""All arms side by side on each task · one phase after the other: with the lessons, rolled back, put back (A-B-A)."""
Part = Literal["transfer", "retry", "harm"]
"""Tasks that are met for the first time · the same tasks again · unrelated ones, where nothing should change."""

ARM_KINDS: tuple[ArmKind, ...] = ("none", "empty", "episodes", "lessons")
"""The four arms of every full study, controls first."""
WITHOUT = "without-"
"""An arm that does without one lesson is named so, with the lesson's id behind it."""
PHASES: tuple[ArmKind, ...] = ("lessons", "undone", "again")
"""The three phases of a proof, in their order."""
Measure = Literal["solved", "phi", "effort"]
MAX_TRIALS = 100_000


class StudyError(PurposeError):
    """The study cannot be made or read as it is."""


class Arm(Record, frozen=True, kw_only=True):
    """One way of working that is compared.

    none      no memory. When a task comes round again it is a plain retry with as many tries as the others have.
    empty     the same prompt as with a memory, in which nothing is: the control for the machinery itself.
    episodes  the most alike earlier runs as they were, without lessons: what plain retrieval gives.
    lessons   approved lessons, chosen as in daily work. without: the same, but for one lesson (`card_id`).
    undone    those lessons were rolled back. again: they were put back. Phases of a proof, after that of `lessons`.
    other     what somebody else did, in an imported study; `title` says what it was.

    title     of `without`, what the lesson says; of `other`, what they call it.
    """

    kind: ArmKind
    card_id: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        return f"{WITHOUT}{self.card_id}" if self.kind == "without" else self.title or self.kind

    @property
    def remembers(self) -> bool:
        """Whether what happens in one run can change a later one."""
        return self.kind in ("episodes", "lessons", "without")


class StudyTask(Record, frozen=True, kw_only=True):
    """A task of a suite in a study.

    harm    it is unrelated to the others, and only there to see that nothing falls.
    taught  in a proof: one of its lessons was learned from this very task.
    """

    item: SuiteTask
    harm: bool = False
    taught: bool = False


class Limits(Record, frozen=True, kw_only=True):
    """Where the whole study stops; None = no limit. seconds counts the runs' own time."""

    seconds: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None


class StudyPlan(Record, frozen=True, kw_only=True):
    """Everything that a study rests on; it does not change after the start.

    learns      every arm begins with a memory of its own in which nothing is, and learns while it works: what the given
                tests confirm is approved there without asking. The person's own memory is neither read nor written.
                False: the person's approved lessons, as they stand at the start, are put to the test.
    lessons     ids of the lessons in use at the start (with `learns`: none); in a proof, of those that are rolled back
                and put back, while all others stay in use.
    model       that does the work; where nobody named one, the one that was there when the plan was made.
    repeats     how often all is done, each time with other seeds; with `learns` in another order of tasks, too.
    passes      how often the same tasks come round in one repeat; from the second on that is `retry`.
    stops_early end as soon as the verdict cannot be in doubt any more, by a rule that stays valid at every look.
    measure     what decides: tasks solved, Φ, or effort.
    warm_up     so many tasks at the beginning are done and shown, but do not count.
    design      parallel, or a reversal: three phases of one memory, which is a copy of the person's own. Its phases lie
                one behind the other, so what changes with the hours tells against it: that is what the third is for.
    smallest_effect
                the smallest difference in `measure` that the person said matters (`with_smallest_effect`).
    source      where its runs came from, in words, when they were not done here: such a study is looked at, not done.
    pairs       of an imported study: names of the arms that are compared, as in `compared`; none without a control.
    decides     on which tasks the comparison that decides is made.
    """

    study_id: str
    title: str
    purpose: str
    suite: str
    tasks: tuple[StudyTask, ...]
    arms: tuple[Arm, ...]
    model: str | None = None
    learns: bool = False
    lessons: tuple[str, ...] = ()
    repeats: int = 1
    passes: int = 1
    seed: int = 0
    budget: Budget = Budget()
    limits: Limits = Limits()
    stops_early: bool = True
    measure: Measure = "solved"
    warm_up: int = 0
    design: Design = "parallel"
    smallest_effect: float | None = None
    source: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    decides: Part = "transfer"

    @property
    def is_imported(self) -> bool:
        return bool(self.source)

    @property
    def is_proof(self) -> bool:
        """Whether lessons are rolled back and put back in it."""
        return self.design == "reversal"

    @property
    def scales(self) -> Mapping[ScaleName, Scale]:
        """What is measured; on the measure that decides, the person's own word on what matters counts."""
        return {**SCALES, self.measure: with_smallest_effect(SCALES[self.measure], self.smallest_effect)}

    @property
    def related(self) -> tuple[StudyTask, ...]:
        return tuple(task for task in self.tasks if not task.harm)

    @property
    def unrelated(self) -> tuple[StudyTask, ...]:
        return tuple(task for task in self.tasks if task.harm)

    @property
    def size(self) -> int:
        """How many runs it is."""
        a_repeat = self.passes * len(self.related) + len(self.unrelated)
        return self.repeats * len(self.arms) * a_repeat

    @property
    def rests_on(self) -> Arm:
        """The arm that is put to the test."""
        return next(arm for arm in reversed(self.arms) if arm.kind in ("lessons", "episodes"))

    @property
    def controls(self) -> tuple[Arm, ...]:
        """What it is held against. The first one decides: the same prompt with nothing in the memory, if that is there,
        otherwise no memory.
        """
        order: tuple[ArmKind, ...] = ("empty", "none", "episodes")
        rest = [arm for arm in self.arms if arm != self.rests_on and arm.kind in order]
        return tuple(sorted(rest, key=lambda arm: order.index(arm.kind)))

    @property
    def compared(self) -> tuple[tuple[str, str], ...]:
        """Names of the arms that are held against each other: tested, control. The first pair decides."""
        if self.is_imported:
            return self.pairs
        if self.is_proof:
            return (("lessons", "undone"), ("again", "undone"), ("again", "lessons"))
        tested = [(self.rests_on.name, control.name) for control in self.controls]
        left_out = [(self.rests_on.name, arm.name) for arm in self.arms if arm.kind == "without"]
        raw = [("episodes", arm.name) for arm in self.controls if arm.kind in ("empty", "none")]
        has_raw = self.rests_on.kind != "episodes" and any(arm.kind == "episodes" for arm in self.arms)
        return (*tested, *left_out, *(raw if has_raw else ()))


class Trial(NamedTuple):
    """One run of a study: the `position`-th task that its arm meets in this repeat."""

    study_id: str
    arm: Arm
    repeat: int
    position: int
    part: Part
    task: int
    """Place of the task in the plan."""
    turn: int
    """How often this task was met before in this repeat."""
    seed: int

    @property
    def run_id(self) -> str:
        return f"study-{self.study_id}-{self.arm.name}-{self.repeat}-{self.position}"

    @property
    def lane(self) -> str:
        """Trials of one lane share a memory; where that learns, they come one after the other."""
        return f"{self.arm.name}-{self.repeat}"


def check(plan: StudyPlan) -> None:
    """Raises StudyError for what would show nothing."""
    if plan.is_imported:
        raise StudyError(
            "These runs were done elsewhere, so they cannot be done from here.", "Make a study of your own to do runs."
        )
    if not plan.related:
        raise StudyError("The study has no tasks.", "Choose a suite with at least one task.")
    if len({arm.name for arm in plan.arms}) < len(plan.arms):
        raise StudyError("An arm is there twice.", "Name each arm once.")
    if plan.is_proof:
        _check_proof(plan)
    elif not any(arm.kind in ("lessons", "episodes") for arm in plan.arms) or not plan.controls:
        raise StudyError(
            "A study needs something to test and a control.", "Take the arms “lessons” and “empty” or “none”."
        )
    if plan.repeats < 1 or plan.passes < 1:
        raise StudyError("A study is done at least once.", "Give 1 or more repeats and passes.")
    if not 0 <= plan.warm_up < len(plan.related):
        raise StudyError("All tasks would be for warming up.", "Let fewer tasks at the beginning not count.")
    if plan.size > MAX_TRIALS:
        raise StudyError(
            f"That would be {plan.size:,} runs; at most {MAX_TRIALS:,} are done.", "Take fewer tasks, arms or repeats."
        )
    try:
        with_smallest_effect(SCALES[plan.measure], plan.smallest_effect)
    except ValueError as problem:
        raise StudyError(
            "That is no difference that could matter.", "Name one above zero and within the scale, or name none."
        ) from problem
    if plan.learns and any(arm.kind == "without" for arm in plan.arms):
        raise StudyError(
            "A study that begins with nothing learned has no lesson to leave out.",
            "Put the approved lessons to the test instead.",
        )
    if not plan.learns and not plan.lessons and any(arm.kind in ("lessons", "without") for arm in plan.arms):
        raise StudyError(
            "No lesson is in use, so there is nothing to test.",
            "Approve lessons first, or let the study learn while it works.",
        )


def _check_proof(plan: StudyPlan) -> None:
    if tuple(arm.kind for arm in plan.arms) != PHASES or plan.learns or plan.passes != 1 or plan.stops_early:
        raise StudyError(
            "A proof has three phases, each with every task once.",
            "Make it with `proof`, which rolls lessons back and puts them back.",
        )
    if not plan.lessons:
        raise StudyError(
            "No lesson is in use, so there is nothing to prove.", "Approve lessons first, then prove them."
        )


def rounds(plan: StudyPlan) -> Iterator[tuple[Trial, ...]]:
    """All trials in the order in which they are done: in a round every arm meets the same task with the same seed.

    The arms take turns at being first, so that what changes in the course of a day (a busy machine, a model that was
    updated) meets all of them alike. In a proof a round is one task of one phase, with all its repeats.
    """
    if plan.is_proof:
        yield from _phases(plan)
        return
    walks = [list(enumerate(_walk(plan, repeat))) for repeat in range(plan.repeats)]
    if plan.learns:  # one repeat after the other: each is a life of its own
        steps = [(repeat, *step) for repeat, walk in enumerate(walks) for step in walk]
    else:  # a task's repeats side by side, so that the study may end as soon as enough tasks are done
        steps = [(repeat, *step) for together in zip(*walks, strict=True) for repeat, step in enumerate(together)]
    for repeat, position, (part, task, turn) in steps:
        seed = _seed(plan, repeat, turn, task)
        first = (position + repeat) % len(plan.arms)
        arms = (*plan.arms[first:], *plan.arms[:first])
        yield tuple(Trial(plan.study_id, arm, repeat, position, part, task, turn, seed) for arm in arms)


def _phases(plan: StudyPlan) -> Iterator[tuple[Trial, ...]]:
    """The same tasks with the same seeds in each phase; its memory changes between two phases and never within one."""
    for arm in plan.arms:
        for position, (part, task, turn) in enumerate(_walk(plan, 0)):
            yield tuple(
                Trial(plan.study_id, arm, repeat, position, part, task, turn, _seed(plan, repeat, turn, task))
                for repeat in range(plan.repeats)
            )


def _seed(plan: StudyPlan, repeat: int, turn: int, task: int) -> int:
    """The same in every arm."""
    return random.Random(f"{plan.seed}:{repeat}:{turn}:{plan.tasks[task].item.task.task_id}").getrandbits(31)


def _walk(plan: StudyPlan, repeat: int) -> Iterator[tuple[Part, int, int]]:
    """In the order of the suite; where arms learn, in a drawn one from the second repeat on. Others come last."""
    places = [place for place, task in enumerate(plan.tasks) if not task.harm]
    if repeat and plan.learns:
        random.Random(f"{plan.seed}:order:{repeat}").shuffle(places)
    for turn in range(plan.passes):
        part: Part = "retry" if turn else "transfer"
        yield from ((part, place, turn) for place in places)
    yield from (("harm", place, 0) for place, task in enumerate(plan.tasks) if task.harm)
