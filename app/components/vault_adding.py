"""Putting documents in: files, whole folders, pasted text, and a web page when the person allows it."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from app.components.uploads import Given, renew_upload, upload_key
from app.told_once import tell, told_later
from app.vault_page import open_vault as opened
from app.wiring import engine
from purpose_agent.notebooks import words
from purpose_agent.vault.records import VaultInfo

NETWORK = "vault_network"  # a setting of the workspace


def draw_adding(info: VaultInfo) -> None:
    """Nothing for a vault that follows files: those are added where they are."""
    if info.folders:
        return
    state = "more" if info.documents else "first"  # open while there is nothing, folded from the first document on
    with st.expander("Add documents", icon=":material/add:", expanded=not info.documents, key=f"vault_add_{state}"):
        st.html(
            '<p class="pa-soft">PDF, Word, PowerPoint, Excel, web pages, Markdown, text, CSV, JSON, e-books, mails and '
            "ZIP files of these, at most 50 MB each. A file with a name that is here already takes its place.</p>"
        )
        files, folder = st.columns(2, gap="medium")
        with files:
            _draw_box(info.vault_id, "Files", "vault_files", folder=False)
        with folder:
            _draw_box(info.vault_id, "A whole folder", "vault_folder", folder=True)
        with st.container(horizontal=True, gap="small", key="vault_add_others"):
            with st.popover("Paste text", icon=":material/content_paste:", key=upload_key("vault_paste")):
                _draw_paste(info.vault_id)
            with st.popover("Web page", icon=":material/language:", key=upload_key("vault_web")):
                _draw_web(info.vault_id)


def _draw_box(vault_id: str, label: str, name: str, *, folder: bool) -> None:
    box = f"{name}_{vault_id}"
    many: Literal[True, "directory"] = "directory" if folder else True
    given = st.file_uploader(label, accept_multiple_files=many, key=upload_key(box))
    if isinstance(given, list) and given:
        with told_later():
            tell(take(vault_id, given))
        renew_upload(box)
        st.rerun()


def take(vault_id: str, given: Sequence[Given]) -> str:
    """Put files in line to be read; what was done, in a sentence. Hidden files (`.DS_Store`) are not documents."""
    vault = opened(vault_id)
    seen = [file for file in given if not any(part.startswith(".") for part in file.name.split("/"))]
    taken = sum(len(vault.add_bytes(file.name, file.getvalue())) for file in seen)
    vault.start_work()
    if not taken:
        return "Nothing was taken; the list says why."
    return f"{words.count(taken, 'file')} {'is' if taken == 1 else 'are'} being read."


def _draw_paste(vault_id: str) -> None:
    with st.form("vault_paste_form", border=False):
        st.text_input("Name", key="vault_paste_name", placeholder="Minutes of May", max_chars=100)
        st.text_area("Text", key="vault_paste_text", height=200)
        st.form_submit_button("Add the text", on_click=_paste, args=(vault_id,))


def _paste(vault_id: str) -> None:
    with told_later():
        vault = opened(vault_id)
        text = str(st.session_state["vault_paste_text"])
        vault.add_text(str(st.session_state["vault_paste_name"]), text)
        vault.start_work()
        tell("The text is being read.")
        st.session_state["vault_paste_name"] = st.session_state["vault_paste_text"] = ""
        renew_upload("vault_paste")


def _draw_web(vault_id: str) -> None:
    st.toggle(
        "Allow fetching web pages",
        engine().workspace.setting(NETWORK) is True,
        key="vault_network",
        on_change=_set_network,
    )
    st.html(
        '<p class="pa-soft">Off: nothing here touches the network. On: when you press the button, this computer asks '
        "that one address for the page. The address and your network address leave the computer; no text of your "
        "documents does.</p>"
    )
    allowed = engine().workspace.setting(NETWORK) is True
    with st.form("vault_web_form", border=False):
        st.text_input("Address", key="vault_web_url", placeholder="https://…", disabled=not allowed)
        st.form_submit_button("Fetch the page", disabled=not allowed, on_click=_fetch, args=(vault_id,))


def _set_network() -> None:
    engine().workspace.set_setting(NETWORK, bool(st.session_state["vault_network"]))


def _fetch(vault_id: str) -> None:
    with told_later():
        vault = opened(vault_id)
        vault.add_web_page(str(st.session_state["vault_web_url"]), allowed=engine().workspace.setting(NETWORK) is True)
        vault.start_work()
        tell("The page is being read.")
        st.session_state["vault_web_url"] = ""
        renew_upload("vault_web")
