"""How far a study is, drawn anew while it works: what it does now, pause, and go on."""

import time
from html import escape as safe

import streamlit as st

from app.learning_page import StudyView, desk, models_of, state_words
from app.told_once import told_later
from app.wiring import engine, show_error
from purpose_agent.notebooks import words

_EVERY_S, _DRAWN_EVERY_S = 1.0, 4.0
_RESTS = 9
"""Drawing all of it anew takes the time of the study itself: at most a tenth of it, however slow the drawing is."""


def draw_progress(view: StudyView) -> None:
    if not view.is_alive:
        _draw_rest(view)
        return

    drawn, rests = time.monotonic(), max(_DRAWN_EVERY_S, _RESTS * desk().drawing_s)
    with st.container(key="learning_job", horizontal=True, vertical_alignment="center", gap="small"):
        doing = st.container()
        # Beside the part that is drawn anew each second, not in it: a press must not fall between two drawings.
        st.button(
            "Pause", key="learning_pause", icon=":material/pause_circle:", type="tertiary",
            on_click=_pause, args=(view.plan.study_id,),
        )  # fmt: skip

    @st.fragment(run_every=_EVERY_S)
    def follow() -> None:
        job = engine().studies.job_of(view.plan.study_id)
        is_old = job != view.job and time.monotonic() - drawn > rests
        if job is None or not job.is_alive or is_old:
            st.rerun()
        told = job.message or "Starting"
        st.html(f'<p class="pa-soft pa-live"><span role="status" aria-live="off">{safe(told)}</span></p>')
        if job.progress is not None:
            st.progress(min(max(job.progress, 0.0), 1.0))

    with doing:
        follow()


def _draw_rest(view: StudyView) -> None:
    job = view.job
    if job is not None and job.status == "failed":
        show_error(job.what or "The study ended before it was done.", job.fix, job.details)
    told = " · ".join(filter(None, (models_of(view), state_words(view))))
    if job is not None and job.finished is not None:
        told += f" · {words.moment(job.finished)}"
    ended = job.result.get("ended") if job is not None and isinstance(job.result, dict) else ""
    with st.container(key="learning_rest", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="pa-soft">{safe(told)}</p>')
        if not view.is_whole and not view.plan.is_imported:
            st.button(
                "Go on", key="learning_resume", icon=":material/play_arrow:", type="primary",
                on_click=_resume, args=(view.plan.study_id,),
            )  # fmt: skip
    if ended and view.findings.done < view.findings.size:
        is_early = view.findings.has_control and view.findings.headline.verdict.word in ("better", "worse")
        told = "It ended before all runs were done: nothing was in doubt any more." if is_early else str(ended)
        st.html(f'<p class="pa-soft">{safe(told)}</p>')


def _pause(study_id: str) -> None:
    with told_later():
        engine().studies.pause(study_id)
        st.toast("Pausing. What was done is kept.")


def _resume(study_id: str) -> None:
    with told_later():
        engine().studies.resume(study_id)
