"""Lessons that a scanner turned down before anybody saw them: what it found, and the way to appeal."""

import streamlit as st

from app.components import review_decisions as decisions
from app.components.lesson_parts import findings_html, lesson_html, link_to
from app.wiring import engine
from purpose_agent.memory.fold import SCANNER, CardView
from purpose_agent.notebooks import words

_SHOWN = 20


def draw_scanned() -> None:
    """Nothing when there are none; folded away, since nothing has to be done about them."""
    views = engine().memory.ledger.views("rejected", where=_by_scanner)
    if not views:
        return
    with st.expander(f"Turned down by a scanner ({len(views):,})", key="review_scanned", type="compact"):
        st.html(
            '<p class="pa-soft">These never reached a prompt. If a scanner is wrong, let the lesson wait for your '
            "decision; to use it you then write why.</p>"
        )
        for view in views[:_SHOWN]:
            with st.container(key=f"review_scanned_{view.card_id}", gap="xsmall"):
                st.html(f'<p class="pa-sentence">{lesson_html(view)}</p>{findings_html(view.findings)}')
                with st.container(horizontal=True, gap="small"):
                    st.button(
                        "Appeal",
                        key=f"review_appeal_{view.card_id}",
                        icon=":material/gavel:",
                        on_click=decisions.appeal,
                        args=(view.card_id,),
                        help=f"Let it wait for your decision: {words.one_line(view.text, 80)}",
                    )
                    link_to(view.card_id, "All about this lesson")
        if len(views) > _SHOWN:
            st.caption(f"And {len(views) - _SHOWN:,} more, under All lessons.")


def _by_scanner(view: CardView) -> bool:
    return view.changed_by.startswith(SCANNER)
