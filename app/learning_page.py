"""What the Learning page keeps while somebody sits at it, and what it looks up about a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import streamlit as st

from app.wiring import engine, keep_in_address
from purpose_agent.evaluation.studies.findings import PART_ORDER, Findings, findings
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import Part, StudyPlan
from purpose_agent.evaluation.studies.words import amount
from purpose_agent.notebooks import words
from purpose_agent.runtime.jobs import Job
from purpose_agent.teams.imports import Brought

_DESK = "learning_desk"
_KEPT_STUDIES = 16


@dataclass(slots=True)
class LearningDesk:
    """asking   the study that is to be removed, once confirmed.
    brought  what the log that was dropped last was read as.
    drawing_s  how long drawing a study took the last time.
    """

    asking: str = ""
    brought: Brought | None = None
    drawing_s: float = 0.0


class StudyView(NamedTuple):
    """A study as it stands now."""

    plan: StudyPlan
    outcomes: Sequence[Outcome]
    findings: Findings
    job: Job | None
    is_whole: bool

    @property
    def is_alive(self) -> bool:
        return self.job is not None and self.job.is_alive

    def parts(self) -> list[Part]:
        """Those of which something is done."""
        done = {outcome.part for outcome in self.outcomes}
        return [part for part in PART_ORDER if part in done]


def desk() -> LearningDesk:
    found: LearningDesk = st.session_state.setdefault(_DESK, LearningDesk())
    return found


def study_view(study_id: str) -> StudyView:
    """Raises StudyError when it is not there. What its rows show is worked out anew only when rows came."""
    studies = engine().studies
    plan, outcomes = studies.folder(study_id).plan(), studies.outcomes(study_id)
    found = _findings((str(engine().workspace.home), study_id, hash(outcomes)), plan, outcomes)
    return StudyView(plan, outcomes, found, studies.job_of(study_id), studies.is_whole(study_id))


@st.cache_resource(show_spinner=False, max_entries=_KEPT_STUDIES)
def _findings(key: tuple[str, str, int], _plan: StudyPlan, _outcomes: Sequence[Outcome]) -> Findings:
    return findings(_plan, _outcomes)


def verdict_word(view: StudyView) -> str:
    found = view.findings
    if found.proof is not None:
        return {"shown": "better", "worse": "worse"}.get(found.proof.word, found.proof.word)
    return found.headline.verdict.word if found.has_control else "not enough data"


def state_words(view: StudyView) -> str:
    """`216 of 312 runs · running`"""
    done = amount(view.plan, view.findings, is_whole=view.is_whole)
    if view.is_alive:
        return f"{done} · {'waiting its turn' if view.job and view.job.status == 'queued' else 'running'}"
    return f"{done} · {'done' if view.is_whole else 'paused'}"


def models_of(view: StudyView) -> str:
    """Of runs done elsewhere as far as their log names any; "" where it names none."""
    named = ", ".join(map(words.model, view.findings.models))
    if named or view.plan.is_imported:
        return named
    return words.model(view.plan.model or "the model in use")


def chosen_id(chosen: object) -> str:
    """What was given along with the point that was chosen in a picture; "" while none is."""
    points = getattr(getattr(chosen, "selection", None), "points", None) or []
    for point in points:
        given = point.get("customdata")
        told = given[0] if isinstance(given, list | tuple) and given else given
        if told:
            return str(told)
    return ""


def go(**params: str | None) -> NoReturn:
    """Show another part of the page."""
    keep_in_address(**params)
    st.rerun()
    raise AssertionError("a rerun ends the script")
