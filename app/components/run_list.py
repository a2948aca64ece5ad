"""The list of runs: filters, one row a run, pages."""

import math
from html import escape as safe
from typing import TypedDict

import streamlit as st

from app.charts import meter
from app.wiring import active_jobs, escape, store, trajectories
from purpose_agent.notebooks import words
from purpose_agent.storage.trajectories import RunRow
from purpose_agent.teams.run_jobs import run_ids_of
from purpose_agent.types import RunStatus

PAGE_SIZE = 25
_BUSY_S, _IDLE_S = 1.0, 3.0
_ANY = ""


class Asked(TypedDict):
    """What the filters are set to, as `Trajectories.runs` takes it; "" = any."""

    text: str
    team: str
    model: str
    status: str
    notebook_id: str


def draw_list() -> None:
    """All runs of the workspace, newest first."""
    st.html('<span class="pa-wide"></span>')
    asked = _draw_filters()
    replays = _draw_which()
    total = trajectories().count(**asked, replays=replays)
    n_pages = math.ceil(total / PAGE_SIZE)
    page = 1
    if total:
        st.html(f'<p class="pa-soft">{words.count(total, "run")}, newest first.</p>')
    else:
        _draw_empty(any(asked.values()) or replays)
    if n_pages > 1:
        page = min(st.pagination(n_pages, key="runs_page"), n_pages)
    shown = _rows(asked, replays, page)
    for row, status in shown:
        _draw_row(row, status)
    _follow(asked, replays, page, [(row.run_id, status) for row, status in shown])


def _rows(asked: Asked, replays: bool, page: int) -> list[tuple[RunRow, RunStatus]]:
    live = {run_id for job in active_jobs() for run_id in run_ids_of(job)}
    rows = trajectories().runs(**asked, replays=replays, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return [(row, status_of(row.status, row.run_id in live)) for row in rows]


def _follow(asked: Asked, replays: bool, page: int, shown: list[tuple[str, RunStatus]]) -> None:
    """Draw the page once more when a run came or ended: it may be stored a moment after its job is over."""

    @st.fragment(run_every=_BUSY_S if active_jobs() else _IDLE_S)
    def look() -> None:
        if [(row.run_id, status) for row, status in _rows(asked, replays, page)] != shown:
            st.rerun()

    look()


def _draw_filters() -> Asked:
    text = st.text_input(
        "Search the tasks and answers",
        key="runs_text",
        placeholder="fizzbuzz",
        icon=":material/search:",
        persist_state="session",
    )
    names = {notebook.notebook_id: notebook.title for notebook in store().notebooks()}
    with st.container(horizontal=True, gap="small", key="runs_filters"):
        team = _draw_choice("Team", _values("team"))
        models = _values("model")
        model = _draw_choice("Model", models, names={name: words.model(name) for name in models})
        status = _draw_choice("Status", list(_values("status")), names={str(k): v for k, v in words.STATUS.items()})
        notebook_id = _draw_choice("Notebook", list(names), names=names)
    return {"text": text or "", "team": team, "model": model, "status": status, "notebook_id": notebook_id}


def _draw_which() -> bool:
    """Whether the replays are wanted; while there are none, there is nothing to choose."""
    if not trajectories().count(replays=True):
        return False
    own, replays = "Your runs", "Replays of past tasks"
    chosen = st.segmented_control(
        "Which runs", [own, replays], default=own, required=True, key="runs_which", label_visibility="collapsed"
    )
    return chosen == replays


def _draw_choice(label: str, options: list[str], *, names: dict[str, str] | None = None) -> str:
    chosen = st.selectbox(
        label,
        [_ANY, *options],
        format_func=lambda value: "Any" if value == _ANY else (names or {}).get(value, value),
        key=f"runs_{label.lower()}",
        persist_state="session",
        width=160,
    )
    return chosen or _ANY


def _values(column: str) -> list[str]:
    """What stands in a column; the names of the columns are ours, never a person's text."""
    rows = trajectories().sql(f"SELECT DISTINCT {column} AS value FROM runs ORDER BY value")
    return [str(row["value"]) for row in rows]


def _draw_row(row: RunRow, status: RunStatus) -> None:
    with st.container(key=f"runs_row_{row.run_id}", gap="xsmall"):
        st.page_link("../pages/runs.py", label=escape(words.one_line(row.task)), query_params={"run": row.run_id})
        look = {"failed": "pa-bad", "interrupted": "pa-wait", "running": "pa-good"}.get(status, "")
        tag = "" if status == "done" else f'<span class="pa-tag {look}">{words.STATUS[status]}</span>'
        score = meter(row.phi, row.tier, passed=row.passed, total=row.total) if status == "done" else ""
        effort = [words.seconds(row.seconds), words.count(row.steps, "step"), words.cost(row.cost_usd, row.model)]
        st.html(
            f'<div class="pa-meter">{tag}{score}<span class="pa-right">{safe(" · ".join(effort))} · '
            f"{safe(words.model(row.model))} · {words.moment(row.started_at)}</span></div>"
        )


def status_of(stored: RunStatus, is_live: bool) -> RunStatus:
    """A run without an end whose job is gone was interrupted; a stopped one whose job lives was taken up again."""
    if is_live and stored in ("cancelled", "interrupted"):
        return "running"
    return "interrupted" if stored in ("queued", "running") and not is_live else stored


def _clear_filters() -> None:
    """Callback, so that the boxes are empty when they are drawn."""
    for name in ("text", "team", "model", "status", "notebook"):
        st.session_state[f"runs_{name}"] = _ANY


def _draw_empty(filtered: bool) -> None:
    if filtered:
        st.info("No run fits these filters.")
        st.button("Clear the filters", key="runs_clear", icon=":material/filter_alt_off:", on_click=_clear_filters)
        return
    st.info("No runs yet. Here you see each run step by step: what was sent, what changed, and why it got its score.")
    st.page_link("../pages/notebook.py", label="Run a first task in a notebook", icon=":material/edit_note:")
