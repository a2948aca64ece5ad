"""What each arm took: runs, time, tokens, steps, money; and whether the lessons paid for what learning them took."""

from html import escape as safe

import streamlit as st

from app.learning_page import StudyView
from purpose_agent.evaluation.studies.words import arm_words
from purpose_agent.notebooks import words


def draw_spent(view: StudyView) -> None:
    if not view.outcomes:
        return
    with st.expander("What it took", type="compact", key="learning_spent"):
        st.html(f'<p class="pa-sentence">{safe(net_benefit(view))}</p>')
        st.html(
            '<table class="pa-table"><thead><tr><th scope="col">Arm</th><th scope="col">Runs</th>'
            '<th scope="col">Time</th><th scope="col">Steps</th><th scope="col">Programs tried</th>'
            '<th scope="col">Tokens</th><th scope="col">Cost</th></tr></thead>'
            f"<tbody>{''.join(_row(view, arm.name) for arm in view.plan.arms)}</tbody></table>"
        )


def _row(view: StudyView, arm: str) -> str:
    rows = [outcome for outcome in view.outcomes if outcome.arm == arm]
    spent = view.findings.spent[arm]
    model = rows[-1].model if rows else view.plan.model or ""
    cells = (
        ("Runs", f"{spent.runs:,}"),
        ("Time", words.seconds(spent.seconds)),
        ("Steps", f"{sum(outcome.steps for outcome in rows):,}"),
        ("Programs tried", f"{sum(outcome.attempts for outcome in rows):,}"),
        ("Tokens", f"{spent.tokens:,}"),
        ("Cost", words.cost(spent.cost_usd, model)),
    )
    told = "".join(f'<td data-label="{name}">{safe(value)}</td>' for name, value in cells)
    return f'<tr><th scope="row">{safe(arm_words(arm))}</th>{told}</tr>'


def net_benefit(view: StudyView) -> str:
    """Of the arm that decides against its control, with all that writing its lessons took inside the runs."""
    if not view.findings.has_control:
        return "Without a control nothing can be said of what the lessons save."
    headline = view.findings.headline
    totals = next(
        (
            comparison.totals
            for comparison in view.findings.comparisons
            if (comparison.part, comparison.tested, comparison.control)
            == ("transfer", headline.tested, headline.control)
            and comparison.totals is not None
        ),
        None,
    )
    if totals is None:
        return "What the lessons save cannot be said yet: no task was done in both arms."
    share = f"{100 * totals.estimate:.0f} % of the {view.findings.measured_as} of {arm_words(headline.control)}"
    between = f"likely between {100 * totals.low:.0f} and {100 * totals.high:.0f} %"
    if totals.high < 1:
        told = "The lessons paid for themselves"
    elif totals.low > 1:
        told = "The lessons cost more than they saved"
    else:
        told = "Whether the lessons paid for themselves cannot be told yet"
    return f"{told}: with them it took {share} ({between}), what writing them took included."
