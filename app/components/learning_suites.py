"""The suites of the Learning page: all of them, one that is opened, and the ways of making one.

`suite`, `make` and `answers` in the address say which of these is shown, so a reload shows it again.
"""

from html import escape as safe

import streamlit as st

from app.components.learning_grading import draw_waiting_answers
from app.components.learning_judge import draw_judge
from app.components.learning_suite import draw_suite
from app.components.learning_suite_making import WAYS, draw_making
from app.components.learning_suite_undo import draw_undo
from app.learning_page import go
from app.paging import one_page
from app.suites_page import SPLIT_AT_ONCE, VIEW, measure_with, parts_of, parts_words, short, suite_named
from app.told_once import draw_told
from app.wiring import engine, escape, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suite_review import size_words
from purpose_agent.evaluation.suite_shelf import KeptSuite
from purpose_agent.evaluation.suites import FIRST_SUITE, shipped_names
from purpose_agent.notebooks import words

PAGE_SIZE = 20


def draw_suites() -> None:
    """The list; or, when the address names one, a suite, a way of making one, or the answers that wait."""
    if ref := st.query_params.get("suite"):
        draw_suite(ref)
    elif way := st.query_params.get("make"):
        draw_making(way)
    elif st.query_params.get("answers"):
        draw_waiting_answers()
    else:
        _draw_list()


def _draw_list() -> None:
    draw_told()
    draw_undo()
    kept = engine().suites.newest()
    if kept:
        st.html('<p class="pa-soft">Tasks, each with what decides whether its answer is right. Studies use them.</p>')
    else:
        _draw_start()
    _draw_ways(first=not kept)
    _draw_waiting()
    draw_judge()
    if kept:
        st.html('<h2 class="pa-small-head">Yours</h2>')
    for one, earlier in one_page(kept, PAGE_SIZE, key="suites_page"):
        _draw_row(one.name, earlier)
    st.html('<h2 class="pa-small-head">Shipped with Purpose Agent</h2>')
    for name in shipped_names():
        _draw_row(name, 0)


def _draw_start() -> None:
    """What a suite is for, and one click to see one at work."""
    st.html(
        '<p class="pa-lead">A suite is a set of tasks, each with what decides whether its answer is right: tests, the '
        "right words or number, a passage of your documents, another model, or you. What decides is shown to nobody "
        "who answers. Studies measure on them.</p>"
    )
    suite, _ = suite_named(FIRST_SUITE)
    st.html(
        f'<p class="pa-soft">See one at work first: {len(suite.tasks)} small programming tasks in '
        f"{len(suite.families)} families, solved by the built-in search on this computer.</p>"
    )
    if st.button("Try the shipped tasks", key="suites_try", type="primary", icon=":material/play_arrow:"):
        measure_with(FIRST_SUITE)


def _draw_ways(*, first: bool) -> None:
    with st.container(horizontal=True, gap="small", key="suites_ways"):
        for way, (label, icon, _) in WAYS.items():
            main = way == "file" and not first
            if st.button(
                label, key=f"suites_make_{way}", icon=f":material/{icon}:", type="primary" if main else "secondary"
            ):
                go(view=VIEW, make=way)


def _draw_waiting() -> None:
    """Nothing when no answer waits for a person's word, and none was put aside."""
    waiting = engine().hand_grading.waiting()
    if not waiting:
        return
    aside = sum(one.is_aside for one in waiting)
    n = len(waiting) - aside
    with st.container(key="suites_waiting", horizontal=True, vertical_alignment="center", gap="small"):
        told = f"{words.count(n, 'answer')} {'waits' if n == 1 else 'wait'} for your word." if n else ""
        if aside:
            told = f"{told} {words.count(aside, 'answer')} {'is' if aside == 1 else 'are'} put aside.".strip()
        st.html(f'<p class="pa-sentence" role="status">{safe(told)}</p>', width="content")
        if st.button("Decide", key="suites_decide", icon=":material/rule:"):
            go(view=VIEW, answers="waiting")


def _draw_row(ref: str, earlier: int) -> None:
    with st.container(key=f"suites_row_{_key(ref)}", gap="xsmall"):
        try:
            suite, about = suite_named(ref)
        except PurposeError as problem:
            show_error(problem.what, problem.fix, problem.details)
            return
        title = suite.title if suite.title == suite.name else f"{suite.title} ({suite.name})"
        st.page_link(
            "../pages/learning.py", label=escape(words.one_line(title)), query_params={"view": VIEW, "suite": ref}
        )
        st.html(f'<p class="pa-sentence">{safe(size_words(suite))}</p>')
        st.html(f'<p class="pa-soft">{safe(" · ".join(_facts(suite, about, earlier)))}</p>')


def _facts(suite: Suite, about: KeptSuite | None, earlier: int) -> list[str]:
    facts = [f"version {short(suite.version)}"]
    if len(suite.tasks) <= SPLIT_AT_ONCE:
        parts = parts_of(suite.version, suite)
        facts.append(parts_words(parts) or "cannot be parted without a leak")
    if about is not None:
        facts.append(f"kept {words.moment(about.kept_at)}")
    if earlier:
        facts.append(words.count(earlier, "earlier version"))
    return facts


def _key(ref: str) -> str:
    """A name as part of a widget's key: no two differ in nothing but what a key cannot hold."""
    return ref.encode().hex() if not ref.replace("_", "").isalnum() else ref
