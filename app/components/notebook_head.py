"""The head of a notebook: which one, its title, team and model, and what can be done with the whole of it."""

from collections.abc import Sequence
from html import escape as safe

import msgspec
import streamlit as st

from app.components.cell_menu import remember_deleted_notebook
from app.components.exports import draw_exports
from app.components.knowledge import draw_knowledge
from app.components.start import open_notebook
from app.components.uploads import renew_upload, upload_key
from app.wiring import active_jobs, engine, errors_on_page, escape, model_line, runner, store
from purpose_agent.notebooks import words
from purpose_agent.notebooks.import_ import read_ipynb
from purpose_agent.notebooks.model import CellOutput, Document, Notebook
from purpose_agent.teams.roles import agents_for, read_purpose
from purpose_agent.teams.run_jobs import run_ids_of

NEW = "new"
_SUITE = "Keep cells as a suite"


def draw_bar(notebooks: list[Notebook], document: Document | None, outputs: dict[str, CellOutput]) -> None:
    """The row above the title: all notebooks, and export, settings and ⋯ of the open one."""
    with st.container(key="notebook_bar", horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover("Notebooks", icon=":material/menu_book:", type="tertiary", key="notebook_all"):
            _draw_list(notebooks, document.notebook.notebook_id if document else "")
        if document is None:
            return
        with st.popover("Settings", icon=":material/tune:", type="tertiary", key="notebook_settings"):
            _draw_settings(document.notebook)
        with st.popover("Export", icon=":material/download:", type="tertiary", key="notebook_export"):
            draw_exports(document, outputs)
        _draw_menu(document.notebook, len(notebooks))


def _draw_list(notebooks: list[Notebook], open_id: str) -> None:
    with st.container(key="notebook_list", gap="xsmall"):
        if st.button("New notebook", key="notebook_new", icon=":material/add:", width="stretch"):
            open_notebook(NEW)
        for notebook in notebooks:
            label = f"**{escape(notebook.title)}**" if notebook.notebook_id == open_id else escape(notebook.title)
            key = f"notebook_open_{notebook.notebook_id}"
            if st.button(label, key=key, type="tertiary", width="stretch"):
                open_notebook(notebook.notebook_id)
    given = st.file_uploader("Import a notebook (.ipynb)", type=["ipynb"], key=upload_key("notebook_import"))
    if given is not None:
        with errors_on_page(go_on=True):
            document = store().add(read_ipynb(given.getvalue(), name=given.name))
            renew_upload("notebook_import")
            open_notebook(document.notebook.notebook_id)


def draw_title(document: Document, live: Sequence[str]) -> None:
    """Title, the team and model with the reason, and run all."""
    notebook = document.notebook
    st.title(escape(notebook.title), anchor=False)
    if notebook.team.purpose.strip() != notebook.title.strip():
        st.markdown(escape(notebook.team.purpose))
    if notebook.settings.about:
        st.html(f'<p class="pa-soft">{safe(notebook.settings.about)}</p>')
    name, why = model_line(notebook.team.model)
    team = " + ".join(agent.role for agent in agents_for(notebook.team.purpose))
    told = "set for this notebook" if notebook.team.model and why.startswith(notebook.team.model) else why
    st.caption(f"**Team** {escape(team)} · **Model** {escape(name)} · {escape(told)}")
    if not document.cells:
        return
    with st.container(key="notebook_actions", horizontal=True, vertical_alignment="center", gap="small"):
        runnable = [cell for cell in document.cells if cell.kind in ("task", "ask")]
        if live:
            _draw_progress(live)
        elif len(runnable) > 1 and st.button("Run all", key="notebook_run_all", icon=":material/playlist_play:"):
            with errors_on_page():
                runner().run_all(document)
            st.rerun()
        _draw_trust(notebook)


def _draw_progress(live: Sequence[str]) -> None:
    """How many runs are still to end; stop ends them all."""
    st.html(f'<p class="pa-soft pa-live" role="status">{words.count(len(live), "cell")} to go</p>', width="content")
    if len(live) > 1 and st.button("Stop all", key="notebook_stop_all", icon=":material/stop_circle:", type="tertiary"):
        with errors_on_page():
            for job in active_jobs():
                if set(run_ids_of(job)) & set(live):
                    engine().jobs.cancel(job.job_id)
        st.rerun()


def _draw_trust(notebook: Notebook) -> None:
    trusted = st.toggle(
        "Approve lessons that my own tests confirmed, without asking",
        notebook.settings.trust_tested_lessons,
        key=f"notebook_trust_{notebook.notebook_id}",
        wrap=True,
        help="Off: every new lesson waits for you. On: a lesson is in use at once when the tests you gave have passed.",
    )
    if trusted != notebook.settings.trust_tested_lessons:
        _set(notebook, trust_tested_lessons=trusted)


def _draw_settings(notebook: Notebook) -> None:
    with st.form(f"notebook_settings_form_{notebook.notebook_id}", border=False):
        title = st.text_input("Title", notebook.title, key=f"notebook_title_{notebook.notebook_id}")
        purpose = st.text_area("Purpose", notebook.team.purpose, key=f"notebook_purpose_{notebook.notebook_id}")
        model = st.text_input(
            "Model",
            notebook.team.model or "",
            key=f"notebook_model_{notebook.notebook_id}",
            placeholder="What this computer has",
            help="A name such as ollama:qwen3:1.7b. Empty: the best that is here.",
        )
        if st.form_submit_button("Save"):
            with errors_on_page(go_on=True):
                given = read_purpose(purpose)
                team = msgspec.structs.replace(notebook.team, purpose=given, model=model.strip() or None)
                store().change(notebook.notebook_id, title=title, team=team)
                st.rerun()
    lessons = st.toggle(
        "Use lessons",
        notebook.settings.use_lessons,
        key=f"notebook_lessons_{notebook.notebook_id}",
        help="Off: the team works without anything it has learnt, which shows what the lessons are worth.",
    )
    if lessons != notebook.settings.use_lessons:
        _set(notebook, use_lessons=lessons)
    draw_knowledge(notebook)


def _draw_menu(notebook: Notebook, n_notebooks: int) -> None:
    icons = {
        "Duplicate": "library_add",
        _SUITE: "rule",
        "Move up": "arrow_upward",
        "Move down": "arrow_downward",
        "Delete": "delete",
    }
    offered = [name for name in icons if n_notebooks > 1 or not name.startswith("Move")]
    choice = st.menu_button(
        "More",
        offered,
        key="notebook_menu",
        icon=":material/more_horiz:",
        type="tertiary",
        help="Duplicate, keep as a suite, move, delete this notebook",
        format_func=lambda option: f":material/{icons[option]}: {option}",
    )
    if choice is None:
        return
    if choice == _SUITE:
        of = {"view": "suites", "make": "notebook", "notebook": notebook.notebook_id}
        st.switch_page("../pages/learning.py", query_params=of)
    with errors_on_page():
        if choice == "Duplicate":
            open_notebook(store().duplicate(notebook.notebook_id).notebook_id)
        elif choice == "Delete":
            store().delete(notebook.notebook_id)
            remember_deleted_notebook(notebook.notebook_id)
            open_notebook("")
        else:
            store().move(notebook.notebook_id, -1 if choice == "Move up" else +1)
            st.rerun()


def _set(notebook: Notebook, **fields: bool) -> None:
    with errors_on_page():
        store().change(notebook.notebook_id, settings=msgspec.structs.replace(notebook.settings, **fields))
    st.rerun()
