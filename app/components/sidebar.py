"""Below the navigation: the model in use, where the workspace is, and what is running, with stop."""

from pathlib import Path

import streamlit as st

from app.wiring import active_jobs, engine, errors_on_page, model_line, waiting_count
from purpose_agent.runtime.run_manager import Job
from purpose_agent.sandbox.probe import probe

_BUSY_S, _IDLE_S = 1.0, 3.0


def draw_sidebar() -> None:
    """Draw it, and keep it fresh: when a job starts or ends or a lesson comes in, the page is run again."""
    jobs, waiting = frozenset(job.job_id for job in active_jobs()), waiting_count()

    @st.fragment(run_every=_BUSY_S if jobs else _IDLE_S)
    def running() -> None:
        now = active_jobs()
        if (frozenset(job.job_id for job in now), waiting_count()) != (jobs, waiting):
            st.rerun()
        for job in now:
            _draw_job(job)
        _draw_lessons()

    with st.sidebar:
        running()
        name, why = model_line()
        st.html(f'<p class="pa-soft" title="{_safe(why)}"><b>Model</b><br>{_safe(name)}</p>')
        _draw_walls()
        home = engine().workspace.home
        st.html(f'<p class="pa-soft" title="{_safe(str(home))}"><b>Workspace</b><br>{_safe(_short(home))}</p>')


def _draw_lessons() -> None:
    """How many are in use and how many wait; a record that cannot be read is told here and leaves the rest alone."""
    waiting = waiting_count()
    if waiting is None:
        st.html('<p class="pa-soft"><b>Lessons</b><br>cannot be read; none is used</p>')
        return
    st.html(f'<p class="pa-soft"><b>Lessons</b><br>{engine().memory.in_use:,} in use</p>')
    if waiting:
        label = f"{waiting:,} {'waits' if waiting == 1 else 'wait'} for you"
        st.page_link("../pages/review.py", label=label, icon=":material/rate_review:")


def _draw_walls() -> None:
    """What code can reach here; where nothing holds it back, the person decides whether it runs at all."""
    walls = probe()
    told = "runs behind walls" if walls.holds else "no walls on this computer"
    st.html(f'<p class="pa-soft" title="{_safe(" ".join(walls.describe()))}"><b>Code</b><br>{told}</p>')
    if walls.holds:
        return
    allowed = st.toggle(
        "Run code all the same",
        engine().code_without_walls,
        key="side_code_without_walls",
        help="Nothing here keeps a program that a model wrote away from your files. Off: it is not run.",
    )
    if allowed != engine().code_without_walls:
        engine().code_without_walls = allowed


def _draw_job(job: Job) -> None:
    with st.container(key=f"side_job_{job.job_id}", gap="xsmall"):
        what = "Waiting" if job.status == "queued" else "Running"
        st.html(
            f'<p class="pa-soft" role="status"><span class="pa-live"></span><b>{what}</b><br>{_safe(job.title)}'
            + (f"<br>{_safe(job.message)}" if job.message and job.message != job.title else "")
            + "</p>"
        )
        if job.progress is not None:
            st.progress(min(max(job.progress, 0.0), 1.0))
        if st.button("Stop", key=f"side_stop_{job.job_id}", icon=":material/stop_circle:", type="tertiary"):
            with errors_on_page():
                engine().jobs.cancel(job.job_id)
            st.rerun()


def _short(home: Path) -> str:
    try:
        return f"~/{home.relative_to(Path.home())}"
    except ValueError:
        return str(home)


def _safe(text: str) -> str:
    from html import escape as escape_html

    return escape_html(text)
