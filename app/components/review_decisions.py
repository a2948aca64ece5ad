"""The decisions about lessons that a person makes on the Review page, each with its way back.

All are callbacks, made before the page is drawn again; what is refused is told at the top of the page.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import streamlit as st

from app.components.review_desk import Made, close_card, desk, keep, put_first
from app.told_once import refuse, told_later
from app.wiring import engine
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import LATER
from purpose_agent.memory.proposals import ContradictionProposal, MergeProposal, Narrower, Proposal
from purpose_agent.memory.risk import PERSON
from purpose_agent.runtime.events import now


def approve(view: CardView, reason: str = "") -> None:
    _decide("Approved", view, lambda: engine().lessons.approve(view.card_id, reason=reason, version=view.card.version))


def approve_all_the_same(view: CardView, key: str) -> None:
    """Against a critical finding: only with a reason in the person's own words."""
    reason = str(st.session_state.get(key) or "").strip()
    if not reason:
        refuse("Write why it may be used all the same.", "The reason is kept with the decision.")
        return
    approve(view, reason)


def turn_down(view: CardView, reason: str = "", *, key: str = "") -> None:
    told = reason or str(st.session_state.get(key) or "").strip()
    _decide("Turned down", view, lambda: engine().lessons.reject(view.card_id, reason=told, version=view.card.version))


def edit_and_approve(view: CardView, keys: Mapping[str, str]) -> None:
    """The fields of the form by the names of the card's; those of the scope begin with `scope_`."""
    given = {name: str(st.session_state.get(key) or "") for name, key in keys.items()}
    scope = Scope(**{name.removeprefix("scope_"): text for name, text in given.items() if name.startswith("scope_")})
    words = {name: text for name, text in given.items() if not name.startswith("scope_")}

    def edit() -> None:
        after = engine().lessons.edit(view.card_id, scope=scope, approve=True, **words)
        if after.status != "promoted":
            refuse("A scanner turned the new words down.", after.reason)

    _decide("Edited and approved", view, edit)


def put_off(view: CardView) -> None:
    """To the end of the queue; the ledger notes it."""
    at = desk()
    with told_later():
        engine().lessons.note(view.card_id, by=PERSON, reason="later", evidence={LATER: now().isoformat()})
        _made("Put off", view.text, [view.card_id])
        if view.card_id in at.order:
            at.order.remove(view.card_id)
            at.order.append(view.card_id)


def appeal(card_id: str) -> None:
    """A lesson that a scanner turned down waits again, at the front: somebody wants to look at it."""
    with told_later():
        engine().lessons.reopen(card_id, reason="appealed against the scanner")
        put_first(card_id)


def decide_batch(views: Sequence[CardView], *, approved: bool) -> None:
    """The same decision for several lessons, each with a row of its own in the ledger."""
    decide = engine().lessons.approve if approved else engine().lessons.reject
    with told_later():
        for view in views:
            decide(view.card_id, reason="together with others", version=view.card.version)
        _made("Approved" if approved else "Turned down", f"{len(views)} lessons", [view.card_id for view in views])


def undo(number: int = 0) -> None:
    """Take one of the last decisions back, 0 being the latest."""
    at = desk()
    if number >= len(at.made):
        return
    made = at.made.pop(number)
    with told_later():
        if made.resolved is not None:
            engine().consolidation.take_back(made.resolved, by=PERSON)
            return
        if made.back_to:
            engine().lessons.rollback(made.back_to, reason="came forward again", card_ids=made.card_ids or None)
            return
        for card_id in made.card_ids:
            if made.what == "Put off":
                engine().lessons.note(card_id, by=PERSON, reason="not later", evidence={LATER: ""})
            else:
                engine().lessons.undo(card_id)
        put_first(made.card_ids[0])


def settle(proposal: Proposal, key: str) -> None:
    _settle(proposal, key)


def settle_merge(proposal: MergeProposal, key: str, fields: Mapping[str, str]) -> None:
    """`fields`: the form's fields by the names of the card's."""
    words = {name: str(st.session_state.get(field) or "") for name, field in fields.items()}
    _settle(proposal, key, card=msgspec.structs.replace(proposal.suggestion, **words))


def settle_split(proposal: ContradictionProposal, key: str, fields: Sequence[Mapping[str, str]]) -> None:
    """`fields`: for each side, its fields of the form."""
    limits = []
    for side, mine in zip(proposal.sides, fields, strict=True):
        given = {name: str(st.session_state.get(field) or "").strip() for name, field in mine.items()}
        scope = msgspec.structs.replace(side.scope, task_kind=given["task_kind"])
        limits.append(Narrower(card_id=side.card_id, scope=scope, unless=given["unless"] or None))
    _settle(proposal, key, narrower=limits)


def reopen(card_id: str) -> None:
    """A lesson that was turned down or put away waits again, at the front."""
    with told_later():
        engine().lessons.reopen(card_id, reason="opened again")
        put_first(card_id)


def undo_decision(card_id: str) -> None:
    with told_later():
        engine().lessons.undo(card_id)


def roll_one_back(card_id: str, position: int) -> None:
    """One lesson as it stood right after that row of the ledger."""
    before = engine().memory.ledger.position
    with told_later():
        engine().lessons.rollback(position, reason="earlier words", card_ids=[card_id])
        keep(Made("Brought back", engine().memory.ledger.card(card_id).text, (card_id,), before))


def roll_all_back(position: int, moment: str) -> None:
    """The whole memory as it stood right after that row of the ledger."""
    before = engine().memory.ledger.position
    with told_later():
        moved = engine().lessons.rollback(position, reason=f"back to {moment}")
        keep(Made("Went back", f"to {moment}: {len(moved)} lessons moved", back_to=before))


def _decide(what: str, view: CardView, act: Callable[[], object]) -> None:
    with told_later():
        act()
        _made(what, view.text, [view.card_id])


def _settle(proposal: Proposal, key: str, *, card: MemoryCard | None = None, narrower: Sequence[Narrower] = ()) -> None:
    with told_later():
        done = engine().consolidation.resolve(proposal, key, by=PERSON, card=card, narrower=narrower)
        keep(Made("Settled", done.sentence, resolved=done))
        desk().settling = ""
        if done.made:
            put_first(done.made)


def _made(what: str, text: str, card_ids: Sequence[str]) -> None:
    keep(Made(what, text, tuple(card_ids)))
    close_card()
