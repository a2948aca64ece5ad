"""Lessons folded away under the ones that wait: each with why it is there and the one thing to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from app.components.lesson_parts import link_to
from purpose_agent.notebooks import words

_SHOWN = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folded:
    """One lesson: what is drawn of it, and its words for whoever hears the button instead of seeing the row."""

    card_id: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Way:
    """What a person can do about each of them. `does` is a sentence's beginning; `on_click` gets the id."""

    name: str
    label: str
    icon: str
    does: str
    on_click: Callable[[str], None]


def draw_folded(
    title: str, about: str, found: Sequence[T], row: Callable[[T], Folded], way: Way, *, is_open: bool
) -> None:
    """Nothing when there are none; the first ones when there are many."""
    if not found:
        return
    with st.expander(f"{title} ({len(found):,})", key=f"review_fold_{way.name}", type="compact", expanded=is_open):
        st.html(f'<p class="pa-soft">{about}</p>')
        for lesson in map(row, found[:_SHOWN]):
            with st.container(key=f"review_folded_{lesson.card_id}", gap="xsmall"):
                st.html(lesson.html)
                with st.container(horizontal=True, gap="small"):
                    st.button(
                        way.label,
                        key=f"review_{way.name}_{lesson.card_id}",
                        icon=way.icon,
                        on_click=way.on_click,
                        args=(lesson.card_id,),
                        help=f"{way.does}: {words.one_line(lesson.text, 80)}",
                    )
                    link_to(lesson.card_id, "All about this lesson")
        if len(found) > _SHOWN:
            st.caption(f"And {len(found) - _SHOWN:,} more, under All lessons.")
