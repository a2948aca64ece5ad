"""Runs of other programs: drop their log, see what it was read as, and open it like a study of one's own."""

from html import escape as safe

import streamlit as st

from app.components.uploads import Given, renew_upload, upload_key
from app.learning_page import desk, go
from app.told_once import draw_told, told_later
from app.wiring import engine
from purpose_agent.evaluation.trajectory_formats import own_lines
from purpose_agent.evaluation.trajectory_formats.reading import KNOWN, MAX_LOG_BYTES
from purpose_agent.teams.imports import Brought

_BOX = "learning_log"
_FIELDS = (
    ("task_id", "which task it was; the same in every arm"),
    ("arm", "none, empty, episodes, lessons, or a name of your own; the control is empty, none, control or baseline"),
    ("right", "true, false, or null when nobody can say"),
    ("phi", "a score from 0 to 10"),
    ("repeat, turn", "from 0: the how-manieth time all was done; how often this task was met before"),
    ("unrelated", "true for tasks that are only there to see that nothing falls"),
    ("tokens, attempts, steps, seconds, cost_usd, model, text, family, lessons", "as far as they are known"),
    ("log", "the steps: objects with action, tool, observation, right, phi"),
)


def draw_import() -> None:
    st.page_link("../pages/learning.py", label="All studies", icon=":material/arrow_back:")
    st.title("Runs from elsewhere", anchor=False)
    st.html(
        '<p class="pa-lead">Look at what other agents did as at a study of your own: with a control, intervals, and a '
        "verdict in words. The file is read on this computer, and nothing in it is run.</p>"
    )
    given = st.file_uploader(
        "A log of runs (.json, .jsonl, also .gz)",
        type=["json", "jsonl", "ndjson", "gz"],
        max_upload_size=MAX_LOG_BYTES // 1_000_000,
        key=upload_key(_BOX),
    )
    if given is not None:
        _take_in(given)
    draw_told()
    if (brought := desk().brought) is not None:
        _draw_brought(brought)
    _draw_forms()


def _take_in(given: Given) -> None:
    """Once: what it was read as is kept, and the box is empty again."""
    desk().brought = None
    with told_later(), st.spinner("Reading …"):
        desk().brought = engine().imports.take_in(given.getvalue(), given.name)
    renew_upload(_BOX)
    st.rerun()


def _draw_brought(brought: Brought) -> None:
    st.html(f'<p class="pa-sentence" role="status">{safe(str(brought))}</p>')
    for notice in brought.notices:
        st.html(f'<p class="pa-soft">{safe(notice)}</p>')
    if st.button("Look at it", key="learning_brought", type="primary", icon=":material/trending_up:"):
        desk().brought = None
        go(study=brought.plan.study_id)


def _draw_forms() -> None:
    with st.expander("Which logs are understood", type="compact", key="learning_forms"):
        rows = "".join(f"<tr><th>{safe(name)}</th><td>{safe(told)}</td></tr>" for name, told in _FIELDS)
        st.html(
            f'<p class="pa-soft">{safe(KNOWN)} What a file is, its content tells, not its name.</p>'
            '<p class="pa-soft">Your own: one JSON object a line. Only task_id must be there.</p>'
            f'<table class="pa-facts"><tbody>{rows}</tbody></table>'
        )
        st.download_button(
            "An example of two lines", data=own_lines.EXAMPLE, file_name="runs.jsonl", mime="application/jsonl",
            key="learning_example", icon=":material/download:", on_click="ignore", type="tertiary",
        )  # fmt: skip
