"""A suite before it is kept: what it would be, what to know of it, its first tasks, and under which name it is kept."""

from html import escape as safe

import streamlit as st

from app.components.learning_suite_tasks import draw_task
from app.suites_page import (
    SPLIT_AT_ONCE,
    VIEW,
    Draft,
    draw_remarks,
    parts_of,
    parts_words,
    remarks_on,
    short,
    suites_desk,
)
from app.told_once import tell, told_later
from app.wiring import engine, escape, keep_in_address
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suite_review import changes, joined, size_words
from purpose_agent.evaluation.suite_shelf import MAX_NAME_CHARS
from purpose_agent.notebooks import words

_SHOWN = 5
_INSTEAD, _ADD = "Take the place of its tasks", "Add to its tasks"


def draw_preview(draft: Draft, *, way: str) -> None:
    """`way` is part of the widgets' keys, and names the draft that is gone once it is kept."""
    suite = draft.suite
    st.html('<h2 class="pa-small-head">Before it is kept</h2>')
    read_as = f"Read as {draft.form}. " if draft.form else ""
    facts = size_words(suite)
    if len(suite.tasks) <= SPLIT_AT_ONCE and (parts := parts_words(parts_of(suite.version, suite))):
        facts += f" · {parts}"
    st.html(f'<p class="pa-sentence" role="status">{safe(read_as + facts)}.</p>')
    draw_remarks([*draft.notices, *remarks_on(suite)])
    _draw_first(suite, way)
    _draw_keep(suite, way)


def _draw_first(suite: Suite, way: str) -> None:
    for place, item in enumerate(suite.tasks[:_SHOWN], 1):
        draw_task(item, key=f"{way}_{place}")
    if len(suite.tasks) > _SHOWN:
        st.html(f'<p class="pa-soft">… and {len(suite.tasks) - _SHOWN:,} more.</p>')


def _draw_keep(suite: Suite, way: str) -> None:
    with st.container(key="suite_keep", gap="small"):
        name = st.text_input(
            "Name", suite.name[:MAX_NAME_CHARS], key=f"suite_keep_name_{way}", max_chars=MAX_NAME_CHARS
        )
        before = engine().suites.versions(name) if name.strip() else ()
        made = suite
        if before:
            made = _draw_newer(suite, name, way)
        button = f"Keep {words.count(len(made.tasks), 'task')}" + (" as a new version" if before else "")
        is_same = bool(before) and before[0].version == made.version
        st.button(
            button, key=f"suite_keep_{way}", type="primary", icon=":material/save:", disabled=is_same,
            on_click=_keep, args=(made, name, way),
        )  # fmt: skip
        if is_same:
            st.html('<p class="pa-soft" role="status">Exactly these tasks are kept under this name already.</p>')


def _draw_newer(suite: Suite, name: str, way: str) -> Suite:
    """A suite goes by this name: what the new version has that it had not."""
    old = engine().suites.load(name)
    choice = st.radio(
        f"You have a suite called {escape(old.name)}. These tasks", (_INSTEAD, _ADD), key=f"suite_how_{way}"
    )
    made = suite if choice == _INSTEAD else joined(old, suite)
    told_now = f"{changes(old, made)}. Version {short(old.version)} is kept as well."
    st.html(f'<p class="pa-soft" role="status">{safe(told_now)}</p>')
    return made


def _keep(suite: Suite, name: str, way: str) -> None:
    with told_later():
        kept = engine().suites.keep(suite, name)
        suites_desk().drafts.pop(way, None)
        tell(f"Kept: {kept.name}, {words.count(kept.tasks, 'task')}, version {short(kept.version)}.")
        keep_in_address(view=VIEW, suite=kept.name)
