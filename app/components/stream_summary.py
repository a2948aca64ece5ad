"""The whole of a notebook made from a suite: how many are right by the hidden tests, and the tries of each task."""

from collections.abc import Sequence
from statistics import median

import streamlit as st

from app.charts import tries_bars
from app.components.cell import CellOnPage

_GROUP = 10


def draw_stream_summary(shown: Sequence[CellOnPage]) -> None:
    """Nothing before some tasks have ended. A task that ended without an answer counts as not right."""
    ended = [cell for cell in shown if cell.cell.settings.suite_task and cell.output is not None and not cell.is_live]
    if len(ended) < 3:
        return
    right = sum(1 for cell in ended if cell.grade is not None and cell.grade[0] == cell.grade[1])
    tries = [cell.output.attempts for cell in ended if cell.output is not None]
    parts = [f"<b>{right} of {len(ended)}</b> right by the hidden tests"]
    if any(tries) and len(tries) >= 2 * _GROUP:
        first, last = median(tries[:_GROUP]), median(tries[-_GROUP:])
        parts.append(f"tries per task: {first:,.0f} in the first {_GROUP}, {last:,.0f} in the last {_GROUP}")
    st.html(f'<div class="pa-meter"><span>{" · ".join(parts)}</span></div>{tries_bars(tries)}')
    if not any(cell.output.lessons_used for cell in ended if cell.output is not None):
        st.html(
            '<p class="pa-soft">No lesson was in use: each waits for you. Approve some below, or switch on “Approve '
            "lessons that my own tests confirmed”, then run all again and see what they do.</p>"
        )
    elif len(parts) > 1:
        st.html(
            '<p class="pa-soft">These are middle values over different tasks. To see what the lessons do, switch '
            "“Use lessons” off in Settings, run all again, and compare.</p>"
        )
