"""What the Review page keeps while somebody sits at it, and the decisions they make there.

The order of the queue is fixed when the page is opened, so that no card moves under a person's hands: what comes in
later goes to the end, and a decided card leaves its place to the next one. Decisions are callbacks, made before the
page is drawn again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape as safe
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
PAGE = "review_page"
_DESK = "review_desk"
_UNDOS = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that can be undone: what was done, in words, to which lessons.

    back_to  of a roll-back: the position of the ledger from before it.
    """

    what: str
    text: str
    card_ids: tuple[str, ...] = ()
    back_to: int = 0


@dataclass(slots=True)
class Desk:
    """`front` is the card that was picked; `form` the one open under it; `said` what to tell once.

    moves  counts what moved the focus; more: how many may be decided today all the same; blind: per lesson whether
           answer A is the one with it.
    """

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


def is_done_for_today() -> bool:
    return decided_today() >= max(daily_limit(), desk().more)


def take_said() -> str:
    """What there is to tell, once."""
    at = desk()
    said, at.said = at.said, ""
    return said


def show_more() -> None:
    desk().more = decided_today() + daily_limit()
    _moved()


def look_at(card_id: str) -> None:
    """Open a card of the page that is shown."""
    at = desk()
    at.front, at.form = card_id, ""
    _moved()


def put_first(card_id: str) -> None:
    """To the head of the queue, and open there."""
    at = desk()
    at.order = [card_id, *(other for other in at.order if other != card_id)]
    st.session_state[PAGE] = 1
    look_at(card_id)


def open_form(form: Form) -> None:
    desk().form = form
    _moved()


def approve(view: CardView, reason: str = "") -> None:
    _decide("Approved", view, lambda: engine().lessons.approve(view.card_id, reason=reason, version=view.card.version))


def approve_all_the_same(view: CardView, key: str) -> None:
    """Against a critical finding: only with a reason in the person's own words."""
    reason = str(st.session_state.get(key) or "").strip()
    if not reason:
        desk().said = "Write why it may be used all the same. The reason is kept with the decision."
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
        put_first(card_id)


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
        if made.back_to:
            engine().lessons.rollback(made.back_to, reason="came forward again", card_ids=made.card_ids or None)
            return
        for card_id in made.card_ids:
            if made.what == "Put off":
                engine().lessons.note(card_id, by=PERSON, reason="not later", evidence={LATER: ""})
            else:
                engine().lessons.undo(card_id)
        put_first(made.card_ids[0])


def reopen(card_id: str) -> None:
    """A lesson that was turned down or put away waits again, at the front."""
    with errors_on_page():
        engine().lessons.reopen(card_id, reason="opened again")
        put_first(card_id)


def undo_decision(card_id: str) -> None:
    with errors_on_page():
        engine().lessons.undo(card_id)


def roll_one_back(card_id: str, position: int) -> None:
    """One lesson as it stood right after that row of the ledger."""
    before = engine().memory.ledger.position
    with errors_on_page():
        engine().lessons.rollback(position, reason="earlier words", card_ids=[card_id])
        _keep(Made("Brought back", engine().memory.ledger.card(card_id).text, (card_id,), before))


def roll_all_back(position: int, moment: str) -> None:
    """The whole memory as it stood right after that row of the ledger."""
    before = engine().memory.ledger.position
    with errors_on_page():
        moved = engine().lessons.rollback(position, reason=f"back to {moment}")
        _keep(Made("Went back", f"to {moment}: {len(moved)} lessons moved", back_to=before))


def draw_undos() -> None:
    """The last decisions, the latest first, each with its way back."""
    made = desk().made
    if not made:
        return
    with st.container(key="review_undos", gap=None):
        for number, one in enumerate(made):
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                role = ' role="status"' if number == 0 else ""
                st.html(f'<p class="pa-soft pa-clip"{role}><b>{one.what}</b> {safe(one.text)}</p>')
                st.button(
                    "Undo",
                    key=f"review_undo_{number}",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=undo,
                    args=(number,),
                    shortcut="U" if number == 0 else None,
                )


def _decide(what: str, view: CardView, act: Callable[[], object]) -> None:
    with errors_on_page():
        act()
        _made(what, view.text, [view.card_id])


def _made(what: str, text: str, card_ids: Sequence[str]) -> None:
    at = desk()
    _keep(Made(what, text, tuple(card_ids)))
    at.front, at.form = "", ""
    _moved()


def _keep(made: Made) -> None:
    at = desk()
    at.made.insert(0, made)
    del at.made[_UNDOS:]


def _moved() -> None:
    """The next drawing puts the keyboard's focus where the work goes on."""
    desk().moves += 1


_FIRST: Mapping[Form, str] = {
    "turn_down": ".st-key-review_reasons button",
    "edit": ".st-key-review_form textarea",
    "all_the_same": ".st-key-review_form input",
}

# A decision takes its button off the page, and the keyboard's focus with it; this puts it where the work goes on.
_FOCUS = """<span class="pa-keys" data-moves="{moves}"></span><script>
(() => {{
  let tries = 0;
  const look = () => {{
    const running = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";
    const place = document.querySelector("{place}");
    if (place && !running) place.focus();
    else if (++tries < 100) setTimeout(look, 50);
  }};
  look();
}})();
</script>"""


def draw_focus() -> None:
    """After a decision to the next card's sentence, after opening a form to its first field or button."""
    at = desk()
    if at.moves:
        place = _FIRST.get(at.form, ".st-key-review_focus .pa-lesson, .pa-calm h2")
        st.html(_FOCUS.format(moves=at.moves, place=place), unsafe_allow_javascript=True)
