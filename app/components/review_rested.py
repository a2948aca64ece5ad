"""What the memory took out of use by itself: why, and the way back. Told until somebody decides about the lesson."""

from html import escape as safe

from app.components import review_decisions as decisions
from app.components.lesson_parts import marked
from app.components.review_folded import Folded, Way, draw_folded
from app.wiring import engine
from purpose_agent.memory.housekeeping import Notice

_AGAIN = Way("again", "Use it again", ":material/undo:", "Back to where it was", decisions.undo_decision)


def draw_rested() -> None:
    """Open while it is news: a lesson that harms must not go unnoticed."""
    notices = engine().housekeeping.notices()
    draw_folded(
        "Taken out of use by itself",
        "Lessons that made tasks go worse, or that did nothing for long. No run uses them; each can come back.",
        notices,
        _row,
        _AGAIN,
        is_open=any(notice.ground == "harmful" for notice in notices),
    )


def _row(notice: Notice) -> Folded:
    html = f'<p class="pa-sentence">{marked(notice.text)}</p><p class="pa-soft">{safe(notice.sentence)}</p>'
    return Folded(notice.card_id, html, notice.text)
