"""All about one lesson: its words, where it comes from, what it does, who decided on it, and the way back."""

from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.charts import effect_over_runs, interval_picture
from app.components import review_decisions as decisions
from app.components import review_desk as desk
from app.components.lesson_parts import facts, findings_html, lesson_html, paragraphs, status_tag, tag
from app.components.lesson_source import draw_source_link, source_html
from app.components.review_all import switch, switched_off
from app.wiring import engine, errors_on_page, escape
from purpose_agent.memory import lesson_words
from purpose_agent.memory.effects import ENOUGH_USES
from purpose_agent.memory.environments import retests
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.ledger_rows import LedgerRow
from purpose_agent.memory.replay_evidence import replay_of
from purpose_agent.memory.task_kinds import kind_words
from purpose_agent.memory.uses import runs_of, task_kinds_of
from purpose_agent.notebooks import words

_RUNS_SHOWN = 20
_KINDS_SHOWN = 6


def draw_lesson_page(card_id: str) -> None:
    st.page_link("../pages/review.py", label="All lessons", icon=":material/arrow_back:", query_params={"show": "all"})
    with errors_on_page():
        view = engine().memory.ledger.card(card_id)
    st.title("Lesson", anchor=False)
    st.html(
        f'<p class="pa-tags">{status_tag(view.status)}{tag(lesson_words.KIND_WORDS[view.card.kind])}</p>'
        f'<p class="pa-lesson">{lesson_html(view)}</p>{findings_html(view.findings)}'
    )
    _draw_standing(view)
    _draw_effect(view)
    _draw_fields(view)
    _draw_history(view)
    _draw_versions(view)
    _draw_runs(view)


def _draw_standing(view: CardView) -> None:
    """What can be done with it as it stands; each is a decision like any other and can be taken back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="lesson_standing"):
        if view.status == "promoted" or switched_off(view):
            st.toggle(
                "In use",
                view.status == "promoted",
                key=f"lesson_on_{view.card_id}_{view.row}",
                on_change=switch,
                args=(view.card_id,),
            )
        elif view.status == "quarantined":
            if st.button("Decide on it", key="lesson_decide", type="primary", icon=":material/rate_review:"):
                desk.put_first(view.card_id)
                st.query_params.clear()
                st.rerun()
        else:
            st.button(
                "Open it again",
                key="lesson_reopen",
                on_click=decisions.reopen,
                args=(view.card_id,),
                help="It waits for your decision again.",
            )
        if view.undo_to is not None:
            st.button(
                "Take the last decision back",
                key="lesson_undo",
                type="tertiary",
                icon=":material/undo:",
                on_click=decisions.undo_decision,
                args=(view.card_id,),
            )
        st.html(f'<p class="pa-soft">{safe(_since(view))}</p>')


def _since(view: CardView) -> str:
    why = f": {view.reason}" if view.reason else ""
    return f"By {lesson_words.who(view.changed_by)}, {words.moment(view.changed_at)}{why}"


def _draw_effect(view: CardView) -> None:
    st.subheader("What it does", anchor=False)
    memory, home = engine().memory, view.card.scope.task_kind
    kinds = list(dict.fromkeys([home, *task_kinds_of(engine().workspace.journal, view.card_id)]))[:_KINDS_SHOWN]
    rows: list[tuple[str, str]] = []
    for kind in kinds:
        effect = memory.effects.effect(view.card_id, kind)
        told = paragraphs([lesson_words.effect_says(effect, where=False)])
        if effect.uses >= ENOUGH_USES:
            told += interval_picture(lesson_words.interval_of(effect))
        rows.append((kind_words(kind).capitalize(), told))
    replay = replay_of(view)
    if replay is not None:
        rows.append(("On past tasks", paragraphs(lesson_words.replay_says(replay))))
    rows.append(("How we know", paragraphs([lesson_words.how_we_know(view).capitalize() + "."])))
    st.html(facts(rows))
    _draw_over_time(view, home)


def _draw_over_time(view: CardView, home: str) -> None:
    if view.effect is None or view.effect.uses < 2:
        return
    opened = st.expander("Over time", type="compact", key=f"lesson_time_{view.card_id}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        trace = engine().memory.effects.over_time(view.card_id, home)
        intervals = [lesson_words.interval_of(effect) for _, effect in trace]
        first, last = intervals[0], intervals[-1]
        st.plotly_chart(
            effect_over_runs(intervals, [run_id for run_id, _ in trace]),
            key=f"lesson_curve_{view.card_id}",
            config={"displayModeBar": False},
            alt=(
                f"The likely effect after each of {len(trace)} runs: from between {first.low:+.0f} and "
                f"{first.high:+.0f} tasks in 100 to between {last.low:+.0f} and {last.high:+.0f}."
            ),
        )


def _draw_fields(view: CardView) -> None:
    st.subheader("Where it comes from", anchor=False)
    card = view.card
    plain = (
        ("When", card.when),
        ("Do", card.do),
        ("Why", card.why),
        ("Unless", card.unless),
        ("For", lesson_words.scope_says(card.scope)),
        ("Written by", lesson_words.who(card.author)),
        ("Comes from", lesson_words.ORIGIN_WORDS[card.origin]),
        ("Learned on", card.environment),
        ("Elsewhere", " ".join(f"{retest.words.capitalize()}." for retest in retests(view).values())),
        ("Made", words.moment(card.created_at)),
        ("Lapses", words.moment(card.expires) if card.expires else ""),
    )
    st.html(facts((("Why it exists", source_html(view)), *((label, paragraphs([text])) for label, text in plain))))
    draw_source_link(card)
    for other in dict.fromkeys((*card.parents, *card.supersedes)):
        st.page_link(
            "../pages/review.py", label=f"The lesson {other}", icon=":material/link:", query_params={"lesson": other}
        )


def _draw_history(view: CardView) -> None:
    """Who did what, when and why: every row of the ledger about it, newest first."""
    st.subheader("History", anchor=False)
    history = engine().memory.ledger.history(view.card_id)
    rows = "".join(
        f"<tr><td>{words.moment(row.at, seconds=True)}</td><td>{safe(lesson_words.who(row.actor))}</td>"
        f"<td>{safe(lesson_words.move_says(row))}</td><td>{safe(row.reason)}</td></tr>"
        for row in reversed(history)
    )
    head = "<tr><th>When</th><th>Who</th><th>What</th><th>Why</th></tr>"
    st.html(f'<table class="pa-facts pa-log"><thead>{head}</thead><tbody>{rows}</tbody></table>')
    _draw_way_back(view, history[1:-1])


def _draw_way_back(view: CardView, moments: Sequence[LedgerRow]) -> None:
    """To how the lesson stood after any of its rows, the latest first; one that was new was nowhere before."""
    if not moments:
        return
    with st.expander("Bring it back to an earlier moment", type="compact", key=f"lesson_moments_{view.card_id}"):
        row = st.selectbox(
            "As it stood right after",
            list(reversed(moments)),
            format_func=lambda one: f"{words.moment(one.at, seconds=True)}: {lesson_words.move_says(one)}",
            key=f"lesson_moment_{view.card_id}",
        )
        st.button(
            "Bring it back",
            key="lesson_moment_back",
            icon=":material/history:",
            on_click=decisions.roll_one_back,
            args=(view.card_id, row.position),
            help="Its words and standing as they were then. You can take that back.",
        )


def _draw_versions(view: CardView) -> None:
    """Earlier words, each with a way back to exactly how the lesson stood with them."""
    last: dict[int, CardView] = {state.card.version: state for state in engine().memory.ledger.states(view.card_id)}
    earlier = [state for version, state in sorted(last.items(), reverse=True) if version != view.card.version]
    if not earlier:
        return
    st.subheader("Earlier words", anchor=False)
    for state in earlier:
        version = state.card.version
        with st.container(key=f"lesson_version_{version}", gap="xsmall"):
            st.html(
                f'<p class="pa-sentence">{lesson_html(state)}</p>'
                f'<p class="pa-soft">Version {version}. {safe(_since(state))}</p>'
            )
            st.button(
                f"Back to version {version}",
                key=f"lesson_back_{version}",
                type="tertiary",
                icon=":material/history:",
                on_click=decisions.roll_one_back,
                args=(view.card_id, state.row),
                help="Its words and standing as they were then. You can take that back.",
            )


def _draw_runs(view: CardView) -> None:
    runs = runs_of(engine().workspace.journal, view.card_id, limit=_RUNS_SHOWN)
    st.subheader("Runs with it", anchor=False)
    if not runs:
        st.html('<p class="pa-soft">No run has had it in a prompt yet.</p>')
    with st.container(key="lesson_runs", gap=None):
        for run in runs:
            what = "left out on purpose" if run.withheld else "in the prompt"
            replay = " · a replay" if run.source == "replay" else ""
            solved = "solved" if run.success else "not solved"
            label = f"{words.moment(run.at)} · Φ {words.phi(run.phi)} · {solved} · {what}{replay}"
            st.page_link("../pages/runs.py", label=escape(label), query_params={"run": run.run_id})
    if len(runs) == _RUNS_SHOWN:
        st.html(f'<p class="pa-soft">The latest {_RUNS_SHOWN}.</p>')
