"""What can be done with the documents that are ticked: read again, replace, delete."""

from collections.abc import Sequence

import streamlit as st

from app.components.uploads import renew_upload, upload_key
from app.told_once import tell, told_later
from app.vault_page import desk, open_vault
from app.wiring import errors_on_page, escape
from purpose_agent.notebooks import words
from purpose_agent.vault.records import Document, VaultInfo
from purpose_agent.vault.vault import Vault

_NAMED = 5
_PROBED = 5
_PROBE_CHARS = 200


def pick_key(document: Document) -> str:
    return f"vault_pick_{document.doc_id}"


def draw_picked(info: VaultInfo, chosen: Sequence[Document]) -> None:
    """Nothing while none is ticked."""
    if not chosen:
        return
    if desk().asking == "documents" and not info.folders:
        _draw_sure(info, chosen)
        return
    with st.container(key="vault_actions", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="pa-soft" role="status">{len(chosen):,} chosen</p>', width="content")
        if st.button("Read again", key="vault_again", icon=":material/refresh:", type="tertiary"):
            with errors_on_page():
                vault = open_vault(info.vault_id)
                vault.read_again([document.doc_id for document in chosen])
                vault.start_work()
            _done()
        if info.folders:
            return
        if len(chosen) == 1:
            with st.popover("Replace", icon=":material/upload_file:", type="tertiary", key="vault_replace"):
                _draw_replace(info, chosen[0])
        st.button("Delete", key="vault_remove", icon=":material/delete:", type="tertiary", on_click=_ask_to_delete)


def _ask_to_delete() -> None:
    desk().asking = "documents"


def _calm_down() -> None:
    desk().asking = ""


def _draw_replace(info: VaultInfo, document: Document) -> None:
    box = f"vault_newer_{document.doc_id}"
    st.html('<p class="pa-soft">Answers use what is there until the newer file was read.</p>')
    given = st.file_uploader(f"A newer file for {document.name}", key=upload_key(box))
    if given is not None:
        with told_later():
            vault = open_vault(info.vault_id)
            vault.replace(document.doc_id, given.getvalue())
            vault.start_work()
            tell(f"The newer {document.name} is being read.")
        renew_upload(box)
        _done()


def _draw_sure(info: VaultInfo, chosen: Sequence[Document]) -> None:
    with st.container(key="vault_sure", gap="small"):
        names = ", ".join(document.name for document in chosen[:_NAMED])
        more = f" and {len(chosen) - _NAMED} more" if len(chosen) > _NAMED else ""
        st.markdown(
            f"**Delete {words.count(len(chosen), 'document')}?** {escape(names + more)}. The text, the passages and "
            "the kept file go with it. This cannot be undone."
        )
        with st.container(horizontal=True, gap="small"):
            if st.button("Delete", key="vault_remove_sure", icon=":material/delete:"):
                with errors_on_page(), st.spinner("Deleting …"):
                    desk().proof = remove(open_vault(info.vault_id), chosen)
                _done()
            st.button("Keep", key="vault_remove_not", type="tertiary", on_click=_calm_down)


def remove(vault: Vault, chosen: Sequence[Document]) -> list[str]:
    """Take documents out, then look whether anything of them is still found; what was seen, in sentences."""
    gone = {document.doc_id for document in chosen}
    probes = [first.text[:_PROBE_CHARS] for doc_id in list(gone)[:_PROBED] for first in vault.passages_of(doc_id)[:1]]
    passages = sum(document.chunks for document in chosen)
    vault.remove(gone)
    names = ", ".join(document.name for document in chosen[:_NAMED])
    more = f" and {len(chosen) - _NAMED} more" if len(chosen) > _NAMED else ""
    told = [
        f"Removed {names}{more}: from the list, the kept files, the text, "
        f"{words.count(passages, 'passage')} of search by words and of search by meaning."
    ]
    listed = [document.name for document in vault.documents if document.doc_id in gone]
    found = [hit.name for probe in probes for hit in vault.search(probe, 20, per_document=20) if hit.doc_id in gone]
    if listed or found:
        told.append(f"Something is still there: {', '.join(sorted({*listed, *found}))}. Delete it once more.")
    elif probes:
        told.append("Checked: the list does not have it, and a search for its own first words does not find it.")
    else:
        told.append("Checked: the list does not have it.")
    return told


def _done() -> None:
    desk().asking = ""
    for key in [key for key in st.session_state if str(key).startswith("vault_pick_")]:
        del st.session_state[key]
    st.rerun()
