"""What the memory proposes about lessons that are there already: each as one card with all its sides and choices."""

import re
from html import escape as safe

import streamlit as st

from app.components import review_decisions as decisions
from app.components import review_desk as desk
from app.components.lesson_parts import link_to, marked, status_tag
from app.proposal_board import ProposalBoard
from app.wiring import proposal_board
from purpose_agent.memory.cards import MAX_TEXT
from purpose_agent.memory.lesson_words import scope_says
from purpose_agent.memory.proposals import (
    MERGE,
    SPLIT,
    ContradictionProposal,
    MergeProposal,
    Proposal,
    Side,
)

_SHOWN = 3


def draw_proposals() -> None:
    """The first few; nothing when the lessons go together. Found later, they come onto the page by themselves."""
    board = proposal_board()
    proposals = board.latest()
    if board.is_looking:
        _wait_for(board)
    elif board.waits_to_be_asked:
        st.button(
            "Look for lessons that do not go together",
            key="review_look_for",
            icon=":material/join_inner:",
            type="tertiary",
            on_click=board.look,
            help="Lessons that contradict each other or say the same. With so many it takes some seconds.",
        )
    if not proposals:
        return
    st.html('<h2 class="pa-small-head">To settle among your lessons</h2>')
    for proposal in proposals[:_SHOWN]:
        with st.container(key=f"review_proposal_{proposal.proposal_id}", gap="small"):
            _draw(proposal)
    if len(proposals) > _SHOWN:
        st.html(f'<p class="pa-soft">And {len(proposals) - _SHOWN:,} more after these.</p>')


def _wait_for(board: ProposalBoard) -> None:
    """The page is drawn again when the look has ended."""

    @st.fragment(run_every=1.0)
    def look() -> None:
        if not board.is_looking:
            st.rerun()
        st.html('<p class="pa-soft pa-live" role="status">Looking for lessons that do not go together</p>')

    look()


def _draw(proposal: Proposal) -> None:
    st.html(f'<p class="pa-sentence"><b>{safe(proposal.title)}</b></p><p class="pa-soft">{safe(proposal.why)}</p>')
    clash = proposal.clash if isinstance(proposal, ContradictionProposal) else ("",) * len(proposal.sides)
    columns = st.columns(2, gap="medium") if len(proposal.sides) == 2 else [st.container() for _ in proposal.sides]
    for column, side, words in zip(columns, proposal.sides, clash, strict=True):
        with column:
            _draw_side(side, words)
    if isinstance(proposal, MergeProposal):
        st.html(
            '<p class="pa-soft">In their place:</p>'
            f'<blockquote class="pa-quote">{marked(proposal.suggestion.text)}</blockquote>'
        )
    if desk.desk().settling == proposal.proposal_id:
        _draw_form(proposal)
        return
    with st.container(horizontal=True, gap="small"):
        for choice in proposal.choices:
            needs_words = choice.key == SPLIT
            st.button(
                choice.label,
                key=f"review_settle_{proposal.proposal_id}_{choice.key}",
                help=choice.result,
                on_click=desk.settle if needs_words else decisions.settle,
                args=(proposal.proposal_id,) if needs_words else (proposal, choice.key),
            )
        if isinstance(proposal, MergeProposal):
            st.button(
                "Change the words first",
                key=f"review_settle_{proposal.proposal_id}_words",
                type="tertiary",
                on_click=desk.settle,
                args=(proposal.proposal_id,),
            )
    results = "".join(f"<li><b>{safe(one.label)}</b>: {safe(one.result)}</li>" for one in proposal.choices)
    st.html(f'<ul class="pa-choices">{results}</ul>')


def _draw_side(side: Side, clash: str) -> None:
    html = marked(side.text)
    if clash:
        words = re.compile(rf"(?<!\w){re.escape(safe(clash))}(?!\w)(?![^<]*>)", re.IGNORECASE)  # not inside a tag
        html = words.sub(lambda found: f'<mark class="pa-found">{found.group()}</mark>', html, count=1)
    st.html(
        f'<p class="pa-tags">{status_tag(side.status)}</p><p class="pa-sentence">{html}</p>'
        f'<p class="pa-soft">For {safe(scope_says(side.scope))}</p>'
    )
    link_to(side.card_id)


def _draw_form(proposal: Proposal) -> None:
    """The words that a choice needs: narrower limits for each side of a split, or the sentence of a merge."""
    with st.container(key="review_settle_form", gap="small"):
        if isinstance(proposal, MergeProposal):
            _draw_merge_form(proposal)
        elif isinstance(proposal, ContradictionProposal):
            _draw_split_form(proposal)
        st.button(
            "Cancel", key="review_settle_cancel", type="tertiary", on_click=desk.settle, args=("",), shortcut="Esc"
        )


def _draw_merge_form(proposal: MergeProposal) -> None:
    keys = {name: f"review_merge_{name}_{proposal.proposal_id}" for name in ("when", "do", "why", "unless")}
    with st.form(f"review_merge_{proposal.proposal_id}", border=False):
        for name, key in keys.items():
            text = getattr(proposal.suggestion, name)
            st.text_area(name.capitalize(), text, key=key, height="content", max_chars=MAX_TEXT)
        st.form_submit_button(
            "Put them together", type="primary", on_click=decisions.settle_merge, args=(proposal, MERGE, keys)
        )


def _draw_split_form(proposal: ContradictionProposal) -> None:
    keys = [
        {name: f"review_split_{name}_{number}_{proposal.proposal_id}" for name in ("task_kind", "unless")}
        for number, _ in enumerate(proposal.narrower)
    ]
    with st.form(f"review_split_{proposal.proposal_id}", border=False):
        for side, narrower, mine in zip(proposal.sides, proposal.narrower, keys, strict=True):
            st.html(f'<p class="pa-sentence">{marked(side.text)}</p>')
            kind = (narrower.scope or side.scope).task_kind
            st.text_input("Only for these tasks", kind, key=mine["task_kind"], placeholder="all tasks")
            unless = narrower.unless or ""
            st.text_input("Unless", unless, key=mine["unless"], placeholder="the list may be empty")
        st.form_submit_button(
            "Keep both with these limits", type="primary", on_click=decisions.settle_split, args=(proposal, SPLIT, keys)
        )
