"""One run, step by step. Only the steps on the screen are drawn, and only an open step reads its prompts."""

import math
from datetime import datetime
from html import escape as safe

import streamlit as st

from app.charts import meter, phi_over_steps
from app.components.answer import draw_answer, draw_sources, safe_markdown
from app.components.lessons import draw_born, draw_used
from app.components.live import draw_live
from app.components.run_list import status_of
from app.components.score_override import draw_override, draw_teaching
from app.components.steps import draw_step, headline
from app.wiring import (
    active_jobs,
    engine,
    errors_on_page,
    escape,
    run_view,
    show_error,
    store,
    trajectories,
)
from purpose_agent.notebooks import words
from purpose_agent.notebooks.event_words import event_line
from purpose_agent.notebooks.outputs import sources_of
from purpose_agent.notebooks.run_view import RunView, StepView, prompts_of
from purpose_agent.runtime.events import RunStarted
from purpose_agent.storage.trajectories import RunRow
from purpose_agent.teams.run_jobs import run_ids_of
from purpose_agent.types import RunStatus, Score

STEPS_A_PAGE = 20
EVENTS_A_PAGE = 100


def draw_run(run_id: str) -> None:
    """The whole page of one run."""
    st.page_link("../pages/runs.py", label="All runs", icon=":material/arrow_back:")
    view = run_view(run_id)
    if view.started is None:
        show_error("This run is not in this workspace.", "Choose one from the list of all runs.")
        return
    status = current_status(view)
    draw_summary(view, view.started, status)
    if status == "running":
        draw_live(run_id, place="runs")
        return
    _draw_outcome(view, status)
    _draw_compare(view.started, run_id)
    _draw_curve(view)
    _draw_lessons(view)
    _draw_steps(view)
    _draw_events(view)


def current_status(view: RunView) -> RunStatus:
    return status_of(view.status, any(view.run_id in run_ids_of(job) for job in active_jobs()))


def draw_summary(view: RunView, started: RunStarted, status: RunStatus) -> None:
    """Title and one line: who, on what, when, from which notebook."""
    st.title(escape(words.one_line(started.task.text)), anchor=False)
    who = (started.team, words.model(started.model))
    parts = [*who, words.moment(started.at), words.STATUS[status]]
    st.html(f'<p class="pa-soft">{safe(" · ".join(parts))}</p>')
    if words.one_line(started.task.text) != started.task.text.strip():
        with st.expander("The whole task", type="compact", key="runs_whole_task"):
            st.markdown(safe_markdown(started.task.text))
    if started.parent_run:
        st.html('<p class="pa-soft">A replay of a past task, to see what lessons do. Nothing was learned from it.</p>')
        st.page_link(
            "../pages/runs.py",
            label="The run whose task it repeats",
            icon=":material/history:",
            query_params={"run": started.parent_run},
        )
    if started.why_model:
        st.html(f'<p class="pa-soft">{safe(started.why_model)}</p>')
    if started.notebook_id and store().notebook(started.notebook_id) is not None:
        st.page_link(
            "../pages/notebook.py",
            label="Open its notebook",
            icon=":material/edit_note:",
            query_params={"notebook": started.notebook_id},
        )


def _draw_outcome(view: RunView, status: RunStatus) -> None:
    if status != "done":
        text = f"**{words.STATUS[status].capitalize()}.** {escape(view.what)} {escape(view.fix)}"
        (st.error if status == "failed" else st.warning)(text, icon=":material/info:")
        if view.details:
            with st.expander("Show details", type="compact"):
                st.code(view.details, language=None, wrap_lines=True)
        if status != "failed" and st.button("Resume", key="runs_resume", icon=":material/resume:"):
            with errors_on_page():
                engine().resume(view.run_id)
            st.rerun()
    st.subheader("Answer" if status == "done" else "Draft so far", anchor=False)
    draw_answer(view.answer or view.draft)
    if not (view.answer or view.draft):
        st.caption("It ended without an answer.")
    st.html(outcome_line(view))
    draw_override(view.run_id, view.score, view.machine_score, view.settled_by)
    draw_teaching(view)
    draw_sources(sources_of(view), key="runs_sources")
    if status == "done" and (why := words.ending(view.what)):
        st.caption(escape(why))


def outcome_line(view: RunView) -> str:
    """Score with its evidence, hidden tests if there were any, and what it cost."""
    score, usage = view.score, view.usage
    grade = engine().grade(view.run_id)
    graded = f'<span class="pa-pale">hidden tests {grade[0]} of {grade[1]}</span>' if grade else ""
    effort = [words.count(len(view.steps), "step"), words.seconds(_seconds(view))]
    if usage.attempts:
        effort.append(words.count(usage.attempts, "program") + " tried")
    if tokens := usage.prompt_tokens + usage.completion_tokens:
        effort.append(words.count(tokens, "token"))
    effort.append(words.cost(usage.cost_usd, view.started.model if view.started else ""))
    told = meter(score.phi, score.tier, passed=score.passed, total=score.total)
    return f'<div class="pa-meter">{told}{graded}<span class="pa-right">{safe(" · ".join(effort))}</span></div>'


def _seconds(view: RunView) -> float:
    started: datetime | None = view.started.at if view.started else None
    return (view.ended_at - started).total_seconds() if started and view.ended_at else view.usage.seconds


def _draw_compare(started: RunStarted, run_id: str) -> None:
    """Other runs of the same cell, or of the same words, to put beside this one."""
    if started.cell_id:
        rows = trajectories().runs(cell_id=started.cell_id, limit=30)
    else:
        rows = trajectories().runs(text=started.task.text[:60], limit=30)
    others = {row.run_id: row for row in rows if row.run_id != run_id}
    if not others:
        return
    chosen = st.selectbox(
        "Compare with",
        [None, *others],
        format_func=lambda other: "Choose another run" if other is None else _label(others[other]),
        key=f"runs_compare_{run_id}",
        width=420,
    )
    if chosen is not None:
        st.query_params["compare"] = chosen
        st.rerun()


def _label(row: RunRow) -> str:
    return f"{words.moment(row.started_at, seconds=True)} · Φ {words.phi(row.phi)} · {words.model(row.model)}"


def _draw_curve(view: RunView) -> None:
    scored = [step for step in view.steps if step.score is not None and step.score.phi is not None]
    if len(scored) < 2:
        return
    numbers = [step.index + 1 for step in scored]
    figure = phi_over_steps(numbers, view.phis, names=[headline(step) for step in scored])
    told = ", ".join(f"step {number}: {words.phi(phi)}" for number, phi in zip(numbers, view.phis, strict=True))
    st.plotly_chart(
        figure, key="runs_curve", alt=f"Score after each step. {told[:900]}", config={"displayModeBar": False}
    )


def _draw_lessons(view: RunView) -> None:
    if view.lessons:
        st.subheader("Lessons it used", anchor=False)
        draw_used(view.lessons)
    if view.born:
        st.subheader("Lessons that came of it", anchor=False)
        draw_born(view.born, place="runs")


def _draw_steps(view: RunView) -> None:
    st.subheader(f"Steps ({len(view.steps):,})", anchor=False)
    if not view.steps:
        st.caption("It ended before its first step.")
        return
    n_pages = math.ceil(len(view.steps) / STEPS_A_PAGE)
    page = min(st.pagination(n_pages, key=f"runs_steps_{view.run_id}"), n_pages) if n_pages > 1 else 1
    texts = {use.card_id: use.text for use in view.lessons}
    for step in view.steps[(page - 1) * STEPS_A_PAGE : page * STEPS_A_PAGE]:
        st.fragment(_draw_one_step)(view.run_id, step, texts)


def _draw_one_step(run_id: str, step: StepView, texts: dict[str, str]) -> None:
    score = f" · Φ {words.phi(step.score.phi)}" if step.score is not None and step.score.phi is not None else ""
    box = st.expander(
        f"**{step.index + 1}** · {escape(step.agent or 'team')} {escape(headline(step)[:120])}{score}",
        key=f"runs_step_{run_id}_{step.index}",
        on_change="rerun",
        type="step",
    )
    with box:
        if not box.open:
            st.skeleton(height=120)  # a step without content could not be opened; this is what is seen while it loads
            return
        prompts = prompts_of(engine().events(run_id), range(step.index, step.index + 1))
        draw_step(step, prompts.get(step.index, []), lesson_texts=texts)
        draw_override(run_id, step.score or Score(), step.machine_score, step.scored_by, step=step.index)


def _draw_events(view: RunView) -> None:
    @st.fragment
    def events() -> None:
        box = st.expander(
            f"All {view.n_events:,} events", key=f"runs_events_{view.run_id}", on_change="rerun", type="compact"
        )
        if not box.open:
            return
        with box:
            n_pages = math.ceil(view.n_events / EVENTS_A_PAGE)
            page = min(st.pagination(n_pages, key=f"runs_events_page_{view.run_id}"), n_pages) if n_pages > 1 else 1
            shown = engine().events(view.run_id, (page - 1) * EVENTS_A_PAGE - 1)[:EVENTS_A_PAGE]
            rows = "".join(
                f"<tr><th>{event.at.astimezone():%H:%M:%S}</th><td>{safe(event_line(event))}</td></tr>"
                for event in shown
            )
            st.html(f'<table class="pa-facts"><tbody>{rows}</tbody></table>')

    events()
