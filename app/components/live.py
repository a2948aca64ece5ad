"""A cell while its run is going on: what it is doing now, Φ as it moves, the steps so far, and stop."""

import time
from html import escape as safe

import streamlit as st

from app.charts import meter, sparkline
from app.components.answer import draw_answer
from app.wiring import active_jobs, engine, errors_on_page
from purpose_agent.notebooks.run_view import RunFold, RunView
from purpose_agent.teams.run_jobs import run_ids_of

_POLL_S = 0.5


def draw_live(run_id: str, *, place: str) -> None:
    """Poll the run's new events twice a second until it has ended, then run the whole page once more.

    The fold lives in the browser session, so each poll reads only the events after the last one.
    """
    folds: dict[str, RunFold] = st.session_state.setdefault("live_folds", {})
    fold = folds.setdefault(run_id, RunFold(run_id))

    @st.fragment(run_every=_POLL_S)
    def live() -> None:
        view = fold.feed(engine().events(run_id, fold.view.last_seq))
        ended = not view.is_live and not view.can_go_on
        if ended or _is_over(run_id):
            folds.pop(run_id, None)
            st.rerun()
        _draw_now(view)
        if st.button("Stop", key=f"{place}_stop_{run_id}", icon=":material/stop_circle:"):
            with errors_on_page():
                engine().cancel(run_id)
            st.toast("Stopping. What it did is kept.")

    live()


def _is_over(run_id: str) -> bool:
    """Whether the job ended without telling it in an event, for example because the model was not there."""
    return not any(run_id in run_ids_of(job) for job in active_jobs())


def _draw_now(view: RunView) -> None:
    if view.started is None:
        st.html('<p class="pa-soft" role="status">Waiting its turn.</p>')
        return
    seconds = max(0.0, time.time() - view.started.at.timestamp())
    doing = view.doing or "starting"
    steps = f"step {len(view.steps)}" if view.steps else "first step"
    told = (
        f"{safe(doing[:200])} · {steps}"  # the seconds stay outside: a screen reader would read out every one of them
    )
    st.html(f'<p class="pa-soft pa-live"><span role="status" aria-live="polite">{told}</span> · {seconds:.0f} s</p>')
    score = view.score
    if score.phi is not None:
        tests = {"passed": score.passed, "total": score.total}
        st.html(f'<div class="pa-meter">{meter(score.phi, score.tier, **tests)}{sparkline(view.phis)}</div>')
    draw_answer(view.text or view.draft)
