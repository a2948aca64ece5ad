"""What each arm took: runs, time, tokens, steps, money; and whether the lessons paid for what learning them took."""

from html import escape as safe

import streamlit as st

from app.learning_page import StudyView
from purpose_agent.evaluation.studies.words import arm_words, counted, net_benefit
from purpose_agent.notebooks import words


def draw_spent(view: StudyView) -> None:
    if not view.outcomes:
        return
    with st.expander("What it took", type="compact", key="learning_spent"):
        st.html(f'<p class="pa-sentence">{safe(net_benefit(view.plan, view.findings))}</p>')
        st.html(
            f'<table class="pa-table"><caption>All runs. {safe(counted(view.plan))}</caption><thead><tr>'
            '<th scope="col">Arm</th><th scope="col">Runs</th><th scope="col">Time</th><th scope="col">Steps</th>'
            '<th scope="col">Programs tried</th><th scope="col">Tokens</th><th scope="col">Cost</th></tr></thead>'
            f"<tbody>{''.join(_row(view, arm.name) for arm in view.plan.arms)}</tbody></table>"
        )


def _row(view: StudyView, arm: str) -> str:
    spent = view.findings.spent[arm]
    model = next((outcome.model for outcome in reversed(view.outcomes) if outcome.arm == arm), view.plan.model or "")
    cells = (
        ("Runs", f"{spent.runs:,}"),
        ("Time", words.seconds(spent.seconds)),
        ("Steps", f"{spent.steps:,}"),
        ("Programs tried", f"{spent.attempts:,}"),
        ("Tokens", f"{spent.tokens:,}"),
        ("Cost", words.cost(spent.cost_usd, model)),
    )
    told = "".join(f'<td data-label="{name}">{safe(value)}</td>' for name, value in cells)
    return f'<tr><th scope="row">{safe(arm_words(arm, view.plan))}</th>{told}</tr>'
