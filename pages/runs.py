"""Runs: every run of this workspace, one step by step, two side by side."""

import streamlit as st

from app.components.run_compare import draw_comparison
from app.components.run_detail import draw_run
from app.components.run_list import draw_list
from app.wiring import keep_in_address

run_id = st.query_params.get("run")
other_id = st.query_params.get("compare")
keep_in_address(run=run_id, compare=other_id)

if run_id and other_id:
    draw_comparison(run_id, other_id)
elif run_id:
    draw_run(run_id)
else:
    st.title("Runs", anchor=False)
    draw_list()
