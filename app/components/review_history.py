"""Who decided what, when and why, and the way back of the whole memory."""

from html import escape as safe

import streamlit as st

from app.components import review_decisions as decisions
from app.components.lesson_parts import marked
from app.components.review_frame import draw_undos
from app.wiring import engine, errors_on_page
from purpose_agent.memory import lesson_words
from purpose_agent.memory.decisions import decisions as decisions_made
from purpose_agent.memory.ledger_rows import LedgerRow
from purpose_agent.notebooks import words

PAGE_SIZE = 25
_TOLD = 5


def draw_history() -> None:
    shown = int(st.session_state.get("history_shown") or PAGE_SIZE)
    rows = decisions_made(engine().workspace.journal, limit=shown + 1)
    draw_undos()
    if not rows:
        st.html(
            '<div class="pa-calm"><h2>Nothing was decided yet.</h2><p class="pa-soft">Every decision about a lesson '
            "stands here for good: who made it, when and why. You can go back to any of these moments.</p></div>"
        )
        return
    st.html(
        '<p class="pa-soft">The latest first. Going back to a moment changes which lessons are in use; nothing is '
        "erased, so you can come forward again.</p>"
    )
    for row in rows[:shown]:
        _draw_row(row)
    if len(rows) > shown:
        st.button(
            "Show earlier ones",
            key="history_more",
            icon=":material/expand_more:",
            on_click=lambda: st.session_state.update(history_shown=shown + PAGE_SIZE),
        )


def _draw_row(row: LedgerRow) -> None:
    view = engine().memory.ledger.card(row.card_id)
    who = lesson_words.who(row.actor)
    why = f": {safe(row.reason)}" if row.reason else ""
    what = safe(lesson_words.move_says(row))
    with st.container(key=f"history_row_{row.position}", gap="xsmall"):
        st.html(
            f'<p class="pa-sentence">{marked(view.text)}</p>'
            f'<p class="pa-soft"><b>{what[:1].upper()}{what[1:]}</b> by {safe(who)}, '
            f"{words.moment(row.at, seconds=True)}{why}</p>"
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(
                "../pages/review.py",
                label="All about this lesson",
                icon=":material/frame_inspect:",
                query_params={"lesson": row.card_id},
            )
            if st.button(
                "Go back to here …",
                key=f"history_back_{row.position}",
                type="tertiary",
                icon=":material/history:",
                help="See first what would change.",
            ):
                _confirm(row)


@st.dialog("Go back to this moment?", width="medium")
def _confirm(row: LedgerRow) -> None:
    """What would change, before it changes."""
    with errors_on_page():
        then = {lesson.card_id: lesson for lesson in engine().memory.ledger.as_of(row.position).promoted()}
        now = {lesson.card_id: lesson for lesson in engine().memory.ledger.promoted()}
    leave = [now[card_id].text for card_id in now.keys() - then.keys()]
    back = [then[card_id].text for card_id in then.keys() - now.keys()]
    other = [then[card_id].text for card_id in then.keys() & now.keys() if then[card_id] != now[card_id]]
    st.html(f'<p class="pa-soft">The memory as it stood on {words.moment(row.at, seconds=True)}.</p>')
    for texts, told, end in (
        (leave, "leaves|leave", "the prompts"),
        (back, "comes|come", "back"),
        (other, "gets|get", "earlier words"),
    ):
        if texts:
            st.html(_group(texts, told, end))
    if not (leave or back or other):
        st.html("<p>The same lessons are in use now as then; what waits or was turned down may differ.</p>")
    st.html(
        '<p class="pa-soft">What was learned since about the worth of lessons is set back too. Nothing is erased: '
        "you can come forward again.</p>"
    )
    pressed = st.button(
        "Go back",
        key="history_back_do",
        type="primary",
        icon=":material/history:",
        on_click=decisions.roll_all_back,
        args=(row.position, words.moment(row.at, seconds=True)),
    )
    if pressed:
        st.rerun()


def _group(texts: list[str], told: str, end: str) -> str:
    one, _, several = told.partition("|")
    verb = f"{one if len(texts) == 1 else several} {end}"
    items = "".join(f"<li>{marked(text)}</li>" for text in sorted(texts)[:_TOLD])
    more = f"<li>and {len(texts) - _TOLD} more</li>" if len(texts) > _TOLD else ""
    return f"<p><b>{words.count(len(texts), 'lesson')} {verb}:</b></p><ul>{items}{more}</ul>"
