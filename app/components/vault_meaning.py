"""Search by meaning: which model does it, how far it is, and another one when the person wants it."""

from html import escape as safe

import streamlit as st

from app.told_once import tell, told_later
from app.vault_page import open_vault
from purpose_agent.models.ollama_models import probe
from purpose_agent.notebooks import words
from purpose_agent.vault.records import VaultInfo
from purpose_agent.vault.vault import AUTO

_OLLAMA = "ollama:"
_NAMES = {
    AUTO: "What fits this vault",
    "minilm": "The better one",
    "static": "The fast one",
}


def draw_meaning(info: VaultInfo) -> None:
    """Inside a popover."""
    vault = open_vault(info.vault_id)
    st.html(f'<p class="pa-soft">{safe(_told(info))}</p>')
    options = list(dict.fromkeys([AUTO, "minilm", "static", *_of_ollama(), vault.embedder_name]))
    key = f"vault_embedder_{info.vault_id}"
    st.radio(
        "Which one searches by meaning",
        options,
        index=options.index(vault.embedder_name),
        format_func=_name,
        captions=[_caption(option) for option in options],
        key=key,
        on_change=_choose,
        args=(info.vault_id, key),
    )
    st.html(
        '<p class="pa-soft">The two that ship along know English best; for other languages take one of Ollama. '
        "The one in use goes on until the new one has read all passages.</p>"
    )


def _told(info: VaultInfo) -> str:
    if not info.embedder:
        return "It is not ready yet; until then passages are found by their words."
    now = f"In use: {_name(info.embedder).lower() if info.embedder in _NAMES else _name(info.embedder)}."
    if info.unembedded:
        return f"{now} {words.count(info.unembedded, 'passage')} not known to it yet; words find those."
    return f"{now} It knows all {words.count(info.chunks, 'passage')}." if info.chunks else now


def _name(embedder: str) -> str:
    return _NAMES.get(embedder, f"{embedder.removeprefix(_OLLAMA)} of Ollama")


def _caption(embedder: str) -> str:
    return {
        AUTO: "the better one; the faster one for a very large vault",
        "minilm": "about a hundred passages a second",
        "static": "thousands of passages a second",
    }.get(embedder, "runs in Ollama on this computer")


@st.cache_data(ttl=30, show_spinner=False)
def _of_ollama() -> list[str]:
    found = probe() or []
    return [f"{_OLLAMA}{model.name}" for model in found if not model.can_chat and not model.cloud]


def _choose(vault_id: str, key: str) -> None:
    with told_later():
        open_vault(vault_id).choose_embedder(str(st.session_state[key]))
        tell("Chosen. Passages are read for it in the background.")
