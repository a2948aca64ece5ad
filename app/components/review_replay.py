"""Trying waiting lessons on past tasks: first the plan with what it costs, then a job that can be left and stopped."""

from collections.abc import Sequence

import streamlit as st

from app.components.lesson_parts import paragraphs
from app.told_once import tell, told_later
from app.wiring import active_jobs, engine, errors_on_page
from purpose_agent.teams.replay_plan import MOST_LESSONS, MOST_REPLAYS, ReplayPlan
from purpose_agent.teams.replay_policies import APPROVE_CONFIRMED, REJECT_HARMFUL

_NEVER, _LOW, _MEDIUM = "never", "low", "medium"
_CONFIRMED = {_NEVER: "never", _LOW: "of low risk", _MEDIUM: "of low or medium risk"}


def draw_replay_offer(shown: Sequence[str], waiting: int) -> None:
    """`shown`: the lessons on the page, the first to be tried."""
    running = any(job.kind == "replay" for job in active_jobs())
    label = "Trying them on past tasks …" if running else "Try them on past tasks …"
    pressed = st.button(
        label,
        key="review_try",
        icon=":material/science:",
        type="tertiary",
        disabled=running,
        help="Runs past tasks again, with and without the lessons. You see first what it takes.",
    )
    if pressed:
        _plan(list(shown), waiting)


@st.dialog("Try lessons on past tasks", width="medium")
def _plan(shown: list[str], waiting: int) -> None:
    """What would be done, and about how much it takes; nothing is spent before Start."""
    st.html(
        '<p class="pa-soft">Tasks that you ran before are run again, with and without the lessons. These replays '
        "change nothing else: no file, no lesson, no score of yours. What they show stands on each card; you "
        "decide.</p>"
    )
    which = "shown"
    if waiting > len(shown):
        which = st.radio(
            "Which lessons",
            ["shown", "all"],
            format_func=lambda one: f"The {len(shown)} on this page" if one == "shown" else _all(waiting),
            key="review_try_which",
        )
    with errors_on_page():
        first = engine().plan_replay(shown if which == "shown" else None)
        replays = st.number_input(
            "Runs at most", 1, MOST_REPLAYS, value=first.replays, key=f"review_try_replays_{which}"
        )
        plan = (
            first
            if replays == first.replays
            else engine().plan_replay(shown if which == "shown" else None, replays=int(replays))
        )
    _draw_plan(plan)
    started = st.button(
        "Start",
        key="review_try_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=plan.is_empty,
        on_click=_start,
        args=(plan,),
    )
    if started:
        st.rerun()


def _draw_plan(plan: ReplayPlan) -> None:
    head, *rest = str(plan).split("\n")
    notes = (*plan.untested, *plan.skipped)
    told = [line for line in rest if line not in notes]
    if plan.is_empty:
        st.info(
            "There is nothing to try yet. Lessons are tried on tasks that you ran and that had a check of their own."
        )
    else:
        st.html(f'<div class="pa-plan">{paragraphs([head, *told])}</div>')
    if notes:
        with st.expander(f"Left out ({len(notes):,})", type="compact"):
            st.html(f'<div class="pa-soft">{paragraphs(notes)}</div>')


def draw_policies() -> None:
    """What may be decided without asking after a test; both are off until the person switches them on."""
    workspace = engine().workspace
    known = workspace.setting(APPROVE_CONFIRMED)
    chosen = st.selectbox(
        "Use without asking what a test confirmed",
        list(_CONFIRMED),
        index=list(_CONFIRMED).index(known) if known in (_LOW, _MEDIUM) else 0,
        format_func=lambda one: _CONFIRMED[one],
        key="review_policy_confirmed",
        help="Confirmed: run side by side on enough past tasks, it helped beyond doubt, and no scanner objects.",
    )
    if chosen != (known if known in (_LOW, _MEDIUM) else _NEVER):
        workspace.set_setting(APPROVE_CONFIRMED, None if chosen == _NEVER else chosen)
    harmful = workspace.setting(REJECT_HARMFUL) is True
    wanted = st.toggle("Turn down without asking what a test showed to harm", harmful, key="review_policy_harmful")
    if wanted != harmful:
        workspace.set_setting(REJECT_HARMFUL, wanted)


def _start(plan: ReplayPlan) -> None:
    with told_later():
        engine().submit_replay(plan)
        tell("The lessons are being tried. It goes on when you leave this page; stop it at the left.")


def _all(waiting: int) -> str:
    return f"All {waiting:,} that wait" if waiting <= MOST_LESSONS else f"The first {MOST_LESSONS} of all {waiting:,}"
