"""Lessons in a notebook's cell: what each says, where it stands, and approve or turn down while it waits.

A short form of what the Review page shows; a closer look leads there.
"""

from collections.abc import Iterable, Mapping
from html import escape as safe

import streamlit as st

from app.components.lesson_parts import findings_html, lesson_html, link_to, marked, status_tag, tag, view_of
from app.wiring import engine, errors_on_page
from purpose_agent.memory.cards import CardStatus
from purpose_agent.memory.environments import retests
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.lesson_words import effect_says, how_we_know
from purpose_agent.memory.risk import risk_of
from purpose_agent.types import LessonUse


def standing_of(card_id: str) -> CardStatus | None:
    """Where a lesson stands now; None when the ledger does not know it."""
    view = view_of(card_id)
    return view.status if view else None


def waiting(card_ids: Iterable[str]) -> list[str]:
    """Those among the lessons that wait for a decision."""
    return [card_id for card_id in card_ids if standing_of(card_id) in ("candidate", "quarantined")]


def draw_born(born: Mapping[str, str], *, place: str) -> None:
    """The lessons that a run brought, each with its decision."""
    for card_id, text in born.items():
        draw_lesson(card_id, text, place=place)


def draw_lesson(card_id: str, text: str, *, place: str) -> None:
    """One lesson. `place` makes the keys unique where a page shows the lesson twice."""
    view = view_of(card_id)
    with st.container(key=f"notebook_lesson_{place}_{card_id}", gap="xsmall"):
        status = status_tag(view.status) if view else tag("not in the memory")
        st.html(
            f'<p>{status} <span class="pa-soft">lesson from this work</span></p>'
            f'<p class="pa-sentence">{lesson_html(view) if view else marked(text)}</p>'
            f"{findings_html(view.findings) if view else ''}"
        )
        if view is None:
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if view.status in ("candidate", "quarantined"):
                _draw_decisions(view, place)
            link_to(card_id)


def _draw_decisions(view: CardView, place: str) -> None:
    """A critical finding needs a reason in the person's words, which is asked for under Review."""
    approve, reject = (f"lesson_{what}_{place}_{view.card_id}" for what in ("approve", "reject"))
    if risk_of(view).tier != "critical":
        st.button("Approve", key=approve, icon=":material/check:", on_click=_approve, args=(view,))
    st.button("Turn down", key=reject, type="tertiary", on_click=_turn_down, args=(view,))


def _approve(view: CardView) -> None:
    """Callback, so that only the cell around the lesson is drawn again, not the whole notebook."""
    with errors_on_page():
        engine().lessons.approve(view.card_id, version=view.card.version)
        st.toast("The lesson is in use from the next run on.", icon=":material/check:")


def _turn_down(view: CardView) -> None:
    with errors_on_page():
        engine().lessons.reject(view.card_id, version=view.card.version)
        st.toast("The lesson is turned down. No run uses it.", icon=":material/block:")


def draw_used(lessons: Iterable[LessonUse]) -> None:
    """The lessons of a run's prompt, and those left out on purpose."""
    for use in lessons:
        note = ""
        if use.trial:
            note = "on trial in this replay"
        elif use.withheld:
            note = "left out on purpose, to see whether it matters"
        elif use.exploring:
            note = "tried out: little is known of it yet"
        mark = tag(note) if note else tag("used", "pa-good")
        view = view_of(use.card_id)
        told = "".join(f"<br>{safe(sentence)}" for sentence in _worth(view)) if view is not None else ""
        st.html(f'<p class="pa-soft">{mark} {marked(use.text)}{told}</p>')


def _worth(view: CardView) -> list[str]:
    """What the lesson does, with its interval, how we know, and whether it has yet to prove itself elsewhere."""
    told = [f"What it does: {effect_says(view.effect)}", f"How we know: {how_we_know(view)}."]
    return told + [f"Elsewhere: {retest.words}." for retest in retests(view).values()]
