"""Notebook: describe a purpose, run tasks as cells, see how well it went, and keep what was learnt."""

import streamlit as st

from app.components.cell import draw_cell
from app.components.cell_menu import draw_undo
from app.components.composer import draw_composer
from app.components.notebook_head import draw_bar, draw_title
from app.components.start import draw_start
from app.components.stream_summary import draw_stream_summary
from app.notebook_page import cells_on_page, choose
from app.wiring import keep_in_address, store
from purpose_agent.notebooks.model import Document

notebooks = store().notebooks()
chosen = choose(notebooks, st.query_params.get("notebook"))

if chosen is None:
    if notebooks:
        draw_bar(notebooks, None, {})
    draw_undo()
    draw_start(first=not notebooks)
    st.stop()

keep_in_address(notebook=chosen.notebook_id)
st.session_state["notebook_last"] = chosen.notebook_id

document = Document(notebook=chosen, cells=tuple(store().cells(chosen.notebook_id)))
shown = cells_on_page(document)
outputs = {cell.cell.cell_id: cell.output for cell in shown if cell.output is not None}

draw_bar(notebooks, document, outputs)
draw_undo(chosen.notebook_id)
draw_title(document, [cell.output.run_id for cell in shown if cell.is_live and cell.output])
if chosen.settings.suite:
    draw_stream_summary(shown)
if not shown:
    st.html(
        '<p class="pa-soft">This notebook is empty. Write a first task below; the answer, its score and what was '
        "learnt appear here.</p>"
    )
for cell in shown:
    st.fragment(draw_cell)(cell)
draw_composer(chosen, document.cells)
