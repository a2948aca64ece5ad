"""Every comparison of a study in a table, and, where lessons were left out one by one, what each is worth."""

from html import escape as safe

import streamlit as st

from app.learning_charts import Effect, forest
from app.learning_page import PARTS, StudyView
from app.wiring import engine
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.studies.findings import Comparison
from purpose_agent.evaluation.studies.words import arms_of
from purpose_agent.notebooks import words

_SCALES = {"solved": "Share solved", "phi": "Score Φ"}


def draw_comparisons(view: StudyView) -> None:
    shown = [comparison for comparison in view.findings.comparisons if comparison.verdict.tasks or comparison.decides]
    if not shown:
        return
    with st.expander("All comparisons", type="compact", key="learning_comparisons"):
        rows = "".join(_row(comparison, view.findings.measured_as) for comparison in shown)
        st.html(
            '<table class="pa-table"><caption>The first row decides, as agreed before the start. The more one looks '
            "at, the more is there by chance: take the others as hints.</caption><thead><tr>"
            '<th scope="col">Tasks</th><th scope="col">Compared</th><th scope="col">By</th>'
            f'<th scope="col" class="pa-c-text">What it shows</th></tr></thead><tbody>{rows}</tbody></table>'
        )


def _row(comparison: Comparison, measured_as: str) -> str:
    by = _SCALES.get(comparison.scale, measured_as.capitalize())
    sentence = safe(comparison.verdict.sentence)
    if comparison.totals is not None:
        sentence += f" {safe(_totals(comparison.totals, measured_as))}"
    told = f"<b>{sentence}</b>" if comparison.decides else sentence
    return (
        f'<tr><th scope="row" data-label="Tasks">{safe(PARTS[comparison.part])}</th>'
        f'<td data-label="Compared">{safe(arms_of(comparison))}</td><td data-label="By">{safe(by)}</td>'
        f'<td class="pa-c-text" data-label="Shows">{told}</td></tr>'
    )


def _totals(totals: Interval, measured_as: str) -> str:
    return (
        f"All tasks together: {100 * totals.estimate:.0f} % of the control's {measured_as} "
        f"(likely between {100 * totals.low:.0f} and {100 * totals.high:.0f} %)."
    )


def draw_forest(view: StudyView) -> None:
    """By how much the share solved falls when one lesson is left out and all else stays."""
    found = [
        comparison
        for comparison in view.findings.comparisons
        if comparison.control.startswith("without-") and (comparison.part, comparison.scale) == ("transfer", "solved")
    ]
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
        card_id = comparison.control.removeprefix("without-")
        st.page_link(
            "../pages/review.py",
            label=words.one_line(_lesson(card_id), 80),
            icon=":material/rate_review:",
            query_params={"lesson": card_id},
        )


def _effect(comparison: Comparison) -> Effect | None:
    verdict = comparison.verdict
    if verdict.estimate is None or verdict.low is None or verdict.high is None:
        return None
    card_id = comparison.control.removeprefix("without-")
    return Effect(
        name=_lesson(card_id),
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
