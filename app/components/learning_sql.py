"""Questions of one's own to the trajectories, in SQL, for those who want it: examples, a table, a picture."""

import csv
import io
from html import escape as safe
from typing import Literal

import streamlit as st

from app.wiring import errors_on_page, show_error, trajectories
from purpose_agent.notebooks import words
from purpose_agent.storage.asking import EXAMPLES, MOST_ROWS, TIMEOUT_S, Answer, QueryError, ask, tables

Picture = Literal["none", "line", "bars", "points"]

_QUERY, _ASKED = "sql_query", "sql_asked"
_PICTURES: dict[Picture, str] = {"none": "No picture", "line": "Line", "bars": "Bars", "points": "Points"}


def draw_sql() -> None:
    st.html(
        '<p class="pa-lead">Everything that was done here stands in tables. Ask them anything in SQL: questions only '
        "read, and nothing leaves this computer.</p>"
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="sql_examples"):
        title = st.selectbox("Examples", [example.title for example in EXAMPLES], key="sql_example", width=320)
        st.button("Take it", key="sql_take", icon=":material/south:", on_click=_take, args=(title,))
    st.session_state.setdefault(_QUERY, EXAMPLES[0].query)
    with st.form("sql_form", border=False):
        st.text_area("Your question (SQL)", key=_QUERY, height=170, persist_state="session")
        pressed = st.form_submit_button("Ask", type="primary", icon=":material/play_arrow:")
    if pressed:
        st.session_state[_ASKED] = st.session_state[_QUERY]
    asked = st.session_state.get(_ASKED)
    if asked:
        _draw_answer(str(asked))
    _draw_tables()


def _take(title: str) -> None:
    """Callback, so that the box holds it when it is drawn."""
    query = next(example.query for example in EXAMPLES if example.title == title)
    st.session_state[_QUERY] = st.session_state[_ASKED] = query


def _draw_answer(query: str) -> None:
    with errors_on_page(go_on=True):
        try:
            answer = ask(trajectories(), query)
        except QueryError as problem:
            show_error(problem.what, problem.fix)
            return
        if not answer.rows:
            st.info("The answer has no rows.")
            return
        cut = f" Only the first {MOST_ROWS:,} are shown; there are more." if answer.is_cut else ""
        told = f"{words.count(len(answer.rows), 'row')} in {words.seconds(answer.seconds)}.{cut}"
        st.html(f'<p class="pa-soft" role="status">{safe(told)}</p>')
        names = _names(answer)
        st.dataframe([dict(zip(names, row, strict=True)) for row in answer.rows], hide_index=True, height="auto")
        st.download_button(
            "As CSV", data=lambda: _csv(answer), file_name="answer.csv", mime="text/csv", key="sql_csv",
            icon=":material/download:", on_click="ignore", type="tertiary",
        )  # fmt: skip
        _draw_picture(answer, names)


def _draw_picture(answer: Answer, names: list[str]) -> None:
    numbers = [
        name
        for place, name in enumerate(names)
        if any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in answer.rows)
        and all(row[place] is None or isinstance(row[place], int | float) for row in answer.rows)
    ]
    if not numbers or len(names) < 2:
        return
    kind = st.segmented_control(
        "Picture",
        list(_PICTURES),
        default="none",
        required=True,
        format_func=lambda one: _PICTURES[one],
        key="sql_picture",
        label_visibility="collapsed",
    )
    if kind == "none":
        return
    with st.container(horizontal=True, gap="small", key="sql_axes"):
        across = st.selectbox("Across", names, key="sql_across", width=220)
        others = [name for name in numbers if name != across] or numbers
        up = st.selectbox("Up", others, key="sql_up", width=220)
    from app.charts import answer_picture

    values = [(row[names.index(across)], row[names.index(up)]) for row in answer.rows]
    st.plotly_chart(
        answer_picture(kind, across, up, [x for x, _ in values], [y for _, y in values]),
        key=f"sql_figure_{kind}",
        config={"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}},
        alt=f"{up} by {across}, {len(values)} values; the same as in the table above.",
    )


def _names(answer: Answer) -> list[str]:
    """Each name once: two columns may be called alike."""
    made: list[str] = []
    for name in answer.columns:
        number, told = 1, name
        while told in made:
            number += 1
            told = f"{name} {number}"
        made.append(told)
    return made


def _csv(answer: Answer) -> bytes:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(answer.columns)
    rows.writerows(answer.rows)
    return written.getvalue().encode()


def _draw_tables() -> None:
    with st.expander("The tables", type="compact", key="sql_tables"), errors_on_page(go_on=True):
        for table in tables(trajectories()):
            columns = ", ".join(f"<b>{safe(column.name)}</b> {safe(column.kind)}" for column in table.columns)
            st.html(
                f'<p class="pa-sentence"><code>{safe(table.name)}</code> {safe(table.told)}</p>'
                f'<p class="pa-soft">{columns}</p>'
            )
        st.html(
            f'<p class="pa-soft">At most {MOST_ROWS:,} rows are shown, and a question may take {TIMEOUT_S:g} seconds. '
            "Times are UTC.</p>"
        )
