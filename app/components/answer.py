"""An answer on the page: code as code, text as Markdown that can load nothing from elsewhere."""

import re
from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from purpose_agent.notebooks.answers import Source, read_answer

_IMAGE = re.compile(r"!(?=\[)")
_DIRECTIVE = re.compile(r":(?=[a-z-]+(?:\[|/[a-z_]+:))")


def draw_answer(text: str) -> None:
    """Nothing for no answer."""
    answer = read_answer(text)
    if not answer.body:
        return
    if answer.form == "code":
        st.code(answer.body, language="python")
    else:
        st.markdown(safe_markdown(answer.body))


def draw_sources(sources: Sequence[Source], *, key: str) -> None:
    """The passages that an answer cites, folded away; nothing when it cites none."""
    if not sources:
        return
    told = f"{len(sources)} source" + ("" if len(sources) == 1 else "s")
    with st.expander(told, type="compact", key=key):
        for source in sources:
            st.html(f'<p class="pa-soft"><b>[{source.number}]</b> {safe(source.place)}</p>')
            st.html(f'<blockquote class="pa-quote">{safe(source.text)}</blockquote>')


def safe_markdown(text: str) -> str:
    """Markdown without pictures (each is a request to somebody else's server), directives, and formulas by accident.

    Code keeps its text as it is.
    """
    parts = re.split(r"(```.*?(?:```|\Z)|`[^`\n]*`)", text, flags=re.DOTALL)
    return "".join(part if part.startswith("`") else _tame(part) for part in parts)


def _tame(text: str) -> str:
    text = _IMAGE.sub("\\!", text)
    text = _DIRECTIVE.sub("\\:", text)
    return text.replace("$", "\\$")
