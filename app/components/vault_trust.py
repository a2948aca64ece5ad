"""Passages that give orders to whoever reads them: what they say, why they are held back, and the decision."""

from html import escape as safe

import streamlit as st

from app.components.vault_links import link, place_address
from app.told_once import tell, told_later
from app.vault_page import open_vault
from purpose_agent.notebooks import words
from purpose_agent.vault.quoting import place_of
from purpose_agent.vault.records import Decision, Passage, VaultInfo

_CHOICES: dict[Decision, tuple[str, str, str]] = {
    "keep": ("Keep", "format_quote", "Answers may use it; a model reads it marked as data, never as an order."),
    "hide": ("Hide", "visibility_off", "No search finds it and no answer uses it."),
    "trust": ("Trust", "verified", "It is harmless; it is treated like any other passage."),
}
_MADE: dict[Decision, str] = {"keep": "You keep it, as data.", "hide": "You hide it.", "trust": "You trust it."}
_SHOWN = 20


def draw_flagged(info: VaultInfo) -> None:
    """Nothing when nothing was found; folded when all is decided."""
    found = open_vault(info.vault_id).flagged()
    if not found:
        return
    undecided = [passage for passage in found if not passage.decision]
    decided = [passage for passage in found if passage.decision]
    if undecided:
        number = words.count(len(undecided), "passage")
        st.html(
            f'<h2 class="pa-side">{number} {"gives" if len(undecided) == 1 else "give"} orders to the reader</h2>'
            '<p class="pa-soft">A document should tell, not command. No answer uses these until you decide.</p>'
        )
        meaning = "".join(f"<li><b>{name}</b>: {told}</li>" for name, _, told in _CHOICES.values())
        st.html(f'<ul class="pa-choices">{meaning}</ul>')
        for passage in undecided[:_SHOWN]:
            _draw_passage(info, passage)
        if len(undecided) > _SHOWN:
            st.html(f'<p class="pa-soft">{len(undecided) - _SHOWN} more follow when these are decided.</p>')
    if decided:
        told = f"{words.count(len(decided), 'passage')} you decided on"
        with st.expander(told, type="compact", key=f"vault_decided_{info.vault_id}"):
            for passage in decided[:_SHOWN]:
                _draw_passage(info, passage)


def _draw_passage(info: VaultInfo, passage: Passage) -> None:
    version = passage.version
    address = place_address(
        info.vault_id, passage.doc_id, start=passage.start, end=passage.end, page=passage.page, version=version
    )
    with st.container(key=f"vault_flag_{passage.chunk_id}", gap="xsmall"):
        why = passage.flag.why if passage.flag is not None else ""
        place = link(address, place_of(passage))
        st.html(
            f'<p class="pa-soft">{place} · {safe(why)}</p><blockquote class="pa-quote">{flagged(passage)}</blockquote>'
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if passage.decision:
                st.html(f'<p class="pa-soft">{_MADE[passage.decision]}</p>', width="content")
                _draw_button(info, passage, "", "Undo", "undo", "It waits for your decision again.")
                return
            for decision, (name, icon, told) in _CHOICES.items():
                _draw_button(info, passage, decision, name, icon, told)


def _draw_button(info: VaultInfo, passage: Passage, decision: Decision, name: str, icon: str, told: str) -> None:
    st.button(
        name,
        key=f"vault_decide_{decision or 'undo'}_{passage.chunk_id}",
        icon=f":material/{icon}:",
        type="tertiary" if not decision else "secondary",
        help=told,
        on_click=_decide,
        args=(info.vault_id, passage.chunk_id, decision),
    )


def _decide(vault_id: str, chunk_id: int, decision: Decision) -> None:
    with told_later():
        open_vault(vault_id).decide(chunk_id, decision)
        tell(_MADE.get(decision, "Taken back; it waits for your decision."))


def flagged(passage: Passage) -> str:
    """The passage as HTML with the suspicious part marked."""
    text, flag = passage.text, passage.flag
    if flag is None or not 0 <= flag.start < flag.end <= len(text):
        return safe(text, quote=False)
    parts = text[: flag.start], text[flag.start : flag.end], text[flag.end :]
    before, found, after = (safe(part, quote=False) for part in parts)
    return f'{before}<mark class="pa-found">{found}</mark>{after}'
