"""The reckoning of one test of lessons: what to replay next, what the outcomes say, and the evidence for each lesson.

First some replays with several lessons at once (a factorial design: one replay tells something about each of them).
Then pairs: one past task with a single lesson and with none, alike in everything else. Only other tasks than the one
that taught a lesson release it; doing that one again is a retry, shown for what it is.
No I/O here: `replay_jobs` makes the runs.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from purpose_agent.memory.credit_model import Credited, CreditModel
from purpose_agent.memory.paired_gate import Votes, confirmed, e_value, effort_difference, effort_ratio, votes
from purpose_agent.memory.probit import Gaussian, success_probability
from purpose_agent.memory.replay_design import Experiment, ReplayDesign, StoredTask
from purpose_agent.memory.replay_evidence import Pair, ReplayEvidence, ReplayVerdict
from purpose_agent.runtime.events import now
from purpose_agent.teams.past_tasks import PastTask
from purpose_agent.teams.replay_plan import OnTrial, ReplayPlan

LIKELY_SD = 1.645
LEAST_PAIRS_FOR_EFFORT = 2
PAIRS_KEPT = 60


class Outcome(NamedTuple):
    """What a replay gave. `effort`: programs tried, or tokens where none were; 0 = not known."""

    run_id: str
    success: bool
    effort: int


class _Compared(NamedTuple):
    """One task with the lesson and without it."""

    task: PastTask
    with_it: Outcome
    without: Outcome
    is_own: bool
    is_sibling: bool


class ReplayTest:
    """One test. `model`: a copy of what is believed, which it keeps in step with the outcomes.

    earlier  evidence of former tests by card id; its pairs still count.
    """

    def __init__(
        self, plan: ReplayPlan, model: CreditModel, job_id: str, earlier: Mapping[str, ReplayEvidence | None]
    ) -> None:
        self._model = model
        self._job_id = job_id
        self._earlier = earlier
        self._tasks = {task.key: task for task in plan.tasks}
        self._lessons = {lesson.card_id: lesson for lesson in plan.lessons}
        self._seed = plan.seed
        self._compared: dict[str, list[_Compared]] = {card_id: [] for card_id in self._lessons}
        self._falls: dict[str, set[str]] = {card_id: set() for card_id in self._lessons}
        self._tried: dict[str, set[str]] = {card_id: set() for card_id in self._lessons}
        self._replays: dict[str, int] = dict.fromkeys(self._lessons, 0)

    @property
    def card_ids(self) -> list[str]:
        return list(self._lessons)

    def drop(self, card_id: str) -> None:
        """The person decided about it meanwhile."""
        self._lessons.pop(card_id, None)

    # ---- many lessons at once

    def experiment(self, number: int) -> Experiment[str] | None:
        """The replay of that number; None when there is nothing to try together. The same number, the same draw."""
        rng = random.Random(f"{self._seed}:{self._job_id}:{number}")
        tasks = [task for task in self._tasks.values() if len(self._meant_for(task)) > 1]
        if not tasks:
            return None
        task = rng.choice(tasks)
        design: ReplayDesign = ReplayDesign(self._model, rng)
        for lesson in self._meant_for(task):
            design.add(credited(lesson))
        design.grant(1)
        return design.propose([StoredTask(task.key, task.kind)])

    def learn(self, experiment: Experiment[str], outcome: Outcome, *, newly: bool) -> None:
        """`newly`: credit counted it now, so the beliefs move; after a restart they have moved already."""
        if newly:
            self._model.apply(
                self._model.predict(
                    experiment.task.kind, sorted(experiment.lessons), success=outcome.success, replay=True
                )
            )
        for lesson in experiment.lessons:
            self._count(lesson.key.partition("@")[0], experiment.task.key)

    # ---- one lesson at a time

    def pairs(self) -> Iterator[tuple[OnTrial, PastTask]]:
        """What to compare next, the most promising lessons first, each on its tasks one after the other."""
        ranked = sorted(self._lessons.values(), key=self._promise)
        for place in range(max((len(lesson.tasks) for lesson in ranked), default=0)):
            for lesson in ranked:
                if place < len(lesson.tasks) and lesson.card_id in self._lessons:
                    yield lesson, self._tasks[lesson.tasks[place]]

    def compare(self, lesson: OnTrial, task: PastTask, with_it: Outcome, without: Outcome) -> bool:
        """Take a pair in. True when a task that succeeds without the lesson fell with it: look once more."""
        sibling = task.key in lesson.tasks[: lesson.siblings]
        self._compared[lesson.card_id].append(_Compared(task, with_it, without, task.key == lesson.own, sibling))
        self._count(lesson.card_id, task.key)
        return without.success and not with_it.success

    def confirm_fall(self, lesson: OnTrial, task: PastTask) -> None:
        """It fell a second time."""
        self._falls[lesson.card_id].add(task.kind)

    def believe(self, lesson: OnTrial | None, task: PastTask, outcome: Outcome, *, newly: bool) -> None:
        if newly:
            shown = [credited(lesson)] if lesson else []
            self._model.apply(self._model.predict(task.kind, shown, success=outcome.success, replay=True))

    # ---- what it all says

    def evidence(self) -> dict[str, ReplayEvidence]:
        """For each lesson that was tried at all."""
        found = {card_id: self._evidence(lesson) for card_id, lesson in self._lessons.items() if self._tried[card_id]}
        sure = confirmed({card_id: each.e_value for card_id, each in found.items()})
        return {
            card_id: msgspec.structs.replace(each, confirmed=card_id in sure and each.verdict == "released")
            for card_id, each in found.items()
        }

    def _evidence(self, lesson: OnTrial) -> ReplayEvidence:
        kind = self._main_kind(lesson)
        before = self._earlier.get(lesson.card_id)
        pairs = (*(before.pairs if before else ()), *map(_pair, self._compared[lesson.card_id]))[-PAIRS_KEPT:]
        others = [pair for pair in pairs if not pair.same_task]
        tried = {*(before.tried_on if before else ()), *self._tried[lesson.card_id]}
        effect, base = self._model.effect(credited(lesson), kind), self._model.base(kind)
        gain, low, high = _points(base.mean, base.variance, effect.mean, effect.sd)
        ratio = effort_ratio([
            (pair.effort_with, pair.effort_without) for pair in others if pair.sibling and _both(pair)
        ])  # fmt: skip
        harmed = tuple(sorted({*(before.harmed if before else ()), *self._falls[lesson.card_id]}))
        verdict, why = self._verdict(lesson, kind, others, harmed)
        return ReplayEvidence(
            task_kind=kind,
            verdict=verdict,
            released_for=why,
            tasks=len(tried),
            replays=self._replays[lesson.card_id] + (before.replays if before else 0),
            mean=effect.mean,
            sd=effect.sd,
            gain=gain,
            low=low,
            high=high,
            right_with=sum(pair.success_with for pair in others),
            right_without=sum(pair.success_without for pair in others),
            effort=ratio.middle if ratio else None,
            effort_low=ratio.low if ratio else 0.0,
            effort_high=ratio.high if ratio else 0.0,
            kept=sum(pair.success_with for pair in others if pair.success_without),
            kept_of=sum(pair.success_without for pair in others),
            harmed=harmed,
            pairs=pairs,
            e_value=max(e_value(_success_votes(others)), e_value(_effort_votes(others))),
            tried_on=tuple(sorted(tried)),
            job_id=self._job_id,
            at=now(),
        )

    def _verdict(
        self, lesson: OnTrial, kind: str, others: Sequence[Pair], harmed: Sequence[str]
    ) -> tuple[ReplayVerdict, Literal["", "success", "effort"]]:
        """Only other tasks than its own speak for a lesson; any may speak against it."""
        success = _success_votes(others)
        if harmed:
            return ("harmful", "") if success.losses >= success.wins else ("waiting", "")
        design: ReplayDesign = ReplayDesign(self._model, random.Random(0))
        design.add(credited(lesson))
        believed = design.verdict(credited(lesson).key, kind)
        elsewhere = self._tried[lesson.card_id] - {lesson.own}
        if believed == "released" and elsewhere and success.wins > success.losses:
            return "released", "success"
        effort = _effort_votes(others)
        if effort.wins >= LEAST_PAIRS_FOR_EFFORT and not effort.losses and not success.losses:
            return "released", "effort"
        if believed == "released" and elsewhere and not others:
            return "released", "success"
        return ("retired" if believed == "retired" else "waiting"), ""

    def _main_kind(self, lesson: OnTrial) -> str:
        kinds = [self._tasks[key].kind for key in lesson.tasks if key in self._tried[lesson.card_id]]
        return max(sorted(set(kinds)), key=kinds.count) if kinds else lesson.home

    def _meant_for(self, task: PastTask) -> list[OnTrial]:
        return [lesson for lesson in self._lessons.values() if task.key in lesson.tasks]

    def _promise(self, lesson: OnTrial) -> tuple[float, str]:
        effect = self._model.effect(credited(lesson), self._main_kind(lesson))
        return -(effect.mean + effect.sd), lesson.card_id

    def _count(self, card_id: str, key: str) -> None:
        if card_id in self._tried:
            self._tried[card_id].add(key)
            self._replays[card_id] += 1


def credited(lesson: OnTrial) -> Credited:
    """The lesson as credit knows it."""
    key = lesson.card_id if lesson.version == 1 else f"{lesson.card_id}@{lesson.version}"
    return Credited(key, lesson.home)


def _success_votes(pairs: Iterable[Pair]) -> Votes:
    return votes((pair.task_key, int(pair.success_with) - int(pair.success_without)) for pair in pairs)


def _effort_votes(pairs: Iterable[Pair]) -> Votes:
    return votes(
        (pair.task_key, effort_difference(pair.effort_with, pair.effort_without))
        for pair in pairs
        if pair.sibling and _both(pair)
    )


def _both(pair: Pair) -> bool:
    return pair.success_with and pair.success_without


def _pair(compared: _Compared) -> Pair:
    task, with_it, without, is_own, is_sibling = compared
    return Pair(
        task=task.request.task.text[:200],
        task_key=task.key,
        run_with=with_it.run_id,
        run_without=without.run_id,
        success_with=with_it.success,
        success_without=without.success,
        effort_with=with_it.effort,
        effort_without=without.effort,
        same_task=is_own,
        sibling=is_sibling,
    )


def _points(base_mean: float, base_variance: float, mean: float, sd: float) -> tuple[float, float, float]:
    """Gain and likely bounds in points of the chance of success."""

    def chance(extra: float) -> float:
        return 100.0 * success_probability([Gaussian(base_mean + extra, base_variance)])

    without = chance(0.0)
    return (
        chance(mean) - without,
        chance(mean - LIKELY_SD * sd) - without,
        chance(mean + LIKELY_SD * sd) - without,
    )
