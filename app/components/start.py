"""The first screen of somebody new: what this is, one question, and samples that give a result in one click."""

import streamlit as st

from app.wiring import engine, errors_on_page, keep_in_address, runner, store
from purpose_agent.notebooks.samples import SAMPLES, Sample, open_sample
from purpose_agent.teams.roles import read_purpose


def draw_start(*, first: bool) -> None:
    """`first`: there is no notebook yet, so say what this is."""
    st.title("Agents that learn from their work" if first else "New notebook", anchor=False)
    if first:
        st.html(
            '<p class="pa-lead">You say what you need; a small team does it, and each result is checked and scored. '
            "What worked becomes a lesson that you approve, and the next task uses it.</p>"
        )
    with st.form("start_form", border=False):
        purpose = st.text_area(
            "What should your team help you with?",
            key="start_purpose",
            placeholder="Help me write Python code",
            height=80,
        )
        begin = st.form_submit_button("Start", type="primary", icon=":material/arrow_forward:")
    if begin:
        with errors_on_page():
            made = store().create(read_purpose(purpose))
        open_notebook(made.notebook_id)
    st.html('<p class="pa-soft">Or see it at work first. These run on this computer, with the model that is here.</p>')
    columns = st.columns(len(SAMPLES))
    for column, sample in zip(columns, SAMPLES, strict=True):
        with column:
            _draw_sample(sample)


def _draw_sample(sample: Sample) -> None:
    with st.container(key=f"start_sample_{sample.name}", gap="small"):
        st.markdown(f":material/{sample.icon}: **{sample.title}**")
        st.html(f'<p class="pa-soft">{sample.about}</p>')
        label = "Open" if sample.suite else "Try it"
        if st.button(label, key=f"start_open_{sample.name}", help=f"{label}: {sample.title}", width="stretch"):
            with errors_on_page():
                notebook_id = begin_sample(sample)
            open_notebook(notebook_id)


def begin_sample(sample: Sample) -> str:
    """Keep a fresh copy of the sample and run its first task or question at once."""
    document = store().add(open_sample(sample, engine().workspace.files))
    first = next((cell for cell in document.cells if cell.kind in ("task", "ask")), None)
    if first is not None:
        runner().run(document.notebook, first)
    return document.notebook.notebook_id


def open_notebook(notebook_id: str) -> None:
    """Go to a notebook; it is also the one to come back to from other pages."""
    st.session_state["notebook_last"] = notebook_id
    keep_in_address(notebook=notebook_id)
    st.rerun()
