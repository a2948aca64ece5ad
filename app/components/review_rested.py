"""What the memory took out of use by itself: why, and the way back. Told until somebody decides about the lesson."""

from html import escape as safe

import streamlit as st

from app.components import review_decisions as decisions
from app.components.lesson_parts import link_to, marked
from app.wiring import engine
from purpose_agent.notebooks import words

_SHOWN = 20


def draw_rested() -> None:
    """Nothing when nothing was taken out. Open while it is news: a lesson that harms must not go unnoticed."""
    notices = engine().housekeeping.notices()
    if not notices:
        return
    harmful = any(notice.ground == "harmful" for notice in notices)
    told = f"Taken out of use by itself ({len(notices):,})"
    with st.expander(told, key="review_rested", type="compact", expanded=harmful):
        st.html(
            '<p class="pa-soft">Lessons that made tasks go worse, or that did nothing for long. No run uses them; '
            "each can come back.</p>"
        )
        for notice in notices[:_SHOWN]:
            with st.container(key=f"review_rested_{notice.card_id}", gap="xsmall"):
                st.html(
                    f'<p class="pa-sentence">{marked(notice.text)}</p><p class="pa-soft">{safe(notice.sentence)}</p>'
                )
                with st.container(horizontal=True, gap="small"):
                    st.button(
                        "Use it again",
                        key=f"review_again_{notice.card_id}",
                        icon=":material/undo:",
                        on_click=decisions.undo_decision,
                        args=(notice.card_id,),
                        help=f"Back to where it was: {words.one_line(notice.text, 80)}",
                    )
                    link_to(notice.card_id, "All about this lesson")
        if len(notices) > _SHOWN:
            st.caption(f"And {len(notices) - _SHOWN:,} more, under All lessons.")
