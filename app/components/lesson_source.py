"""Where a lesson comes from: the sentence, the task, and the step that taught it in its own words."""

from html import escape as safe

import streamlit as st

from app.components.lesson_parts import marked
from app.wiring import run_view
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.lesson_words import why_it_exists
from purpose_agent.notebooks import words
from purpose_agent.notebooks.run_view import RunView, StepView

_QUOTE_CHARS = 420


def source_html(view: CardView) -> str:
    """Why it exists, the task, and the step quoted; what the ledger kept where the run is not here."""
    card = view.card
    told = f"<p>{safe(why_it_exists(card, view.seen))}</p>"
    run = _run_of(card)
    if run is not None and run.started is not None:
        told += f"<p>The task: {marked(words.one_line(run.started.task.text, 200))}</p>"
    step = next((step for step in run.steps if step.index == card.source_step), None) if run else None
    quote = _quote(step) if step is not None else ""
    for text, look in {quote: "pa-quote pa-mono", card.evidence: "pa-quote"}.items():
        if text:
            told += f'<blockquote class="{look}">{safe(_short(text))}</blockquote>'
    return told


def draw_source_link(card: MemoryCard) -> None:
    run = _run_of(card)
    if run is not None and run.started is not None:
        st.page_link(
            "../pages/runs.py",
            label="Look inside that run",
            icon=":material/route:",
            query_params={"run": card.source_run},
        )


def _run_of(card: MemoryCard) -> RunView | None:
    if not card.source_run:
        return None
    try:
        return run_view(card.source_run)
    except PurposeError:  # its events are with another program, or gone: the ledger's own words are shown
        return None


def _quote(step: StepView) -> str:
    """What was done at the step: the draft, or the tool with what it answered."""
    if step.action.answer is not None:
        return step.action.answer
    for tool in step.tools:
        said = tool.failed or tool.text
        args = ", ".join(f"{name} = {words.readable(value)}" for name, value in tool.args.items())
        return f"{tool.tool}({args})\n→ {said}"
    return step.delta


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _QUOTE_CHARS else f"{text[:_QUOTE_CHARS].rstrip()} …"
