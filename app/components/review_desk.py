"""What the Review page keeps while somebody sits at it: the queue, the open card, the day's share, the way back.

The order of the queue is fixed when the page is opened, so that no card moves under a person's hands: what comes in
later goes to the end, and a decided card leaves its place to the next one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import streamlit as st

from app.wiring import engine, inbox, recent_tasks
from purpose_agent.memory.decisions import decided_since
from purpose_agent.memory.inbox import InboxItem
from purpose_agent.memory.proposals import Resolved
from purpose_agent.memory.risk import PERSON

Form = Literal["", "turn_down", "edit", "all_the_same"]
DAILY_LIMIT, USUAL_LIMIT = "review_daily_limit", 20
PAGE = "review_page"
_DESK = "review_desk"
_UNDOS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that can be undone: what was done, in words, to which lessons.

    back_to  of a roll-back: the position of the ledger from before it. resolved: what an answer to a proposal did.
    """

    what: str
    text: str
    card_ids: tuple[str, ...] = ()
    back_to: int = 0
    resolved: Resolved | None = None


@dataclass(slots=True)
class Desk:
    """`front` is the card that was picked; `form` the one open under it.

    settling the proposal whose form is open.
    moves    counts what moved the keyboard's focus; `focused` says which of those moves was followed.
    more     how many may be decided today all the same; today: how many were, as `counted` at a place of the ledger.
    blind    per lesson, whether answer A is the one with it.
    """

    order: list[str] = field(default_factory=list)
    front: str = ""
    form: Form = ""
    settling: str = ""
    made: list[Made] = field(default_factory=list)
    moves: int = 0
    focused: int = 0
    more: int = 0
    today: int = 0
    counted: tuple[int, datetime] | None = None
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
    return [ranked[card_id] for card_id in at.order]


def decided_today() -> int:
    """By the person, by the clock of this computer. Counted again when the ledger has moved: 30 ms at 20,000 rows."""
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    at, now = desk(), (engine().memory.ledger.position, midnight)
    if at.counted != now:
        at.counted, at.today = now, len(decided_since(engine().workspace.journal, midnight, by=PERSON))
    return at.today


def daily_limit() -> int:
    stored = engine().workspace.setting(DAILY_LIMIT)
    return stored if isinstance(stored, int) and stored > 0 else USUAL_LIMIT


def set_daily_limit(limit: int) -> None:
    if limit != daily_limit():
        engine().workspace.set_setting(DAILY_LIMIT, limit)


def is_done_for_today() -> bool:
    return decided_today() >= max(daily_limit(), desk().more)


def show_more() -> None:
    desk().more = decided_today() + daily_limit()
    moved()


def look_at(card_id: str) -> None:
    """Open a card of the page that is shown."""
    at = desk()
    at.front, at.form = card_id, ""
    moved()


def put_first(card_id: str) -> None:
    """To the head of the queue, and open there."""
    at = desk()
    at.order = [card_id, *(other for other in at.order if other != card_id)]
    st.session_state[PAGE] = 1
    look_at(card_id)


def settle(proposal_id: str) -> None:
    """Open the form of a proposal; "" closes it."""
    desk().settling = proposal_id
    moved()


def open_form(form: Form) -> None:
    desk().form = form
    moved()


def close_card() -> None:
    """What was open is decided: the next card in line opens."""
    at = desk()
    at.front, at.form = "", ""
    moved()


def keep(made: Made) -> None:
    """Put a decision among those that can be taken back with one press."""
    at = desk()
    at.made.insert(0, made)
    del at.made[_UNDOS:]


def moved() -> None:
    """The next drawing puts the keyboard's focus where the work goes on."""
    desk().moves += 1
