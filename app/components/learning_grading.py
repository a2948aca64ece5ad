"""Answers that wait for a person's word, one after the other, without a sign of which arm of a study they come from."""

from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.components.answer import draw_answer, safe_markdown
from app.components.focus import move_focus
from app.suites_page import draw_back, suites_desk
from app.told_once import draw_told, told_later
from app.wiring import engine
from purpose_agent.evaluation.checks.records import ByPerson
from purpose_agent.evaluation.checks.telling import told
from purpose_agent.notebooks import words
from purpose_agent.teams.hand_grading import WaitingAnswer

_ASIDE_SHOWN = 20
_CHOICES: tuple[tuple[str, bool | None, str, str], ...] = (
    ("Right", True, "check", "1"),
    ("Wrong", False, "close", "2"),
    ("Cannot say", None, "question_mark", "3"),
)
_SAID = {True: "right", False: "wrong", None: "that you cannot say"}


def draw_waiting_answers() -> None:
    draw_back()
    draw_told()
    st.title("Answers that wait for you", anchor=False)
    waiting = engine().hand_grading.waiting()
    todo = [one for one in waiting if not one.is_aside]
    aside = [one for one in waiting if one.is_aside]
    _draw_last()
    if todo:
        st.html(f'<p class="pa-soft" role="status">{safe(_left(todo))}</p>')
        _draw_card(todo[0])
    else:
        _draw_done(aside)
    _draw_aside(aside)
    _draw_focus()


def _left(todo: Sequence[WaitingAnswer]) -> str:
    n, runs = len(todo), sum(len(one.run_ids) for one in todo)
    more = f", from {words.count(runs, 'run')}" if runs > n else ""
    return f"{words.count(n, 'answer')} to go{more}. With which memory an answer was made is not shown, on purpose."


def _draw_card(one: WaitingAnswer) -> None:
    """The first control of it is named by the answer, so a second press of a key never falls on the next one."""
    with st.container(key="grading_card", gap="small"):
        st.html('<h2 class="pa-side pa-grading-head" tabindex="-1">Task</h2>')
        st.markdown(safe_markdown(one.task) or "*Its text is not in this workspace any more.*")
        if one.passages:
            with st.expander(words.count(len(one.passages), "passage") + " to answer from", type="compact",
                             key=f"grading_passages_{one.key}"):  # fmt: skip
                for passage in one.passages:
                    st.html(f'<blockquote class="pa-quote">{safe(passage)}</blockquote>')
        st.html('<h2 class="pa-side">Answer</h2>')
        with st.container(key="grading_answer"):
            draw_answer(one.answer or "*It gave no answer.*")
        st.html(f'<h2 class="pa-side">What decides</h2><p class="pa-sentence">{safe(_decides(one))}</p>')
        if one.why and not isinstance(one.check, ByPerson):
            st.html(f'<p class="pa-soft">Why it waits: {safe(one.why)}</p>')
        if len(one.run_ids) > 1:
            st.html(
                f'<p class="pa-soft">This very answer was given {len(one.run_ids)} times; your word counts for all.</p>'
            )
        _draw_choices(one)


def _decides(one: WaitingAnswer) -> str:
    return told(one.check) if one.check is not None else "What was expected is not known any more."


def _draw_choices(one: WaitingAnswer, *, with_keys: bool = True) -> None:
    with st.container(horizontal=True, gap="small", key=f"grading_choices_{one.key}"):
        for label, right, icon, key in _CHOICES:
            if right is None and one.is_aside:
                continue
            st.button(
                label,
                key=f"grading_{key}_{one.key}",
                icon=f":material/{icon}:",
                shortcut=key if with_keys else None,
                on_click=_say,
                args=(one.key, right),
            )


def _say(key: str, right: bool | None) -> None:
    """The answer is looked up by its key; one that was decided meanwhile, here or elsewhere, is left alone."""
    with told_later():
        grading = engine().hand_grading
        one = next((one for one in grading.waiting() if one.key == key), None)
        if one is not None:
            grading.say(one.run_ids, right)
        suites_desk().moves += 1


def _draw_last() -> None:
    last = engine().hand_grading.last()
    if last is None:
        return
    with st.container(key="grading_last", horizontal=True, vertical_alignment="center", gap="small"):
        n = f" of {len(last.run_ids)} runs" if len(last.run_ids) > 1 else ""
        st.html(f'<p class="pa-soft" role="status">You said {_SAID[last.right]}{n}.</p>', width="content")
        st.button(
            "Undo", key="grading_undo", icon=":material/undo:", type="tertiary", shortcut="U", on_click=_take_back
        )


def _take_back() -> None:
    with told_later():
        engine().hand_grading.take_back()
        suites_desk().moves += 1


def _draw_done(aside: Sequence[WaitingAnswer]) -> None:
    rest = " Only those that you put aside are left." if aside else ""
    st.html(
        f'<div class="pa-calm"><h2 tabindex="-1" class="pa-grading-head">No answer waits for you</h2>'
        f'<p class="pa-soft">What a study shows follows your words.{rest} Answers come here when a task of a suite is '
        "to be checked by a person, or when a judge could not decide.</p></div>"
    )


def _draw_aside(aside: Sequence[WaitingAnswer]) -> None:
    if not aside:
        return
    with st.expander(f"Put aside ({len(aside)})", type="compact", key="grading_aside"):
        for one in aside[:_ASIDE_SHOWN]:
            with st.container(key=f"grading_row_{one.key}", gap="xsmall"):
                st.html(f'<p class="pa-sentence">{safe(words.one_line(one.task, 240))}</p>')
                draw_answer(one.answer or "*It gave no answer.*")
                st.html(f'<p class="pa-soft">{safe(_decides(one))}</p>')
                _draw_choices(one, with_keys=False)
        if len(aside) > _ASIDE_SHOWN:
            st.html(f'<p class="pa-soft">{len(aside) - _ASIDE_SHOWN:,} more follow when these are decided.</p>')


def _draw_focus() -> None:
    at = suites_desk()
    if at.moves != at.focused:
        at.focused = at.moves
        move_focus(".pa-grading-head", at.moves)
