"""A suite from the documents of a vault: answers that were found right and kept, and questions made from passages."""

import streamlit as st

from app.components.learning_suite_preview import draw_preview
from app.suites_page import VIEW, Draft, suites_desk
from app.told_once import told_later
from app.wiring import engine, keep_in_address
from purpose_agent.notebooks import words
from purpose_agent.teams.vault_suites import suite_of_vault

_WAY = "vault"
_USUAL, _MOST = 20, 1_000


def draw_from_vault() -> None:
    vaults = {info.vault_id: info for info in engine().vaults.vaults()}
    if not vaults:
        st.html('<p class="pa-lead">You have no documents here yet. Questions with known answers come from them.</p>')
        st.page_link("../pages/vault.py", label="To the Vault", icon=":material/inventory_2:")
        return
    asked = st.query_params.get("vault")
    chosen = st.selectbox(
        "Documents",
        list(vaults),
        index=list(vaults).index(asked) if asked in vaults else 0,
        format_func=lambda vault_id: (
            f"{vaults[vault_id].title} · {words.count(vaults[vault_id].documents, 'document')}"
        ),
        key="suite_vault",
    )
    keep_in_address(view=VIEW, make=_WAY, vault=chosen)
    kept = len(engine().kept_questions(chosen))
    told = (
        f"{words.count(kept, 'question')} that you kept {'is' if kept == 1 else 'are'} taken, with the right answer."
        if kept
        else "You kept no question of these documents yet; “Keep as a check question” under an answer does."
    )
    st.html(
        f'<p class="pa-soft">{told} More are made: some of the rarest words of a sentence; the answer has to say that '
        "sentence and name its place. They are easier than what people ask.</p>"
    )
    st.number_input("Questions to make", 0, _MOST, _USUAL, key="suite_made_up")
    way = f"{_WAY}_{chosen}"
    st.button(
        "Make the questions", key="suite_make", icon=":material/quiz:", on_click=_make,
        args=(chosen, way, kept), type="secondary" if way in suites_desk().drafts else "primary",
    )  # fmt: skip
    if draft := suites_desk().drafts.get(way):
        draw_preview(draft, way=way)


def _make(vault_id: str, way: str, kept: int) -> None:
    n = int(st.session_state["suite_made_up"])
    with told_later():
        suite = suite_of_vault(engine().workspace, engine().vaults.open(vault_id), made_up=n)
        suites_desk().drafts[way] = Draft(suite=suite, notices=_fewer(len(suite.tasks) - kept, n))


def _fewer(made: int, asked: int) -> tuple[str, ...]:
    if made >= asked:
        return ()
    return (f"{words.count(made, 'question')} could be made, not {asked:,}: no other sentence of them fits.",)
