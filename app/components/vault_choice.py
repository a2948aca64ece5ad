"""The head of the Vault page: which vault, its title and size, and what can be done with the whole of it."""

import tempfile
from collections.abc import Sequence
from html import escape as safe
from pathlib import Path

import streamlit as st

from app.components.uploads import renew_upload, upload_key
from app.components.vault_meaning import draw_meaning
from app.told_once import tell, told_later
from app.vault_page import NOTEBOOKS, desk, job_of, remember
from app.wiring import engine, errors_on_page, escape, keep_in_address
from purpose_agent.notebooks import words
from purpose_agent.vault.names import clean_name
from purpose_agent.vault.records import VaultInfo

_NEW = "vault_new_title"
_MAX_IMPORT_MB = 2_000
_BUSY_S = 1.0


def draw_bar(vaults: Sequence[VaultInfo], chosen: VaultInfo | None) -> None:
    """The row above the title: all vaults, and search by meaning and ⋯ of the open one."""
    with st.container(key="vault_bar", horizontal=True, vertical_alignment="center", gap="small"):
        named = f"vault_all_{chosen.vault_id}" if chosen is not None else "vault_all"  # so that choosing one closes it
        with st.popover("Vaults", icon=":material/inventory_2:", type="tertiary", key=named):
            _draw_list(vaults, chosen)
        if chosen is None:
            return
        with st.popover("Search by meaning", icon=":material/tune:", type="tertiary", key="vault_meaning"):
            draw_meaning(chosen)
        with st.popover("More", icon=":material/more_horiz:", type="tertiary", key="vault_more"):
            _draw_more(chosen)


def open_vault(vault_id: str) -> None:
    """Go to a vault; it is also the one to come back to from other pages."""
    remember(vault_id)
    keep_in_address(vault=vault_id)
    st.rerun()


def _draw_list(vaults: Sequence[VaultInfo], chosen: VaultInfo | None) -> None:
    with st.container(key="vault_list", gap="xsmall"):
        for info in vaults:
            is_open = chosen is not None and info.vault_id == chosen.vault_id
            title = f"**{escape(info.title)}**" if is_open else escape(info.title)
            label = f"{title} · {words.count(info.documents, 'document')}"
            if st.button(label, key=f"vault_open_{info.vault_id}", type="tertiary", width="stretch"):
                open_vault(info.vault_id)
    if chosen is not None:  # without any, the page itself asks for the first one
        _draw_new()
    given = st.file_uploader(
        "Take in a vault that was exported (.zip)",
        type=["zip"],
        max_upload_size=_MAX_IMPORT_MB,
        key=upload_key("vault_import"),
    )
    if given is not None:
        renew_upload("vault_import")
        with told_later(), tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / clean_name(given.name)
            file.write_bytes(given.getvalue())
            vault = engine().vaults.take_in(file)
            tell(f"Taken in: {vault.title}.")
            open_vault(vault.vault_id)
        st.rerun()  # what was refused is told, and the box is empty for another file


def _draw_new() -> None:
    with st.form("vault_new_form", border=False, clear_on_submit=True):
        title = st.text_input("Name of a new vault", key=_NEW, placeholder="Contracts", max_chars=120)
        made = st.form_submit_button("Make a vault", icon=":material/add:")
    if made:
        with errors_on_page(go_on=True):
            vault = engine().vaults.create(title)
            open_vault(vault.vault_id)


def _draw_more(info: VaultInfo) -> None:
    if not info.vault_id.startswith(NOTEBOOKS):
        with st.form(f"vault_rename_form_{info.vault_id}", border=False):
            st.text_input("Name", info.title, key=f"vault_title_{info.vault_id}", max_chars=120)
            st.form_submit_button("Rename", on_click=_rename, args=(info.vault_id,))
    st.download_button(
        "Export as one file",
        data=lambda: _exported(info.vault_id),
        file_name=f"{clean_name(info.title)}.zip",
        mime="application/zip",
        key="vault_export",
        icon=":material/download:",
        on_click="ignore",
        help="The documents with all that was read in them. It can be taken in here or on another computer.",
    )
    st.button(
        "Delete this vault",
        key="vault_delete",
        icon=":material/delete:",
        type="tertiary",
        on_click=_ask_to_delete,
    )


def _rename(vault_id: str) -> None:
    title = " ".join(str(st.session_state.get(f"vault_title_{vault_id}") or "").split())
    with told_later():
        if title:
            engine().vaults.open(vault_id).rename(title)
            tell(f"Renamed to {title}.")


def _exported(vault_id: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vault.zip"
        engine().vaults.put_away(vault_id, file)
        return file.read_bytes()


def _ask_to_delete() -> None:
    desk().asking = "vault"


def draw_title(info: VaultInfo) -> None:
    """Its name, what is in it, and whom it belongs to."""
    st.title(escape(info.title), anchor=False)
    is_busy = job_of(info.vault_id) is not None

    @st.fragment(run_every=_BUSY_S if is_busy else None)
    def counted() -> None:
        _draw_facts(engine().vaults.open(info.vault_id).info() if is_busy else info)

    counted()
    _draw_whose(info)
    _draw_sure(info)


def _draw_facts(info: VaultInfo) -> None:
    facts = [f"{words.count(info.documents, 'document')}, {_how_many_ready(info)}"] if info.documents else ["empty"]
    if info.chunks:
        facts.append(words.count(info.chunks, "passage"))
    if info.documents:
        facts.append(f"{size(info.bytes_on_disk)} on disk")
    st.html(f'<p class="pa-soft">{safe(" · ".join(facts))}</p>')


def _how_many_ready(info: VaultInfo) -> str:
    if info.ready == info.documents:
        return "ready" if info.documents == 1 else "all ready"
    return f"{info.ready:,} ready"


def _draw_whose(info: VaultInfo) -> None:
    if not info.folders:
        return
    if info.vault_id.startswith(NOTEBOOKS):
        notebook = info.vault_id.removeprefix(NOTEBOOKS)
        st.html('<p class="pa-soft">These are the files of a notebook. Add or take off files in its settings.</p>')
        st.page_link(
            "../pages/notebook.py",
            label="Open the notebook",
            icon=":material/edit_note:",
            query_params={"notebook": notebook},
        )
        return
    shown = ", ".join(info.folders[:3]) + (" and more" if len(info.folders) > 3 else "")
    st.html(f'<p class="pa-soft">It follows {safe(shown)}. Files are added and taken away there.</p>')
    st.button(
        "Look for changes",
        key="vault_refresh",
        icon=":material/refresh:",
        type="tertiary",
        on_click=_refresh,
        args=(info.vault_id,),
        disabled=job_of(info.vault_id) is not None,
    )


def _refresh(vault_id: str) -> None:
    with told_later():
        vault = engine().vaults.open(vault_id)
        vault.refresh()
        vault.start_work()
        tell("Looked through. What is new or changed is read now.")


def _draw_sure(info: VaultInfo) -> None:
    """Before a vault is deleted: what goes with it."""
    if desk().asking != "vault":
        return
    with st.container(key="vault_sure", gap="small"):
        kept = " The files in the folder stay where they are." if info.folders else " This cannot be undone."
        st.markdown(
            f"**Delete {escape(info.title)}?** Its {words.count(info.documents, 'document')} and all that was read "
            f"in them go with it.{kept}"
        )
        with st.container(horizontal=True, gap="small"):
            st.button("Delete it", key="vault_delete_sure", on_click=_delete, args=(info.vault_id, info.title))
            st.button("Keep it", key="vault_delete_not", type="tertiary", on_click=_calm_down)


def _delete(vault_id: str, title: str) -> None:
    desk().asking = ""
    with told_later():
        if (job := engine().vault_jobs.job_of(vault_id)) is not None:
            engine().jobs.cancel(job.job_id)
            engine().jobs.wait(job.job_id, 5.0)
        engine().vaults.delete(vault_id)
        tell(f"Deleted: {title}.")
        st.query_params.clear()


def _calm_down() -> None:
    desk().asking = ""


def size(n_bytes: int) -> str:
    """`340 KB`, `1.2 MB`."""
    if n_bytes < 1_000:
        return f"{n_bytes} bytes"
    return f"{n_bytes / 1e3:,.0f} KB" if n_bytes < 1e6 else f"{n_bytes / 1e6:,.1f} MB"
