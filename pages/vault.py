"""Vault: put documents in, see that they arrived whole, ask, and follow each sentence to where it stands."""

import streamlit as st

from app.components.vault_adding import draw_adding
from app.components.vault_ask import draw_ask
from app.components.vault_choice import draw_bar, draw_title
from app.components.vault_document import draw_document
from app.components.vault_documents import draw_documents
from app.components.vault_kept import draw_kept
from app.components.vault_recall import draw_recall
from app.components.vault_start import draw_start
from app.components.vault_trust import draw_flagged
from app.told_once import draw_told
from app.vault_page import answer_in, choose, damaged, remember
from app.wiring import engine, keep_in_address, show_error

vaults = engine().vaults.vaults()
chosen = choose(vaults, st.query_params.get("vault"))
st.html('<span class="pa-wide"></span>')
draw_bar(vaults, chosen)
with st.container():
    draw_told()
for problem in damaged(vaults):
    show_error(problem.what, problem.fix, problem.details)

if chosen is None:
    draw_start()
    st.stop()

remember(chosen.vault_id)
asked = {name: st.query_params.get(name) for name in ("run", "find", "doc", "start", "end", "page", "version")}
asked["run"] = answer_in(chosen.vault_id, asked["run"] or "")
keep_in_address(vault=chosen.vault_id, **asked)

if document := asked["doc"]:
    draw_document(chosen, document, back=asked["run"] or "", find=asked["find"] or "")
    st.stop()

# Each part keeps its place whether the others show something or not: what draws itself anew each second would otherwise
# be put where it stood before, over its neighbours.
title, asking, adding, flagged, documents, kept, recall = (st.container() for _ in range(7))
with title:
    draw_title(chosen)
with asking:
    if chosen.ready:
        draw_ask(chosen)
with adding:
    draw_adding(chosen)
with flagged:
    draw_flagged(chosen)
with documents:
    draw_documents(chosen)
with kept:
    draw_kept(chosen)
with recall:
    draw_recall(chosen)
