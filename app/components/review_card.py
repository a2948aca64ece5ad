"""One waiting lesson, open: what it says, why it exists, what was measured, what would change, and the decision."""

import streamlit as st

from app.charts import interval_picture
from app.components import review_decisions as decisions
from app.components import review_desk as desk
from app.components.lesson_parts import facts, findings_html, item_tags, lesson_html, link_to, paragraphs
from app.components.lesson_source import draw_source_link, source_html
from app.components.review_blind import draw_two_answers
from app.components.review_forms import draw_form
from app.wiring import recent_tasks
from purpose_agent.memory import lesson_words
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import InboxItem
from purpose_agent.memory.lesson_words import Interval
from purpose_agent.memory.replay_evidence import ReplayEvidence, replay_of
from purpose_agent.teams.calibrating import exam_of


def draw_card(item: InboxItem) -> None:
    """The card in focus; its four decisions have keys of their own."""
    view, replay = item.view, replay_of(item.view)
    with st.container(key="review_focus", gap="small"):
        st.html(
            f'{item_tags(item)}<p class="pa-lesson" tabindex="-1">{lesson_html(view)}</p>{findings_html(view.findings)}'
        )
        risky = [f"{item.risk.tier.capitalize()}, because {_listed(item.risk.reasons)}."] if item.risk.reasons else []
        clean = [] if view.findings else lesson_words.scanners_say(())
        st.html(
            facts(
                (
                    ("Why it exists", source_html(view)),
                    ("What was measured", measured_html(view, replay)),
                    ("How we know", paragraphs([lesson_words.how_we_know(view).capitalize() + "."])),
                    ("What would change", paragraphs([lesson_words.what_changes(view.card, recent_tasks())])),
                    ("Scanners", paragraphs(clean)),
                    ("Risk", paragraphs(risky)),
                )
            )
        )
        draw_two_answers(view, replay)
        if desk.desk().form:
            draw_form(view, desk.desk().form)
        else:
            _draw_decisions(view)
        with st.container(horizontal=True, gap="small", key="review_focus_links"):
            draw_source_link(view.card)
            link_to(view.card_id, "All about this lesson")


def measured_html(view: CardView, replay: ReplayEvidence | None) -> str:
    """In words, and as a picture of the interval where there is one. A critic's lesson was examined instead."""
    exam = exam_of(view.evidence)
    if exam is not None:
        return paragraphs([exam.words])
    told = paragraphs(lesson_words.replay_says(replay))
    if replay is not None and (replay.released_for == "success" or replay.verdict in ("harmful", "retired")):
        return told + interval_picture(Interval(replay.low, replay.gain, replay.high))
    return told


def _draw_decisions(view: CardView) -> None:
    critical = any(finding.severity == "critical" for finding in view.findings)
    with st.container(horizontal=True, gap="small", key="review_decide"):
        st.button(
            "Approve …" if critical else "Approve",
            key=f"review_approve_{view.card_id}",
            icon=":material/check:",
            type="secondary" if critical else "primary",
            on_click=desk.open_form if critical else decisions.approve,
            args=("all_the_same",) if critical else (view,),
            shortcut="A",
        )
        st.button(
            "Edit",
            key=f"review_edit_{view.card_id}",
            icon=":material/edit:",
            on_click=desk.open_form,
            args=("edit",),
            shortcut="E",
        )
        st.button(
            "Turn down",
            key=f"review_reject_{view.card_id}",
            icon=":material/close:",
            on_click=desk.open_form,
            args=("turn_down",),
            shortcut="T",
        )
        st.button(
            "Later",
            key=f"review_later_{view.card_id}",
            type="tertiary",
            on_click=decisions.put_off,
            args=(view,),
            shortcut="L",
        )


def _listed(reasons: tuple[str, ...]) -> str:
    return reasons[0] if len(reasons) == 1 else f"{', '.join(reasons[:-1])} and {reasons[-1]}"
