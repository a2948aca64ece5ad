"""Two answers to the same past task, one made with the lesson: first the choice, then which is which."""

import random
from html import escape as safe

import streamlit as st

from app.components import review_desk as desk
from app.components.answer import draw_answer
from app.told_once import told_later
from app.wiring import engine, run_view
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.replay_evidence import Pair, ReplayEvidence
from purpose_agent.memory.risk import PERSON
from purpose_agent.notebooks import words
from purpose_agent.runtime.events import now

BLIND = "blind"
"""Evidence key of a comparison: what the person preferred before they knew which answer had the lesson."""
_PAIRS_LOOKED_AT = 8


def draw_two_answers(view: CardView, replay: ReplayEvidence | None) -> None:
    """Nothing where no past task was done twice. The answers are read only when somebody opens them."""
    if replay is None or not replay.pairs:
        return
    chosen = view.evidence.get(BLIND)
    opened = st.expander(
        "Two answers side by side", type="compact", key=f"review_blind_{view.card_id}", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        pair = _telling_pair(replay)
        if pair is None:
            st.html('<p class="pa-soft">The answers are not in this workspace any more.</p>')
            return
        _draw_pair(view, pair, str(chosen.get("chosen")) if isinstance(chosen, dict) else "")


def _draw_pair(view: CardView, pair: Pair, chosen: str) -> None:
    with_first = desk.desk().blind.setdefault(view.card_id, random.SystemRandom().random() < 0.5)
    with_it, without = _answer(pair.run_with), _answer(pair.run_without)
    st.html(f'<p class="pa-soft">The past task: {safe(words.one_line(pair.task, 240))}</p>')
    if with_it == without:
        st.html('<p class="pa-soft">Both answers are the same, letter for letter.</p>')
        draw_answer(with_it)
        return
    sides = (with_it, without) if with_first else (without, with_it)
    for column, name, answer, had_it in zip(
        st.columns(2, gap="medium"), "AB", sides, (with_first, not with_first), strict=True
    ):
        with column:
            told = f" · {'with' if had_it else 'without'} the lesson" if chosen else ""
            st.html(f'<h3 class="pa-side">{name}{told}</h3>')
            draw_answer(answer or "*No answer*")
    if chosen:
        st.html(f'<p class="pa-soft" role="status">{safe(_revealed(pair, chosen))}</p>')
        return
    with st.container(horizontal=True, gap="small", key="review_blind_choice"):
        for label, choice in (
            ("A is better", "with" if with_first else "without"),
            ("B is better", "without" if with_first else "with"),
            ("No difference", "same"),
        ):
            st.button(
                label,
                key=f"review_blind_{label[0]}_{view.card_id}",
                on_click=_choose,
                args=(view, pair, choice, "with" if with_first else "without"),
            )
    st.html('<p class="pa-soft">One of them had the lesson in its prompt. You see which after you chose.</p>')


def _choose(view: CardView, pair: Pair, choice: str, first: str) -> None:
    noted = {
        "chosen": choice,
        "first": first,
        "run_with": pair.run_with,
        "run_without": pair.run_without,
        "at": now().isoformat(),
    }
    with told_later():
        engine().lessons.note(view.card_id, by=PERSON, reason="compared two answers, blind", evidence={BLIND: noted})


def _revealed(pair: Pair, chosen: str) -> str:
    told = {
        "with": "You chose the answer with the lesson, without knowing it.",
        "without": "You chose the answer without the lesson, without knowing it.",
        "same": "You saw no difference.",
    }.get(chosen, "")
    with_it = _outcome("With it", pair.success_with, pair.run_with)
    return f"{told} {with_it} {_outcome('Without it', pair.success_without, pair.run_without)}"


def _outcome(who: str, solved: bool, run_id: str) -> str:
    usage = run_view(run_id).usage
    tokens = usage.prompt_tokens + usage.completion_tokens
    work = words.count(usage.attempts, "program") + " tried" if usage.attempts else words.count(tokens, "token")
    return f"{who}: {'solved' if solved else 'not solved'}{f' ({work})' if usage.attempts or tokens else ''}."


def _telling_pair(replay: ReplayEvidence) -> Pair | None:
    """The first pair whose answers are here and differ; else one whose answers are here."""
    here = [pair for pair in replay.pairs[:_PAIRS_LOOKED_AT] if _answer(pair.run_with) or _answer(pair.run_without)]
    telling = (pair for pair in here if _answer(pair.run_with) != _answer(pair.run_without))
    return next(telling, here[0] if here else None)


def _answer(run_id: str) -> str:
    view = run_view(run_id)
    return view.answer or view.draft
