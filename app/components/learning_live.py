"""Daily work, without a study: alarms, a sentence, the curve, what each lesson adds, and what it all took."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape as safe

import streamlit as st

from app.components.learning_live_curve import draw_curve
from app.components.learning_live_lessons import draw_lessons
from app.components.learning_live_spent import draw_spent
from app.wiring import engine, store
from purpose_agent.evaluation.live.records import Alarm, Choices, LiveFindings, Which
from purpose_agent.notebooks import words

_ANY = ""
_DAYS = {0: "All time", 7: "The last 7 days", 30: "The last 30 days", 365: "The last year"}


def draw_live() -> None:
    choices = engine().learning.choices()
    if not choices.models:
        _draw_empty(filtered=False)
        return
    found = engine().learning.findings(_draw_filters(choices))
    if not found.runs:
        _draw_empty(filtered=True)
        return
    for alarm in found.alarms:
        _draw_alarm(alarm)
    _draw_sentence(found)
    draw_curve(found)
    draw_lessons(found.lessons)
    draw_spent(found)


def _draw_filters(choices: Choices) -> Which:
    titles = {notebook.notebook_id: notebook.title for notebook in store().notebooks()}
    with st.container(horizontal=True, gap="small", key="live_filters"):
        team = _choice("Team", [name for name, _ in choices.teams])
        model = _choice("Model", [name for name, _ in choices.models], {n: words.model(n) for n, _ in choices.models})
        kind = _choice("Kind of task", [name for name, _ in choices.task_kinds])
        notebook = _choice("Notebook", [name for name, _ in choices.notebooks if name in titles], titles)
        days = st.selectbox(
            "When",
            list(_DAYS),
            format_func=lambda days: _DAYS[days],
            key="live_days",
            persist_state="session",
            width=170,
        )
    since = (
        datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days) if days else None
    )
    return Which(team=team, model=model, task_kind=kind, notebook_id=notebook, since=since)


def _choice(label: str, options: Sequence[str], names: dict[str, str] | None = None) -> str:
    chosen = st.selectbox(
        label,
        [_ANY, *options],
        format_func=lambda value: "Any" if value == _ANY else (names or {}).get(value, value),
        key=f"live_{label.lower().replace(' ', '_')}",
        persist_state="session",
        width=170,
    )
    return chosen or _ANY


def _draw_empty(*, filtered: bool) -> None:
    if filtered:
        st.info("No run fits these filters.")
        return
    st.info(
        "No runs yet. Here you see how your daily work goes over time, what each lesson adds by the runs from which it "
        "was left out on purpose, and a word when something turned for the worse."
    )
    st.page_link("../pages/notebook.py", label="Run a first task in a notebook", icon=":material/edit_note:")


def _draw_alarm(alarm: Alarm) -> None:
    with st.container(key=f"live_alarm_{alarm.run}_{alarm.worse}", gap="xsmall"):
        look = "pa-bad" if alarm.worse else "pa-good"
        st.html(
            f'<p><span class="pa-tag {look}">{"worse" if alarm.worse else "better"}</span> '
            f'<span class="pa-soft">{words.moment(alarm.at)}</span></p>'
            f'<p class="pa-sentence" role="status">{safe(alarm.sentence)} {safe(alarm.fix)}</p>'
        )
        if alarm.card_id:
            st.page_link(
                "../pages/review.py", label="Look at this lesson", icon=":material/rate_review:",
                query_params={"lesson": alarm.card_id},
            )  # fmt: skip


def _draw_sentence(found: LiveFindings) -> None:
    verdict = found.overall
    st.html(
        f'<p class="pa-verdict" role="status" data-word="{safe(verdict.word)}">{safe(verdict.sentence)}</p>'
        '<p class="pa-soft">Runs from which one lesson was left out by chance, against those with all of them: the '
        "only fair comparison in daily work. A rising curve alone shows nothing, for the tasks change, too. "
        f"{found.judged:,} of {words.count(found.runs, 'run')} were judged by somebody other than the model.</p>"
    )
