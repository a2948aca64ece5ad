"""What is at work for a vault: how far reading is, stop, and go on with what was left."""

from html import escape as safe

import streamlit as st

from app.vault_page import last_job, open_vault
from app.wiring import engine, errors_on_page, show_error
from purpose_agent.notebooks import words
from purpose_agent.runtime.jobs import Job
from purpose_agent.vault.records import VaultInfo


def draw_work(info: VaultInfo, job: Job | None) -> None:
    """Nothing when nothing is left to do."""
    if job is not None:
        _draw_job(job)
        return
    vault = open_vault(info.vault_id)
    last = last_job(info.vault_id)
    if last is not None and last.status == "failed":
        show_error(last.what or "Reading ended before it was done.", last.fix)
    if not vault.has_work:
        return
    with st.container(key="vault_rest", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="pa-soft">{safe(_left(info))} What was read is kept.</p>')
        if st.button("Go on", key="vault_go_on", icon=":material/play_arrow:"):
            with errors_on_page():
                vault.start_work()
            st.rerun()


def _draw_job(job: Job) -> None:
    with st.container(key="vault_job", horizontal=True, vertical_alignment="center", gap="small"):
        doing = job.message or ("Waiting its turn" if job.status == "queued" else "Starting")
        st.html(f'<p class="pa-soft pa-live"><span role="status" aria-live="polite">{safe(doing)}</span></p>')
        if st.button("Stop", key="vault_stop", icon=":material/stop_circle:", type="tertiary"):
            with errors_on_page():
                engine().jobs.cancel(job.job_id)
            st.toast("Stopping. What was read is kept.")
    if job.progress is not None:
        st.progress(min(max(job.progress, 0.0), 1.0))


def _left(info: VaultInfo) -> str:
    counts = open_vault(info.vault_id).info()
    if counts.waiting:
        return f"{words.count(counts.waiting, 'document')} {'waits' if counts.waiting == 1 else 'wait'} to be read."
    if counts.unembedded:
        return f"Search by meaning does not know {words.count(counts.unembedded, 'passage')} yet."
    return "Search by meaning is not up to date."
