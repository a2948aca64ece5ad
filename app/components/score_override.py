"""A person's own score of a run or a step, beside the machine's; and what corrections teach the critic."""

from html import escape as safe

import streamlit as st

from app.wiring import active_jobs, engine, errors_on_page, model_line
from purpose_agent.core.calibration import Correction, split
from purpose_agent.notebooks import words
from purpose_agent.notebooks.run_view import RunView
from purpose_agent.types import MAX_PHI, Score


def draw_override(
    run_id: str, score: Score, machine: Score | None, by: str, *, step: int | None = None, can_set: bool = True
) -> None:
    """The line that tells whose score this is, a way to set one, and the way back."""
    place = f"{run_id}_{'run' if step is None else step}"
    if machine is not None:
        told = f"{words.set_by(score, by, machine)}. The reason: {score.evidence}"
        st.html(f'<p class="pa-soft">{safe(told)}</p>')
    if not can_set:
        return
    if machine is not None and st.button("Take my score back", key=f"runs_take_back_{place}", type="tertiary"):
        with errors_on_page():
            engine().take_back_score(run_id, step=step)
        st.rerun()
    what = "run" if step is None else "step"
    with st.expander(f"Score this {what} yourself", type="compact", key=f"runs_override_{place}"):
        _draw_form(run_id, score, step, place)


def _draw_form(run_id: str, score: Score, step: int | None, place: str) -> None:
    with st.form(f"runs_score_form_{place}", border=False):
        phi = st.number_input(
            "Score Φ, 0 nothing to 10 complete",
            min_value=0.0,
            max_value=MAX_PHI,
            value=score.phi if score.phi is not None else 5.0,
            step=0.5,
            format="%.1f",
            key=f"runs_score_{place}",
        )
        reason = st.text_input(
            "What the score did not see", key=f"runs_reason_{place}", placeholder="a claim without a source"
        )
        told = "The other score stays beside yours."
        st.caption(told if step is not None else f"{told} What the run's lessons are worth follows yours.")
        if st.form_submit_button("Set the score"):
            with errors_on_page():
                engine().override_score(run_id, float(phi), reason, step=step)
            st.rerun()


def draw_teaching(view: RunView) -> None:
    """How far the person's corrections are from teaching the critic; from there on the way to it, and what it costs."""
    started = view.started
    corrected = view.machine_score is not None or any(step.machine_score for step in view.steps)
    if started is None or not corrected:
        return
    family = started.task_kind.partition(":")[0]
    with errors_on_page(go_on=True):
        alike = [each for each in engine().corrections() if each.family == family]
        _draw_progress(alike)


def _draw_progress(alike: list[Correction]) -> None:
    if not alike:
        return
    parts = split(alike, 0)
    runs = len({each.run_id for each in alike})
    told = f"You set the critic right in {words.count(runs, 'run')} of this kind of task."
    if isinstance(parts, int):
        st.html(f'<p class="pa-soft">{told} After about {parts} more you can try whether it learns from you.</p>')
        return
    calls = 2 * len(parts.held_out)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs_teach"):
        st.html(f'<p class="pa-soft">{told} To try takes {calls} calls of {safe(model_line()[0])}.</p>')
        busy = any(job.kind == "calibrate" for job in active_jobs())
        if st.button("Teach the critic", key="runs_teach_critic", type="tertiary", disabled=busy):
            with errors_on_page():
                engine().submit_calibration()
            st.toast("The critic is being tried. What comes of it appears under Review.", icon=":material/school:")
