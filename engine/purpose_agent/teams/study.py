"""A study in a program: the same tasks with and without memory, and what that shows.

study = pa.Study("related_stream", unrelated="unrelated", model="builtin")
print(study.plan.size, "runs;", study.foresight)
study.run()
print(study.headline.verdict.sentence)

study = pa.Study.proof()  # your approved lessons on your own past tasks: with them, rolled back, put back
study.run()
print(study.proven.sentence)
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from purpose_agent.evaluation.studies.findings import Comparison, Findings
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import ARM_KINDS, ArmKind, Limits, Measure, StudyPlan
from purpose_agent.evaluation.studies.proving import Proof
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.runtime.jobs import Job
from purpose_agent.teams.memory_care import not_run
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.teams.studying import Foresight
from purpose_agent.types import Budget


class Study:
    """One study. Making it costs nothing; `run` does it, or goes on with it.

    suite, unrelated  a suite, the name of a kept or shipped one, or the path of a file.
    learns   begin with an empty memory and learn on the way; False: put the approved lessons to the test.
    repeats  None: as many as the model needs; 3 for a language model, 1 for the built-in one.
    smallest_effect  the smallest difference that matters to you: 0.1 = 10 points, or 10 % of effort; for Φ, in Φ.
    Others as in `StudyPlan`. Raises StudyError for a study that would show nothing.
    """

    def __init__(
        self,
        suite: Suite | str | Path,
        *,
        unrelated: Suite | str | Path | None = None,
        purpose: str = "Help me write Python code",
        model: str | None = None,
        arms: Sequence[ArmKind] = ARM_KINDS,
        leave_out: Sequence[str] = (),
        learns: bool = True,
        repeats: int | None = None,
        passes: int = 1,
        measure: Measure = "solved",
        warm_up: int = 0,
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        stops_early: bool = True,
        smallest_effect: float | None = None,
        home: str | Path | None = None,
    ) -> None:
        self._engine = engine_for(home)
        self.plan: StudyPlan = self._engine.studies.plan(
            _loaded(self._engine, suite),
            unrelated=None if unrelated is None else _loaded(self._engine, unrelated),
            purpose=purpose,
            model=model,
            arms=arms,
            leave_out=leave_out,
            learns=learns,
            repeats=repeats,
            passes=passes,
            measure=measure,
            warm_up=warm_up,
            seed=seed,
            budget=budget,
            limits=limits,
            stops_early=stops_early,
            smallest_effect=smallest_effect,
        )
        self._is_begun = False

    @classmethod
    def proof(
        cls,
        suite: Suite | str | Path | None = None,
        *,
        purpose: str = "",
        lessons: Sequence[str] | None = None,
        model: str | None = None,
        repeats: int | None = None,
        measure: Measure = "solved",
        seed: int = 0,
        budget: Budget = Budget(),
        limits: Limits = Limits(),
        smallest_effect: float | None = None,
        home: str | Path | None = None,
    ) -> "Study":
        """Prove approved lessons: the same tasks with them, with them rolled back, and with them put back.

        It works on a copy of the memory. suite None: your own past tasks in which they were used. lessons: their ids;
        None: all that are in use. Raises StudyError where there is nothing to prove, or nothing to prove it on.
        """
        study = cls.__new__(cls)
        study._engine = engine_for(home)
        study.plan = study._engine.studies.proof(
            None if suite is None else _loaded(study._engine, suite),
            purpose=purpose,
            lessons=lessons,
            model=model,
            repeats=repeats,
            measure=measure,
            seed=seed,
            budget=budget,
            limits=limits,
            smallest_effect=smallest_effect,
        )
        study._is_begun = False
        return study

    @classmethod
    def open(cls, study_id: str, *, home: str | Path | None = None) -> "Study":
        """One that was begun before. Raises StudyError when it is not there."""
        study = cls.__new__(cls)
        study._engine = engine_for(home)
        study.plan = study._engine.studies.folder(study_id).plan()
        study._is_begun = True
        return study

    @property
    def foresight(self) -> Foresight:
        """What it will take, and the smallest difference that it could show."""
        return self._engine.studies.foresee(self.plan)

    def run(self, *, executor: Executor | None = None) -> Findings:
        """Do it, or what is left of it, and wait. Interrupting the wait (Ctrl-C) pauses it; nothing is lost.

        executor  does the arms of a task at once, in threads or processes of this computer.
        """
        before = self._engine.studies.job_of(self.plan.study_id)
        if before is not None and before.status == "done":
            return self.findings
        job = self.start(executor=executor)
        try:
            job = self._engine.jobs.wait(job.job_id, None)
        except KeyboardInterrupt:
            self._engine.studies.pause(self.plan.study_id)
            self._engine.jobs.wait(job.job_id, 5.0)
            raise
        if job.status == "failed":
            raise not_run(job)
        return self.findings

    def start(self, *, executor: Executor | None = None) -> Job:
        """The same in the background; the app shows it, too."""
        studies = self._engine.studies
        if self._is_begun:
            return studies.resume(self.plan.study_id, executor=executor)
        self._is_begun = True
        return studies.submit(self.plan, executor=executor)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One row a run, in the order in which they were done."""
        return self._engine.studies.outcomes(self.plan.study_id)

    @property
    def findings(self) -> Findings:
        """What it shows so far."""
        return self._engine.studies.findings(self.plan.study_id)

    @property
    def headline(self) -> Comparison:
        """The one comparison that was agreed to decide."""
        return self.findings.headline

    @property
    def proven(self) -> Proof | None:
        """What the three phases of a proof show together; None for any other study."""
        return self.findings.proof

    def __repr__(self) -> str:
        return f"Study({self.plan.title!r}: {self.plan.study_id})"


def _loaded(engine: Engine, suite: Suite | str | Path) -> Suite:
    return suite if isinstance(suite, Suite) else engine.suites.load(str(suite))
