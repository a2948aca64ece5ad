"""Every comparison of a study in a table, and, where lessons were left out one by one, what each is worth."""

from collections.abc import Mapping, Sequence
from html import escape as safe

import streamlit as st

from app.learning_charts import Effect, forest
from app.learning_page import StudyView
from app.wiring import escape
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.statistics.outcomes import ScaleName
from purpose_agent.evaluation.studies.findings import Comparison
from purpose_agent.evaluation.studies.plan import Part
from purpose_agent.evaluation.studies.words import (
    PARTS,
    about_comparisons,
    among_all,
    arms_of,
    cell,
    lesson_words,
    scale_words,
)
from purpose_agent.notebooks import words


def draw_comparisons(view: StudyView) -> None:
    found = view.findings
    rows = _rows(found.comparisons)
    if not rows:
        return
    scales = list(dict.fromkeys(comparison.scale for row in rows for comparison in row))
    names = {scale: scale_words(scale, found.measured_as) for scale in scales}
    head = "".join(f'<th scope="col">{safe(name)}</th>' for name in names.values())
    body, part = "", ""
    for row in rows:
        if row[0].part != part:
            part = row[0].part
            body += (
                f'<tr><th scope="rowgroup" class="pa-group" colspan="{1 + len(names)}">{safe(PARTS[part])}</th></tr>'
            )
        body += _row(view, row, names)
    with st.expander("All comparisons", type="compact", key="learning_comparisons"):
        st.html(
            f'<table class="pa-table"><caption>{safe(about_comparisons(view.plan, found))} In brackets is where the '
            f'difference lies (95 %).</caption><thead><tr><th scope="col">Compared</th>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )


def _rows(comparisons: Sequence[Comparison]) -> list[list[Comparison]]:
    """The same two arms on the same tasks stand in one row, if any task was done in both."""
    rows: dict[tuple[Part, str, str], list[Comparison]] = {}
    for each in comparisons:
        rows.setdefault((each.part, each.tested, each.control), []).append(each)
    return [row for row in rows.values() if any(each.verdict.tasks or each.decides for each in row)]


def _row(view: StudyView, row: Sequence[Comparison], names: Mapping[ScaleName, str]) -> str:
    cells = "".join(f'<td data-label="{safe(names[each.scale])}"><span>{_told(each)}</span></td>' for each in row)
    return f'<tr><th scope="row">{safe(arms_of(row[0], view.plan))}</th>{cells}</tr>'


def _told(comparison: Comparison) -> str:
    told = f"<b>{safe(cell(comparison))}</b>" if comparison.decides else safe(cell(comparison))
    among = among_all(comparison)
    return f"{told}<br>{safe(among)}" if among else told


def draw_forest(view: StudyView) -> None:
    """By how much the share solved falls when one lesson is left out and all else stays."""
    found = view.findings.worth
    effects = [effect for comparison in found if (effect := _effect(view, comparison)) is not None]
    if not effects:
        return
    st.subheader("What each lesson is worth", anchor=False)
    st.html('<p class="pa-soft">Everything the same but for one lesson. The dotted line is no difference.</p>')
    st.plotly_chart(
        forest(effects, unit="points of tasks solved", better="the lesson helps"),
        key="learning_forest",
        config={"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}},
        alt="; ".join(f"{effect.name}: {effect.where.estimate:+.0f} points" for effect in effects),
    )
    for comparison in found:
        st.page_link(
            "../pages/review.py",
            label=escape(lesson_words(comparison.control, view.plan)),
            icon=":material/rate_review:",
            query_params={"lesson": comparison.left_out},
        )


def _effect(view: StudyView, comparison: Comparison) -> Effect | None:
    verdict = comparison.verdict
    if verdict.estimate is None or verdict.low is None or verdict.high is None:
        return None
    return Effect(
        name=lesson_words(comparison.control, view.plan),
        where=Interval(100 * verdict.estimate, 100 * verdict.low, 100 * verdict.high),
        n=words.count(verdict.tasks, "task"),
        clear=verdict.word in ("better", "worse"),
        told=verdict.sentence,
    )
