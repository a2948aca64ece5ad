"""All lessons: find, filter, sort and group them, switch them off and on, and look at one."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import streamlit as st

from app.components.lesson_table import Column, Row, draw_table
from app.told_once import told_later
from app.wiring import engine
from purpose_agent.memory import lesson_words
from purpose_agent.memory.cards import STATUS_WORDS
from purpose_agent.memory.effects import ENOUGH_USES
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.risk import EXTRACTOR, PERSON
from purpose_agent.memory.task_kinds import kind_words
from purpose_agent.notebooks import words

PAGE_SIZE = 25
T = TypeVar("T", bound=str)
_ANY = ""
_SORT = "lessons_sort"
_COLUMNS = (
    Column("text", "Lesson"),
    Column("status", "Status"),
    Column("kind", "For"),
    Column("effect", "Effect"),
    Column("uses", "Runs"),
    Column("changed", "Changed"),
)
_ORDERS: Mapping[str, Callable[[CardView], str | float | tuple[bool, float]]] = {
    "text": lambda view: view.text.casefold(),
    "status": lambda view: STATUS_WORDS[view.status],
    "kind": lambda view: view.card.scope.task_kind,
    "effect": lambda view: (_measured(view), view.effect.mean if view.effect else 0.0),
    "uses": lambda view: view.effect.uses if view.effect else 0,
    "changed": lambda view: view.changed_at.timestamp(),
}


def draw_all() -> None:
    st.html('<span class="pa-wide"></span>')
    views = engine().memory.ledger.views()
    if not views:
        _draw_empty()
        return
    found = _filtered(views)
    if not found:
        st.info("No lesson fits these filters.")
        st.button("Clear the filters", key="lessons_clear", icon=":material/filter_alt_off:", on_click=_clear)
        return
    column, descending = st.session_state.setdefault(_SORT, ("changed", True))
    found = engine().memory.ledger.with_effects(found)
    found.sort(key=_ORDERS[column], reverse=descending)
    grouped = bool(st.session_state.get("lessons_grouped"))
    if grouped:
        found.sort(key=lambda view: view.card.scope.task_kind)
    pages = math.ceil(len(found) / PAGE_SIZE)
    page = min(int(st.session_state.get("lessons_page") or 1), pages)
    rows = _rows(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], grouped=grouped)
    draw_table(
        _COLUMNS,
        rows,
        caption=words.count(len(found), "lesson"),
        sort=column,
        descending=descending,
        on_press=_do,
    )
    if pages > 1:
        st.pagination(pages, key="lessons_page")


def switched_off(view: CardView) -> bool:
    """Whether the person put it away themselves, so that they can take it out again with one press."""
    return view.status == "archived" and view.changed_by == PERSON and view.undo_to is not None


def switch(card_id: str) -> None:
    """Off puts a lesson away, on takes that back."""
    view = engine().memory.ledger.card(card_id)
    with told_later():
        if view.status == "promoted":
            engine().lessons.archive(card_id, reason="switched off")
        elif switched_off(view):
            engine().lessons.undo(card_id, reason="switched on again")


def _do(what: str, which: str) -> None:
    if what == "open":
        st.query_params.from_dict({"lesson": which})
    elif what == "switch":
        switch(which)
    elif which in _ORDERS:
        column, descending = st.session_state[_SORT]
        st.session_state[_SORT] = (which, not descending if which == column else which in ("effect", "uses", "changed"))


def _filtered(views: list[CardView]) -> list[CardView]:
    text = st.text_input(
        "Search the lessons",
        key="lessons_text",
        placeholder="empty list",
        icon=":material/search:",
        persist_state="session",
    )
    with st.container(horizontal=True, gap="small", key="lessons_filters", vertical_alignment="bottom"):
        status = _choice("Status", (view.status for view in views), STATUS_WORDS)
        kind = _choice("Kind", (view.card.kind for view in views), lesson_words.KIND_WORDS)
        task_kind = _choice("For", (view.card.scope.task_kind or "*" for view in views), {"*": "all tasks"})
        authors = {name: lesson_words.who(name) for name in (PERSON, EXTRACTOR)}
        author = _choice("Written by", (view.card.author for view in views), authors)
        origin = _choice("Comes from", (view.card.origin for view in views), lesson_words.ORIGIN_WORDS)
        st.toggle("Group by task kind", key="lessons_grouped", persist_state="session")
    wanted = (text or "").casefold()
    return [
        view
        for view in views
        if status in (_ANY, view.status)
        and kind in (_ANY, view.card.kind)
        and task_kind in (_ANY, view.card.scope.task_kind or "*")
        and author in (_ANY, view.card.author)
        and origin in (_ANY, view.card.origin)
        and (not wanted or wanted in view.text.casefold())
    ]


def _choice(label: str, values: Iterable[T], names: Mapping[T, str]) -> str:
    told = {str(value): word for value, word in names.items()}
    chosen = st.selectbox(
        label,
        [_ANY, *sorted(set(values))],
        format_func=lambda value: "Any" if value == _ANY else told.get(value, value),
        key=f"lessons_{label.lower().replace(' ', '_')}",
        persist_state="session",
        width=150,
    )
    return str(chosen or _ANY)


def _rows(views: Iterable[CardView], *, grouped: bool) -> list[Row]:
    rows: list[Row] = []
    last = None
    for view in views:
        kind = view.card.scope.task_kind
        if grouped and kind != last:
            rows.append(Row(group=kind_words(kind).capitalize()))
            last = kind
        effect = view.effect
        on = True if view.status == "promoted" else False if switched_off(view) else None
        cells = (
            view.text,
            STATUS_WORDS[view.status],
            kind or "all tasks",
            lesson_words.effect_short(effect),
            f"{effect.uses:,}" if effect else "0",
            words.moment(view.changed_at),
        )
        rows.append(Row(id=view.card_id, cells=cells, status=view.status, on=on))
    return rows


def _measured(view: CardView) -> bool:
    return view.effect is not None and view.effect.uses >= ENOUGH_USES


def _clear() -> None:
    """Callback, so that the boxes are empty when they are drawn."""
    for name in ("text", "status", "kind", "for", "written_by", "comes_from"):
        st.session_state[f"lessons_{name}"] = _ANY


def _draw_empty() -> None:
    st.html(
        '<div class="pa-calm"><h2>No lessons yet.</h2><p class="pa-soft">Every lesson stands here, in use or not, with '
        "what it does and who decided on it. The first comes from your first run, or from you: teach one in a "
        "notebook.</p></div>"
    )
    st.page_link("../pages/notebook.py", label="Run a task in a notebook", icon=":material/edit_note:")
