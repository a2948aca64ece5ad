"""Runs that were done elsewhere, as a study that can be looked at like one's own."""

import hashlib
from collections.abc import Sequence

import msgspec

from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import Arm, ArmKind, Part, StudyPlan, StudyTask
from purpose_agent.evaluation.suite_records import SuiteTask
from purpose_agent.evaluation.trajectory_formats.records import Log, LogError, LoggedRun
from purpose_agent.types import Task

_KINDS: tuple[ArmKind, ...] = ("none", "empty", "episodes", "lessons")
_ID_CHARS = 16


def study_id_of(raw: bytes) -> str:
    """The same bytes are the same study, so a file that is brought twice is there once."""
    return "brought" + hashlib.sha256(raw).hexdigest()[:_ID_CHARS]


def as_study(log: Log, study_id: str, title: str) -> tuple[StudyPlan, list[Outcome]]:
    """Tasks and arms in the order in which the log names them. Raises LogError for what could not be read again."""
    log = msgspec.structs.replace(log, runs=_told_apart(log.runs))
    harm = {run.task_id for run in log.runs if run.unrelated}
    texts: dict[str, LoggedRun] = {}
    for run in log.runs:
        if run.task_id not in texts or not texts[run.task_id].text:
            texts[run.task_id] = run
    arms = dict.fromkeys(run.arm for run in log.runs)
    plan = StudyPlan(
        study_id=study_id,
        title=title,
        purpose="Done elsewhere",
        suite=title,
        tasks=tuple(
            StudyTask(
                item=SuiteTask(task=Task(text=run.text or task, task_id=task), family=run.family), harm=task in harm
            )
            for task, run in texts.items()
        ),
        arms=tuple(_arm(name) for name in arms),
        repeats=1 + max(run.repeat for run in log.runs),
        passes=1 + max(run.turn for run in log.runs),
        stops_early=False,
        source=log.form,
        pairs=log.compared,
        decides="retry" if log.decides_on_retries else "transfer",
    )
    outcomes = _outcomes(log.runs, study_id, harm)
    _check_kept(plan, outcomes)
    return plan, outcomes


def _check_kept(plan: StudyPlan, outcomes: Sequence[Outcome]) -> None:
    """What is written comes back as it was: said now, while nothing is written yet."""
    try:
        is_kept = msgspec.json.decode(msgspec.json.encode(plan), type=StudyPlan) == plan
        decoder = msgspec.json.Decoder(Outcome)
        is_kept = is_kept and all(decoder.decode(msgspec.json.encode(outcome)) == outcome for outcome in outcomes)
    except (msgspec.MsgspecError, ValueError, OverflowError) as problem:
        raise _not_kept(str(problem)) from problem
    if not is_kept:
        raise _not_kept("what was written differs from what was read")


def _not_kept(details: str) -> LogError:
    return LogError(
        "Something in this log cannot be kept as it is, so nothing of it was taken.",
        "Look for numbers and texts that are out of the ordinary, then bring the file again.",
        details=details,
    )


def _told_apart(runs: Sequence[LoggedRun]) -> tuple[LoggedRun, ...]:
    """A task done twice by an arm, where the log does not number them, is done in another repeat: nothing is lost."""
    taken: set[tuple[str, str, int, int]] = set()
    free: dict[tuple[str, str, int], int] = {}
    made = []
    for run in runs:
        repeat, key = run.repeat, (run.task_id, run.arm, run.turn)
        if (*key, repeat) in taken:
            repeat = free.get(key, 0)
            while (*key, repeat) in taken:
                repeat += 1
            free[key] = repeat + 1
        taken.add((*key, repeat))
        made.append(run if repeat == run.repeat else msgspec.structs.replace(run, repeat=repeat))
    return tuple(made)


def _arm(name: str) -> Arm:
    return next((Arm(kind=kind) for kind in _KINDS if kind == name), Arm(kind="other", title=name))


def _outcomes(runs: Sequence[LoggedRun], study_id: str, harm: set[str]) -> list[Outcome]:
    positions: dict[tuple[str, int], int] = {}
    made = []
    for number, run in enumerate(runs, 1):
        lane = (run.arm, run.repeat)
        position = positions[lane] = positions.get(lane, -1) + 1
        part: Part = "harm" if run.task_id in harm else "retry" if run.turn else "transfer"
        made.append(
            Outcome(
                run_id=f"study-{study_id}-{number}",
                arm=run.arm,
                repeat=run.repeat,
                position=position,
                part=part,
                task_id=run.task_id,
                turn=run.turn,
                family=run.family,
                right=run.right,
                phi=run.phi,
                tier="none" if run.phi is None else "judge",
                attempts=run.attempts,
                tokens=run.tokens,
                seconds=run.seconds,
                steps=run.steps or len(run.log),
                cost_usd=run.cost_usd,
                lessons=run.lessons,
                model=run.model,
            )
        )
    return made
