"""Two runs side by side: what they were told, what they did, what came out."""

import difflib
from html import escape as safe

import streamlit as st

from app.charts import compare_phis
from app.components.answer import draw_answer
from app.components.run_detail import current_status, outcome_line
from app.components.steps import draw_step_lines
from app.wiring import run_view, show_error
from purpose_agent.notebooks import words
from purpose_agent.notebooks.run_view import RunView


def draw_comparison(left_id: str, right_id: str) -> None:
    """The earlier run stands at the left, whichever was asked for first."""
    st.html('<span class="pa-wide"></span>')
    st.page_link(
        "../pages/runs.py", label="Back to the run", icon=":material/arrow_back:", query_params={"run": left_id}
    )
    views = [run_view(left_id), run_view(right_id)]
    if any(view.started is None for view in views):
        show_error("One of the two runs is not in this workspace.", "Choose two from the list of all runs.")
        return
    views.sort(key=lambda view: view.started.at.timestamp() if view.started else 0.0)
    earlier, later = views
    st.title("Two runs side by side", anchor=False)
    tasks = dict.fromkeys(words.one_line(view.started.task.text) for view in views if view.started)
    st.html("".join(f'<p class="pa-soft">{safe(task)}</p>' for task in tasks))
    st.markdown(f"**{verdict(earlier, later)}**")
    _draw_curves(earlier, later)
    for column, view, name in zip(st.columns(2, gap="large"), views, ("Earlier", "Later"), strict=True):
        with column:
            _draw_side(view, name)
    _draw_difference(earlier, later)


def verdict(earlier: RunView, later: RunView) -> str:
    """What a person wants to know first. Two runs show what happened, not what will."""
    first, second = earlier.score, later.score
    if first.phi is None or second.phi is None:
        return "One of them has no score, so they cannot be ranked."
    if first.tier != second.tier:
        return "They were checked in different ways, so their scores do not compare."
    if abs(first.phi - second.phi) < 0.05:
        tries = (earlier.usage.attempts, later.usage.attempts)
        if all(tries) and tries[0] != tries[1]:
            return f"The same score; {tries[0]:,} programs tried in the earlier run, {tries[1]:,} in the later one."
        counts = (len(earlier.steps), len(later.steps))
        if counts[0] == counts[1]:
            return "No difference in score or in the number of steps."
        return f"The same score; {words.count(counts[0], 'step')} in the earlier run, {counts[1]} in the later one."
    word = "higher" if second.phi > first.phi else "lower"
    return f"The later run scored {word}: Φ {words.phi(first.phi)} and then {words.phi(second.phi)}."


def _draw_curves(earlier: RunView, later: RunView) -> None:
    lines = []
    for view, name in ((earlier, "earlier"), (later, "later")):
        scored = [step for step in view.steps if step.score is not None and step.score.phi is not None]
        lines.append((name, [step.index + 1 for step in scored], view.phis))
    if max(len(line[2]) for line in lines) < 2:
        return
    st.plotly_chart(
        compare_phis(lines),
        key="runs_compare_curve",
        config={"displayModeBar": False},
        alt="Score after each step of the earlier and the later run",
    )


def _draw_side(view: RunView, name: str) -> None:
    started = view.started
    if started is None:
        return
    status = current_status(view)
    st.subheader(name, anchor=False)
    who = (started.team, words.model(started.model))
    parts = [*who, words.moment(started.at, seconds=True), words.STATUS[status]]
    st.html(f'<p class="pa-soft">{safe(" · ".join(parts))}</p>{outcome_line(view)}')
    used = [use for use in view.lessons if not use.withheld]
    st.html(f'<p class="pa-soft">{words.lessons(len(used), 0) or "used no lesson"}</p>')
    for use in used:
        st.html(f'<p class="pa-soft">· {safe(use.text)}</p>')
    draw_answer(view.answer or view.draft)
    draw_step_lines(view)
    st.page_link("../pages/runs.py", label="Look inside", icon=":material/route:", query_params={"run": view.run_id})


def _draw_difference(earlier: RunView, later: RunView) -> None:
    first, second = (view.answer or view.draft for view in (earlier, later))
    if first == second:
        st.caption("Both answers are the same, letter for letter." if first else "Neither has an answer.")
        return
    lines = list(difflib.unified_diff(first.splitlines(), second.splitlines(), "earlier", "later", lineterm="", n=3))
    with st.expander("What differs in the answers", type="compact", key="runs_difference"):
        st.code("\n".join(lines), language="diff", wrap_lines=True)
