"""One study: what can be said of it in a sentence, then the pictures, then what it took and what it rests on."""

import time
from html import escape as safe

import streamlit as st

from app.components.learning_comparisons import draw_comparisons, draw_forest
from app.components.learning_curves import draw_curves
from app.components.learning_plan import draw_plan
from app.components.learning_progress import draw_progress
from app.components.learning_proof import draw_phases
from app.components.learning_reports import draw_reports
from app.components.learning_spent import draw_spent
from app.learning_page import StudyView, desk, models_of, study_view, verdict_word
from app.told_once import draw_told
from app.wiring import errors_on_page, escape
from purpose_agent.evaluation.studies.words import about, task_by_task


def draw_study(study_id: str) -> None:
    began = time.monotonic()
    st.page_link("../pages/learning.py", label="All studies", icon=":material/arrow_back:")
    draw_told()
    with errors_on_page():
        view = study_view(study_id)
    st.title(escape(view.plan.title), anchor=False)
    # Each part keeps its place: what draws itself anew while the study runs would otherwise be put over its neighbours.
    progress, verdict, curves, forest, comparisons, spent, reports, plan = (st.container() for _ in range(8))
    with progress:
        draw_progress(view)
    with verdict:
        _draw_verdict(view)
    with curves:
        draw_phases(view)
        draw_curves(view)
    with forest:
        draw_forest(view)
    with comparisons:
        draw_comparisons(view)
    with spent:
        draw_spent(view)
    with reports:
        if view.outcomes:
            draw_reports(study_id, view.plan.title)
    with plan:
        draw_plan(view)
    desk().drawing_s = time.monotonic() - began


def _draw_verdict(view: StudyView) -> None:
    st.html(
        f'<p class="pa-verdict" role="status" data-word="{safe(verdict_word(view))}">{safe(view.findings.sentence)}</p>'
        f'<p class="pa-soft">{safe(_about(view))}</p>'
    )


def _about(view: StudyView) -> str:
    if not view.findings.has_control:
        on = f", on {models_of(view)}" if models_of(view) else ""
        return (
            f"{view.plan.source.capitalize()}{on}. Bring runs on the same tasks without the memory, too, and they are "
            "held against each other."
        )
    headline = view.findings.headline
    told = f"{task_by_task(headline)} {about(view.plan, headline, models_of(view))}".strip()
    return told if view.plan.is_imported else f"{told} {_next_step(view)}"


def _next_step(view: StudyView) -> str:
    """What would tell more, while it is not clear."""
    verdict = view.findings.headline.verdict
    if view.is_alive or verdict.word in ("better", "worse"):
        return ""
    if not view.is_whole:
        return "Go on with it to know more."
    if verdict.more:
        return "A study with more tasks, or with more repeats of the same ones, would tell."
    return ""
