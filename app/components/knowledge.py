"""What the team of a notebook may read: files of its own, and vaults that several notebooks share."""

from collections.abc import Sequence
from html import escape as safe

import msgspec
import streamlit as st

from app.components.uploads import Given, renew_upload, upload_key
from app.components.vault_links import link, vault_address
from app.wiring import engine, errors_on_page, escape, show_error, store
from purpose_agent.notebooks.errors import FileRefused
from purpose_agent.notebooks.files import keep, path_of
from purpose_agent.notebooks.model import KnowledgeFile, Notebook
from purpose_agent.vault.health_words import remarks, state
from purpose_agent.vault.records import Document

OF_NOTEBOOK = "of-notebook-"
_KEPT_ID = 64
_REFUSED = "notebook_files_refused"


def draw_knowledge(notebook: Notebook) -> None:
    """Files are kept in the workspace by their content; taking one off the list does not delete it there."""
    files = notebook.settings.knowledge
    st.markdown("**Knowledge files**")
    if not files:
        st.caption("None yet. Questions are answered from these files, each sentence with its source.")
    health = _health(notebook) if files else {}
    for kept in files:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/description: {escape(kept.name)}")
            if st.button("Take off", key=f"notebook_unlist_{kept.sha256[:12]}", type="tertiary"):
                _keep_list(notebook, tuple(other for other in files if other != kept))
        _draw_health(health.get(str(path_of(engine().workspace.files, kept))))
    if files:
        st.html(f'<p class="pa-soft">{link(vault_address(vault_of(notebook)), "See them in the Vault")}</p>')
    box = f"notebook_files_{notebook.notebook_id}"
    given = st.file_uploader("Add files", accept_multiple_files=True, key=upload_key(box))
    for refused in st.session_state.pop(_REFUSED, []):
        show_error(refused.what, refused.fix, refused.details)
    if given:
        renew_upload(box)
        _keep_list(notebook, tuple(dict.fromkeys((*files, *_kept(given)))))
    _draw_vaults(notebook)


def _kept(given: Sequence[Given]) -> list[KnowledgeFile]:
    """The files that can be kept; why the others cannot is told when the page is drawn."""
    kept, refused = [], []
    for file in given:
        try:
            kept.append(keep(engine().workspace.files, file.name, file.getvalue()))
        except FileRefused as problem:
            refused.append(problem)
    st.session_state[_REFUSED] = refused
    return kept


def vault_of(notebook: Notebook) -> str:
    """The id of the vault that holds what stands in the notebook's own files."""
    return f"{OF_NOTEBOOK}{notebook.notebook_id}"[:_KEPT_ID]


def _health(notebook: Notebook) -> dict[str, Document]:
    """By path what was read of the notebook's files; new ones begin to be read.

    While a job reads them the list is taken as it is: the page would wait for the job. It is drawn again at its end.
    """
    paths = [path_of(engine().workspace.files, kept) for kept in notebook.settings.knowledge]
    vault_id, shelf = vault_of(notebook), engine().vaults
    found: dict[str, Document] = {}
    with errors_on_page(go_on=True):
        vault = shelf.open(vault_id) if vault_id in shelf.ids() else None
        is_there = vault is not None and vault.folders == tuple(str(path) for path in paths)
        if vault is None or not (is_there or engine().vault_jobs.job_of(vault_id)):
            vault = shelf.following(paths, vault_id=vault_id, title=f"Files of {notebook.title}"[:120])
        vault.start_work()
        found |= {document.origin: document for document in vault.documents}
    return found


def _draw_health(document: Document | None) -> None:
    """Nothing for a file that is ready and of which there is nothing to say."""
    if document is None:
        return
    told = state(document)
    said = " ".join(remarks(document))
    if told == "ready" and not said:
        return
    look = "pa-bad" if document.status in ("empty", "unreadable", "skipped") else ""
    tag = "" if told == "ready" else f'<span class="pa-tag {look}">{safe(told)}</span> '
    st.html(f'<p class="pa-soft">{tag}{safe(said)}</p>')


def _draw_vaults(notebook: Notebook) -> None:
    """Vaults of the workspace that this notebook reads too; those that belong to a notebook are not offered."""
    titles = {info.vault_id: info.title for info in engine().vaults.vaults()}
    shared = [vault_id for vault_id in titles if not vault_id.startswith(OF_NOTEBOOK)]
    attached = [vault_id for vault_id in notebook.settings.vaults if vault_id in titles]
    if not shared and not notebook.settings.vaults:
        return
    chosen = st.multiselect(
        "Vaults it reads too",
        list(dict.fromkeys([*shared, *attached])),
        default=attached,
        format_func=lambda vault_id: titles[vault_id],
        key=f"notebook_vaults_{notebook.notebook_id}",
        placeholder="Choose vaults",
        help="Questions and tasks of this notebook are answered from their documents as well.",
    )
    if tuple(chosen) != notebook.settings.vaults:
        with errors_on_page():
            settings = msgspec.structs.replace(notebook.settings, vaults=tuple(chosen))
            store().change(notebook.notebook_id, settings=settings)
        st.rerun()


def _keep_list(notebook: Notebook, files: tuple[KnowledgeFile, ...]) -> None:
    with errors_on_page():
        settings = msgspec.structs.replace(notebook.settings, knowledge=files)
        store().change(notebook.notebook_id, settings=settings)
    st.rerun()
