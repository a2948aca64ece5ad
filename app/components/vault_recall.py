"""Can it find what is in here? Questions made from the documents are looked up, and the share found is told."""

from html import escape as safe

import streamlit as st

from app.vault_page import desk, open_vault
from app.wiring import errors_on_page
from purpose_agent.vault.records import VaultInfo
from purpose_agent.vault.self_test import Recall

QUESTIONS = 20
_WORST = 5


def draw_recall(info: VaultInfo) -> None:
    if not info.chunks:
        return
    with st.expander("Can it find what is in here?", type="compact", key=f"vault_recall_{info.vault_id}"):
        st.html(
            f'<p class="pa-soft">{QUESTIONS} questions are made from passages of your documents and looked up. No '
            "model is asked and nothing is changed.</p>"
        )
        if st.button("Try it", key="vault_recall_now", icon=":material/troubleshoot:"):
            with errors_on_page(go_on=True), st.spinner("Looking things up …"):
                desk().tests[info.vault_id] = (
                    (info.documents, info.chunks),
                    open_vault(info.vault_id).test_itself(QUESTIONS),
                )
        if made := desk().tests.get(info.vault_id):
            made_for, found = made
            _draw_found(found, is_old=made_for != (info.documents, info.chunks))


def _draw_found(recall: Recall, *, is_old: bool) -> None:
    old = " The documents have changed since." if is_old else ""
    st.html(f'<p class="pa-sentence" role="status">{safe(sentence(recall))}{old}</p>')
    worst = [one for one in recall.by_document if one.found < one.total][:_WORST]
    if worst:
        rows = "".join(
            f"<tr><th>{safe(one.document)}</th><td>{one.found} of {one.total} found</td></tr>" for one in worst
        )
        head = "<thead><tr><th>Found least in</th><th></th></tr></thead>"
        st.html(f'<table class="pa-facts">{head}<tbody>{rows}</tbody></table>')


def sentence(recall: Recall) -> str:
    if not recall.total:
        return "No question could be made from these documents."
    return (
        f"For {recall.found} of {recall.total} questions the right passage was among the first {recall.k}: "
        f"likely between {recall.low:.0%} and {recall.high:.0%} of such questions."
    )
