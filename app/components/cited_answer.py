"""A checked answer: every sentence with links to where it stands, and in words what was not found.

A mark is never a colour alone: a sentence that no document carries says so beside it.
"""

import re
from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.components.vault_links import link, place_words, source_address
from purpose_agent.notebooks import words
from purpose_agent.vault.answers.cited import CitedAnswer, CitedDisagreement, CitedSentence, PlacedCitation

MARKS = {
    "unsupported": "not found in your documents",
    "miscited": "stands in another place than it names",
    "uncited": "names no source",
}
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_CODE = re.compile(r"`([^`\n]+)`")
_MAX_SHOWN_QUOTE = 400


def draw_cited_answer(answer: CitedAnswer, *, run_id: str = "") -> None:
    """The answer, what it rests on, and where the documents disagree. `run_id`: the way back from a document."""
    if answer.refused:
        told = " ".join(sentence.text for sentence in answer.sentences) or answer.text
        rest = ("Nothing is made up: what your documents do not say is not answered.", *answer.notices)
        st.html(f'<p class="pa-answer">{_inline(told)}</p><p class="pa-soft">{safe(" ".join(rest))}</p>')
        return
    block: list[CitedSentence] = []
    for sentence in answer.sentences:
        if sentence.support == "code":
            _draw_block(block, run_id)
            block = []
            st.code(sentence.text, language=None, wrap_lines=True)
        else:
            block.append(sentence)
    _draw_block(block, run_id)
    st.html(f'<p class="pa-soft">{safe(" ".join((summary(answer), *answer.notices)))}</p>')
    _draw_disagreements(answer.disagreements, run_id)
    _draw_quotes(answer, run_id)


def summary(answer: CitedAnswer) -> str:
    """How much of the answer was found, in a sentence."""
    claims = [sentence for sentence in answer.sentences if sentence.support in ("supported", *MARKS)]
    found = sum(sentence.support == "supported" for sentence in claims)
    if not claims:
        return "Nothing in it could be held against your documents."
    if found == len(claims):
        told = {1: "the sentence stands", 2: "both sentences stand"}.get(found, f"all {found} sentences stand")
        return f"Checked: {told} in your documents."
    return f"Checked: {found} of {words.count(len(claims), 'sentence')} found where it says; the others are marked."


def _draw_block(sentences: Sequence[CitedSentence], run_id: str) -> None:
    """Sentences one after the other; points of a list and headings on lines of their own."""
    if not sentences:
        return
    lines: list[tuple[str, list[str]]] = []
    for sentence in sentences:
        kind = {"#": "h", "¶": "p", "": "p"}.get(sentence.mark, "li")
        html = _sentence(sentence, run_id)
        if not sentence.mark and lines and lines[-1][0] != "h":
            lines[-1][1].append(html)
        else:
            lines.append((kind, [html]))
    look = {"li": "pa-answer pa-point", "h": "pa-answer pa-answer-head", "p": "pa-answer"}
    st.html("".join(f'<p class="{look[kind]}">{" ".join(parts)}</p>' for kind, parts in lines))


def _sentence(sentence: CitedSentence, run_id: str) -> str:
    mark = {"#": "", "¶": "", "": ""}.get(sentence.mark, f"{sentence.mark} ")
    text = ("• " if mark in ("- ", "* ", "• ", "– ") else mark) + sentence.text
    marks = "".join(_number(cited, run_id) for cited in sentence.citations)
    told = MARKS.get(sentence.support, "")
    if not told:
        return f"{_inline(text)}{marks}"
    why = f' <span class="pa-why">{safe(sentence.why)}</span>' if sentence.why else ""
    return f'<span class="pa-doubt">{_inline(text)}</span>{marks} <span class="pa-tag pa-wait">{told}</span>{why}'


def _number(cited: PlacedCitation, run_id: str) -> str:
    if cited.source is None:
        return f'<sup class="pa-cite">[{cited.number}]</sup>'
    place = place_words(cited.source)
    address = source_address(cited.source, start=cited.start, end=cited.end, back=run_id)
    told = f"{place}: “{words.one_line(cited.quote, 200)}”" if cited.quote else place
    return (
        f'<sup class="pa-cite">{link(address, f"[{cited.number}]", told=told, name=f"Source {cited.number}: {place}")}'
        "</sup>"
    )


def _draw_quotes(answer: CitedAnswer, run_id: str) -> None:
    """What each number stands for: the place once, and beneath it each quote once."""
    sources: dict[int, list[PlacedCitation]] = {}
    for sentence in answer.sentences:
        for cited in sentence.citations:
            same = sources.setdefault(cited.number, [])
            if cited.source is not None and cited.quote not in [other.quote for other in same]:
                same.append(cited)
    if lines := "".join(_source(sources[number], run_id) for number in sorted(sources) if sources[number]):
        st.html(f'<h3 class="pa-small-head">Where it stands</h3><ol class="pa-sources">{lines}</ol>')


def _source(same: Sequence[PlacedCitation], run_id: str) -> str:
    """Citations of one number."""
    quotes = ""
    for cited in same:
        is_short = len(cited.quote) <= _MAX_SHOWN_QUOTE
        said = cited.quote if is_short else words.one_line(cited.quote, _MAX_SHOWN_QUOTE)
        quotes += f" <q>{safe(said)}</q>" if said else ""
    first = same[0]
    if first.source is None:
        return ""
    address = source_address(first.source, start=first.start, end=first.end, back=run_id)
    return f"<li><span>[{first.number}]</span><span>{link(address, place_words(first.source))}{quotes}</span></li>"


def _draw_disagreements(found: Sequence[CitedDisagreement], run_id: str) -> None:
    if not found:
        return
    parts = ['<h3 class="pa-small-head">Your documents disagree</h3>']
    for one in found:
        both = _source([one.first], run_id) + _source([one.second], run_id)
        parts.append(f'<p class="pa-soft">Not the same: {safe(one.what)}</p><ol class="pa-sources">{both}</ol>')
    st.html(f'<div class="pa-disagree" role="note">{"".join(parts)}</div>')


def _inline(text: str) -> str:
    """Plain text as HTML; of Markdown only **bold** and `code`, so that nothing in it can load or lead anywhere."""
    return _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", safe(text, quote=False)))
