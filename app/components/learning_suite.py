"""One suite: what it is, what to know before measuring with it, its parts, versions and tasks, what can be done.

A version never changes: taking a task out, or adding some, makes another one, and the one before is kept.
"""

from html import escape as safe

import streamlit as st

from app.components.learning_suite_menu import draw_menu, draw_sure
from app.components.learning_suite_tasks import draw_tasks
from app.suites_page import (
    SPLIT_AT_ONCE,
    VIEW,
    draw_back,
    draw_remarks,
    measure_with,
    parts_of,
    parts_words,
    remarks_on,
    short,
    suite_named,
)
from app.told_once import draw_told, tell, told_later
from app.wiring import engine, escape, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.splits import split
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suite_review import size_words
from purpose_agent.evaluation.suite_shelf import KeptSuite
from purpose_agent.notebooks import words

_VERSIONS_SHOWN = 20


def draw_suite(ref: str) -> None:
    draw_back()
    draw_told()
    try:
        suite, about = suite_named(ref)
    except PurposeError as problem:
        show_error(problem.what, problem.fix, problem.details)
        return
    st.title(escape(suite.title), anchor=False)
    newest = engine().suites.versions(suite.name)[0] if about is not None else None
    _draw_facts(suite, about, newest)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="suite_actions"):
        if st.button("Measure with it", key="suite_measure", type="primary", icon=":material/science:"):
            measure_with(about.ref if about is not None else suite.name)
        draw_menu(suite, about)
    draw_sure(suite, about)
    draw_remarks(remarks_on(suite))
    _draw_parts(suite)
    _draw_families(suite)
    if about is not None:
        _draw_versions(about)
    draw_tasks(suite, about if about == newest else None)


def _draw_facts(suite: Suite, about: KeptSuite | None, newest: KeptSuite | None) -> None:
    facts = [size_words(suite), f"version {short(suite.version)}"]
    if suite.title != suite.name:
        facts.insert(0, suite.name)
    facts.append("shipped with Purpose Agent" if about is None else f"kept {words.moment(about.kept_at)}")
    st.html(f'<p class="pa-soft">{safe(" · ".join(facts))}</p>')
    if about is not None and newest is not None and about.version != newest.version:
        st.html('<p class="pa-sentence">This is an earlier version. What was measured on it can be measured again.</p>')
        st.page_link(
            "../pages/learning.py",
            label=f"To the newest version, {short(newest.version)}",
            icon=":material/update:",
            query_params={"view": VIEW, "suite": newest.name},
        )


def _draw_parts(suite: Suite) -> None:
    """A large suite is parted only when somebody looks, since that takes seconds."""
    is_large = len(suite.tasks) > SPLIT_AT_ONCE
    told = "Parts that share no family"
    if not is_large:
        sizes = parts_words(parts_of(suite.version, suite))
        told = f"{told}: {sizes}" if sizes else "Cannot be parted without a leak"
    box = st.expander(told, type="compact", key="suite_parts", on_change="rerun" if is_large else "ignore")
    if is_large and not box.open:
        return
    with box, st.spinner("Comparing the tasks …"):
        parts = parts_of(suite.version, suite)
    with box:
        if not parts.sizes:
            st.html(f'<p class="pa-soft">{safe(parts.why)}</p>')
            return
        st.html(
            f'<p class="pa-soft">{parts_words(parts)}. What was tuned or learned on one part meets nothing of it in '
            "another: families stay whole, and so do tasks that say nearly the same.</p>"
        )
        draw_remarks(parts.notices)
        st.button(
            "Keep the parts as suites", key="suite_split", icon=":material/call_split:", on_click=_split, args=(suite,)
        )


def _split(suite: Suite) -> None:
    with told_later():
        kept = [engine().suites.keep(part) for part in split(suite).parts]
        tell("Kept: " + ", ".join(f"{one.name} with {words.count(one.tasks, 'task')}" for one in kept) + ".")


def _draw_families(suite: Suite) -> None:
    if not suite.families:
        return
    counts = dict.fromkeys(suite.families, 0)
    for item in suite.tasks:
        if item.family:
            counts[item.family] += 1
    alone = sum(not item.family for item in suite.tasks)
    rows = "".join(f"<tr><th>{safe(name)}</th><td>{words.count(n, 'task')}</td></tr>" for name, n in counts.items())
    if alone:
        rows += f"<tr><th>each by itself</th><td>{words.count(alone, 'task')}</td></tr>"
    label = f"{len(counts):,} famil{'y' if len(counts) == 1 else 'ies'} of tasks that are alike"
    with st.expander(label, type="compact", key="suite_families"):
        st.html(f'<table class="pa-facts"><tbody>{rows}</tbody></table>')


def _draw_versions(about: KeptSuite) -> None:
    found = engine().suites.versions(about.name)
    if len(found) < 2:
        return
    with st.expander(words.count(len(found), "version"), type="compact", key="suite_versions"):
        for place, kept in enumerate(found[:_VERSIONS_SHOWN]):
            tags = ["newest"] * (place == 0) + ["shown here"] * (kept.version == about.version)
            told = f"{short(kept.version)} · {words.count(kept.tasks, 'task')} · kept {words.moment(kept.kept_at)}"
            st.page_link(
                "../pages/learning.py",
                label=f"{told} ({', '.join(tags)})" if tags else told,
                query_params={"view": VIEW, "suite": kept.ref},
            )
