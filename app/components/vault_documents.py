"""The documents of a vault with their health, and what can be done with those that are ticked.

While files are read the list is drawn anew each second; nothing else on the page is.
"""

import math
from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.components.vault_links import link, place_address
from app.components.vault_picked import draw_picked, pick_key
from app.components.vault_work import draw_work
from app.vault_page import desk, job_of, open_vault
from purpose_agent.notebooks import words
from purpose_agent.vault.health_words import remarks, state
from purpose_agent.vault.records import Document, VaultInfo

PAGE_SIZE = 25
_FEW = 8  # so many are looked through without a search box
_BUSY_S = 1.0
_ALL, _REMARKS = "all", "remarks"
_HEAD = ("Document", "State", "Pages", "Characters", "Passages", "Language", "Version")
_LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_LOOKS = {"unreadable": "pa-bad", "empty": "pa-bad", "skipped": "pa-wait"}


def draw_documents(info: VaultInfo) -> None:
    """Search box and list; in a vault without documents only what is at work, if anything."""
    st.html('<h2 class="pa-side">Documents</h2>')
    with st.container():  # it keeps its place also while it is empty
        text, which = _draw_filters(info)
    live = job_of(info.vault_id) is not None

    @st.fragment(run_every=_BUSY_S if live else None)
    def rows() -> None:
        job = job_of(info.vault_id)
        if live and (job is None or _can_be_asked_now(info)):
            st.rerun()  # once more the whole page, which switches the timer off
        draw_work(info, job)
        _draw_proof()
        reading = job.message.removeprefix("Reading ") if job is not None and job.message.startswith("Reading ") else ""
        _draw_list(info, text, which, reading)

    rows()


def _can_be_asked_now(info: VaultInfo) -> bool:
    """Whether the first document became ready after the page was drawn, so that the box for questions is not there."""
    return not info.ready and open_vault(info.vault_id).info().ready > 0


def _draw_filters(info: VaultInfo) -> tuple[str, str]:
    if info.documents <= _FEW:
        return "", _ALL
    with st.container(key="vault_filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Find a document by its name",
            key=f"vault_filter_{info.vault_id}",
            icon=":material/search:",
            placeholder="report",
        )
        which = st.segmented_control(
            "Which documents",
            [_ALL, _REMARKS],
            default=_ALL,
            required=True,
            format_func=lambda name: "All" if name == _ALL else "Those with a remark",
            key=f"vault_which_{info.vault_id}",
            label_visibility="collapsed",
        )
    return (text or "").strip(), which or _ALL


def _draw_list(info: VaultInfo, text: str, which: str, reading: str) -> None:
    documents = open_vault(info.vault_id).documents
    if not documents:
        st.html('<p class="pa-soft">Nothing is in it yet. Add documents, and each one appears here with its state.</p>')
        return
    found = [
        document
        for document in documents
        if text.casefold() in document.name.casefold() and (which == _ALL or remarks(document) or document.is_waiting)
    ]
    if not found:
        st.html('<p class="pa-soft">No document fits.</p>')
        return
    pages = math.ceil(len(found) / PAGE_SIZE)
    page = 1
    if pages > 1:
        st.html(f'<p class="pa-soft">{words.count(len(found), "document")}, by name.</p>')
        page = min(st.pagination(pages, key=f"vault_page_{info.vault_id}"), pages)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    draw_picked(info, [document for document in shown if st.session_state.get(pick_key(document))])
    _draw_head(shown)
    for document in shown:
        _draw_row(info, document, reading)


def _draw_head(shown: Sequence[Document]) -> None:
    with st.container(key="vault_docs_head", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.checkbox(
            "Choose all that are shown",
            key="vault_pick_all",
            label_visibility="collapsed",
            width="content",
            on_change=_choose_all,
            args=([pick_key(document) for document in shown],),
        )
        cells = "".join(f"<span>{name}</span>" for name in _HEAD)
        st.html(f'<div class="pa-doc pa-doc-head" aria-hidden="true">{cells}</div>')


def _choose_all(keys: Sequence[str]) -> None:
    for key in keys:
        st.session_state[key] = bool(st.session_state["vault_pick_all"])


def _draw_row(info: VaultInfo, document: Document, reading: str) -> None:
    with st.container(key=f"vault_doc_{document.doc_id}", horizontal=True, wrap=False, gap="small"):
        st.checkbox(f"Choose {document.name}", key=pick_key(document), label_visibility="collapsed", width="content")
        st.html(_row(info, document, reading) + _remarks(document))


def _row(info: VaultInfo, document: Document, reading: str) -> str:
    address = place_address(info.vault_id, document.doc_id)
    name = link(address, document.name) if document.characters else safe(document.name)
    cells = [
        _cell(document.pages, "page"),
        _cell(document.characters, "character"),
        _cell(document.chunks, "passage"),
        f"<span>{safe(language(document.language))}</span>",
        f'<span><span class="pa-unit">version </span>{document.version}</span>'
        if document.version
        else "<span></span>",
    ]
    told = f'<span class="pa-name">{name}</span><span>{_state(document, reading)}</span>{"".join(cells)}'
    return f'<div class="pa-doc">{told}</div>'


def language(code: str) -> str:
    """In words for the common ones."""
    return _LANGUAGES.get(code, code)


def _cell(number: int, noun: str) -> str:
    if not number:
        return "<span></span>"
    told = words.count(number, noun).partition(" ")
    return f'<span>{told[0]}<span class="pa-unit"> {told[2]}</span></span>'


def _state(document: Document, reading: str) -> str:
    """In words; "ready" is only said of a document with text."""
    if document.is_waiting and document.name == reading:
        return '<span class="pa-tag pa-good">being read</span>'
    told = state(document)
    if document.status == "ready" and not document.characters:
        told = "no text in it"
    if told == "ready":
        return "ready"
    return f'<span class="pa-tag {_LOOKS.get(document.status, "")}">{safe(told)}</span>'


def _remarks(document: Document) -> str:
    told = remarks(document)
    return f'<div class="pa-remarks">{"".join(f"<p>{safe(line)}</p>" for line in told)}</div>' if told else ""


def _draw_proof() -> None:
    """What was removed, from where, and that it is gone."""
    proof = desk().proof
    if proof:
        lines = "".join(f"<p>{safe(line)}</p>" for line in proof)
        st.html(f'<div class="pa-remarks" role="status">{lines}</div>')
