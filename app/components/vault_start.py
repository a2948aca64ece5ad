"""The Vault page before there is a vault: what it is for, and documents to try it with."""

import streamlit as st

from app.components.vault_choice import open_vault
from app.wiring import engine, errors_on_page
from purpose_agent.resources import resource_root

SAMPLE, SAMPLE_TITLE = "garden_handbook", "Garden handbook"


def draw_start() -> None:
    st.title("Answers from your documents", anchor=False)
    st.html(
        '<p class="pa-lead">Put documents in, see that they arrived whole, and ask. Every sentence of an answer '
        "leads to the place where it stands, and what your documents do not say is not answered. They stay on this "
        "computer.</p>"
    )
    with st.form("vault_first_form", border=False):
        title = st.text_input("What are the documents about?", key="vault_first_title", placeholder="Contracts")
        made = st.form_submit_button("Make a vault", type="primary", icon=":material/add:")
    if made:
        with errors_on_page(go_on=True):
            open_vault(engine().vaults.create(title).vault_id)
    st.html('<p class="pa-soft">Or see it at work first, with the handbook of a made-up garden club.</p>')
    if st.button("Try it with sample documents", key="vault_sample", icon=":material/menu_book:"):
        with errors_on_page():
            vault_id = with_samples()
        open_vault(vault_id)


def with_samples() -> str:
    """A vault with the sample documents; the one that is there already when it was made before."""
    shelf = engine().vaults
    for info in shelf.vaults():
        if info.title == SAMPLE_TITLE:
            return info.vault_id
    vault = shelf.create(SAMPLE_TITLE)
    for path in sorted((resource_root() / "data" / "samples" / SAMPLE).iterdir()):
        if path.is_file():
            vault.add_bytes(path.name, path.read_bytes())
    vault.start_work()
    return vault.vault_id
