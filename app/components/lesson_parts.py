"""The parts of which every picture of a lesson is made, on whatever page: its sentence with what the scanners found
marked in it, its tags, what they say in words. One place for each idea.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape as safe
from itertools import pairwise

import streamlit as st

from app.wiring import engine
from purpose_agent.errors import PurposeError
from purpose_agent.memory import lesson_words
from purpose_agent.memory.cards import STATUS_WORDS, CardStatus
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import InboxItem
from purpose_agent.memory.risk import Risk, RiskTier
from purpose_agent.memory.scanning import Finding

_CODE = re.compile("`([^`]+)`")
_STATUS_LOOK: Mapping[CardStatus, str] = {"candidate": "pa-wait", "quarantined": "pa-wait", "promoted": "pa-good"}
_RISK_LOOK: Mapping[RiskTier, str] = {"high": "pa-bad", "critical": "pa-bad", "medium": "pa-wait"}


def view_of(card_id: str) -> CardView | None:
    """The lesson as it stands now; None when the ledger does not know it, or cannot be read."""
    try:
        return engine().memory.ledger.card(card_id)
    except PurposeError:
        return None


def tag(words: str, look: str = "", title: str = "") -> str:
    told = f' title="{safe(title)}"' if title else ""
    return f'<span class="pa-tag {look}"{told}>{safe(words)}</span>'


def status_tag(status: CardStatus) -> str:
    return tag(STATUS_WORDS[status], _STATUS_LOOK.get(status, ""))


def item_tags(item: InboxItem) -> str:
    """What matters of a waiting lesson, in a word each."""
    tags = [risk_tag(item.risk), tag(lesson_words.KIND_WORDS[item.view.card.kind])]
    if item.released:
        tags.append(tag("helped in replays", "pa-good"))
    if item.later:
        tags.append(tag("put off"))
    return f'<p class="pa-tags">{"".join(tags)}</p>'


def risk_tag(risk: Risk) -> str:
    title = "; ".join(risk.reasons) or "Nothing about it asks for a second look."
    return tag(f"{risk.tier} risk", _RISK_LOOK.get(risk.tier, ""), title)


def lesson_html(view: CardView) -> str:
    """The sentence; each place that a scanner pointed at is underlined, numbered, and told on hover and below."""
    return marked(view.text, view.findings)


def marked(text: str, findings: Sequence[Finding] = ()) -> str:
    """A lesson's text as HTML: `code` as code, findings as numbered marks. Marks that overlap are cut into pieces."""
    places = [(number, f) for number, f in enumerate(findings, 1) if 0 <= f.start < f.end <= len(text)]
    code = [match.span() for match in _CODE.finditer(text)]
    cuts = {0, len(text)} | {place for _, f in places for place in (f.start, f.end)}
    cuts |= {place for span in code for place in (*span, span[0] + 1, span[1] - 1)}
    parts: list[str] = []
    edges = sorted(cuts)
    for start, end in pairwise(edges):
        if any((start, end) in ((a, a + 1), (b - 1, b)) for a, b in code):
            continue  # the backtick itself
        piece = safe(text[start:end])
        if any(a < start and end < b for a, b in code):
            piece = f"<code>{piece}</code>"
        hit = [(number, f) for number, f in places if f.start <= start and end <= f.end]
        if hit:
            ends = "".join(f"<sup>{number}</sup>" for number, f in hit if f.end == end)
            title = safe(" ".join(lesson_words.finding_says(f) for _, f in hit))
            piece = f'<mark class="pa-found" title="{title}">{piece}{ends}</mark>'
        parts.append(piece)
    return "".join(parts)


def findings_html(findings: Sequence[Finding], *, quiet: str = "") -> str:
    """What the scanners say, numbered as in the text. `quiet`: what to say when they found nothing."""
    if not findings:
        return f'<p class="pa-soft">{safe(quiet)}</p>' if quiet else ""
    rows = "".join(f"<li>{safe(told)}</li>" for told in lesson_words.scanners_say(findings))
    return f'<ol class="pa-findings">{rows}</ol>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Pairs of a label and HTML, one below the other; those without content are left out."""
    told = "".join(f"<div><dt>{safe(label)}</dt><dd>{html}</dd></div>" for label, html in rows if html)
    return f'<dl class="pa-pairs">{told}</dl>'


def paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{safe(sentence)}</p>" for sentence in sentences if sentence)


def link_to(card_id: str, label: str = "Look closer") -> None:
    """To everything that is known about the lesson."""
    st.page_link("../pages/review.py", label=label, icon=":material/frame_inspect:", query_params={"lesson": card_id})
