"""What a study rests on, taking its data along, and taking it away."""

from html import escape as safe

import streamlit as st

from app.learning_page import StudyView, desk, go
from app.told_once import tell, told_later
from app.wiring import engine
from purpose_agent.evaluation.studies.words import facts


def draw_plan(view: StudyView) -> None:
    plan = view.plan
    with st.expander("What it rests on", type="compact", key="learning_plan"):
        rows = "".join(f"<tr><th>{safe(name)}</th><td>{safe(told)}</td></tr>" for name, told in facts(plan))
        st.html(f'<table class="pa-facts"><tbody>{rows}</tbody></table>')
        draw_remove(plan.study_id, plan.title)


def draw_remove(study_id: str, title: str) -> None:
    """Only after a second word."""
    if desk().asking != study_id:
        st.button("Remove this study", key="learning_remove", type="tertiary", icon=":material/delete:",
                  on_click=_ask, args=(study_id,))  # fmt: skip
        return
    st.html('<p class="pa-soft">Its plan and figures go for good; its runs stay among the runs.</p>')
    with st.container(horizontal=True, gap="small", key="learning_remove_sure"):
        if st.button("Remove it", key="learning_remove_yes", icon=":material/delete:"):
            with told_later():
                engine().studies.remove(study_id)
                tell(f"“{title}” was removed.")
            desk().asking = ""
            go(view="studies")
        st.button("Keep it", key="learning_remove_no", type="tertiary", on_click=_ask, args=("",))


def _ask(study_id: str) -> None:
    desk().asking = study_id
