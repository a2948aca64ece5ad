"""Passages that fit some words, with the found words marked and a link to where each stands."""

import re
from html import escape as safe

import streamlit as st

from app.components.vault_links import link, place_address
from app.vault_page import open_vault
from app.wiring import errors_on_page
from purpose_agent.notebooks import words
from purpose_agent.vault.index.lexical import telling_words
from purpose_agent.vault.quoting import place_of
from purpose_agent.vault.records import Passage, VaultInfo

HITS = 10
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|ly)$")
_ENDINGS = "(?:e|s|es|ed|er|ing|ly|['’]s)?"


def draw_hits(info: VaultInfo, query: str) -> None:
    with errors_on_page(go_on=True), st.spinner("Looking …"):
        found = open_vault(info.vault_id).search(query, HITS)
    if not found:
        st.html('<p class="pa-soft" role="status">No passage fits these words.</p>')
        return
    told = f"{words.count(len(found), 'passage')}, best first"
    st.html(f'<p class="pa-soft" role="status">{told}</p>')
    for hit in found:
        with st.container(key=f"vault_hit_{hit.chunk_id}", gap=None):
            st.html(_hit(info, hit, query))


def _hit(info: VaultInfo, hit: Passage, query: str) -> str:
    page, version = hit.page, hit.version
    address = place_address(
        info.vault_id, hit.doc_id, start=hit.start, end=hit.end, page=page, version=version, find=query
    )
    tags = _tags(hit)
    return (
        f'<p class="pa-soft">{link(address, place_of(hit))} {tags}</p><p class="pa-hit">{marked(hit.text, query)}</p>'
    )


def _tags(hit: Passage) -> str:
    told = []
    if hit.flag is not None and not hit.decision:
        told.append('<span class="pa-tag pa-wait">gives orders; not used until you decide</span>')
    elif hit.flag is not None:
        kept = "you kept it, as data" if hit.decision == "keep" else "you trust it"
        told.append(f'<span class="pa-tag">{kept}</span>')
    if hit.trust == "web":
        told.append('<span class="pa-tag">from the web</span>')
    if hit.lexical is None:
        told.append('<span class="pa-tag" title="None of your words stands in it">found by meaning</span>')
    return " ".join(told)


def marked(text: str, query: str) -> str:
    """The text as HTML with the words of the query marked, also with another English ending."""
    sought = {form for word in telling_words(query) for form in (word, _ENDING.sub("", word))}
    if not sought:
        return safe(text, quote=False)
    longest_first = sorted((re.escape(word) for word in sought), key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(longest_first)}){_ENDINGS}\b", re.IGNORECASE)
    parts, at = [], 0
    for found in pattern.finditer(text):
        parts += [safe(text[at : found.start()], quote=False), f"<mark>{safe(found[0], quote=False)}</mark>"]
        at = found.end()
    return "".join([*parts, safe(text[at:], quote=False)])
