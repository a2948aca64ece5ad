"""From a person's corrections to a lesson for critics: gathered from all runs, made, examined, kept with its figures.

A lesson that passes its exam waits for a person's decision like any other; one that does not is turned down at once.
"""

import asyncio
import secrets
from collections.abc import Sequence

import msgspec

from purpose_agent.core.actor import Exchange, ModelCaller
from purpose_agent.core.assembly import CRITIC_LIMITS
from purpose_agent.core.calibration import KEY, Correction, Exam, Split, examine, lesson_from, split
from purpose_agent.core.learning import MAX_FOR_CRITICS
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import CardStatus
from purpose_agent.memory.memory import Memory
from purpose_agent.models.backend import Backend
from purpose_agent.models.resolve import resolve_backend
from purpose_agent.runtime.events import WHOLE_RUN
from purpose_agent.runtime.jobs import JobContext
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.lessons import Lessons
from purpose_agent.teams.scoring import Scoring, Standing
from purpose_agent.types import JSON, OVERRIDE, Record

BY = "calibration"
_NO_CRITIC = "The model {name} does not judge work, so there is no critic to teach."


class Calibrated(Record, frozen=True, kw_only=True):
    """What came of the corrections of one family of tasks; without a card when there are too few of them."""

    task_kind: str
    exam: Exam
    card_id: str = ""
    text: str = ""
    status: CardStatus | None = None

    def __str__(self) -> str:
        return f"{self.text}\n{self.exam.words}" if self.text else f"{self.task_kind}: {self.exam.words}"


class Calibrating:
    """Does the work of calibration jobs. `live` holds models that the calling program gave."""

    def __init__(self, workspace: Workspace, memory: Memory, lessons: Lessons, scoring: Scoring) -> None:
        self._workspace = workspace
        self._memory = memory
        self._lessons = lessons
        self._scoring = scoring
        self._live: dict[str, Backend] = {}

    def spec(self, model: str | Backend | None, seed: int) -> dict[str, JSON]:
        """Of a job that does it. Raises PurposeError at once when the model does not judge."""
        _refuse_without_critic(resolve_backend(model).backend if model is None or isinstance(model, str) else model)
        if model is None or isinstance(model, str):
            return {"model": model, "seed": seed, "live": ""}
        token = secrets.token_hex(6)
        self._live[token] = model
        return {"model": None, "seed": seed, "live": token}

    def corrections(self) -> list[Correction]:
        """Every score of a critic that a person set right, in runs that may teach. Raises WorkspaceOwned."""
        store = self._workspace.trajectories()
        store.settle()
        found = store.sql(
            "SELECT DISTINCT run_id FROM scores WHERE contains(flags, ?) ORDER BY run_id", [f'"{OVERRIDE}"']
        )
        return [each for row in found for each in _corrections_of(self._scoring.standing(str(row["run_id"])))]

    async def job(self, context: JobContext) -> JSON:
        """Each family of tasks by itself. Raises PurposeError when the model does not judge or cannot be asked."""
        spec = context.job.spec
        backend, is_ours = self._backend(str(spec.get("live") or ""), spec.get("model"))
        seed = spec.get("seed")
        try:
            _refuse_without_critic(backend)
            families: dict[str, list[Correction]] = {}
            for correction in self.corrections():
                families.setdefault(correction.family, []).append(correction)
            done = [
                await self._calibrate(family, families[family], backend, seed if isinstance(seed, int) else 0, context)
                for family in sorted(families)
            ]
        finally:
            if is_ours:
                await backend.aclose()
        found: JSON = msgspec.to_builtins(done)
        return found

    def _backend(self, token: str, model: JSON) -> tuple[Backend, bool]:
        if not token:
            return resolve_backend(model if isinstance(model, str) else None).backend, True
        if token not in self._live:
            raise PurposeError("This used a model of the program that started it.", "Start it again from that program.")
        return self._live[token], False

    async def _calibrate(
        self, family: str, corrections: Sequence[Correction], critic: Backend, seed: int, context: JobContext
    ) -> Calibrated:
        parts = split(corrections, seed)
        if not isinstance(parts, Split):
            runs = len({correction.run_id for correction in corrections})
            return Calibrated(task_kind=family, exam=Exam(verdict="not enough data", runs=runs, needed=parts))
        card = lesson_from(parts.build, family, critic.name)
        added = self._lessons.propose(card, by=BY, reason=card.evidence)
        if added.status == "quarantined":
            exam = await self._examined(added.card_id, parts, critic, context)
        else:
            exam = Exam(verdict="no clear change", task_kind=family)
        view = self._memory.ledger.card(added.card_id)
        known = view.evidence.get(KEY)
        return Calibrated(
            task_kind=family,
            exam=msgspec.convert(known, Exam) if known else exam,
            card_id=added.card_id,
            text=view.text,
            status=view.status,
        )

    async def _examined(self, card_id: str, parts: Split, critic: Backend, context: JobContext) -> Exam:
        """The exam, noted with the lesson; one that it does not pass is turned down with the figures."""
        card = self._memory.ledger.card(card_id).card
        caller = ModelCaller(critic, limits=CRITIC_LIMITS, sleep=asyncio.sleep, on_retry=context.report)
        asked, total = 0, 2 * len(parts.held_out)

        async def ask(prompt: CompiledPrompt, schema: dict[str, JSON]) -> Exchange:
            nonlocal asked
            context.report(f"Judging again, {asked + 1} of {total}", asked / total)
            asked += 1
            return await caller.ask(prompt, schema=schema)

        known = self._memory.ledger.promoted().for_critics(card.scope.task_kind, MAX_FOR_CRITICS)
        exam = await examine(card, parts.held_out, ask, known=known)
        self._lessons.note(card_id, by=BY, reason=exam.words, evidence={KEY: msgspec.to_builtins(exam)})
        if exam.verdict in ("no clear change", "worse"):
            self._lessons.reject(card_id, by=BY, reason=exam.words, version=card.version)
        return exam


def _refuse_without_critic(model: Backend) -> None:
    if not model.capabilities.critic:
        raise PurposeError(_NO_CRITIC.format(name=model.name), "Connect a language model, or pick another model.")


def exam_of(evidence: dict[str, JSON]) -> Exam | None:
    """From the evidence of a lesson's view; None when it was not examined."""
    found = evidence.get(KEY)
    return None if found is None else msgspec.convert(found, Exam)


def _corrections_of(standing: Standing) -> list[Correction]:
    started = standing.started
    if started is None or started.mode != "train":
        return []
    found = []
    for place, score in sorted(standing.person.items()):
        step = standing.judged_at if place == WHOLE_RUN else place
        machine, shown = standing.machine.get(step), standing.shown.get(step, "")
        if place == WHOLE_RUN and step in standing.person:
            continue  # the word on that very step says it closer
        if not shown or machine is None or machine.phi is None or machine.tier not in ("self", "judge"):
            continue  # no critic gave that score
        found.append(
            Correction(
                run_id=started.run_id,
                step=step,
                task_kind=started.task_kind,
                shown=shown,
                machine=machine.phi,
                person=score.phi or 0.0,
                reason=score.evidence,
            )
        )
    return found
