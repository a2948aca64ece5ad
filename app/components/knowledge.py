"""The knowledge files of a notebook: add, list, take off."""

from html import escape as safe
from pathlib import Path

import msgspec
import streamlit as st

from app.components.uploads import renew_upload, upload_key
from app.wiring import engine, errors_on_page, escape, store
from purpose_agent.notebooks.files import keep, path_of
from purpose_agent.notebooks.model import KnowledgeFile, Notebook

_TYPES = ["txt", "md", "html", "htm", "csv", "json", "pdf", "docx"]


def draw_knowledge(notebook: Notebook) -> None:
    """Files are kept in the workspace by their content; taking one off the list does not delete it there."""
    files = notebook.settings.knowledge
    st.markdown("**Knowledge files**")
    if not files:
        st.caption("None yet. Questions are answered from these files, each sentence with its source.")
    for kept in files:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/description: {escape(kept.name)}")
            if st.button("Take off", key=f"notebook_unlist_{kept.sha256[:12]}", type="tertiary"):
                _keep_list(notebook, tuple(other for other in files if other != kept))
        unread = _why_unread(str(path_of(engine().workspace.files, kept)), str(engine().workspace.files))
        if unread:
            st.html(f'<p class="pa-soft"><span class="pa-tag pa-bad">cannot be read</span> {safe(unread)}</p>')
    box = f"notebook_files_{notebook.notebook_id}"
    given = st.file_uploader("Add files", type=_TYPES, accept_multiple_files=True, key=upload_key(box))
    if given:
        with errors_on_page(go_on=True):
            added = tuple(keep(engine().workspace.files, file.name, file.getvalue()) for file in given)
            renew_upload(box)
            _keep_list(notebook, tuple(dict.fromkeys((*files, *added))))


@st.cache_data(show_spinner="Reading the files …", max_entries=1_000)
def _why_unread(path: str, cache: str) -> str:
    """What is wrong with a file, "" when questions can be answered from it. Its path holds the hash of its content."""
    from purpose_agent.vault.vault import Vault  # its readers are slow to import

    with Vault.from_files([path], cache=Path(cache)) as vault:
        return " ".join(file.note for file in vault.files if file.status != "ready")


def _keep_list(notebook: Notebook, files: tuple[KnowledgeFile, ...]) -> None:
    with errors_on_page():
        settings = msgspec.structs.replace(notebook.settings, knowledge=files)
        store().change(notebook.notebook_id, settings=settings)
    st.rerun()
