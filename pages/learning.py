"""Learning: did it learn? Studies with a control, what daily work shows, the tasks to measure with, and the data."""

import streamlit as st

from app.components.learning_import import draw_import
from app.components.learning_live import draw_live
from app.components.learning_new import draw_new_study
from app.components.learning_proof import draw_new_proof
from app.components.learning_sql import draw_sql
from app.components.learning_studies import draw_studies
from app.components.learning_study import draw_study
from app.components.learning_suites import draw_suites
from app.wiring import keep_in_address

VIEWS = {
    "studies": ("Studies", draw_studies),
    "live": ("Daily work", draw_live),
    "suites": ("Suites", draw_suites),
    "data": ("Ask the data", draw_sql),
}
NEW = {"study": draw_new_study, "proof": draw_new_proof, "import": draw_import}

study_id, new = st.query_params.get("study"), st.query_params.get("new")
st.html('<span class="pa-wide"></span>')
if study_id:
    keep_in_address(study=study_id, part=st.query_params.get("part"), figure=st.query_params.get("figure"))
    draw_study(study_id)
    st.stop()
if new:
    keep_in_address(new=new)
    NEW.get(new, draw_new_study)()
    st.stop()
if inner := {name: st.query_params.get(name) for name in ("suite", "make", "answers") if st.query_params.get(name)}:
    of = {name: st.query_params.get(name) for name in ("notebook", "vault")}
    keep_in_address(view="suites", **inner, **of)
    draw_suites()
    st.stop()

st.title("Learning", anchor=False)
asked = st.query_params.get("view")
view = st.segmented_control(
    "What to look at",
    list(VIEWS),
    default=asked if asked in VIEWS else "studies",
    required=True,
    format_func=lambda name: VIEWS[name][0],
    key="learning_view",
    label_visibility="collapsed",
)
keep_in_address(view=view if view != "studies" else None)
VIEWS[view][1]()
