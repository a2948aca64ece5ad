"""Lessons on a page: what each says, where it stands, and approve or turn down while it waits."""

import re
from collections.abc import Iterable, Mapping
from html import escape as safe

import streamlit as st

from app.components.answer import safe_markdown
from app.wiring import engine, errors_on_page
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import CardStatus
from purpose_agent.memory.effects import words as effect_words
from purpose_agent.types import LessonUse

_CODE = re.compile("`([^`]+)`")
STANDING: Mapping[CardStatus, tuple[str, str]] = {
    "candidate": ("new", "pa-wait"),
    "quarantined": ("waiting for you", "pa-wait"),
    "promoted": ("in use", "pa-good"),
    "rejected": ("turned down", ""),
    "archived": ("put away", ""),
}


def standing_of(card_id: str) -> CardStatus | None:
    """Where a lesson stands now; None when the ledger does not know it."""
    try:
        return engine().memory.ledger.card(card_id).status
    except PurposeError:
        return None


def waiting(card_ids: Iterable[str]) -> list[str]:
    """Those among the lessons that wait for a decision."""
    return [card_id for card_id in card_ids if standing_of(card_id) in ("candidate", "quarantined")]


def draw_born(born: Mapping[str, str], *, place: str) -> None:
    """The lessons that a run brought, each with its decision."""
    for card_id, text in born.items():
        draw_lesson(card_id, text, place=place)


def draw_lesson(card_id: str, text: str, *, place: str) -> None:
    """One lesson. `place` makes the keys unique where a page shows the lesson twice."""
    standing = standing_of(card_id)
    word, look = STANDING[standing] if standing else ("not in the memory", "")
    with st.container(key=f"notebook_lesson_{place}_{card_id}", gap="xsmall"):
        st.html(f'<span class="pa-tag {look}">{word}</span> <span class="pa-soft">lesson from this work</span>')
        st.markdown(safe_markdown(text))
        _draw_findings(card_id)
        if standing not in ("candidate", "quarantined"):
            return
        with st.container(horizontal=True, gap="small"):
            approve, reject = (f"lesson_{what}_{place}_{card_id}" for what in ("approve", "reject"))
            st.button("Approve", key=approve, icon=":material/check:", on_click=_approve, args=(card_id,))
            st.button("Turn down", key=reject, type="tertiary", on_click=_turn_down, args=(card_id,))


def _approve(card_id: str) -> None:
    """Callback, so that only the cell around the lesson is drawn again, not the whole notebook."""
    with errors_on_page():
        engine().lessons.approve(card_id)
        st.toast("The lesson is in use from the next run on.", icon=":material/check:")


def _turn_down(card_id: str) -> None:
    with errors_on_page():
        engine().lessons.reject(card_id)
        st.toast("The lesson is turned down. No run uses it.", icon=":material/block:")


def _draw_findings(card_id: str) -> None:
    """What the scanners saw in the lesson, for the person who decides."""
    try:
        findings = engine().memory.ledger.card(card_id).findings
    except PurposeError:
        return
    for finding in findings:
        st.html(f'<p class="pa-soft">Scanner: {safe(finding.why)}</p>')


def draw_used(lessons: Iterable[LessonUse]) -> None:
    """The lessons of a run's prompt, and those left out on purpose."""
    for use in lessons:
        note = ""
        if use.withheld:
            note = "left out on purpose, to see whether it matters"
        elif use.exploring:
            note = "tried out: little is known of it yet"
        tag = f'<span class="pa-tag">{note}</span>' if note else '<span class="pa-tag pa-good">used</span>'
        worth = _worth(use.card_id)
        told = f"<br>What it is worth: {safe(worth)}" if worth else ""
        text = _CODE.sub(r"<code>\1</code>", safe(use.text))
        st.html(f'<p class="pa-soft">{tag} {text}{told}</p>')


def _worth(card_id: str) -> str:
    """What is known of a lesson's effect by now, in words."""
    try:
        effect = engine().memory.ledger.card(card_id).effect
    except PurposeError:
        return ""
    return effect_words(effect) if effect is not None else ""
