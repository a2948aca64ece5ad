"""One run of a study: the same task for every arm, told apart by nothing but the memory that it meets.

Whatever an arm learns stands in a file of its own in the folder of the study. The person's memory is read where their
approved lessons are put to the test, and is never written. Every run is a run like any other: its events, steps and
prompt can be looked at afterwards.

A run that broke off (the model was away) is taken up where it broke, not begun anew. That is fair to every arm: what
had been done stays done, so no arm gets a second throw, and a run that ended by itself is never done again, however it
ended. The rule is the same for all arms and looks at no outcome. The last try counts; where one breaks each time,
the run is left out, and with it its like in the arm that it is held against.
"""

from collections.abc import Callable, Sequence

import msgspec

from purpose_agent.evaluation.checks.records import Rubric
from purpose_agent.evaluation.studies.episodes import Episode, episode_of, most_alike
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyPlan, Trial
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.events import ModelRequest, RunEvent, RunStarted
from purpose_agent.runtime.outside_verdict import outside_verdict
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.execution import Execution
from purpose_agent.teams.hand_grading import judge_of
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.results import fold_result
from purpose_agent.teams.study_reversal import Reversal
from purpose_agent.types import RunResult, Score
from purpose_agent.vault.shelf import Shelf


class Arms:
    """The arms of one study at work. Its trials may run in several threads, but one lane has one at a time."""

    def __init__(
        self,
        plan: StudyPlan,
        folder: StudyFolder,
        workspace: Workspace,
        memory: Memory,
        bus: EventBus,
        *,
        shelf: Callable[[], Shelf],
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._workspace = workspace
        self._own = memory
        self._bus = bus
        self._shelf = shelf
        self._memories: dict[str, Memory] = {}
        self._journals: list[Journal] = []
        self._episodes: dict[str, list[Episode]] = {}
        self._earlier: list[Episode] | None = None
        self._reversal = Reversal(plan, self._opened("proof")) if plan.is_proof else None

    async def run(self, trial: Trial, cancel: CancelToken) -> tuple[Outcome, RunResult]:
        """Do it, or take it up where it broke off or a killed process left it.

        Raises PurposeError when it cannot even begin.
        """
        if self._reversal is not None:
            self._reversal.enter(trial.arm.kind)
        known = fold_result(self._workspace.events(trial.run_id), unfinished="interrupted")
        execution = self._execution(trial)
        if known is None or known.status in ("interrupted", "cancelled") or known.broke_off:
            request = self._request(trial)
            known = await execution.run(request, cancel=cancel, resume=known is not None)
        else:  # its process died between its end and its grade, perhaps
            await execution.grade_if_missing(self._request(trial), known)
        born = self._learn(trial, known)
        outcome = self._outcome(trial, known, born)
        if self._reversal is not None and trial.arm.kind == "lessons":
            without = await self._prompt_without(trial, self._reversal.memory)
            outcome = msgspec.structs.replace(outcome, without_sha256=without)
        return outcome, known

    def close(self) -> None:
        for journal in self._journals:
            journal.close()

    # ---- what tells the arms apart

    def _request(self, trial: Trial) -> RunRequest:
        plan, item = self._plan, self._plan.tasks[trial.task].item
        kind = trial.arm.kind
        task = item.task
        if kind == "episodes":
            found = [episode.text for episode in most_alike(task.text, self._episodes_of(trial))]
            task = msgspec.structs.replace(task, context=(*task.context, *found))
        learns = plan.learns and kind == "lessons" and trial.part != "harm"
        among = None
        if not plan.learns and not plan.is_proof and kind in ("lessons", "without"):
            among = tuple(card_id for card_id in plan.lessons if card_id != trial.arm.card_id)
        shared = RunRequest(
            purpose=plan.purpose,
            task=task,
            model=plan.model,
            budget=plan.budget,
            mode="train" if learns else "validation",
            use_lessons=kind not in ("none", "episodes"),
            among=() if kind == "empty" else among,
            seed=trial.seed,
            parent_run=f"study-{plan.study_id}",
            random_stream=f"{trial.lane}:{trial.position}",
        )
        asked = of_suite(shared, msgspec.structs.replace(item, task=task))
        return msgspec.structs.replace(asked, run_id=trial.run_id, ask=asked.ask and item.is_question)

    async def _prompt_without(self, trial: Trial, memory: Memory) -> str:
        """Hash of what the run would be sent without the lessons of a proof, while they are in use."""
        others = tuple(
            lesson.card_id for lesson in memory.ledger.promoted() if lesson.card_id not in self._plan.lessons
        )
        request = msgspec.structs.replace(self._request(trial), among=others)
        return (await self._execution(trial).preview(request)).sha256

    def _execution(self, trial: Trial) -> Execution:
        memory = self._own
        if self._reversal is not None:
            memory = self._reversal.memory
        elif self._plan.learns and trial.arm.kind == "lessons":
            memory = self._memory_of(trial)
        return Execution(self._workspace, memory, self._bus, self._shelf)

    def _memory_of(self, trial: Trial) -> Memory:
        if trial.lane not in self._memories:
            self._memories[trial.lane] = Memory(self._opened(trial.lane))
        return self._memories[trial.lane]

    def _opened(self, lane: str) -> Journal:
        journal = Journal(self._folder.memory(lane))
        self._journals.append(journal)
        return journal

    def _episodes_of(self, trial: Trial) -> list[Episode]:
        """Those of the lane so far, or those of the person's work. The runs that came before are looked up again."""
        if not self._plan.learns:
            if self._earlier is None:
                self._earlier = self._folder.episodes()
            return self._earlier
        if trial.lane not in self._episodes:
            before = (trial._replace(position=position).run_id for position in range(trial.position))
            results = (fold_result(self._workspace.events(run_id)) for run_id in before)
            self._episodes[trial.lane] = [
                episode for result in results if result is not None and (episode := episode_of(result))
            ]
        return self._episodes[trial.lane]

    # ---- afterwards

    def _learn(self, trial: Trial, result: RunResult) -> tuple[str, ...]:
        """What the given tests confirmed is approved in the lane's own memory. May be said twice."""
        if not self._plan.learns or trial.part == "harm":
            return ()
        if trial.arm.kind == "episodes" and trial.lane in self._episodes and (episode := episode_of(result)):
            self._episodes[trial.lane].append(episode)
        if trial.arm.kind != "lessons":
            return ()
        memory = self._memory_of(trial)
        for card_id in result.born:
            memory.approve_if_trusted(card_id, result.score)
        return tuple(card_id for card_id in result.born if memory.ledger.card(card_id).status == "promoted")

    def _outcome(self, trial: Trial, result: RunResult, born: tuple[str, ...]) -> Outcome:
        item = self._plan.tasks[trial.task].item
        events = self._workspace.events(trial.run_id)
        started = next((e for e in events if isinstance(e, RunStarted)), None)
        usage, score = result.usage, result.score
        if not result.broke_off:
            score = outside_verdict(score, item.task) or score
        return Outcome(
            run_id=trial.run_id,
            arm=trial.arm.name,
            repeat=trial.repeat,
            position=trial.position,
            part=trial.part,
            task_id=item.task.task_id,
            turn=trial.turn,
            family=item.family,
            status=result.status,
            right=None if result.broke_off else self._is_right(trial, score),
            phi=score.phi,
            tier=score.tier,
            attempts=usage.attempts,
            tokens=usage.prompt_tokens + usage.completion_tokens,
            seconds=usage.seconds,
            steps=result.steps,
            cost_usd=usage.cost_usd,
            lessons=tuple(use.card_id for use in result.lessons if not use.withheld),
            born=born,
            model=started.model if started else "",
            judge=self._judge(trial),
            broke_off=result.broke_off,
            prompt_sha256=_sent_first(events),
        )

    def _judge(self, trial: Trial) -> str:
        """The model that decided by a rubric; "" where something else did, or where it waits for a person."""
        if not isinstance(self._plan.tasks[trial.task].item.check, Rubric):
            return ""
        return judge_of(self._workspace.journal.graded(trial.run_id))

    def _is_right(self, trial: Trial, score: Score) -> bool | None:
        """By the suite's check; None while that waits for a word. Without an answer it is not right."""
        item = self._plan.tasks[trial.task].item
        if item.check is not None:
            grade = self._workspace.journal.graded(trial.run_id)
            return grade.right if grade is not None else False
        return score.is_success if score.is_from_outside else None


def _sent_first(events: Sequence[RunEvent]) -> str:
    """Hash of the first prompt; "" where nothing was sent."""
    return next((e.prompt_sha256 for e in events if isinstance(e, ModelRequest) and e.purpose == "actor"), "")
