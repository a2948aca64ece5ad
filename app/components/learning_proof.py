"""Prove it: the lessons in use, rolled back, and put back, on tasks that were done before. One button."""

from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.components.learning_tasks import choose_tasks, suites_by_name
from app.learning_page import StudyView, go
from app.told_once import draw_told
from app.wiring import engine, errors_on_page, escape
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.evaluation.studies.words import arm_words
from purpose_agent.evaluation.suites import FIRST_PURPOSE
from purpose_agent.notebooks import words

_PAST = ""
_USUAL_TASKS, _MOST_TASKS = 20, 200


def draw_new_proof() -> None:
    st.page_link("../pages/learning.py", label="All studies", icon=":material/arrow_back:")
    draw_told()
    st.title("Prove it with my lessons", anchor=False)
    st.html(
        '<p class="pa-lead">The same tasks are done three times: with your lessons, with the lessons rolled back, '
        "and with the lessons put back. If they are what helps, the gain goes and comes again. All of it happens in a "
        "copy of your memory; your own is not touched.</p>"
    )
    texts = {card_id: card.text for card_id, card in engine().studies.provable().items()}
    if not texts:
        st.info(
            "No lesson is in use yet, so there is nothing to prove. Approve what your team learned, then come back."
        )
        st.page_link("../pages/review.py", label="Review what waits", icon=":material/rate_review:")
        return
    chosen = st.multiselect(
        "Which lessons",
        list(texts),
        format_func=lambda card_id: words.one_line(texts[card_id], 80),
        key="learning_proof_lessons",
        placeholder=f"All that are in use ({len(texts)})",
    )
    suites = suites_by_name()
    where = choose_tasks(
        "On which tasks",
        [_PAST, *suites],
        {_PAST: "My past tasks with these lessons", **suites},
        "learning_proof_suite",
    )
    lessons = chosen or None
    plan = _on_past_tasks(lessons) if where == _PAST else _on_suite(where, lessons)
    if plan is not None:
        _draw_agreement(plan)


def _on_past_tasks(lessons: Sequence[str] | None) -> StudyPlan | None:
    """None where there are no such tasks yet: what to do is said."""
    limit = st.number_input("Tasks at most", 1, _MOST_TASKS, _USUAL_TASKS, key="learning_proof_tasks")
    try:
        tasks = engine().studies.proof_tasks(int(limit), lessons)
    except StudyError as problem:
        st.info(f"**{escape(problem.what)}**  \n{escape(problem.fix)}")
        return None
    for note in tasks.notes:
        st.html(f'<p class="pa-soft">{safe(note)}</p>')
    with errors_on_page():
        return engine().studies.proof(tasks.suite, purpose=tasks.purpose, lessons=lessons)


def _on_suite(name: str, lessons: Sequence[str] | None) -> StudyPlan:
    purpose = st.text_input(
        "What the team is for", FIRST_PURPOSE, key="learning_proof_purpose", persist_state="session"
    )
    with errors_on_page():
        return engine().studies.proof(engine().suites.load(name), purpose=purpose.strip(), lessons=lessons)


def _draw_agreement(plan: StudyPlan) -> None:
    st.subheader("Before it starts", anchor=False)
    with errors_on_page():
        foreseen = str(engine().studies.foresee(plan))
    st.html(f'<p class="pa-sentence" role="status">{safe(foreseen)}</p>')
    if st.button("Prove it", key="learning_proof_start", type="primary", icon=":material/play_arrow:"):
        with errors_on_page():
            engine().studies.submit(plan)
        go(study=plan.study_id)


def draw_phases(view: StudyView) -> None:
    """The three phases of a proof side by side, and how alike the prompts were."""
    proof = view.findings.proof
    if proof is None:
        return
    again, undone = proof.prompts_again, proof.prompts_undone
    unit = view.findings.measured_as
    measured_as, spent = unit.capitalize(), view.findings.spent
    rows = "".join(
        f'<tr><th scope="row">{safe(arm_words(phase.arm, view.plan))}</th><td data-label="Solved">{phase.right:,} of '
        f'{phase.runs:,}</td><td data-label="{safe(measured_as)}">{spent[phase.arm].effort(unit):,}</td></tr>'
        for phase in proof.phases
    )
    st.html(
        '<table class="pa-table"><caption>Solved over the tasks that all three phases have done; the work of all runs.'
        '</caption><thead><tr><th scope="col">Phase</th><th scope="col">Solved</th>'
        f'<th scope="col">{safe(measured_as)}</th></tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="pa-soft">Put back, {again.same:,} of {again.of:,} first prompts were the same as before to the '
        f"last byte; rolled back, {undone.same:,} of {undone.of:,} were what would be sent without the lessons.</p>"
    )
