"""What the Review page keeps while somebody sits at it, and the decisions they make there.

The order of the queue is fixed when the page is opened, so that no card moves under a person's hands: what comes in
later goes to the end, and a decided card leaves its place to the next one. Decisions are callbacks, made before the
page is drawn again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import streamlit as st

from app.wiring import engine, errors_on_page, inbox, recent_tasks
from purpose_agent.memory.cards import Scope
from purpose_agent.memory.decisions import decided_since
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import LATER, InboxItem
from purpose_agent.memory.risk import PERSON
from purpose_agent.runtime.events import now

Form = Literal["", "turn_down", "edit", "all_the_same"]
DAILY_LIMIT, USUAL_LIMIT = "review_daily_limit", 20
_DESK = "review_desk"
_UNDOS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that can be undone: what was done, in words, to which lessons."""

    what: str
    text: str
    card_ids: tuple[str, ...]


@dataclass(slots=True)
class Desk:
    """`moves` counts what moved the focus; `more` lifts today's limit for this browser."""

    order: list[str] = field(default_factory=list)
    front: str = ""
    form: Form = ""
    said: str = ""
    made: list[Made] = field(default_factory=list)
    moves: int = 0
    more: int = 0
    blind: dict[str, bool] = field(default_factory=dict)


def desk() -> Desk:
    found: Desk = st.session_state.setdefault(_DESK, Desk())
    return found


def queue(*, afresh: bool) -> list[InboxItem]:
    """All that wait, in the order of this sitting. `afresh`: the page was just opened, so the best come first."""
    at, ranked = desk(), inbox().ranked(recent_tasks())
    known = [] if afresh else [card_id for card_id in at.order if card_id in ranked]
    seen = set(known)
    at.order = known + [card_id for card_id in ranked if card_id not in seen]
    if at.front in ranked and at.front != (at.order or [""])[0]:
        at.order.remove(at.front)
        at.order.insert(0, at.front)
    return [ranked[card_id] for card_id in at.order]


def decided_today() -> int:
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return len(decided_since(engine().workspace.journal, midnight, by=PERSON))


def daily_limit() -> int:
    stored = engine().workspace.setting(DAILY_LIMIT)
    return stored if isinstance(stored, int) and stored > 0 else USUAL_LIMIT


def set_daily_limit(limit: int) -> None:
    if limit != daily_limit():
        engine().workspace.set_setting(DAILY_LIMIT, limit)


def show_more() -> None:
    desk().more = decided_today() + daily_limit()
    _moved()


def bring_to_front(card_id: str) -> None:
    at = desk()
    at.front, at.form = card_id, ""
    _moved()


def open_form(form: Form) -> None:
    desk().form = form
    _moved()


def approve(view: CardView, reason: str = "") -> None:
    _decide(
        "Approved", view, lambda: engine().lessons.approve(view.card_id, reason=reason, version=view.card.version)
    )


def approve_all_the_same(view: CardView, key: str) -> None:
    """Against a critical finding: only with a reason in the person's own words."""
    reason = str(st.session_state.get(key) or "").strip()
    if not reason:
        desk().said = "Write why it may be used all the same. The reason is kept with the decision."
        return
    approve(view, reason)


def turn_down(view: CardView, reason: str = "", *, key: str = "") -> None:
    told = reason or str(st.session_state.get(key) or "").strip()
    _decide(
        "Turned down", view, lambda: engine().lessons.reject(view.card_id, reason=told, version=view.card.version)
    )


def edit_and_approve(view: CardView, keys: Mapping[str, str]) -> None:
    """The fields of the form by the names of the card's; those of the scope begin with `scope_`."""
    given = {name: str(st.session_state.get(key) or "") for name, key in keys.items()}
    scope = Scope(**{name.removeprefix("scope_"): text for name, text in given.items() if name.startswith("scope_")})
    words = {name: text for name, text in given.items() if not name.startswith("scope_")}

    def edit() -> None:
        after = engine().lessons.edit(view.card_id, scope=scope, approve=True, **words)  # type: ignore[arg-type]
        if after.status != "promoted":
            desk().said = f"A scanner turned the new words down: {after.reason}"

    _decide("Edited and approved", view, edit)


def put_off(view: CardView) -> None:
    """To the end of the queue; the ledger notes it."""
    at = desk()
    with errors_on_page():
        engine().lessons.note(view.card_id, by=PERSON, reason="later", evidence={LATER: now().isoformat()})
        _made("Put off", view.text, [view.card_id])
        if view.card_id in at.order:
            at.order.remove(view.card_id)
            at.order.append(view.card_id)


def appeal(card_id: str) -> None:
    """A lesson that a scanner turned down waits again, at the front: somebody wants to look at it."""
    with errors_on_page():
        engine().lessons.reopen(card_id, reason="appealed against the scanner")
        bring_to_front(card_id)


def decide_batch(views: Sequence[CardView], *, approved: bool) -> None:
    """The same decision for several lessons, each with a row of its own in the ledger."""
    decide = engine().lessons.approve if approved else engine().lessons.reject
    with errors_on_page():
        for view in views:
            decide(view.card_id, reason="together with others", version=view.card.version)
        _made("Approved" if approved else "Turned down", f"{len(views)} lessons", [view.card_id for view in views])


def undo(number: int = 0) -> None:
    """Take one of the last decisions back, 0 being the latest."""
    at = desk()
    if number >= len(at.made):
        return
    made = at.made.pop(number)
    with errors_on_page():
        for card_id in made.card_ids:
            if made.what == "Put off":
                engine().lessons.note(card_id, by=PERSON, reason="not later", evidence={LATER: ""})
            else:
                engine().lessons.undo(card_id)
        if made.card_ids[0] in at.order:
            at.order.remove(made.card_ids[0])
        bring_to_front(made.card_ids[0])


def _decide(what: str, view: CardView, act: Callable[[], object]) -> None:
    with errors_on_page():
        act()
        _made(what, view.text, [view.card_id])


def _made(what: str, text: str, card_ids: Sequence[str]) -> None:
    at = desk()
    at.made.insert(0, Made(what, text, tuple(card_ids)))
    del at.made[_UNDOS:]
    at.front = ""
    _moved(keep_said=True)


def _moved(*, keep_said: bool = False) -> None:
    at = desk()
    at.moves += 1
    if keep_said:
        at.form = ""
    else:
        at.said = ""
