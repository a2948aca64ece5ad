"""Every comparison of a study in a table, and, where lessons were left out one by one, what each is worth."""

from html import escape as safe

import streamlit as st

from app.learning_charts import Effect, forest
from app.learning_page import StudyView
from app.wiring import engine
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.studies.findings import Comparison
from purpose_agent.evaluation.studies.words import (
    PARTS,
    about_comparisons,
    among_all,
    arms_of,
    scale_words,
    totals_words,
)
from purpose_agent.notebooks import words


def draw_comparisons(view: StudyView) -> None:
    found = view.findings
    shown = [comparison for comparison in found.comparisons if comparison.verdict.tasks or comparison.decides]
    if not shown:
        return
    with st.expander("All comparisons", type="compact", key="learning_comparisons"):
        rows = "".join(_row(comparison, found.measured_as) for comparison in shown)
        st.html(
            f'<table class="pa-table"><caption>{safe(about_comparisons(view.plan, found))}</caption><thead><tr>'
            '<th scope="col">Tasks</th><th scope="col">Compared</th><th scope="col">By</th>'
            f'<th scope="col" class="pa-c-text">What it shows</th></tr></thead><tbody>{rows}</tbody></table>'
        )


def _row(comparison: Comparison, measured_as: str) -> str:
    by = scale_words(comparison.scale, measured_as)
    said = (comparison.verdict.sentence, among_all(comparison), totals_words(comparison, measured_as))
    sentence = safe(" ".join(filter(None, said)))
    told = f"<b>{sentence}</b>" if comparison.decides else sentence
    return (
        f'<tr><th scope="row" data-label="Tasks">{safe(PARTS[comparison.part])}</th>'
        f'<td data-label="Compared">{safe(arms_of(comparison))}</td><td data-label="By">{safe(by)}</td>'
        f'<td class="pa-c-text" data-label="Shows">{told}</td></tr>'
    )


def draw_forest(view: StudyView) -> None:
    """By how much the share solved falls when one lesson is left out and all else stays."""
    found = view.findings.worth
    effects = [effect for comparison in found if (effect := _effect(comparison)) is not None]
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
            label=words.one_line(_lesson(comparison.left_out), 80),
            icon=":material/rate_review:",
            query_params={"lesson": comparison.left_out},
        )


def _effect(comparison: Comparison) -> Effect | None:
    verdict = comparison.verdict
    if verdict.estimate is None or verdict.low is None or verdict.high is None:
        return None
    return Effect(
        name=_lesson(comparison.left_out),
        where=Interval(100 * verdict.estimate, 100 * verdict.low, 100 * verdict.high),
        n=words.count(verdict.tasks, "task"),
        clear=verdict.word in ("better", "worse"),
        told=verdict.sentence,
    )


def _lesson(card_id: str) -> str:
    try:
        return engine().memory.ledger.card(card_id).text
    except (PurposeError, KeyError):
        return f"lesson {card_id[:8]}"
