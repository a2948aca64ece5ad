"""Lessons that a scanner turned down before anybody saw them: what it found, and the way to appeal."""

from app.components import review_decisions as decisions
from app.components.lesson_parts import findings_html, lesson_html
from app.components.review_folded import Folded, Way, draw_folded
from app.wiring import engine
from purpose_agent.memory.fold import SCANNER, CardView

_APPEAL = Way("appeal", "Appeal", ":material/gavel:", "Let it wait for your decision", decisions.appeal)


def draw_scanned() -> None:
    """Folded away, since nothing has to be done about them."""
    views = engine().memory.ledger.views("rejected", where=_by_scanner)
    draw_folded(
        "Turned down by a scanner",
        "These never reached a prompt. If a scanner is wrong, let the lesson wait for your decision; to use it you "
        "then write why.",
        views,
        _row,
        _APPEAL,
        is_open=False,
    )


def _row(view: CardView) -> Folded:
    html = f'<p class="pa-sentence">{lesson_html(view)}</p>{findings_html(view.findings)}'
    return Folded(view.card_id, html, view.text)


def _by_scanner(view: CardView) -> bool:
    return view.changed_by.startswith(SCANNER)
