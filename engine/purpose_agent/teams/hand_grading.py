"""Answers that wait for a person's word, shown so that nothing tells which arm of a study they come from.

What a check leaves open (a person's own check, a judge that could not decide) waits here. Answers to one task stand one
after the other, in an order that a hash draws; the same answer, letter for letter, to the same task is asked once, and
the word on it counts for all runs that gave it. A run's id names its arm, so whoever shows an answer uses its `key`.

Everything is worked out from what the workspace keeps: after a reload, or in another process, the same answer is next.
"""

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.records import Check, failed, passed, undecided
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.runtime.events import RunStarted
from purpose_agent.runtime.jobs import Job
from purpose_agent.storage.journal import Grade
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.lessons import PERSON
from purpose_agent.teams.results import fold_result
from purpose_agent.teams.run_jobs import requests_of
from purpose_agent.types import Record

_STUDY_RUN = re.compile(r"study-([0-9a-zA-Z]+)-")
_PASSAGE = re.compile(r"\[\d+\] ")
_WORD = "word"  # in what is kept beside a grade: one person's word may stand for several runs
_KEPT_PLANS = 8


class WaitingAnswer(Record, frozen=True, kw_only=True):
    """One answer to decide on.

    key       names it without telling where it comes from; the same for the same answer to the same task.
    passages  what the task or the documents gave to answer from.
    check     what was expected, where it is still known.
    why       why it waits.
    run_ids   the runs that gave it. They name arms: not for showing.
    is_aside  a person looked at it and could not say.
    """

    key: str
    task: str
    answer: str
    passages: tuple[str, ...] = ()
    check: Check | None = None
    why: str = ""
    run_ids: tuple[str, ...] = ()
    is_aside: bool = False


class LastWord(Record, frozen=True, kw_only=True):
    """What a person decided last, and can take back. `right` None: they could not say."""

    right: bool | None
    run_ids: tuple[str, ...]


class HandGrading:
    """The words of a person on answers, in one workspace. Safe to use from several threads."""

    def __init__(self, workspace: Workspace, job_of: Callable[[str], Job | None]) -> None:
        self._workspace = workspace
        self._job_of = job_of
        self._known: dict[str, WaitingAnswer] = {}  # by run; only of those that wait
        self._lock = threading.Lock()
        self._plan = lru_cache(maxsize=_KEPT_PLANS)(self._read_plan)

    def waiting(self) -> tuple[WaitingAnswer, ...]:
        """All that is undecided, in the order in which it is asked; what was put aside comes last."""
        together: dict[str, WaitingAnswer] = {}
        run_ids = self._workspace.journal.undecided()
        for run_id in run_ids:
            one = self._answer(run_id)
            known = together.get(one.key)
            together[one.key] = one if known is None else _both(known, one)
        self._forget_all_but(run_ids)
        return tuple(sorted(together.values(), key=_order))

    def open(self) -> tuple[WaitingAnswer, ...]:
        """Those of them that are asked now: the ones that nobody put aside."""
        return tuple(one for one in self.waiting() if not one.is_aside)

    def say(self, run_ids: Sequence[str], right: bool | None, why: str = "") -> None:
        """A person's word on the answer of these runs; None: they cannot say, and it is put aside.

        What a study shows follows it. Raises PurposeError for a run that is not checked.
        """
        if any(self._workspace.journal.graded(run_id) is None for run_id in run_ids):
            raise PurposeError("This run is not of a task that is checked.", "Give Φ a value of your own instead.")
        why = " ".join(why.split())
        if right is None:
            said = undecided(why or "You could not say.")
        else:
            said = (passed if right else failed)(why or "A person decided.")
        detail = msgspec.structs.replace(said, by=PERSON).as_detail(None) | {_WORD: secrets.token_hex(8)}
        for run_id in run_ids:
            self._workspace.journal.save_grade(run_id, said.passed, said.total, detail)
            self.tell_study(run_id)

    def last(self) -> LastWord | None:
        """The person's latest word that still stands."""
        for run_id, grade in self._workspace.journal.latest_grades(by=PERSON, most=1):
            return LastWord(right=grade.right, run_ids=self._said_with(run_id, grade))
        return None

    def take_back(self) -> LastWord | None:
        """Undo of the latest word: what the check said counts again. None when there is nothing to take back."""
        last = self.last()
        for run_id in last.run_ids if last is not None else ():
            of_check = (grade for grade in self._workspace.journal.grades(run_id) if grade.by != PERSON)
            if grade := next(of_check, None):
                self._workspace.journal.save_grade(run_id, grade.passed, grade.total, grade.detail)
                self.tell_study(run_id)
        return last

    def _said_with(self, run_id: str, grade: Grade) -> tuple[str, ...]:
        """The runs that were decided by the same word."""
        word = grade.detail.get(_WORD)
        if not word:
            return (run_id,)
        said = self._workspace.journal.latest_grades(by=PERSON)
        return tuple(other for other, told in said if told.detail.get(_WORD) == word)

    def tell_study(self, run_id: str) -> bool:
        """What the newest grade says counts in the study of the run, if it is of one. Whether anything is decided."""
        grade = self._workspace.journal.graded(run_id)
        if found := _STUDY_RUN.match(run_id):
            folder = StudyFolder(self._workspace.home, found[1])
            if folder.path.is_dir():
                folder.decide(run_id, grade.right if grade is not None else None, judge_of(grade))
        return grade is not None and grade.is_decided

    def check_of(self, run_id: str) -> Check | None:
        """What the answer of a run is checked by; None where nobody knows it any more."""
        with self._lock:
            known = self._known.get(run_id)
        return (known or self._read(run_id)).check

    # ---- what is known of an answer

    def _answer(self, run_id: str) -> WaitingAnswer:
        """What does not change is read once; why it waits is looked at anew."""
        with self._lock:
            known = self._known.get(run_id)
        if known is None:
            known = self._read(run_id)
            with self._lock:
                self._known[run_id] = known
        grade = self._workspace.journal.graded(run_id)
        aside = grade is not None and grade.by == PERSON
        return msgspec.structs.replace(known, why=grade.why if grade and not aside else "", is_aside=aside)

    def _forget_all_but(self, run_ids: Sequence[str]) -> None:
        """What is decided is not asked about again; without this, years of answers would stay in memory."""
        with self._lock:
            self._known = {run_id: self._known[run_id] for run_id in run_ids if run_id in self._known}

    def _read(self, run_id: str) -> WaitingAnswer:
        events = self._workspace.events(run_id)
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        result = fold_result(events, unfinished="interrupted")
        text = started.task.text if started else ""
        answer = result.answer if result else ""
        check = self._check(run_id, started.task.task_id if started else "")
        passages = tuple(part for part in (started.task.context if started else ()) if _PASSAGE.match(part))
        return WaitingAnswer(
            key=_key(text, answer, passages, check),
            task=text,
            answer=answer,
            passages=passages,
            check=check,
            run_ids=(run_id,),
        )

    def _check(self, run_id: str, task_id: str) -> Check | None:
        """As it was ordered; None where neither a study nor a job knows it any more."""
        if found := _STUDY_RUN.match(run_id):
            plan = self._plan(found[1])
            tasks = plan.tasks if plan else ()
            return next((task.item.check for task in tasks if task.item.task.task_id == task_id), None)
        job = self._job_of(run_id)
        requests = requests_of(job) if job is not None else []
        return next((request.grading for request in requests if request.run_id == run_id), None)

    def _read_plan(self, study_id: str) -> StudyPlan | None:
        try:
            return StudyFolder(self._workspace.home, study_id).plan()
        except StudyError:
            return None


def judge_of(grade: Grade | None) -> str:
    """The model that decided; "" while nothing is decided, and where a person, tests or words did."""
    return grade.by if grade is not None and grade.is_decided and grade.by != PERSON else ""


def _key(task: str, answer: str, passages: Sequence[str], check: Check | None) -> str:
    told = msgspec.json.encode([task, answer.strip(), passages, check])
    return hashlib.sha256(told).hexdigest()[:20]


def _order(one: WaitingAnswer) -> tuple[bool, bytes, str]:
    """Answers to one task together, tasks and answers in an order that has nothing to do with when they were given."""
    return one.is_aside, hashlib.sha256(one.task.encode(errors="replace")).digest(), one.key


def _both(one: WaitingAnswer, other: WaitingAnswer) -> WaitingAnswer:
    """The same answer from more runs. It is put aside only when all of it was."""
    open_one = other if one.is_aside else one
    return msgspec.structs.replace(
        open_one, run_ids=(*one.run_ids, *other.run_ids), is_aside=one.is_aside and other.is_aside
    )
