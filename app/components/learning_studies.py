"""All studies, newest first; how to begin one; and what a study is, while there is none."""

from html import escape as safe

import streamlit as st

from app.components.learning_plan import draw_remove
from app.learning_page import StudyView, go, models_of, state_words, study_view
from app.paging import one_page
from app.told_once import draw_told
from app.wiring import engine, errors_on_page, escape, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.suites import FIRST_PURPOSE, FIRST_SUITE, FIRST_UNRELATED
from purpose_agent.notebooks import words
from purpose_agent.runtime.jobs import Job

PAGE_SIZE = 20
_BUSY_S, _IDLE_S = 1.0, 4.0


def draw_studies() -> None:
    draw_told()
    studies = engine().studies.list()
    _draw_unreadable()
    if not studies:
        _draw_start()
        return
    _draw_ways()
    for plan in one_page(studies, PAGE_SIZE, key="learning_studies_page"):
        with st.container(key=f"learning_row_{plan.study_id}", gap="xsmall"):
            try:
                _draw_row(study_view(plan.study_id))
            except PurposeError as problem:
                show_error(problem.what, problem.fix, problem.details)
    _follow()


def _draw_unreadable() -> None:
    """The first of those that cannot be read, so that it can be put away; the others work all the same."""
    for study_id, trouble in engine().studies.unreadable()[:1]:
        with st.container(key="learning_unreadable", gap="xsmall"):
            show_error(trouble, "All other studies work as before. Remove this one, or put its files right.")
            draw_remove(study_id, study_id)


def _draw_ways() -> None:
    with st.container(horizontal=True, gap="small", key="learning_ways"):
        if st.button("New study", key="learning_new", type="primary", icon=":material/add:"):
            go(new="study")
        if st.button("Prove it with my lessons", key="learning_prove", icon=":material/published_with_changes:"):
            go(new="proof")
        if st.button("Bring runs from elsewhere", key="learning_import", icon=":material/upload_file:"):
            go(new="import")


def _draw_row(view: StudyView) -> None:
    plan = view.plan
    st.page_link(
        "../pages/learning.py", label=escape(words.one_line(plan.title)), query_params={"study": plan.study_id}
    )
    live = ' class="pa-live"' if view.is_alive else ""
    on = f"{safe(models_of(view))} · " if models_of(view) else ""
    told = f"{on}<span{live}>{safe(state_words(view))}</span>"
    if view.job is not None and view.job.created is not None:
        told += f" · {words.moment(view.job.created)}"
    st.html(f'<p class="pa-sentence">{safe(view.findings.sentence)}</p><p class="pa-soft">{told}</p>')


def _draw_start() -> None:
    """What the page is for, and one click to a first study that needs no model."""
    st.html(
        '<p class="pa-lead">Does the memory help, or does it only look so? A study gives the same tasks to the team '
        "with and without what it learned, in turn, and says what can be told apart from chance, in words. A curve "
        "without such a control shows nothing.</p>"
    )
    suite, unrelated = (engine().suites.load(name) for name in (FIRST_SUITE, FIRST_UNRELATED))
    st.html(
        f'<p class="pa-soft">See it at work first: {len(suite.tasks)} small programming tasks in families and '
        f"{len(unrelated.tasks)} unrelated ones, solved by the built-in search on this computer, with no memory, an "
        "empty one, raw episodes, and lessons. It begins with nothing learned; your own memory is neither read nor "
        "written. Some minutes; it can be paused.</p>"
    )
    if st.button("Try a first study", key="learning_first", type="primary", icon=":material/play_arrow:"):
        with errors_on_page():
            plan = engine().studies.plan(suite, unrelated=unrelated, purpose=FIRST_PURPOSE, model="builtin")
            engine().studies.submit(plan)
        go(study=plan.study_id)
    with st.container(horizontal=True, gap="small", key="learning_ways"):
        if st.button("Make a study of my own", key="learning_new", icon=":material/add:"):
            go(new="study")
        if st.button("Bring runs from elsewhere", key="learning_import", icon=":material/upload_file:"):
            go(new="import")


def _follow() -> None:
    """Draw the list once more when a study came, went on or ended."""

    def standing() -> list[tuple[str, str]]:
        return [(job.job_id, job.status) for job in engine().jobs.list(limit=100) if _is_study(job)]

    shown = standing()
    is_busy = any(status in ("queued", "running") for _, status in shown)

    @st.fragment(run_every=_BUSY_S if is_busy else _IDLE_S)
    def look() -> None:
        if standing() != shown:
            st.rerun()

    look()


def _is_study(job: Job) -> bool:
    return job.kind == "study"
