"""What daily work took, and what the learning beside it took."""

from html import escape as safe

import streamlit as st

from purpose_agent.evaluation.live.records import LiveFindings, Spent
from purpose_agent.notebooks import words


def draw_spent(found: LiveFindings) -> None:
    with st.expander("What it took", type="compact", key="live_spent"):
        rows = "".join(
            f'<tr><th scope="row">{name}</th>{_cells(spent)}</tr>'
            for name, spent in (("your runs", found.working), ("trying lessons, and studies", found.learning))
        )
        st.html(
            '<table class="pa-table"><caption>What lessons save cannot be told from daily work alone: a study holds it '
            "against what they cost.</caption><thead><tr><th></th>"
            '<th scope="col">Runs</th><th scope="col">Time</th><th scope="col">Tokens</th><th scope="col">Cost</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )


def _cells(spent: Spent) -> str:
    cells = (
        ("Runs", f"{spent.runs:,}"),
        ("Time", words.seconds(spent.seconds)),
        ("Tokens", f"{spent.tokens:,}"),
        ("Cost", f"${spent.cost_usd:.2f}"),
    )
    return "".join(f'<td data-label="{name}">{safe(told)}</td>' for name, told in cells)
