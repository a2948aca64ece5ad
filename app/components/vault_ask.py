"""Ask the documents: the box, the answer as it comes, and then the checked answer.

The run's id stands in the address, so an answer is found again after a reload and when coming back from a document.
"""

import time
from html import escape as safe

import streamlit as st

from app.components.answer import draw_answer
from app.components.cited_answer import draw_cited_answer
from app.components.live import draw_live
from app.components.uploads import renew_upload, upload_key
from app.components.vault_search import draw_hits
from app.told_once import tell, told_later
from app.vault_page import desk
from app.wiring import active_jobs, engine, escape, run_view
from purpose_agent.notebooks import words
from purpose_agent.notebooks.citing import checked
from purpose_agent.notebooks.run_view import RunView
from purpose_agent.teams.requests import RunRequest, new_run_id
from purpose_agent.teams.run_jobs import run_ids_of
from purpose_agent.types import Task
from purpose_agent.vault.records import VaultInfo

_QUESTION = "vault_question"


def draw_ask(info: VaultInfo) -> None:
    """The box for questions, and beneath it the last answer or what was found."""
    run_id = st.query_params.get("run", "")
    words_sought = st.query_params.get("find", "")
    key = _key(info)
    if key not in st.session_state:  # after a reload, or on the way back from a document
        st.session_state[key] = words_sought or _question_of(run_id)
    with st.container(key="vault_ask"), st.form("vault_ask_form", border=False):
        st.text_input("What do you want to know?", key=key, placeholder="When may I water?", max_chars=2_000)
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                "Ask", type="primary", icon=":material/forum:", on_click=_ask_box, args=(info,), key="vault_ask_now"
            )
            st.form_submit_button(
                "Only search", icon=":material/search:", on_click=_search, args=(key,), key="vault_search_now"
            )
    if words_sought:
        draw_hits(info, words_sought)
    elif run_id:
        _draw_answer(info, run_id)


def _question_of(run_id: str) -> str:
    started = run_view(run_id).started if run_id else None
    return started.task.text if started is not None else ""


def ask(info: VaultInfo, question: str) -> None:
    """Callback: a run that answers from this vault; the page then follows it."""
    st.session_state[_key(info)] = question
    with told_later():
        if not question.strip():
            tell("Write a question first.")
            return
        request = RunRequest(
            run_id=new_run_id(),
            purpose=f"Answer questions from the documents of {info.title}",
            task=Task(text=question.strip(), kind="question"),
            ask=True,
            vaults=(info.vault_id,),
        )
        engine().submit(request)
        st.query_params.pop("find", None)
        st.query_params["run"] = request.run_id
        desk().asked = (info.vault_id, request.run_id, time.monotonic())


def _ask_box(info: VaultInfo) -> None:
    ask(info, str(st.session_state.get(_key(info)) or ""))


def _key(info: VaultInfo) -> str:
    return f"{_QUESTION}_{info.vault_id}"


def _search(key: str) -> None:
    sought = str(st.session_state.get(key) or "").strip()
    desk().asked = ("", "", 0.0)
    st.query_params.pop("run", None)
    st.query_params["find"] = sought
    if not sought:
        tell("Write some words first.")


def _draw_answer(info: VaultInfo, run_id: str) -> None:
    if any(run_id in run_ids_of(job) for job in active_jobs()):
        draw_live(run_id, place="vault")
        return
    view = run_view(run_id)
    if view.started is None:
        _draw_never_begun(run_id)
        return
    if view.status in ("failed", "cancelled", "interrupted"):
        st.warning(f"**{words.STATUS[view.status].capitalize()}.** {escape(view.what)} {escape(view.fix)}")
        if not view.answer and not view.draft:
            return
    with st.container(key="vault_answer", gap="small"):
        answer = checked(view)
        if answer is None:
            draw_answer(view.answer or view.draft)
        else:
            draw_cited_answer(answer, run_id=run_id)
        _draw_notices(view, info)
        _draw_after(run_id)


def _draw_never_begun(run_id: str) -> None:
    job = engine().job_of(run_id)
    if job is None:
        st.html('<p class="pa-soft">This question was not asked in this workspace.</p>')
        return
    st.error(f"**{escape(job.what or 'It ended before it began.')}**  \n{escape(job.fix or 'Ask again.')}")


def _draw_notices(view: RunView, info: VaultInfo) -> None:
    """What is held back, as the run told it, and how many documents no answer can rest on."""
    told = [note for step in view.steps for note in step.notes if "gives orders" in note or "left out" in note]
    if without := info.documents - info.ready - info.waiting:
        has, says = ("has", "its row in the list says") if without == 1 else ("have", "the list says")
        told.append(f"{words.count(without, 'document')} {has} no text that could be read; {says} why.")
    lines = "".join(f"<p>{safe(note)}</p>" for note in dict.fromkeys(told))
    if lines:
        st.html(f'<div class="pa-remarks">{lines}</div>')


def _draw_after(run_id: str) -> None:
    """Keep the question to see later whether its answer is still right; say what is right."""
    with st.container(key="vault_after", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Keep as a check question",
            key=f"vault_keep_{run_id}",
            icon=":material/checklist:",
            type="tertiary",
            on_click=_keep,
            args=(run_id,),
            help="The answer is right: keep the question, to ask it again after the documents or the model change.",
        )
        with (
            st.popover("Correct this", icon=":material/edit:", type="tertiary", key=upload_key("vault_correct")),
            st.form(f"vault_correct_form_{run_id}", border=False),
        ):
            st.text_area("What is right?", key=f"vault_right_{run_id}", height=120)
            st.form_submit_button("Save the correction", on_click=_correct, args=(run_id,))
        st.page_link(
            "../pages/runs.py", label="Look inside this run", icon=":material/route:", query_params={"run": run_id}
        )


def _keep(run_id: str) -> None:
    with told_later():
        engine().keep_question(run_id)
        tell("Kept among the check questions of this vault.")


def _correct(run_id: str) -> None:
    with told_later():
        engine().correct(run_id, str(st.session_state.get(f"vault_right_{run_id}") or ""))
        tell("Saved. It waits in Review as a lesson until you approve it.")
        renew_upload("vault_correct")
