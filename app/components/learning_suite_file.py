"""A suite from a file: what it is, its content tells; what cannot be used is told by row, with what to do."""

from html import escape as safe

import streamlit as st

from app.components.learning_suite_preview import draw_preview
from app.components.uploads import renew_upload, upload_key
from app.suites_page import Draft, suites_desk
from app.told_once import told_later
from purpose_agent.evaluation.reading_suites import MAX_SUITE_BYTES, read_suite_bytes

_BOX, _WAY = "suite_file", "file"
_EXAMPLE = """text,answer,check,family
What is the capital of France?,Paris,exact,cities
How far is a marathon? Answer in km.,42.195,numeric,sport
Write a short thank-you note to a neighbour.,friendly and at most three sentences,person,letters
"""
_COLUMNS = (
    ("text", "what is asked or to be done; the only one that is needed"),
    ("answer", "what is right; several are parted by  | "),
    ("check", "exact, numeric, regex, cited, not_there, rubric, tests, person; when empty, what fits the row"),
    ("tests, hidden_<wbr>tests", "for programs: double(2) -> 4, one a line; the hidden ones are shown to nobody"),
    ("tolerance, unit", "for numbers: 0.5 or 1 %; m, kg, %"),
    ("rubric, judge", "what another model decides by, and which"),
    ("context", "the passage that holds the answer"),
    ("family", "tasks that are alike; no split parts them"),
    ("task_id, kind", "a name of its own; the sort of task"),
)


def draw_from_file() -> None:
    draft = suites_desk().drafts.get(_WAY)
    if draft is not None:
        _draw_draft(draft)
        return
    st.html(
        '<p class="pa-lead">A table (CSV), rows of JSON (JSONL), HumanEval, MBPP or SQuAD as their makers publish '
        "them, or a suite that was saved here; also packed with gzip. What it is, its content tells. Nothing is kept "
        "before you have seen it.</p>"
    )
    given = st.file_uploader(
        "The file", key=upload_key(_BOX), max_upload_size=MAX_SUITE_BYTES // 1_000_000,
        type=["csv", "tsv", "txt", "json", "jsonl", "gz"],
    )  # fmt: skip
    if given is not None:
        _read(given.name, given.getvalue(), exact=False)
        renew_upload(_BOX)
        st.rerun()
    _draw_columns()


def _read(name: str, raw: bytes, *, exact: bool) -> None:
    with told_later():
        read = read_suite_bytes(raw, name, exact=exact)
        suites_desk().drafts[_WAY] = Draft(
            suite=read.suite, form=read.form, notices=read.notices, file=name, raw=raw, exact=exact
        )


def _read_again(draft: Draft) -> None:
    _read(draft.file, draft.raw, exact=bool(st.session_state["suite_file_exact"]))


def _draw_draft(draft: Draft) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="suite_file_read"):
        st.html(f'<p class="pa-soft">{safe(draft.file)}</p>', width="content")
        if st.button("Another file", key="suite_file_other", icon=":material/upload_file:", type="tertiary"):
            del suites_desk().drafts[_WAY]
            st.rerun()
    if draft.form.startswith("SQuAD"):
        st.checkbox(
            "The whole answer has to be an accepted one",
            draft.exact,
            key="suite_file_exact",
            on_change=_read_again,
            args=(draft,),
            help="Off: the answer says an accepted one and names the passage that says it too.",
        )
    draw_preview(draft, way=_WAY)


def _draw_columns() -> None:
    with st.expander("What a table may hold", type="compact", key="suite_columns"):
        rows = "".join(f"<tr><th>{name}</th><td>{safe(told)}</td></tr>" for name, told in _COLUMNS)
        st.html(f'<table class="pa-facts"><tbody>{rows}</tbody></table>')
        st.download_button(
            "A small table to start from (.csv)", _EXAMPLE, "tasks.csv", "text/csv", key="suite_example",
            icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip
