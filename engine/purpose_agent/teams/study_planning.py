"""Plans of studies, to look at and agree to: what is compared on which tasks, with which model, how often."""

import secrets
from collections.abc import Callable, Sequence

from purpose_agent.evaluation.statistics.power import REPEATS
from purpose_agent.evaluation.studies.plan import (
    ARM_KINDS,
    PHASES,
    Arm,
    ArmKind,
    Limits,
    Measure,
    StudyError,
    StudyPlan,
    StudyTask,
    check,
)
from purpose_agent.evaluation.suite_records import SHORT_VERSION, Suite
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.memory import Memory
from purpose_agent.models.resolve import BUILTIN, resolve_backend, unnamed
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.past_tasks import PastTasks
from purpose_agent.teams.proof_tasks import MOST, ProofTasks, key_of, tasks_to_prove_on, taught_by
from purpose_agent.types import Budget

USUAL_PURPOSE = "Help me with my work"


class StudyPlanning:
    """The part of `Studies` that makes plans. Nothing is kept or spent by it.

    past  the person's own past tasks, so that they can be done again.
    """

    def __init__(self, workspace: Workspace, memory: Memory, *, past: Callable[[], PastTasks]) -> None:
        self._workspace = workspace
        self._memory = memory
        self._past = past

    def plan(
        self,
        suite: Suite,
        *,
        purpose: str,
        unrelated: Suite | None = None,
        arms: Sequence[ArmKind] = ARM_KINDS,
        leave_out: Sequence[str] = (),
        learns: bool = True,
        title: str = "",
        model: str | None = None,
        repeats: int | None = None,
        passes: int = 1,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        stops_early: bool = True,
        measure: Measure = "solved",
        warm_up: int = 0,
        smallest_effect: float | None = None,
    ) -> StudyPlan:
        """A plan to look at and agree to; nothing is kept or spent yet.

        Raises StudyError for what would show nothing, and another PurposeError for a model that cannot be had.

        unrelated  tasks that have nothing to do with the suite's, to see that nothing falls there.
        leave_out  ids of approved lessons, each of which is left out in an arm of its own.
        learns     begin with nothing and learn on the way, or (False) put the approved lessons to the test.
        stops_early   holds for tasks that come once: where they come round again, all of it is done.
        repeats    None: 3 for language models, whose answers differ from one time to the next; 1 for the built-in one.
        """
        tasks = [StudyTask(item=item) for item in suite.tasks]
        tasks += [StudyTask(item=item, harm=True) for item in (unrelated.tasks if unrelated else ())]
        in_use = {lesson.card_id: lesson.text for lesson in self._memory.ledger.promoted()}
        if unknown := set(leave_out) - set(in_use):
            raise StudyError(f"The lesson {min(unknown)} is not in use.", "Leave out lessons that are in use.")
        model, repeats = _decided(model, repeats)
        made = StudyPlan(
            study_id=secrets.token_hex(6),
            title=title or suite.title,
            purpose=purpose,
            suite=f"{suite.name}@{suite.version[:SHORT_VERSION]}",
            tasks=tuple(tasks),
            arms=(
                *(Arm(kind=kind) for kind in arms),
                *(Arm(kind="without", card_id=card_id, title=in_use[card_id]) for card_id in leave_out),
            ),
            model=model,
            learns=learns,
            lessons=() if learns else tuple(in_use),
            repeats=repeats,
            passes=passes,
            seed=seed,
            budget=budget,
            limits=limits,
            stops_early=stops_early and passes == 1,
            measure=measure,
            warm_up=warm_up,
            smallest_effect=smallest_effect,
        )
        check(made)
        return made

    def proof(
        self,
        suite: Suite | None = None,
        *,
        purpose: str = "",
        lessons: Sequence[str] | None = None,
        title: str = "",
        model: str | None = None,
        repeats: int | None = None,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        measure: Measure = "solved",
        smallest_effect: float | None = None,
    ) -> StudyPlan:
        """A plan to prove lessons: with them, rolled back, put back, on the same tasks with the same seeds.

        All of it happens in a copy of the memory as it stands at the start; the person's own is never written.

        suite    None: the person's own past tasks in which these lessons were used, with their purpose.
        lessons  ids of approved ones; None: all that are in use.
        Raises StudyError where there is nothing to prove, or nothing to prove it on.
        """
        in_use = self.provable()
        chosen = tuple(in_use if lessons is None else dict.fromkeys(lessons))
        if unknown := sorted(set(chosen) - set(in_use)):
            raise StudyError(
                f"The lesson {unknown[0]} is not in use, or only tells a critic how to judge.",
                "Choose lessons that are in use and made for the work itself.",
            )
        cards, past = [in_use[card_id] for card_id in chosen], self._past()
        if suite is None:
            own = tasks_to_prove_on(self._workspace.journal, past, cards)
            suite, purpose = own.suite, purpose or own.purpose
        taught = set(taught_by(past, cards).values())
        model, repeats = _decided(model, repeats)
        made = StudyPlan(
            study_id=secrets.token_hex(6),
            title=title or f"Proof: {suite.title}",
            purpose=purpose or USUAL_PURPOSE,
            suite=f"{suite.name}@{suite.version[:SHORT_VERSION]}",
            tasks=tuple(StudyTask(item=item, taught=key_of(item) in taught) for item in suite.tasks),
            arms=tuple(Arm(kind=kind) for kind in PHASES),
            model=model,
            lessons=chosen,
            repeats=repeats,
            seed=seed,
            budget=budget,
            limits=limits,
            stops_early=False,
            measure=measure,
            design="reversal",
            smallest_effect=smallest_effect,
        )
        check(made)
        return made

    def provable(self) -> dict[str, MemoryCard]:
        """The lessons in use by id, but for what critics were taught: the judge of a comparison stays the same."""
        cards = (lesson.card for lesson in self._memory.ledger.promoted())
        return {card.card_id: card for card in cards if card.kind != "critic_calibration"}

    def proof_tasks(self, limit: int = MOST, lessons: Sequence[str] | None = None) -> ProofTasks:
        """The person's own past tasks that are checked and in which these lessons (None = all in use) were used.

        Newest first. Raises StudyError that says why there is none.
        """
        cards = [card for card in self.provable().values() if lessons is None or card.card_id in lessons]
        return tasks_to_prove_on(self._workspace.journal, self._past(), cards, limit)


def _decided(model: str | None, repeats: int | None) -> tuple[str, int]:
    """The model by its name, and how often all is done with it. Raises PurposeError when it cannot be had."""
    name = (model or "").strip() or unnamed()
    backend = resolve_backend(name).backend
    if repeats is None:
        repeats = 1 if backend.name == BUILTIN else REPEATS  # the built-in one finds the same each time
    return name, repeats
