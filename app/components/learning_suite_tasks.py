"""The tasks of a suite: searched, paged, each with what decides whether its answer is right."""

from collections.abc import Callable, Sequence
from html import escape as safe

import streamlit as st

from app.components.answer import safe_markdown
from app.paging import one_page
from app.suites_page import short
from app.told_once import tell, told_later
from app.wiring import engine, escape
from purpose_agent.evaluation.checks.telling import told
from purpose_agent.evaluation.suite_records import Suite, SuiteTask
from purpose_agent.evaluation.suite_review import found_tasks
from purpose_agent.evaluation.suite_shelf import KeptSuite
from purpose_agent.notebooks import words

PAGE_SIZE = 20
_LINE_CHARS = 160
_CHECK_CHARS = 400


def draw_tasks(suite: Suite, newest: KeptSuite | None) -> None:
    """`newest`: the suite is kept and this is its newest version, so a task can be taken out."""
    st.html('<h2 class="pa-small-head">Tasks</h2>')
    left, right = st.columns([3, 1], gap="medium")
    sought = left.text_input(
        "Search the tasks", key="suite_search", placeholder="a word of a task, its family or its check"
    )
    families = ("", *suite.families)
    family = ""
    if len(families) > 2:
        family = right.selectbox("Family", families, format_func=lambda name: name or "all", key="suite_family")
    found = found_tasks(suite, sought, family)
    if not found:
        st.html('<p class="pa-soft" role="status">No task fits.</p>')
        return
    told_n = f"{len(found):,} of {words.count(len(suite.tasks), 'task')}"
    if len(found) < len(suite.tasks):
        st.html(f'<p class="pa-soft" role="status">{told_n}</p>')
    for place, item in one_page(found, PAGE_SIZE, key="suite_tasks_page"):
        _draw_task(suite, place, item, newest)


def _draw_task(suite: Suite, place: int, item: SuiteTask, newest: KeptSuite | None) -> None:
    def take_out() -> None:
        st.button(
            "Take this task out",
            key=f"suite_take_out_{place}",
            icon=":material/remove:",
            type="tertiary",
            on_click=_take_out,
            args=(suite.name, item.task.task_id),
            help="That makes a new version; this one is kept.",
        )

    draw_task(item, key=f"{place}", number=f"{place}. ", beneath=take_out if newest is not None else None)


def draw_task(item: SuiteTask, *, key: str, number: str = "", beneath: Callable[[], None] | None = None) -> None:
    """A task in two lines; the first opens the whole of it, which is drawn only then, with `beneath` at its end."""
    task = item.task
    with st.container(key=f"suite_task_{key}", gap=None):
        label = escape(f"{number}{words.one_line(task.text, _LINE_CHARS)}")
        whole = st.expander(label, type="compact", key=f"suite_whole_{key}", on_change="rerun")
        tags = "".join(f' <span class="pa-tag">{safe(tag)}</span>' for tag in (item.family, task.kind) if tag)
        st.html(f'<p class="pa-soft">{safe(words.one_line(told(item.check, task.tests), _CHECK_CHARS))}{tags}</p>')
        if whole.open:
            with whole:
                _draw_whole(item)
                if beneath is not None:
                    beneath()


def _draw_whole(item: SuiteTask) -> None:
    """What the two lines of a task leave out: its whole text, passages, and the tests themselves."""
    task = item.task
    if words.one_line(task.text, _LINE_CHARS) != task.text:
        st.markdown(safe_markdown(task.text))
    for passage in task.context:
        st.html(f'<blockquote class="pa-quote">{safe(passage)}</blockquote>')
    if task.tests:
        st.html('<p class="pa-soft">Tests that the task gives</p>')
        st.code("\n".join(task.tests), language="python", wrap_lines=True)
    if item.hidden_tests:
        st.html('<p class="pa-soft">Hidden tests, shown to nobody who answers</p>')
        st.code("\n".join(item.hidden_tests), language="python", wrap_lines=True)
    check = told(item.check, task.tests)
    if words.one_line(check, _CHECK_CHARS) != check:
        st.html(f'<p class="pa-sentence">{safe(check)}</p>')
    where = f" It is answered from {safe(_vaults(item.vaults))}." if item.vaults else ""
    st.html(f'<p class="pa-soft">Its name in the suite is {safe(task.task_id)}.{where}</p>')


def _vaults(ids: Sequence[str]) -> str:
    titles = {info.vault_id: info.title for info in engine().vaults.vaults()}
    return ", ".join(titles.get(vault, "a vault that is not here") for vault in ids)


def _take_out(name: str, task_id: str) -> None:
    with told_later():
        kept = engine().suites.take_out(name, task_id)
        tell(f"Taken out: {task_id}. This is version {short(kept.version)}; the one before is kept.")
        st.query_params["suite"] = kept.name
