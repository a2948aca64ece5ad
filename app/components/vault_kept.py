"""Check questions: those whose answer the person found right, to be asked again after something has changed."""

from html import escape as safe

import streamlit as st

from app.components.vault_ask import ask
from app.wiring import engine, errors_on_page
from purpose_agent.notebooks import words
from purpose_agent.vault.records import VaultInfo


def draw_kept(info: VaultInfo) -> None:
    """Nothing while none was kept."""
    with errors_on_page(go_on=True):
        kept = engine().kept_questions(info.vault_id)
        if not kept:
            return
        told = f"{words.count(len(kept), 'check question')} you kept"
        with st.expander(told, type="compact", key=f"vault_kept_{info.vault_id}"):
            st.page_link(
                "../pages/learning.py",
                label="Make a suite of them",
                icon=":material/rule:",
                query_params={"view": "suites", "make": "vault", "vault": info.vault_id},
            )
            for one in kept:
                with st.container(key=f"vault_kept_{one.run_id}", gap="xsmall"):
                    st.html(
                        f'<p class="pa-sentence">{safe(one.question)}</p>'
                        f'<blockquote class="pa-quote">{safe(one.answer)}</blockquote>'
                        f'<p class="pa-soft">The answer you found right on {words.moment(one.kept_at)}.</p>'
                    )
                    st.button(
                        "Ask again",
                        key=f"vault_ask_again_{one.run_id}",
                        icon=":material/replay:",
                        type="tertiary",
                        on_click=ask,
                        args=(info, one.question),
                    )
