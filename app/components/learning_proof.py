"""Prove it: the lessons in use, rolled back, and put back, on tasks that were done before. One button."""

from html import escape as safe

import streamlit as st

from app.components.learning_said import draw_said
from app.learning_page import StudyView, go
from app.wiring import engine, errors_on_page, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.studies.words import arm_words
from purpose_agent.notebooks import words

_USUAL_TASKS, _MOST_TASKS = 20, 200


def draw_new_proof() -> None:
    st.page_link("../pages/learning.py", label="All studies", icon=":material/arrow_back:")
    draw_said()
    st.title("Prove it with my lessons", anchor=False)
    st.html(
        '<p class="pa-lead">Your own past tasks are done three times: with your lessons, with the lessons rolled back, '
        "and with the lessons put back. If they are what helps, the gain goes and comes again. All of it happens in a "
        "copy of your memory; your own is not touched.</p>"
    )
    texts = {card_id: card.text for card_id, card in engine().studies.provable().items()}
    chosen = st.multiselect(
        "Which lessons",
        list(texts),
        format_func=lambda card_id: words.one_line(texts[card_id], 80),
        key="learning_proof_lessons",
        placeholder=f"All {len(texts)} in use",
        disabled=not texts,
    )
    limit = st.number_input("Tasks at most", 1, _MOST_TASKS, _USUAL_TASKS, key="learning_proof_tasks")
    studies = engine().studies
    try:
        tasks = studies.proof_tasks(int(limit), chosen or None)
        plan = studies.proof(tasks.suite, purpose=tasks.purpose, lessons=chosen or None)
    except PurposeError as problem:
        show_error(problem.what, problem.fix, problem.details)
        return
    for note in tasks.notes:
        st.html(f'<p class="pa-soft">{safe(note)}</p>')
    st.subheader("Before it starts", anchor=False)
    st.html(f'<p class="pa-sentence" role="status">{safe(str(studies.foresee(plan)))}</p>')
    if st.button("Prove it", key="learning_proof_start", type="primary", icon=":material/play_arrow:"):
        with errors_on_page():
            studies.submit(plan)
        go(study=plan.study_id)


def draw_phases(view: StudyView) -> None:
    """The three phases of a proof side by side, and how alike the prompts were."""
    proof = view.findings.proof
    if proof is None:
        return
    again, undone = proof.prompts_again, proof.prompts_undone
    measured_as = view.findings.measured_as.capitalize()
    rows = "".join(
        f'<tr><th scope="row">{safe(arm_words(phase.arm))}</th><td data-label="Solved">{phase.right:,} of '
        f'{phase.runs:,}</td><td data-label="{safe(measured_as)}">{_effort(view, phase.arm):,}</td></tr>'
        for phase in proof.phases
    )
    st.html(
        '<table class="pa-table"><caption>Solved over the tasks that all three phases have done; the work of all runs.'
        '</caption><thead><tr><th scope="col">Phase</th><th scope="col">Solved</th>'
        f'<th scope="col">{safe(measured_as)}</th></tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="pa-soft">Put back, {again.same:,} of {again.of:,} first prompts were the same as before to the '
        f"last byte; rolled back, {undone.same:,} of {undone.of:,} were what would be sent without the lessons.</p>"
    )


def _effort(view: StudyView, arm: str) -> int:
    return sum(outcome.effort for outcome in view.outcomes if outcome.arm == arm)
